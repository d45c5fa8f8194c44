/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memfd_create(2).  The object that holds the pages outlives the inode while
 * something maps it.  Seals change under the inode's lock, as does everything
 * they forbid but mapping.
 */
#include "vfs/memfd.h"

#include "arch/abi.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/pagecache.h"
#include "vm/iter.h"
#include "vm/object.h"
#include "vm/vmspace.h"

#define ALL_SEALS                                                   \
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | \
	 F_SEAL_FUTURE_WRITE)
#define NO_WRITE (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

struct memfd {
	struct object object;
	uint32_t seals; /* protected by the inode's lock */
};

static struct slab memfd_slab = SLAB("memfd", struct memfd);
static const struct file_ops memfd_file_ops;

static struct memfd *memfd_of(const struct inode *ino)
{
	return container_of(ino->object, struct memfd, object);
}

static void release_object(struct object *o)
{
	slab_free(&memfd_slab, container_of(o, struct memfd, object));
}

static const struct object_ops object_ops = { .release = release_object };

static void release(struct inode *ino)
{
	object_put(ino->object);
	file_anon_inode_free(ino);
}

static int change(struct inode *ino, const struct inode_change *c)
{
	uint32_t seals = memfd_of(ino)->seals;

	if (c->valid & INODE_SET_SIZE) {
		if ((c->size < ino->object->size && (seals & F_SEAL_SHRINK)) ||
		    (c->size > ino->object->size && (seals & F_SEAL_GROW)))
			return -EPERM;
		pagecache_set_size_locked(ino, c->size);
	}
	inode_change_apply(ino, c);
	return 0;
}

static int reserve(struct inode *ino, long pages)
{
	return pages > 0 && !page_available(pages) ? -ENOSPC : 0;
}

static const struct inode_ops inode_ops = {
	.change = change,
	.reserve = reserve,
	.release = release,
};

static ssize_t memfd_write(struct file *f, struct iter *from, off_t *pos)
{
	uint32_t seals = READ_ONCE(memfd_of(f->inode)->seals);
	uint64_t size = f->inode->object->size;

	if (seals & NO_WRITE)
		return -EPERM;
	if ((seals & F_SEAL_GROW) && *pos + from->count > size) {
		if (*pos >= (off_t)size)
			return -EPERM;
		from->count = size - *pos;
	}
	return pagecache_write(f, from, pos);
}

static int memfd_mmap(struct file *f, struct map_request *rq)
{
	bool shared = rq->flags & AREA_SHARED;

	if (shared && (memfd_of(f->inode)->seals & NO_WRITE)) {
		if (rq->flags & AREA_W)
			return -EPERM;
		rq->flags &= ~AREA_MAY_W; /* nor by mprotect later */
	}
	return pagecache_mmap(f, rq);
}

static int allocate(struct file *f, int mode, off_t off, off_t len)
{
	struct inode *ino = f->inode;
	uint32_t seals = memfd_of(ino)->seals;

	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
		if (seals & NO_WRITE)
			return -EPERM;
		pagecache_punch_locked(ino, off, off + len);
	}
	if ((mode & FALLOC_FL_KEEP_SIZE) ||
	    (uint64_t)(off + len) <= ino->object->size)
		return 0;
	if (seals & F_SEAL_GROW)
		return -EPERM;
	if (!page_available(len / PAGE_SIZE))
		return -ENOSPC;
	pagecache_set_size_locked(ino, off + len);
	return 0;
}

static int fsync(struct file *f, bool data_only)
{
	return 0;
}

static const struct file_ops memfd_file_ops = {
	.read = pagecache_read,
	.write = memfd_write,
	.mmap = memfd_mmap,
	.fsync = fsync,
	.fallocate = allocate,
};

static int make_inode(bool sealing, struct inode **out)
{
	struct memfd *m = slab_alloc(&memfd_slab, ALLOC_ZERO);
	struct inode *ino;
	int err;

	if (!m)
		return -ENOMEM;
	err = file_anon_inode(S_IFREG | 0777, &ino);
	if (err) {
		slab_free(&memfd_slab, m);
		return err;
	}
	object_init(&m->object, &object_ops);
	m->seals = sealing ? 0 : F_SEAL_SEAL;
	ino->object = &m->object;
	ino->ops = &inode_ops;
	ino->file_ops = &memfd_file_ops;
	ino->flags |= INODE_SPARSE;
	atomic32_store(&ino->nlink, 0);
	*out = ino;
	return 0;
}

int memfd_create(const char *name, bool sealing, struct file **out)
{
	char shown[NAME_MAX + 8];
	struct inode *ino;
	int err = make_inode(sealing, &ino);

	if (err)
		return err;
	fmt_snprintf(shown, sizeof(shown), "/memfd:%s", name);
	err = file_open_inode(shown, ino, O_RDWR | O_LARGEFILE, out);
	if (err)
		inode_put(ino);
	return err;
}

/* Whether somebody may write through a mapping. */
static bool mapped_writable(struct object *o)
{
	struct area *a;
	bool found = false;

	spin_lock(&o->areas_lock);
	list_for_each (a, &o->areas, object_node)
		found |= (a->flags & (AREA_SHARED | AREA_MAY_W)) ==
			 (AREA_SHARED | AREA_MAY_W);
	spin_unlock(&o->areas_lock);
	return found;
}

int memfd_add_seals(struct file *f, unsigned seals)
{
	struct memfd *m;
	int err = 0;

	if (f->ops != &memfd_file_ops || (seals & ~ALL_SEALS))
		return -EINVAL;
	if (!(f->mode & FMODE_WRITE))
		return -EPERM;
	m = memfd_of(f->inode);
	mutex_lock(&f->inode->lock);
	if (m->seals & F_SEAL_SEAL)
		err = -EPERM;
	else if ((seals & ~m->seals & F_SEAL_WRITE) &&
		 mapped_writable(&m->object))
		err = -EBUSY;
	else
		m->seals |= seals;
	mutex_unlock(&f->inode->lock);
	return err;
}

int memfd_seals(struct file *f)
{
	return f->ops == &memfd_file_ops ? (int)memfd_of(f->inode)->seals
					 : -EINVAL;
}
