/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering a file's attributes.  Single words: no lock. */
#include "vfs/attr.h"

#include "arch/mmu.h"

#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/super.h"
#include "vm/object.h"

void attr_get(const struct path *p, struct attr *a)
{
	const struct inode *ino = p->dentry->inode;

	a->ino = ino->ino;
	a->size = inode_size(ino);
	a->blocks =
		ino->object ? ino->object->page_count * (PAGE_SIZE / 512) : 0;
	a->mount_id = p->mount->id;
	a->mode = ino->mode;
	a->nlink = atomic32_load(&ino->nlink);
	a->uid = ino->uid;
	a->gid = ino->gid;
	a->block_size = PAGE_SIZE;
	a->dev_major = ino->super->dev_major;
	a->dev_minor = ino->super->dev_minor;
	a->rdev_major = ino->major;
	a->rdev_minor = ino->minor;
	a->atime = ino->atime;
	a->mtime = ino->mtime;
	a->ctime = ino->ctime;
	a->btime = ino->btime;
	a->mount_root = p->dentry == p->mount->root;
}
