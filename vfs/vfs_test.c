/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths, directories, descriptors, pipes and the page cache on a tmpfs of the
 * test's own, which is unmounted again: whatever a case forgets shows as a
 * leak.  The last case lets every allocation fail in turn.
 */
#include "arch/abi.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/ktest.h"
#include "mm/fail.h"
#include "sched/rcu.h"
#include "sched/runqueue.h"
#include "sched/thread.h"
#include "vfs/dir.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/pipe.h"
#include "vfs/super.h"
#include "vm/iter.h"

#define PLACE "/ktest"

/* A fresh tmpfs at PLACE. */
static int enter(const char *options)
{
	struct inode_spec spec = { .mode = S_IFDIR | 0755 };
	struct mount_args a = { .type = "tmpfs", .data = options };
	struct path at;
	int err = dir_create(AT_FDCWD, PLACE, &spec);

	if (err)
		return err;
	err = path_lookup(AT_FDCWD, PLACE, 0, &at);
	if (err)
		return err;
	err = mount_new(&a, &at);
	path_put(&at);
	return err;
}

static int leave(void)
{
	struct path at;
	int err = path_lookup(AT_FDCWD, PLACE, 0, &at);

	if (!err) {
		err = mount_remove(&at, false);
		path_put(&at);
	}
	rcu_barrier();
	if (!err)
		err = dir_rmdir(AT_FDCWD, PLACE);
	rcu_barrier();
	return err;
}

static ssize_t put(struct file *f, const char *text, off_t at)
{
	struct iter it;

	iter_kernel(&it, (char *)text, strlen(text));
	return file_write(f, &it, &at);
}

static int make(const char *name, const char *text)
{
	struct file *f;
	int err = path_open(AT_FDCWD, name, O_CREAT | O_RDWR, 0644, &f);
	ssize_t n;

	if (err)
		return err;
	n = put(f, text, 0);
	file_put(f);
	return n < 0 ? (int)n : 0;
}

static bool holds(const char *name, const char *text)
{
	char buf[64];
	struct file *f;
	ssize_t n;

	if (path_open(AT_FDCWD, name, O_RDONLY, 0, &f))
		return false;
	n = file_read_kernel(f, buf, sizeof(buf), 0);
	file_put(f);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, n);
}

static int make_dir(const char *name)
{
	struct inode_spec spec = { .mode = S_IFDIR | 0777 };

	return dir_create(AT_FDCWD, name, &spec);
}

static int make_link(const char *name, const char *to)
{
	struct inode_spec spec = { .mode = S_IFLNK | 0777, .target = to };

	return dir_create(AT_FDCWD, name, &spec);
}

static int move(const char *from, const char *to, unsigned flags)
{
	struct dir_rename_args a = { AT_FDCWD, AT_FDCWD, from, to, flags };

	return dir_rename(&a);
}

static int look(const char *name, unsigned flags)
{
	struct path p;
	int err = path_lookup(AT_FDCWD, name, flags, &p);

	if (!err)
		path_put(&p);
	return err;
}

KTEST_CASE(vfs_names)
{
	char name[80] = PLACE "/";

	KTEST_REQUIRE(enter(NULL) == 0);
	KTEST_EXPECT(make(PLACE "/a", "alpha") == 0);
	KTEST_EXPECT(holds(PLACE "/a", "alpha"));
	KTEST_EXPECT(make_dir(PLACE "/d") == 0);
	KTEST_EXPECT(make_link(PLACE "/d/up", "../a") == 0);
	KTEST_EXPECT(holds(PLACE "/d/up", "alpha"));
	KTEST_EXPECT(move(PLACE "/a", PLACE "/d/a", 0) == 0);
	KTEST_EXPECT(look(PLACE "/d/up", PATH_FOLLOW) == -ENOENT);
	KTEST_EXPECT(make(PLACE "/b", "beta") == 0);
	KTEST_EXPECT(move(PLACE "/b", PLACE "/d/a", RENAME_EXCHANGE) == 0);
	KTEST_EXPECT(holds(PLACE "/b", "alpha"));
	KTEST_EXPECT(holds(PLACE "/d/a", "beta"));
	/* A name too long for its dentry, and a rename of one. */
	memset(name + strlen(PLACE "/"), 'n', 60);
	KTEST_EXPECT(move(PLACE "/b", name, 0) == 0);
	KTEST_EXPECT(holds(name, "alpha"));
	KTEST_EXPECT(move(name, PLACE "/b", 0) == 0);
	KTEST_EXPECT(look(name, 0) == -ENOENT);
	KTEST_EXPECT(dir_rmdir(AT_FDCWD, PLACE "/d") == -ENOTEMPTY);
	KTEST_EXPECT(dir_unlink(AT_FDCWD, PLACE "/d") == -EISDIR);
	KTEST_EXPECT(leave() == 0);
}

KTEST_CASE(vfs_mounts)
{
	struct path p, from;

	KTEST_REQUIRE(enter(NULL) == 0);
	KTEST_EXPECT(make_dir(PLACE "/src") == 0);
	KTEST_EXPECT(make(PLACE "/src/file", "bound") == 0);
	KTEST_EXPECT(make_dir(PLACE "/dst") == 0);
	KTEST_REQUIRE(path_lookup(AT_FDCWD, PLACE "/src", 0, &from) == 0);
	KTEST_REQUIRE(path_lookup(AT_FDCWD, PLACE "/dst", 0, &p) == 0);
	KTEST_EXPECT(mount_bind(&from, &p, true) == 0);
	path_put(&p);
	KTEST_EXPECT(holds(PLACE "/dst/file", "bound"));
	KTEST_EXPECT(dir_rmdir(AT_FDCWD, PLACE "/dst") == -EBUSY);
	KTEST_EXPECT(move(PLACE "/dst/file", PLACE "/x", 0) == -EXDEV);
	KTEST_EXPECT(holds(PLACE "/dst/../src/file", "bound"));
	KTEST_REQUIRE(path_lookup(AT_FDCWD, PLACE "/dst", 0, &p) == 0);
	KTEST_EXPECT(mount_remove(&from, false) == -EINVAL);
	KTEST_EXPECT(mount_remove(&p, false) == 0);
	path_put(&p);
	path_put(&from);
	KTEST_EXPECT(look(PLACE "/dst/file", 0) == -ENOENT);
	KTEST_EXPECT(leave() == 0);
}

KTEST_CASE(vfs_size_limit)
{
	static char page[PAGE_SIZE];
	struct super_stat st = {};
	struct file *f;
	struct iter it;
	struct path p;
	off_t at = 0;
	ssize_t n;

	KTEST_REQUIRE(enter("size=64k,nr_inodes=4") == 0);
	KTEST_REQUIRE(path_open(AT_FDCWD, PLACE "/big", O_CREAT | O_RDWR, 0600,
				&f) == 0);
	do {
		iter_kernel(&it, page, sizeof(page));
		n = file_write(f, &it, &at);
	} while (n > 0);
	KTEST_EXPECT(n == -ENOSPC);
	KTEST_EXPECT(at == 64 << 10);
	KTEST_EXPECT(file_truncate(f, 5000) == 0);
	KTEST_REQUIRE(path_lookup(AT_FDCWD, PLACE, 0, &p) == 0);
	p.mount->super->ops->stat(p.mount->super, &st);
	path_put(&p);
	KTEST_EXPECT(st.blocks == 16 && st.free == 14);
	KTEST_EXPECT(file_fallocate(f, 0, 0, 60 << 10) == 0);
	KTEST_EXPECT(file_fallocate(f, 0, 0, 1 << 20) == -ENOSPC);
	file_put(f);
	KTEST_EXPECT(make_dir(PLACE "/d1") == 0);
	KTEST_EXPECT(make_dir(PLACE "/d2") == 0);
	KTEST_EXPECT(make_dir(PLACE "/d3") == -ENOSPC);
	KTEST_EXPECT(leave() == 0);
}

KTEST_CASE(vfs_descriptors)
{
	struct fdtable *copy;
	struct file *f;
	int fd, last = -1;

	KTEST_REQUIRE(path_open(AT_FDCWD, "/", O_RDONLY, 0, &f) == 0);
	for (fd = 0; fd < 300; fd++) {
		last = fdtable_add(f, fd & 1);
		KTEST_REQUIRE(last >= 0);
		file_get(f);
	}
	KTEST_EXPECT(fdtable_copy(thread_current()->files, UINT32_MAX, &copy) ==
		     0);
	KTEST_EXPECT(copy->array->files[last] == f);
	fdtable_put_table(copy);
	KTEST_EXPECT(fdtable_close(last - 299) == 0);
	KTEST_EXPECT(fdtable_close(last - 299) == -EBADF);
	fd = fdtable_add(f, false);
	file_get(f);
	KTEST_EXPECT(fd == last - 299);
	KTEST_EXPECT(fdtable_replace(last + 5000, f, false) == -EBADF);
	fdtable_close_range(last - 299, last, false);
	KTEST_EXPECT(atomic32_load(&f->refs) == 1);
	file_put(f);
	rcu_barrier();
}

KTEST_CASE(vfs_pipes)
{
	static char big[PAGE_SIZE * 3];
	struct file *r, *w;
	struct iter it;
	off_t at = 0;

	KTEST_REQUIRE(pipe_create(O_NONBLOCK, &r, &w) == 0);
	iter_kernel(&it, big, sizeof(big));
	KTEST_EXPECT(file_write(w, &it, NULL) == sizeof(big));
	iter_kernel(&it, big, 100);
	KTEST_EXPECT(file_read(r, &it, NULL) == 100);
	iter_kernel(&it, big, 100);
	KTEST_EXPECT(file_read(w, &it, &at) == -EBADF);
	KTEST_EXPECT(pipe_set_size(w, PAGE_SIZE) == -EBUSY);
	KTEST_EXPECT(pipe_set_size(w, 32 * PAGE_SIZE) == 32 * PAGE_SIZE);
	file_put(r);
	iter_kernel(&it, big, 1);
	KTEST_EXPECT(file_write(w, &it, NULL) == -EPIPE);
	file_put(w);
	rcu_barrier();
}

/* A little of everything; stops at the first error. */
static int do_much(void)
{
	struct file *r, *w;
	struct fdtable *copy;
	int err = make_dir(PLACE "/d");

	if (!err)
		err = make(PLACE "/d/file", "content");
	if (!err)
		err = make_link(PLACE "/link", "d/file");
	if (!err)
		err = look(PLACE "/link", PATH_FOLLOW);
	if (!err)
		err = move(PLACE "/d/file", PLACE "/moved", 0);
	if (!err)
		err = move(PLACE "/d", PLACE "/moved", RENAME_EXCHANGE);
	if (!err)
		err = pipe_create(0, &r, &w);
	if (err)
		return err;
	err = put(w, "x", 0) < 0 ? -ENOMEM : 0;
	file_put(r);
	file_put(w);
	if (!err)
		err = fdtable_copy(thread_current()->files, UINT32_MAX, &copy);
	if (!err)
		fdtable_put_table(copy);
	return err;
}

KTEST_CASE(vfs_allocations_fail)
{
	bool over = false;
	uint32_t n;
	int err;

	for (n = 1; !over && n < 500; n++) {
		KTEST_REQUIRE(enter(NULL) == 0);
		fail_arm(n);
		err = do_much();
		over = fail_armed();
		fail_arm(0);
		KTEST_EXPECT(over ? err == 0 : true);
		KTEST_EXPECT(err == 0 || err == -ENOMEM || err == -ENOSPC);
		KTEST_REQUIRE(leave() == 0);
	}
	KTEST_EXPECT(over);
}

#define LOOKS_MAX 1000

/* Two walks at once: one looks, one renames what is looked for. */
static struct {
	struct atomic32 stop, wrong, looks;
} race;

static void look_and_look(void *arg)
{
	unsigned tries;

	thread_current()->fs = arg;
	while (!atomic32_load(&race.stop)) {
		if (look(PLACE "/x/y/z", 0) == 0)
			atomic32_inc(&race.looks);
		/* One of the two names is there at any time; which one may
		 * change behind every look. */
		for (tries = 0; tries < LOOKS_MAX; tries++)
			if (look(PLACE "/here", 0) == 0 ||
			    look(PLACE "/there", 0) == 0)
				break;
		if (tries == LOOKS_MAX)
			atomic32_inc(&race.wrong);
		runqueue_yield();
	}
	thread_current()->fs = NULL;
	path_context_put(arg);
}

KTEST_CASE(vfs_look_while_renaming)
{
	struct fs_context *fs;
	struct thread *t;
	unsigned i;

	KTEST_REQUIRE(enter(NULL) == 0);
	atomic32_store(&race.stop, 0);
	KTEST_EXPECT(make_dir(PLACE "/x") == 0);
	KTEST_EXPECT(make_dir(PLACE "/x/y") == 0);
	KTEST_EXPECT(make(PLACE "/x/y/z", "") == 0);
	KTEST_EXPECT(make(PLACE "/here", "") == 0);
	KTEST_REQUIRE(path_context_copy(thread_current()->fs, &fs) == 0);
	KTEST_REQUIRE(thread_create(&t, NULL, "looker", look_and_look, fs) ==
		      0);
	thread_start(t);
	for (i = 0; i < 2000; i++) {
		KTEST_EXPECT(move(PLACE "/here", PLACE "/there", 0) == 0);
		KTEST_EXPECT(move(PLACE "/x/y", PLACE "/x/q", 0) == 0);
		if (i % 16 == 0)
			runqueue_yield();
		KTEST_EXPECT(move(PLACE "/x/q", PLACE "/x/y", 0) == 0);
		KTEST_EXPECT(move(PLACE "/there", PLACE "/here", 0) == 0);
		if (i % 16 == 8)
			runqueue_yield();
	}
	atomic32_store(&race.stop, 1);
	while (READ_ONCE(t->state) != THREAD_DEAD)
		runqueue_yield();
	thread_put(t);
	KTEST_EXPECT(atomic32_load(&race.looks) > 0);
	KTEST_EXPECT(atomic32_load(&race.wrong) == 0);
	KTEST_EXPECT(leave() == 0);
}
