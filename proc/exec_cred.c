/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose rights a program runs with: set-user-id and set-group-id bits, and
 * what capabilities become at exec (capabilities(7)).  Everything is computed
 * while the old program could still go on; exec_cred_commit cannot fail.
 */
#include "abi/errno.h"
#include "abi/personality.h"
#include "abi/stat.h"
#include "proc/exec_priv.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"

static void take_ids(struct exec *x, struct cred *n)
{
	const struct inode *ino = x->file->inode;
	const struct mount *m = x->file->path.mount;

	if ((m && (m->flags & MOUNT_NOSUID)) || process_current()->no_new_privs)
		return;
	if (ino->mode & S_ISUID) {
		n->euid = ino->uid;
		x->persona_clear = PER_CLEAR_ON_SETID;
	}
	/* Without the right to run it, the bit means mandatory locks. */
	if ((ino->mode & S_ISGID) && (ino->mode & S_IXGRP)) {
		n->egid = ino->gid;
		x->persona_clear = PER_CLEAR_ON_SETID;
	}
}

/* User 0 has all that bounds let it have; true: in effect, too. */
static bool take_root(const struct cred *old, struct cred *n)
{
	if (n->securebits & SECBIT_NOROOT)
		return false;
	if (n->euid == 0 || n->uid == 0)
		n->cap_permitted = old->cap_bounding | old->cap_inheritable;
	return n->euid == 0;
}

static void take_caps(struct exec *x, const struct cred *old, struct cred *n)
{
	bool setid = n->euid != n->uid || n->egid != n->gid;
	bool effective;

	n->cap_permitted = 0;
	effective = take_root(old, n);
	if (process_current()->no_new_privs &&
	    (setid || (n->cap_permitted & ~old->cap_permitted))) {
		n->euid = n->uid;
		n->egid = n->gid;
		n->cap_permitted &= old->cap_permitted;
	}
	if (setid)
		n->cap_ambient = 0;
	n->suid = n->fsuid = n->euid;
	n->sgid = n->fsgid = n->egid;
	n->cap_permitted |= n->cap_ambient;
	n->cap_effective = effective ? n->cap_permitted : n->cap_ambient;
	n->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
	x->secure = setid || (n->uid != 0 && effective);
	x->private = n->euid != n->uid || n->egid != n->gid;
}

int exec_cred_prepare(struct exec *x)
{
	const struct cred *old = cred_current();

	x->cred = cred_copy(old, old->group_count);
	if (!x->cred)
		return -ENOMEM;
	take_ids(x, x->cred);
	take_caps(x, old, x->cred);
	/* What may not be read must not be seen in memory either. */
	if (inode_permission(x->file->inode, MAY_READ))
		x->private = true;
	return 0;
}

void exec_cred_commit(struct exec *x)
{
	struct process *p = process_current();
	const struct cred *old = cred_current();

	if (x->secure)
		task_current()->death_signal = 0;
	p->personality &= ~x->persona_clear;
	p->dumpable = !x->private;
	p->uid = x->cred->uid;
	thread_current()->cred = x->cred;
	x->cred = NULL;
	cred_put(old);
}
