/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files.  A struct file is shared by every descriptor that was made from
 * the same open; it is counted, and freed when the last one goes.
 *
 * Operations get the file, an iterator and, where they have one, the position.
 * A NULL operation means what its comment says.  They run without any lock of
 * vfs but the position's, and may sleep.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/types.h"

#include "sched/mutex.h"
#include "sched/rcu.h"
#include "vfs/path.h"
#include "vm/backing.h"

struct epoll_item;
struct file;
struct inode;
struct iter;
struct map_request;
struct poll_table;
struct strbuf;
struct cred;

/* Emits one directory entry; false: the buffer is full, stop. */
struct dir_context {
	bool (*emit)(struct dir_context *dc, const char *name, size_t len,
		     uint64_t ino, unsigned type, off_t next);
	off_t pos; /* where to start; moved by the file system */
};

struct file_ops {
	/* NULL: nothing to do */
	int (*open)(struct inode *ino, struct file *f);
	void (*release)(struct file *f); /* last reference gone */
	int (*flush)(struct file *f);    /* each close of a descriptor */
	/* NULL: -EINVAL.  Return bytes or -errno. */
	ssize_t (*read)(struct file *f, struct iter *to, off_t *pos);
	ssize_t (*write)(struct file *f, struct iter *from, off_t *pos);
	/* NULL: -ESPIPE, or the plain one where FMODE_SEEK is set */
	off_t (*seek)(struct file *f, off_t off, int whence);
	int (*iterate)(struct file *f, struct dir_context *dc);   /* -ENOTDIR */
	long (*ioctl)(struct file *f, unsigned cmd, uaddr_t arg); /* -ENOTTY */
	int (*mmap)(struct file *f, struct map_request *rq);      /* -ENODEV */
	int (*fsync)(struct file *f, bool data_only);             /* -EINVAL */
	/* NULL: always readable and writable */
	unsigned (*poll)(struct file *f, struct poll_table *pt);
	int (*fallocate)(struct file *f, int mode, off_t off, off_t len);
	/* More lines of /proc/PID/fdinfo; NULL: there are none. */
	void (*show)(struct file *f, struct strbuf *sb);
};

enum {
	FMODE_READ = 1 << 0,
	FMODE_WRITE = 1 << 1,
	FMODE_SEEK = 1 << 2, /* has a position at all */
	FMODE_PATH = 1 << 3, /* O_PATH */
	FMODE_EXEC = 1 << 4,
	FMODE_NOPOS_LOCK = 1 << 5, /* position is never shared or unused */
	FMODE_RCU_FREE = 1 << 6,   /* file_free_by_rcu() was called */
	FMODE_NOPREAD = 1 << 7,    /* pread and pwrite give -ESPIPE */
	FMODE_CREATED = 1 << 8,    /* by this open */
	FMODE_WRITER = 1 << 9,     /* counted in inode->writers */
	FMODE_PROGRAM = 1 << 10,   /* counted there below zero */
};

/* How far the running thread may grow a file (RLIMIT_FSIZE); set by proc/. */
extern uint64_t (*file_size_limit)(void);

struct file {
	struct atomic32 refs;
	uint32_t mode; /* FMODE_* */
	const struct file_ops *ops;
	struct path path;    /* holds references */
	struct inode *inode; /* path's, or an anonymous one */
	uint32_t flags; /* O_*: O_APPEND, O_NONBLOCK ... changed by fcntl */
	struct mutex pos_lock;
	/* protected by pos_lock: */
	off_t pos;
	uint64_t dir_cookie; /* a file system's own, for iterate */

	const struct cred *cred;    /* of the opener; holds a reference */
	void *priv;                 /* the file system's or driver's */
	struct epoll_item *watches; /* epoll.c's lock; NULL: none watches it */
	struct backing backing; /* of its mappings; holds a reference on this */
	struct rcu_head rcu;
};

/* Opens what `path` names with O_* flags; takes its own references.  The
 * inode's permissions were checked by the caller (path_open does). */
int must_check file_open_path(const struct path *p, uint32_t flags,
			      struct file **out);
/* A file without a name: pipes, sockets, eventfd.  "name" for /proc: "pipe"
 * shows as pipe:[inode], "[eventfd]" as anon_inode:[eventfd], and what has a
 * colon as it is. */
int must_check file_open_anon(const char *name, const struct file_ops *ops,
			      void *priv, uint32_t flags, struct file **out);
/* The same with an inode of its own (a reference passes on success). */
int must_check file_open_inode(const char *name, struct inode *ino,
			       uint32_t flags, struct file **out);
/* A fresh inode for one, of the super that all such files share. */
int must_check file_anon_inode(uint32_t mode, struct inode **out);
/* What the release operation of such an inode ends with, where it has been
 * given operations of its own. */
void file_anon_inode_free(struct inode *ino);

static inline struct file *file_get(struct file *f)
{
	atomic32_inc(&f->refs);
	return f;
}
void file_put_last(struct file *f);
/* Readers without a reference may still look at f when its last one goes. */
static inline void file_free_by_rcu(struct file *f)
{
	f->mode |= FMODE_RCU_FREE;
}
static inline void file_put(struct file *f)
{
	if (atomic32_dec_and_test(&f->refs))
		file_put_last(f);
}

/* read(2) and pread(2) without descriptors: check the mode, then one call.
 * pos NULL: at the file's own position (pos_lock taken). */
extern struct atomic32 notify_count; /* vfs/notify.h */
ssize_t must_check file_read_slow(struct file *f, struct iter *to, off_t *pos);
static inline ssize_t must_check file_read(struct file *f, struct iter *to,
					   off_t *pos)
{
	if (likely(pos && (f->mode & FMODE_READ) && f->ops->read &&
		   !atomic32_load(&notify_count)))
		return f->ops->read(f, to, pos);
	return file_read_slow(f, to, pos);
}
ssize_t must_check file_write(struct file *f, struct iter *from, off_t *pos);
off_t must_check file_seek(struct file *f, off_t off, int whence);
/* The plain way, for a seek operation's other cases; position locked. */
off_t must_check file_seek_plain(struct file *f, off_t off, int whence);
/* Into kernel memory at an offset; short only at the end of the file. */
ssize_t must_check file_read_kernel(struct file *f, void *buf, size_t len,
				    off_t off);
/* 0, or -errno of an ioctl; knows those that every file has. */
long must_check file_ioctl(struct file *f, unsigned cmd, uaddr_t arg);
int must_check file_fsync(struct file *f, bool data_only);

/* mmap(2): checks modes against rq->flags as Linux does, then fills
 * rq->object, rq->backing and the AREA_MAY_* rights; references in rq belong
 * to the caller.  -EACCES, -ENODEV, -EPERM. */
int must_check file_mmap(struct file *f, struct map_request *rq);
/* Until its end nobody executes the file (FMODE_WRITER), or writes to it
 * (FMODE_PROGRAM); -ETXTBSY where somebody does. */
int must_check file_claim(struct file *f, uint32_t as);
/* What its mappings keep alive; a reference for the caller. */
int must_check file_backing(struct file *f, struct backing **out);
/* Where its file is, referenced; false: it is not a file's. */
bool must_check file_backing_path(struct backing *b, struct path *out);

int must_check file_truncate(struct file *f, uint64_t size);
int must_check file_fallocate(struct file *f, int mode, off_t off, off_t len);
/* fcntl(F_SETFL). */
int must_check file_set_flags(struct file *f, uint32_t flags);
/* One getdents: f's directory, locked as it must be. */
int must_check file_iterate(struct file *f, struct dir_context *dc);

/* Open files of the whole system, and how many only the mighty may go beyond:
 * others get -ENFILE (/proc/sys/fs/file-max; a tenth of memory at first). */
unsigned long file_count(void);
extern unsigned long file_max;

/* At boot, before the first file. */
void file_init(void);
