/* SPDX-License-Identifier: BSD-2-Clause */
/* Telling what files are and what directories hold: the stat family and
 * getdents(2), in the layouts of the ABI. */
#include "arch/abi.h"
#include "lib/div.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "mm/page.h"
#include "sys/syscalls.h"
#include "vfs/attr.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/path.h"
#include "vm/usercopy.h"

/* The 32-bit form that spreads a minor number around the major one. */
static uint64_t encode_dev(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | (uint64_t)major << 8 |
	       (uint64_t)(minor & ~0xffu) << 12;
}

struct seconds {
	int64_t sec;
	int64_t nsec;
};

static struct seconds split(nsec_t t)
{
	struct seconds s;

	s.sec = div_s64(t, NSEC_PER_SEC);
	s.nsec = t - s.sec * NSEC_PER_SEC;
	if (s.nsec < 0) {
		s.sec--;
		s.nsec += NSEC_PER_SEC;
	}
	return s;
}

static void encode_times(const struct attr *a, struct abi_stat *st)
{
	struct seconds s = split(a->atime);

	st->atime = s.sec;
	st->atime_nsec = s.nsec;
	s = split(a->mtime);
	st->mtime = s.sec;
	st->mtime_nsec = s.nsec;
	s = split(a->ctime);
	st->ctime = s.sec;
	st->ctime_nsec = s.nsec;
}

static int put_stat(const struct path *p, uaddr_t user)
{
	struct abi_stat st = {};
	struct attr a;

	attr_get(p, &a);
	st.dev = encode_dev(a.dev_major, a.dev_minor);
	st.ino = a.ino;
	st.nlink = a.nlink;
	st.mode = a.mode;
	st.uid = a.uid;
	st.gid = a.gid;
	st.rdev = encode_dev(a.rdev_major, a.rdev_minor);
	st.size = a.size;
	st.blksize = a.block_size;
	st.blocks = a.blocks;
	encode_times(&a, &st);
	return copy_to_user(user, &st, sizeof(st));
}

static int stat_path(int dirfd, uaddr_t path, unsigned flags, uaddr_t user)
{
	struct path p;
	int err = path_lookup_user(dirfd, path, flags, &p);

	if (err)
		return err;
	err = put_stat(&p, user);
	path_put(&p);
	return err;
}

long sys_stat(uaddr_t path, uaddr_t user)
{
	return stat_path(AT_FDCWD, path, PATH_FOLLOW, user);
}

long sys_lstat(uaddr_t path, uaddr_t user)
{
	return stat_path(AT_FDCWD, path, 0, user);
}

long sys_fstat(int fd, uaddr_t user)
{
	struct fdref ref = fdtable_get_any(fd);
	int err;

	if (!ref.file)
		return -EBADF;
	err = put_stat(&ref.file->path, user);
	fdtable_put(ref);
	return err;
}

static unsigned lookup_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? PATH_EMPTY : 0);
}

/* What glibc's fstat() is: an empty path; saves the walk. */
static bool names_only_fd(int dirfd, uaddr_t path, int flags)
{
	char c;

	return (flags & AT_EMPTY_PATH) && dirfd >= 0 &&
	       !copy_from_user(&c, path, 1) && !c;
}

long sys_newfstatat(int dirfd, uaddr_t path, uaddr_t user, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
		      AT_STATX_SYNC_TYPE))
		return -EINVAL;
	if (names_only_fd(dirfd, path, flags))
		return sys_fstat(dirfd, user);
	return stat_path(dirfd, path, lookup_flags(flags), user);
}

static struct statx_timestamp timestamp(nsec_t t)
{
	struct seconds s = split(t);

	return (struct statx_timestamp){ .sec = s.sec, .nsec = s.nsec };
}

static int put_statx(const struct path *p, uaddr_t user)
{
	struct attr a;
	struct statx sx;

	attr_get(p, &a);
	sx = (struct statx){
		.mask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
		.blksize = a.block_size,
		.attributes = a.mount_root ? STATX_ATTR_MOUNT_ROOT : 0,
		.attributes_mask = STATX_ATTR_MOUNT_ROOT,
		.nlink = a.nlink,
		.uid = a.uid,
		.gid = a.gid,
		.mode = a.mode,
		.ino = a.ino,
		.size = a.size,
		.blocks = a.blocks,
		.atime = timestamp(a.atime),
		.btime = timestamp(a.btime),
		.ctime = timestamp(a.ctime),
		.mtime = timestamp(a.mtime),
		.rdev_major = a.rdev_major,
		.rdev_minor = a.rdev_minor,
		.dev_major = a.dev_major,
		.dev_minor = a.dev_minor,
		.mnt_id = a.mount_id,
	};
	return copy_to_user(user, &sx, sizeof(sx));
}

long sys_statx(int dirfd, uaddr_t path, int flags, unsigned mask, uaddr_t user)
{
	struct path p;
	int err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
		      AT_STATX_SYNC_TYPE) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE ||
	    (mask & STATX_RESERVED))
		return -EINVAL;
	err = path_lookup_user(dirfd, path, lookup_flags(flags), &p);
	if (err)
		return err;
	err = put_statx(&p, user);
	path_put(&p);
	return err;
}

/* Directory entries on their way out: gathered a page at a time, because the
 * directory is locked while they are. */
struct listing {
	struct dir_context dc;
	char *buf;
	size_t used, size; /* of buf */
	size_t room;       /* in user memory */
	size_t (*put)(char *at, uint64_t ino, unsigned type, off_t next);
	size_t head; /* bytes in front of a name */
	size_t tail; /* bytes behind its NUL */
	bool tight;  /* an entry did not fit the user's buffer */
};

static size_t put_dirent64(char *at, uint64_t ino, unsigned type, off_t next)
{
	struct dirent64 *d = (struct dirent64 *)at;

	d->ino = ino;
	d->off = next;
	d->type = type;
	return offsetof(struct dirent64, reclen);
}

static size_t put_dirent(char *at, uint64_t ino, unsigned type, off_t next)
{
	struct abi_dirent *d = (struct abi_dirent *)at;

	d->ino = ino;
	d->off = next;
	return offsetof(struct abi_dirent, reclen);
}

static bool emit(struct dir_context *dc, const char *name, size_t len,
		 uint64_t ino, unsigned type, off_t next)
{
	struct listing *l = container_of(dc, struct listing, dc);
	size_t need = ALIGN_UP(l->head + len + 1 + l->tail, sizeof(long));
	char *at = l->buf + l->used;
	uint16_t reclen = need;
	size_t len_at;

	if (l->used + need > MIN(l->size, l->room)) {
		l->tight = l->used + need > l->room;
		return false;
	}
	memset(at + need - sizeof(long), 0, sizeof(long));
	len_at = l->put(at, ino, type, next);
	memcpy(at + len_at, &reclen, sizeof(reclen));
	memcpy(at + l->head, name, len);
	at[l->head + len] = '\0';
	if (l->tail)
		at[need - 1] = type;
	l->used += need;
	return true;
}

/* Fills one page and copies it out; *done when the directory ended or the
 * user's room did. */
static int list_some(struct file *f, struct listing *l, uaddr_t *user,
		     bool *done)
{
	off_t before = f->pos;
	int err;

	l->used = 0;
	l->dc.pos = f->pos;
	l->tight = false;
	err = file_iterate(f, &l->dc);
	*done = l->tight || !l->used;
	if (err || !l->used)
		return err ? err : l->tight ? -EINVAL : 0;
	err = copy_to_user(*user, l->buf, l->used);
	if (err) {
		f->pos = before;
		return err;
	}
	f->pos = l->dc.pos;
	*user += l->used;
	l->room -= l->used;
	return 0;
}

static long list_all(struct file *f, struct listing *l, uaddr_t user)
{
	size_t room = l->room;
	bool done = false;
	int err = 0;

	mutex_lock(&f->pos_lock);
	while (!done && !err)
		err = list_some(f, l, &user, &done);
	mutex_unlock(&f->pos_lock);
	return l->room < room ? (long)(room - l->room) : err;
}

static long list_dir(int fd, struct listing *l, uaddr_t user, unsigned room)
{
	struct fdref ref = fdtable_get(fd);
	long ret = -ENOTDIR;

	if (!ref.file)
		return -EBADF;
	l->room = room;
	l->size = PAGE_SIZE;
	if (S_ISDIR(ref.file->inode->mode)) {
		l->buf = page_alloc_virt(0, 0);
		ret = l->buf ? list_all(ref.file, l, user) : -ENOMEM;
		if (l->buf)
			page_free_virt(l->buf, 0);
	}
	fdtable_put(ref);
	return ret;
}

long sys_getdents64(int fd, uaddr_t user, unsigned room)
{
	struct listing l = { .dc.emit = emit,
			     .put = put_dirent64,
			     .head = DIRENT64_HEAD };

	return list_dir(fd, &l, user, room);
}

long sys_getdents(int fd, uaddr_t user, unsigned room)
{
	struct listing l = { .dc.emit = emit,
			     .put = put_dirent,
			     .head = ABI_DIRENT_HEAD,
			     .tail = 1 };

	return list_dir(fd, &l, user, room);
}
