/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking along a path.
 *
 * First without references, under RCU: each step finds a child in the dentry
 * cache, takes its sequence and then checks that the parent's has not moved,
 * so that every step was true at some moment; the place reached is referenced
 * if its own sequence still holds.  Errors found this way count only if no
 * mount and no rename happened meanwhile.  Whatever does not work so (a name
 * to be read from a disk, a magic link, a lost race) begins again with a
 * reference at every step, which always comes to an end.
 *
 * A symbolic link is followed by putting its text in front of what is left of
 * the path, in a buffer of the walk's.
 */
#include "vfs/path.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "vfs/dir.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path_priv.h"
#include "vm/usercopy.h"

#define WALK_RETRY 1 /* begin again with references */

struct path_buffer {
	char text[PATH_MAX];
};
static struct slab buffer_slab = SLAB("path", struct path_buffer);

/* A step's result before the walk moves there. */
struct step {
	struct path to;
	struct inode *inode;
	uint32_t seq;
};

static inline bool same_place(const struct path *a, const struct path *b)
{
	return a->dentry == b->dentry && a->mount == b->mount;
}

static void stand_at(struct walk *w, const struct path *p)
{
	w->at = *p;
	w->inode = p->dentry->inode;
	w->seq = seq_read_begin(&p->dentry->seq);
}

/* Moves a walk with references; those of `p` pass to it. */
static void move_to(struct walk *w, const struct path *p)
{
	path_put(&w->at);
	w->at = *p;
	w->inode = p->dentry->inode;
}

/* The directory that a relative path starts from. */
static int start_of(struct walk *w, int dirfd, struct path *start)
{
	struct fdref ref;
	int err = 0;

	if (dirfd == AT_FDCWD) {
		if (w->rcu)
			path_context_peek(&w->root, start);
		else
			path_context_read(&w->root, start);
		return 0;
	}
	ref = fdtable_get_any(dirfd);
	if (!ref.file)
		return -EBADF;
	if (*w->name && !S_ISDIR(ref.file->inode->mode))
		err = -ENOTDIR;
	else
		*start = ref.file->path;
	if (!err && !w->rcu) {
		path_get(start);
		path_context_read(&w->root, NULL);
	} else if (!err) {
		path_context_peek(&w->root, NULL);
	}
	fdtable_put(ref);
	return err;
}

static int begin(struct walk *w, int dirfd)
{
	struct path start;
	bool confined = w->flags & PATH_CONFINED;
	bool absolute = *w->name == '/';
	int err = 0;

	if (absolute && (w->flags & PATH_BENEATH))
		return -EXDEV;
	if (!absolute || confined) {
		err = start_of(w, dirfd, &start);
	} else if (w->rcu) {
		path_context_peek(&w->root, NULL);
		start = w->root;
	} else {
		path_context_read(&w->root, NULL);
		start = w->root;
		path_get(&start);
	}
	if (err)
		return err;
	if (confined) {
		if (!w->rcu) {
			path_put(&w->root);
			path_get(&start);
		}
		w->root = start;
	}
	stand_at(w, &start);
	return 0;
}

static inline int may_search(const struct walk *w)
{
	uint32_t mode = READ_ONCE(w->inode->mode);

	if (!S_ISDIR(mode))
		return -ENOTDIR;
	if ((mode & 0111) == 0111)
		return 0;
	return inode_permission(w->inode, MAY_EXEC);
}

/* The top of what is mounted on s->to, without references. */
static int cross_rcu(struct walk *w, struct step *s)
{
	struct mount *m;

	while (s->to.dentry->flags & DENTRY_MOUNTED) {
		m = mount_find(s->to.mount, s->to.dentry);
		if (!m)
			break;
		if (w->flags & PATH_NO_XDEV)
			return -EXDEV;
		s->to.mount = m;
		s->to.dentry = m->root;
		s->seq = seq_read_begin(&m->root->seq);
		s->inode = m->root->inode;
	}
	return 0;
}

void path_cross_mounts(struct path *p)
{
	struct mount *m;

	while (p->dentry->flags & DENTRY_MOUNTED) {
		rcu_read_lock();
		m = mount_find(p->mount, p->dentry);
		if (m && !atomic32_inc_not_zero(&m->refs))
			m = NULL;
		rcu_read_unlock();
		if (!m)
			return;
		path_put(p);
		p->mount = m;
		p->dentry = dentry_get(m->root);
	}
}

static int find_rcu(struct walk *w, struct step *s)
{
	struct dentry *parent = w->at.dentry;

	s->to.mount = w->at.mount;
	s->to.dentry = dentry_find(parent, &w->key, &s->seq);
	if (!s->to.dentry)
		return w->inode->ops->lookup ? WALK_RETRY : -ENOENT;
	s->inode = READ_ONCE(s->to.dentry->inode);
	if (seq_read_retry(&parent->seq, w->seq))
		return WALK_RETRY;
	if (!s->inode)
		return seq_read_retry(&s->to.dentry->seq, s->seq) ? WALK_RETRY
								  : -ENOENT;
	return cross_rcu(w, s);
}

/* An entry that is made for each look-up and belongs to whoever looked. */
static int find_dynamic(struct walk *w, struct dentry **out)
{
	struct dentry *d = dentry_create(w->at.dentry, &w->key);
	int err;

	if (!d)
		return -ENOMEM;
	err = w->inode->ops->lookup(w->inode, d);
	if (err)
		dentry_put(d);
	else
		*out = d;
	return err;
}

static int find_slow(struct walk *w, struct dentry **out)
{
	int err;

	mutex_lock(&w->inode->lock);
	err = dir_find_locked(w->at.dentry, &w->key, out);
	mutex_unlock(&w->inode->lock);
	return err ? err : *out ? 0 : -ENOENT;
}

static int find_ref(struct walk *w, struct step *s)
{
	struct dentry *d;
	uint32_t seq;
	int err = 0;

	rcu_read_lock();
	d = dentry_find(w->at.dentry, &w->key, &seq);
	if (d && !dentry_get_at(d, seq))
		d = NULL;
	rcu_read_unlock();
	if (!d && (w->inode->flags & INODE_DYNAMIC))
		err = find_dynamic(w, &d);
	else if (!d)
		err = find_slow(w, &d);
	if (!err && !d->inode) {
		dentry_put(d);
		err = -ENOENT;
	}
	if (err)
		return err;
	s->to.mount = mount_get(w->at.mount);
	s->to.dentry = d;
	path_cross_mounts(&s->to);
	s->inode = s->to.dentry->inode;
	if (s->to.mount == w->at.mount || !(w->flags & PATH_NO_XDEV))
		return 0;
	path_put(&s->to);
	return -EXDEV;
}

/* Makes the link's text and what is left the new path. */
static int expand(struct walk *w, const char *text)
{
	size_t len = strlen(text), rest = strlen(w->name);
	bool slash = rest || w->slash;
	char *buf = kmalloc(len + slash + rest + 1, w->rcu ? ALLOC_ATOMIC : 0);

	if (!buf)
		return -ENOMEM;
	memcpy(buf, text, len);
	if (slash)
		buf[len] = '/';
	memcpy(buf + len + slash, w->name, rest + 1);
	kfree(w->buf);
	w->name = w->buf = buf;
	return 0;
}

static void go_to_root(struct walk *w)
{
	if (w->rcu) {
		stand_at(w, &w->root);
		return;
	}
	path_get(&w->root);
	move_to(w, &w->root);
}

static int follow_magic(struct walk *w, struct inode *ino)
{
	struct path to;
	int err;

	if (!ino->ops->follow)
		return -ELOOP;
	if (w->flags & PATH_NO_MAGICLINKS)
		return -ELOOP;
	if (w->flags & PATH_CONFINED)
		return -EXDEV;
	err = ino->ops->follow(ino, &to);
	if (!err)
		move_to(w, &to);
	return err;
}

/* w->at is the link's directory, w->name what stood behind the link. */
static int follow(struct walk *w, struct inode *ino)
{
	const char *text = ino->link;
	char *owned = NULL;
	ssize_t len;
	int err;

	if (++w->links > WALK_LINKS_MAX || (w->flags & PATH_NO_SYMLINKS))
		return -ELOOP;
	if (!text && ino->ops->follow)
		return w->rcu ? WALK_RETRY : follow_magic(w, ino);
	if (!text) {
		if (w->rcu)
			return WALK_RETRY;
		owned = kmalloc(PATH_MAX, 0);
		if (!owned)
			return -ENOMEM;
		len = ino->ops->readlink(ino, owned, PATH_MAX - 1);
		if (len < 0) {
			kfree(owned);
			return len;
		}
		owned[len] = '\0';
		text = owned;
	}
	err = *text ? expand(w, text) : -ENOENT;
	kfree(owned);
	if (err || *w->name != '/')
		return err;
	if (w->flags & PATH_BENEATH)
		return -EXDEV;
	go_to_root(w);
	return 0;
}

static int step_down(struct walk *w, bool last)
{
	struct step s;
	int err = w->rcu ? find_rcu(w, &s) : find_ref(w, &s);

	if (err)
		return err;
	if (unlikely(S_ISLNK(s.inode->mode)) &&
	    (!last || w->slash || (w->flags & PATH_FOLLOW))) {
		if (!w->rcu) {
			err = follow(w, s.inode);
			path_put(&s.to);
			return err;
		}
		if (seq_read_retry(&s.to.dentry->seq, s.seq))
			return WALK_RETRY;
		return follow(w, s.inode);
	}
	if (w->rcu) {
		w->at = s.to;
		w->inode = s.inode;
		w->seq = s.seq;
	} else {
		move_to(w, &s.to);
	}
	return 0;
}

/* ".." without references, inside one mount. */
static int up_rcu(struct walk *w)
{
	struct dentry *d = w->at.dentry;
	struct step s = { .to.mount = w->at.mount };
	int err;

	if (same_place(&w->at, &w->root))
		return 0;
	if (d == w->at.mount->root)
		return w->at.mount->parent ? WALK_RETRY : 0;
	s.to.dentry = READ_ONCE(d->parent);
	if (seq_read_retry(&d->seq, w->seq))
		return WALK_RETRY;
	s.seq = seq_read_begin(&s.to.dentry->seq);
	s.inode = s.to.dentry->inode;
	err = cross_rcu(w, &s);
	w->at = s.to;
	w->seq = s.seq;
	w->inode = s.inode;
	return err;
}

/* ".." with references; mounts and parents are held by their children. */
static int up_ref(struct walk *w)
{
	struct path p = w->at;
	bool crossed = false;

	rcu_read_lock();
	while (p.dentry == p.mount->root && p.mount->parent &&
	       !same_place(&p, &w->root)) {
		p.dentry = p.mount->point;
		p.mount = p.mount->parent;
		crossed = true;
	}
	if (!same_place(&p, &w->root))
		p.dentry = READ_ONCE(p.dentry->parent);
	/* A parent that a rename let go meanwhile: the place we stand at. */
	if (!atomic32_inc_not_zero(&p.dentry->refs))
		p = (struct path){ w->at.mount, dentry_get(w->at.dentry) };
	mount_get(p.mount);
	rcu_read_unlock();
	path_cross_mounts(&p);
	move_to(w, &p);
	return crossed && (w->flags & PATH_NO_XDEV) ? -EXDEV : 0;
}

static int step_up(struct walk *w)
{
	if (same_place(&w->at, &w->root) && (w->flags & PATH_BENEATH))
		return -EXDEV;
	return w->rcu ? up_rcu(w) : up_ref(w);
}

static enum path_kind kind_of(const struct dentry_key *k)
{
	if (likely(k->text[0] != '.') || k->len > 2)
		return PATH_NAME;
	if (k->len == 1)
		return PATH_DOT;
	return k->text[1] == '.' ? PATH_DOTDOT : PATH_NAME;
}

/* Parses the next component; false when there is none. */
static bool next_component(struct walk *w, const char **after)
{
	const char *p = w->name;

	while (*p == '/')
		p++;
	if (!*p)
		return false;
	w->name = p;
	dentry_key_parse(&w->key, p);
	w->kind = kind_of(&w->key);
	p += w->key.len;
	w->slash = false;
	if (*p == '/') {
		while (*p == '/')
			p++;
		w->slash = !*p;
	}
	*after = p;
	return true;
}

static int walk_on(struct walk *w)
{
	const char *after;
	int err = 0;

	w->kind = PATH_ROOT;
	while (!err && next_component(w, &after)) {
		err = may_search(w);
		if (err)
			return err;
		if (w->key.len > NAME_MAX)
			return -ENAMETOOLONG;
		if (w->parent_only && !*after)
			return 0;
		w->name = after;
		if (likely(w->kind == PATH_NAME))
			err = step_down(w, !*after);
		else if (w->kind == PATH_DOTDOT)
			err = step_up(w);
		if (w->slash && !err && !*w->name && !S_ISDIR(w->inode->mode))
			err = -ENOTDIR;
	}
	return err;
}

/* Takes references on the place reached. */
static int take(struct walk *w)
{
	if (!dentry_get_at(w->at.dentry, w->seq))
		return WALK_RETRY;
	if (atomic32_inc_not_zero(&w->at.mount->refs)) {
		if (!seq_read_retry(&mount_seq, w->mount_seq))
			return 0;
		mount_put_later(w->at.mount);
	}
	dentry_put_later(w->at.dentry);
	return WALK_RETRY;
}

static int attempt_rcu(struct walk *w, int dirfd)
{
	int err;

	w->rcu = true;
	rcu_read_lock();
	w->mount_seq = seq_read_begin(&mount_seq);
	w->rename_seq = seq_read_begin(&dentry_rename_seq);
	err = begin(w, dirfd);
	if (!err)
		err = walk_on(w);
	if (!err)
		err = take(w);
	else if (seq_read_retry(&mount_seq, w->mount_seq) ||
		 seq_read_retry(&dentry_rename_seq, w->rename_seq))
		err = WALK_RETRY;
	rcu_read_unlock();
	return err;
}

static int attempt_ref(struct walk *w, int dirfd)
{
	int err;

	w->rcu = false;
	err = begin(w, dirfd);
	if (err)
		return err;
	w->root_held = true;
	err = walk_on(w);
	if (err)
		path_put(&w->at);
	return err;
}

void walk_end(struct walk *w)
{
	kfree(w->buf);
	if (w->root_held)
		path_put(&w->root);
}

int walk_begin(struct walk *w, int dirfd, const char *name)
{
	int err;

	w->buf = NULL;
	w->name = name;
	w->links = 0;
	w->slash = false;
	w->root_held = false;
	if (unlikely(!*name) && !(w->flags & PATH_EMPTY))
		return -ENOENT;
	/* Confined walks keep their root. */
	err = w->flags & PATH_CONFINED ? WALK_RETRY : attempt_rcu(w, dirfd);
	if (likely(!err))
		return 0;
	if (err == WALK_RETRY) {
		kfree(w->buf);
		w->buf = NULL;
		w->name = name;
		w->links = 0;
		err = attempt_ref(w, dirfd);
	}
	if (err)
		walk_end(w);
	return err;
}

/* Walks on with references from w->at. */
static int go_on(struct walk *w, struct inode *link)
{
	int err = 0;

	w->rcu = false;
	if (!w->root_held)
		path_context_read(&w->root, NULL);
	w->root_held = true;
	if (link) {
		w->name += w->key.len;
		while (*w->name == '/')
			w->name++;
		err = follow(w, link);
	}
	if (!err)
		err = walk_on(w);
	if (err) {
		path_put(&w->at);
		walk_end(w);
	}
	return err;
}

int walk_through_link(struct walk *w, struct inode *ino)
{
	return go_on(w, ino);
}

int walk_dots(struct walk *w)
{
	w->parent_only = false;
	return go_on(w, NULL);
}

int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out)
{
	struct walk w = { .flags = flags };
	int err = walk_begin(&w, dirfd, name);

	if (err)
		return err;
	walk_end(&w);
	if ((flags & PATH_DIRECTORY) && !S_ISDIR(w.inode->mode)) {
		path_put(&w.at);
		return -ENOTDIR;
	}
	*out = w.at;
	return 0;
}

int path_lookup_parent(int dirfd, const char *name, unsigned flags,
		       struct path_last *out)
{
	struct walk w = { .flags = flags, .parent_only = true };
	int err = walk_begin(&w, dirfd, name);

	if (err)
		return err;
	out->parent = w.at;
	out->key = w.key;
	out->kind = w.kind;
	out->slash = w.slash;
	/* Links on the way left the path's tail as it was. */
	if (w.buf && w.kind != PATH_ROOT)
		out->key.text = name + strlen(name) - strlen(w.name);
	walk_end(&w);
	return 0;
}

char *path_buffer_alloc(void)
{
	return slab_alloc(&buffer_slab, 0);
}

int path_copy_user(uaddr_t user, char **out)
{
	char *name = path_buffer_alloc();
	ssize_t len;

	*out = NULL;
	if (!name)
		return -ENOMEM;
	len = usercopy_string(name, user, PATH_MAX);
	if (len < 0) {
		slab_free(&buffer_slab, name);
		return (int)len;
	}
	*out = name;
	return 0;
}

void path_copy_free(char *name)
{
	slab_free(&buffer_slab, name);
}

int path_lookup_user(int dirfd, uaddr_t user, unsigned flags, struct path *out)
{
	char *name = NULL;
	int err = path_copy_user(user, &name);

	if (err)
		return err;
	err = path_lookup(dirfd, name, flags, out);
	path_copy_free(name);
	return err;
}
