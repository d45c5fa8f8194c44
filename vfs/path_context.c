/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directories that paths start from: root, working directory and umask of
 * the processes that share them (CLONE_FS), and the way back from a place to
 * its name.
 *
 * A context's paths change under its lock inside its sequence, so that walks
 * read them without either; the references dropped by a change outlive every
 * walk that saw the old path, because what they keep is freed by RCU.
 */
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/spinlock.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path_priv.h"

struct fs_context {
	struct atomic32 users;
	uint32_t umask;
	struct spinlock lock;
	/* protected by lock, read with seq: */
	struct path root, cwd;
	struct seqcount seq;
};

static struct slab context_slab = SLAB("fs_context", struct fs_context);

void path_get(const struct path *p)
{
	mount_get(p->mount);
	dentry_get(p->dentry);
}

void path_put(const struct path *p)
{
	dentry_put(p->dentry);
	mount_put(p->mount);
}

static int create(const struct path *root, const struct path *cwd,
		  uint32_t umask, struct fs_context **out)
{
	struct fs_context *c = slab_alloc(&context_slab, ALLOC_ZERO);

	if (!c)
		return -ENOMEM;
	atomic32_store(&c->users, 1);
	spin_init(&c->lock, RANK_MOUNT_HASH);
	c->umask = umask;
	c->root = *root;
	c->cwd = *cwd;
	path_get(root);
	path_get(cwd);
	*out = c;
	return 0;
}

int path_context_create(const struct path *root, struct fs_context **out)
{
	return create(root, root, 022, out);
}

uint32_t path_context_paths(struct fs_context *c, struct path *root,
			    struct path *cwd)
{
	spin_lock(&c->lock);
	*root = c->root;
	*cwd = c->cwd;
	path_get(root);
	path_get(cwd);
	spin_unlock(&c->lock);
	return c->umask;
}

int path_context_copy(struct fs_context *from, struct fs_context **out)
{
	struct path root, cwd;
	uint32_t umask = path_context_paths(from, &root, &cwd);
	int err = create(&root, &cwd, umask, out);

	path_put(&root);
	path_put(&cwd);
	return err;
}

struct fs_context *path_context_get(struct fs_context *c)
{
	atomic32_inc(&c->users);
	return c;
}

void path_context_put(struct fs_context *c)
{
	if (!atomic32_dec_and_test(&c->users))
		return;
	path_put(&c->root);
	path_put(&c->cwd);
	slab_free(&context_slab, c);
}

uint32_t path_umask(void)
{
	return READ_ONCE(thread_current()->fs->umask);
}

uint32_t path_set_umask(uint32_t mask)
{
	struct fs_context *c = thread_current()->fs;
	uint32_t old;

	spin_lock(&c->lock);
	old = c->umask;
	c->umask = mask & 0777;
	spin_unlock(&c->lock);
	return old;
}

void path_context_peek(struct path *root, struct path *cwd)
{
	const struct fs_context *c = thread_current()->fs;
	uint32_t seq;

	do {
		seq = seq_read_begin(&c->seq);
		*root = c->root;
		if (cwd)
			*cwd = c->cwd;
	} while (seq_read_retry(&c->seq, seq));
}

void path_context_read(struct path *root, struct path *cwd)
{
	struct fs_context *c = thread_current()->fs;

	spin_lock(&c->lock);
	*root = c->root;
	path_get(root);
	if (cwd) {
		*cwd = c->cwd;
		path_get(cwd);
	}
	spin_unlock(&c->lock);
}

void path_root(struct path *out)
{
	path_context_read(out, NULL);
}

void path_cwd(struct path *out)
{
	struct path root;

	path_context_read(&root, out);
	path_put(&root);
}

static void replace(struct path *place, const struct path *p)
{
	struct fs_context *c = thread_current()->fs;
	struct path old;

	path_get(p);
	spin_lock(&c->lock);
	old = *place;
	seq_write_begin(&c->seq);
	*place = *p;
	seq_write_end(&c->seq);
	spin_unlock(&c->lock);
	path_put(&old);
}

void path_set_cwd(const struct path *p)
{
	replace(&thread_current()->fs->cwd, p);
}

void path_set_root(const struct path *p)
{
	replace(&thread_current()->fs->root, p);
}

/* Text is put in front of what is there already. */
struct prefix {
	char *start, *limit;
};

static bool prefix_add(struct prefix *p, const char *text, size_t len)
{
	if ((size_t)(p->start - p->limit) < len)
		return false;
	p->start -= len;
	memcpy(p->start, text, len);
	return true;
}

/* Names of files without one, as /proc/PID/fd shows them. */
static char *anon_name(const struct dentry *d, char *buf, size_t size)
{
	const char *name = d->name->text;
	size_t len;

	if (strchr(name, ':') && name[0] != '/')
		len = fmt_snprintf(buf, size, "%s", name);
	else if (name[0] == '[')
		len = fmt_snprintf(buf, size, "anon_inode:%s", name);
	else if (name[0] == '/')
		len = fmt_snprintf(buf, size, "%s (deleted)", name);
	else
		len = fmt_snprintf(buf, size, "%s:[%llu]", name,
				   (unsigned long long)d->inode->ino);
	return len < size ? buf : NULL;
}

/* From p up to root; false: does not fit.  RCU. */
static bool climb(struct prefix *out, struct path p, const struct path *root)
{
	const struct dentry_name *name;

	while (p.dentry != root->dentry || p.mount != root->mount) {
		if (p.dentry == p.mount->root) {
			if (!p.mount->parent)
				break;
			p.dentry = p.mount->point;
			p.mount = p.mount->parent;
			continue;
		}
		if (p.dentry == p.dentry->parent)
			break;
		name = READ_ONCE(p.dentry->name);
		if (!prefix_add(out, name->text, name->len) ||
		    !prefix_add(out, "/", 1))
			return false;
		p.dentry = p.dentry->parent;
	}
	return true;
}

char *path_name(const struct path *p, char *buf, size_t size)
{
	struct prefix out;
	struct path root;
	uint32_t mounts, renames;
	char *end;
	bool ok;

	if (p->dentry->flags & DENTRY_ANON)
		return anon_name(p->dentry, buf, size);
	rcu_read_lock();
	do {
		mounts = seq_read_begin(&mount_seq);
		renames = seq_read_begin(&dentry_rename_seq);
		path_context_peek(&root, NULL);
		out = (struct prefix){ buf + size, buf };
		ok = prefix_add(&out, "", 1);
		if (ok && !dentry_is_live(p->dentry))
			ok = prefix_add(&out, " (deleted)", 10);
		end = out.start;
		ok = ok && climb(&out, *p, &root);
		if (ok && out.start == end)
			ok = prefix_add(&out, "/", 1);
	} while (seq_read_retry(&mount_seq, mounts) ||
		 seq_read_retry(&dentry_rename_seq, renames));
	rcu_read_unlock();
	return ok ? out.start : NULL;
}
