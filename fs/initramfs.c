/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unpacker.  Runs alone, before anybody sees the files.
 *
 * Entries come in the order of their folders, so the last folder is kept and
 * most names cost one comparison.  `freed` is how far the archive's pages have
 * been given away or taken by files: everything below was parsed already.
 *
 * The end of a file's last page usually holds the next entry's header; it is
 * cleared only when the parser has gone past it (struct tail).
 */
#include "fs/initramfs.h"

#include "arch/boot.h"
#include "lib/cpio.h"
#include "lib/hash.h"
#include "lib/inflate.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/print.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "mm/vmap.h"
#include "vfs/dentry.h"
#include "vfs/dir.h"
#include "vfs/inode.h"
#include "vfs/pagecache.h"
#include "vfs/path.h"
#include "vm/object.h"

#define LINK_BUCKETS 64u
#define RESERVE_RUN  16 /* pages charged at a time */
#define LINKS_DEEP   8  /* symbolic links on the way to a folder */

/* A file of which the archive has more names. */
struct linked {
	struct linked *next;
	uint32_t ino, dev_major, dev_minor;
	struct inode *inode; /* referenced */
};

/* Part of a page that a file took but does not fill. */
struct tail {
	char *from, *end;
};

struct unpack {
	struct dentry *root;
	struct dentry *folder; /* where the last entry went; referenced */
	char folder_name[PATH_MAX];
	size_t folder_len;
	struct linked *linked[LINK_BUCKETS];
	struct tail tail;
	bool in_place; /* pages of the archive may become files */
	char *freed;   /* in-place archives: nothing below is needed */
	char *end;     /* of the archive's last whole page */
	char *taken, *taken_end; /* by the entry being unpacked */
	size_t entries, failed;
};

static struct dentry *child_of(struct dentry *dir, const struct dentry_key *k)
{
	struct dentry *d;

	if (!S_ISDIR(dir->inode->mode))
		return NULL;
	if (k->len == 1 && k->text[0] == '.')
		return dentry_get(dir);
	if (k->len == 2 && k->text[0] == '.' && k->text[1] == '.')
		return dentry_get(dir->parent);
	d = dentry_find_locked(dir, k);
	return d ? dentry_get(d) : NULL;
}

/* The dentry that path[0..len) names; NULL: none.  Takes over `at`. */
static struct dentry *resolve(struct unpack *u, struct dentry *at,
			      const char *path, size_t len, unsigned depth)
{
	const char *end = path + len;
	struct dentry *d;
	struct dentry_key k;

	while (at && path < end) {
		if (*path == '/') {
			path++;
			continue;
		}
		dentry_key_parse(&k, path);
		path += k.len;
		d = child_of(at, &k);
		if (d && S_ISLNK(d->inode->mode)) {
			const char *to = d->inode->link;

			dentry_put(d);
			if (*to == '/') {
				dentry_put(at);
				at = dentry_get(u->root);
			}
			at = depth ? resolve(u, at, to, strlen(to), depth - 1)
				   : NULL;
			continue;
		}
		dentry_put(at);
		at = d;
	}
	return at;
}

/* Makes u->folder the folder of `name`; *base is the rest.  False: there is
 * no such folder. */
static bool enter_folder(struct unpack *u, const char *name, const char **base)
{
	const char *slash = strrchr(name, '/');
	size_t len = slash ? slash - name : 0;
	struct dentry *d;

	*base = slash ? slash + 1 : name;
	if (len == u->folder_len && !memcmp(name, u->folder_name, len))
		return true;
	if (len >= sizeof(u->folder_name))
		return false;
	d = resolve(u, dentry_get(u->root), name, len, LINKS_DEEP);
	if (!d || !S_ISDIR(d->inode->mode)) {
		if (d)
			dentry_put(d);
		return false;
	}
	dentry_put(u->folder);
	u->folder = d;
	memcpy(u->folder_name, name, len);
	u->folder_len = len;
	return true;
}

static struct linked **link_bucket(struct unpack *u, const struct cpio_entry *e)
{
	return &u->linked[hash_u64(e->ino, e->dev_minor) % LINK_BUCKETS];
}

static struct linked *find_linked(struct unpack *u, const struct cpio_entry *e)
{
	struct linked *l = *link_bucket(u, e);

	while (l && (l->ino != e->ino || l->dev_major != e->dev_major ||
		     l->dev_minor != e->dev_minor))
		l = l->next;
	return l;
}

static int remember_linked(struct unpack *u, const struct cpio_entry *e,
			   struct inode *ino)
{
	struct linked **bucket = link_bucket(u, e);
	struct linked *l = kmalloc(sizeof(*l), 0);

	if (!l)
		return -ENOMEM;
	*l = (struct linked){ *bucket, e->ino, e->dev_major, e->dev_minor,
			      inode_get(ino) };
	*bucket = l;
	return 0;
}

/* Gives archive pages below `to` to the allocator. */
static void free_up_to(struct unpack *u, char *to)
{
	to = (char *)ALIGN_DOWN((uintptr_t)to, PAGE_SIZE);
	while (u->freed < to) {
		page_put(page_of_virt(u->freed));
		u->freed += PAGE_SIZE;
	}
}

/* Clears what the parser is done with. */
static void flush_tail(struct unpack *u)
{
	if (u->tail.from)
		memset(u->tail.from, 0, u->tail.end - u->tail.from);
	u->tail.from = NULL;
}

/* The file takes the pages its data lie in. */
static int take_pages(struct unpack *u, const struct cpio_entry *e,
		      struct inode *ino)
{
	char *v = (char *)e->data, *end = v + e->size;
	uint64_t count = ALIGN_UP(e->size, PAGE_SIZE) / PAGE_SIZE, index;
	int err;

	/* The name and header in front have been read. */
	flush_tail(u);
	u->taken = u->taken_end = v;
	for (index = 0; index < count; index++, v += PAGE_SIZE) {
		/* Nothing is used up: no need of as much free as it holds. */
		err = index % RESERVE_RUN
			      ? 0
			      : ino->ops->reserve(ino,
						  MIN(count - index,
						      (uint64_t)RESERVE_RUN));
		if (!err)
			err = object_insert(ino->object, index,
					    page_of_virt(v));
		if (err)
			return err;
		u->taken_end = v + PAGE_SIZE;
	}
	u->tail = (struct tail){ end, v };
	WRITE_ONCE(ino->object->size, e->size);
	return 0;
}

/* Whether the data lie in whole pages of an archive whose pages are ours. */
static bool can_take(const struct unpack *u, const struct cpio_entry *e)
{
	uintptr_t v = (uintptr_t)e->data;

	return u->in_place && IS_ALIGNED(v, PAGE_SIZE) &&
	       ALIGN_UP(v + e->size, PAGE_SIZE) <= (uintptr_t)u->end;
}

static int copy_pages(const struct cpio_entry *e, struct inode *ino)
{
	const char *data = e->data;
	size_t at, n;
	struct page *p;
	char *v;
	int err;

	for (at = 0; at < e->size; at += n) {
		n = MIN(e->size - at, PAGE_SIZE);
		err = object_page(ino->object, at / PAGE_SIZE, &p);
		if (err)
			return err;
		v = page_map_local(p);
		memcpy(v, data + at, n);
		page_unmap_local(v);
		page_put(p);
		WRITE_ONCE(ino->object->size, at + n);
	}
	return 0;
}

static int fill(struct unpack *u, const struct cpio_entry *e, struct inode *ino)
{
	if (!e->size || !ino->object)
		return 0;
	pagecache_set_size_locked(ino, 0); /* a later name brings new data */
	if (can_take(u, e))
		return take_pages(u, e, ino);
	return copy_pages(e, ino);
}

static void set_attributes(const struct cpio_entry *e, struct inode *ino)
{
	ino->mode = (ino->mode & S_IFMT) | (e->mode & S_IALLUGO);
	ino->uid = e->uid;
	ino->gid = e->gid;
	ino->mtime = ino->atime = (nsec_t)e->mtime * NSEC_PER_SEC;
}

/* Puts a name in u->folder: a new file, one more name of an old one, or, for
 * a folder, what is there already. */
static int add_entry(struct unpack *u, const struct cpio_entry *e,
		     const struct dentry_key *k, struct dentry **out)
{
	struct inode_spec spec = {
		.mode = e->mode,
		.major = e->rdev_major,
		.minor = e->rdev_minor,
	};
	struct inode *dir = u->folder->inode;
	struct dentry *old = dentry_find_locked(u->folder, k);
	char *target = NULL;
	int err;

	if (old && S_ISDIR(old->inode->mode) && S_ISDIR(e->mode)) {
		*out = dentry_get(old);
		return 0;
	}
	if (old) {
		err = dir->ops->remove(dir, old);
		if (err)
			return err;
		dentry_remove(old);
	}
	if (S_ISLNK(e->mode)) {
		spec.target = target = kmalloc(e->size + 1, 0);
		if (!target)
			return -ENOMEM;
		memcpy(target, e->data, e->size);
		target[e->size] = '\0';
		spec.mode = S_IFLNK | 0777;
	}
	err = dir_add(u->folder, k, &spec, out);
	kfree(target);
	return err;
}

static int add_link(struct unpack *u, const struct linked *l,
		    const struct dentry_key *k)
{
	struct inode *dir = u->folder->inode;
	struct dentry *d;
	int err;

	if (dentry_find_locked(u->folder, k))
		return -EEXIST;
	d = dentry_create(u->folder, k);
	if (!d)
		return -ENOMEM;
	err = dir->ops->link(dir, d, l->inode);
	if (!err)
		dentry_add(d);
	dentry_put(d);
	return err;
}

static bool known_type(uint32_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) ||
	       S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) ||
	       S_ISSOCK(mode);
}

/* The archive's name for the root itself. */
static bool is_root(const char *name)
{
	return !*name || !strcmp(name, ".");
}

static int unpack_named(struct unpack *u, const struct cpio_entry *e,
			const char *base)
{
	bool many = e->nlink > 1 && S_ISREG(e->mode);
	struct linked *l = many ? find_linked(u, e) : NULL;
	struct dentry_key k;
	struct inode *ino;
	struct dentry *d;
	int err;

	dentry_key_parse(&k, base);
	if (k.len > NAME_MAX)
		return -ENAMETOOLONG;
	if (l) {
		err = add_link(u, l, &k);
		return err ? err : fill(u, e, l->inode);
	}
	err = add_entry(u, e, &k, &d);
	if (err)
		return err;
	ino = d->inode;
	set_attributes(e, ino);
	if (many)
		err = remember_linked(u, e, ino);
	if (!err)
		err = fill(u, e, ino);
	dentry_put(d);
	return err;
}

static int unpack_entry(struct unpack *u, const struct cpio_entry *e)
{
	const char *name = e->name, *base;

	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	if (is_root(name)) {
		set_attributes(e, u->root->inode);
		return 0;
	}
	if (!known_type(e->mode))
		return -EINVAL;
	if (!enter_folder(u, name, &base))
		return -ENOENT;
	return unpack_named(u, e, base);
}

/* A page is needed once and freed when its last entry is parsed. */
static void entry_done(struct unpack *u, const char *next)
{
	if (u->tail.from && next >= u->tail.end)
		flush_tail(u);
	if (!u->in_place)
		return;
	if (u->taken) {
		free_up_to(u, u->taken);
		u->freed = u->taken_end;
		u->taken = NULL;
	}
	free_up_to(u, (char *)next);
}

static int unpack_cpio(struct unpack *u, const void *data, size_t size,
		       size_t *used)
{
	struct cpio_iter it;
	struct cpio_entry e;
	int more, err;

	cpio_init(&it, data, size);
	while ((more = cpio_next(&it, &e)) > 0) {
		u->entries++;
		err = unpack_entry(u, &e);
		if (err && !u->failed++)
			print("initramfs: %s: error %d\n", e.name, -err);
		entry_done(u, (const char *)data + it.pos);
		if (err == -ENOSPC || err == -ENOMEM)
			return err;
	}
	flush_tail(u);
	*used = it.pos;
	return more;
}

struct sink {
	char *at;
	size_t len;
};

static int count_output(void *ctx, const void *data, size_t len)
{
	((struct sink *)ctx)->len += len;
	return 0;
}

static int keep_output(void *ctx, const void *data, size_t len)
{
	struct sink *s = ctx;

	memcpy(s->at + s->len, data, len);
	s->len += len;
	return 0;
}

/* Unpacked twice: first to learn how much room it takes.  What came out before
 * an error is in *out as well. */
static int inflate_all(const void *data, size_t size, struct sink *out,
		       size_t *used)
{
	struct inflate_state *work = vmap_alloc(sizeof(*work), PAGE_SIZE, 0);
	int err;

	if (!work)
		return -ENOMEM;
	err = inflate_gzip(data, size, count_output, out, work, used);
	if (out->len) {
		out->at = vmap_alloc(out->len, PAGE_SIZE, 0);
		out->len = 0;
		err = out->at ? inflate_gzip(data, size, keep_output, out, work,
					     used)
			      : -ENOMEM;
	}
	vmap_free(work);
	return err;
}

static int unpack_gzip(struct unpack *u, const void *data, size_t size,
		       size_t *used)
{
	struct sink out = {};
	bool in_place = u->in_place;
	size_t inner;
	int err = inflate_all(data, size, &out, used), inner_err;

	if (!out.at)
		return err;
	u->in_place = false;
	inner_err = unpack_cpio(u, out.at, out.len, &inner);
	u->in_place = in_place;
	vmap_free(out.at);
	return err ? err : inner_err;
}

static void unpack_all(struct unpack *u, const char *data, size_t size)
{
	size_t used = 0;
	int err = 0;

	while (size && !err) {
		while (size && !*data) {
			data++;
			size--;
		}
		if (!size)
			break;
		if (inflate_is_gzip(data, size))
			err = unpack_gzip(u, data, size, &used);
		else
			err = unpack_cpio(u, data, size, &used);
		data += used;
		size -= used;
		if (!used && !err)
			err = -EINVAL;
	}
	if (err)
		print("initramfs: stopped with error %d after %zu entries\n",
		      -err, u->entries);
}

static void forget_linked(struct unpack *u)
{
	struct linked *l;
	unsigned i;

	for (i = 0; i < LINK_BUCKETS; i++) {
		while ((l = u->linked[i])) {
			u->linked[i] = l->next;
			inode_put(l->inode);
			kfree(l);
		}
	}
}

static void unpack_at(struct dentry *root, paddr_t base, uint64_t size)
{
	struct unpack *u = kzalloc(sizeof(*u), 0);
	char *data = arch_phys_to_virt(base), *end = data + size;

	if (!u) {
		print("initramfs: no memory to begin with\n");
		return;
	}
	u->root = root;
	u->folder = dentry_get(root);
	u->in_place = page_adopt_reserved(base, size) == 0;
	u->freed = (char *)ALIGN_UP((uintptr_t)data, PAGE_SIZE);
	u->end = (char *)ALIGN_DOWN((uintptr_t)end, PAGE_SIZE);
	unpack_all(u, data, size);
	if (u->in_place)
		free_up_to(u, end);
	forget_linked(u);
	dentry_put(u->folder);
	kfree(u);
}

void initramfs_unpack(void)
{
	struct path root;

	if (!boot_info.initrd_size)
		return;
	path_root(&root);
	unpack_at(root.dentry, boot_info.initrd_base, boot_info.initrd_size);
	path_put(&root);
}
