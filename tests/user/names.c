/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making, linking, moving and removing names: what each call answers when it
 * works and for every ordinary reason not to.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "scratch.h"

static int rename_flags(const char *from, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void making(void)
{
	TRY(mkdir("d", 0777));
	TRY(mkdir("d", 0777));
	TRY(mkdir("d/", 0777));
	TRY(mkdir("d/.", 0777));
	TRY(mkdir("d/..", 0777));
	TRY(mkdir("/", 0777));
	TRY(mkdir("", 0777));
	TRY(mkdir("none/x", 0777));
	TRY(mkdir("slashes///", 06777));
	show("slashes");
	TRY(touch("f"));
	TRY(mkdir("f/x", 0777));
	TRY(mkdir("f", 0777));
	TRY(mkdir("f/", 0777));
	TRY(mknod("n", 0640, 0));
	show("n");
	TRY(mknod("fifo", S_IFIFO | 0600, 0));
	show("fifo");
	TRY(mknod("sock", S_IFSOCK | 0600, 0));
	show("sock");
	TRY(mknod("x", S_IFDIR | 0600, 0));
	TRY(mknod("x", S_IFLNK | 0600, 0));
	TRY(mknod("x", 0130000 | 0600, 0));
	TRY(mknod("x/", S_IFREG | 0600, 0));
	TRY(mknod("f", S_IFREG | 0600, 0));
	TRY(mkdirat(-5, "x", 0777));
	TRY(mkdirat(1000, "/tmp", 0777));
	TRY(syscall(SYS_mkdir, 1, 0777));
	TRY(symlink("", "x"));
	TRY(symlink("f", ""));
	TRY(symlink("f", "l"));
	TRY(symlink("f", "l"));
	TRY(symlink("nowhere", "dangling"));
	TRY(symlink("loop", "loop"));
	TRY(symlink("d", "ld"));
	TRY(symlink("f", "x/"));
	TRY(mkdir("dangling", 0777));
	TRY(mkdir("dangling/", 0777));
	TRY(mkdir("loop/x", 0777));
	TRY(mkdir("ld/in", 0777));
	TRY(touch("loop"));
	TRY(touch("dangling"));
	show("nowhere");
	TRY(unlink("nowhere"));
}

static void long_names(void)
{
	char name[300], path[5000];

	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	TRY(mkdir(name, 0777));
	name[255] = '\0';
	TRY(mkdir(name, 0777));
	TRY(rename(name, "short"));
	TRY(rename("short", name));
	TRY(rmdir(name));
	memset(path, '/', sizeof(path));
	path[4096] = '\0';
	TRY(mkdir(path, 0777));
	path[4095] = '\0';
	TRY(mkdir(path, 0777));
	TRY(rmdir(path));
}

static void reading_links(void)
{
	char buf[64];

	memset(buf, 0, sizeof(buf));
	TRY(readlink("l", buf, sizeof(buf)));
	TRY(readlink("dangling", buf, 3));
	printf("%.3s\n", buf);
	TRY(readlink("f", buf, sizeof(buf)));
	TRY(readlink("d", buf, sizeof(buf)));
	TRY(readlink("none", buf, sizeof(buf)));
	TRY(readlink("", buf, sizeof(buf)));
	TRY(readlink("ld/", buf, sizeof(buf)));
	TRY(readlink("l/", buf, sizeof(buf)));
	TRY(readlink("loop", buf, sizeof(buf)));
	TRY(syscall(SYS_readlink, "l", buf, 0));
	TRY(syscall(SYS_readlink, "l", buf, -1));
	TRY(syscall(SYS_readlink, "l", 1, 5));
}

static void linking(void)
{
	int dir = open("d", O_RDONLY | O_DIRECTORY);
	int file = open("f", O_RDONLY), path = open("l", O_PATH | O_NOFOLLOW);
	int nameless = open(".", O_TMPFILE | O_RDWR, 0600);
	char self[64];

	TRY(link("f", "f2"));
	show("f");
	TRY(link("f", "f2"));
	TRY(link("f", "none/x"));
	TRY(link("none", "x"));
	TRY(link("d", "x"));
	TRY(link("f", "x/"));
	TRY(link("f", "d"));
	TRY(link("f/", "x"));
	TRY(link("f", ""));
	TRY(link("l", "l2"));
	show("l2");
	TRY(linkat(AT_FDCWD, "l", dir, "l3", AT_SYMLINK_FOLLOW));
	show("d/l3");
	TRY(linkat(AT_FDCWD, "l", dir, "l3", 7));
	TRY(linkat(file, "", dir, "f3", 0));
	TRY(linkat(path, "x", dir, "f3", 0));
	TRY(link("/proc/self/status", "x"));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", nameless);
	if (nameless >= 0)
		linkat(AT_FDCWD, self, AT_FDCWD, "named", AT_SYMLINK_FOLLOW);
	unlink("named");
	TRY(unlinkat(dir, "l3", 0));
	TRY(unlinkat(dir, "l3", 0));
	TRY(unlink("l2"));
	close(dir);
	close(file);
	close(path);
	if (nameless >= 0)
		close(nameless);
}

static void renaming(void)
{
	TRY(rename("f", "g"));
	TRY(rename("g", "f2"));
	show("g");
	show("f2");
	TRY(unlink("g"));
	TRY(rename("f2", "f"));
	TRY(rename("none", "x"));
	TRY(rename("none", "f"));
	TRY(rename("f", "none/x"));
	TRY(rename("f", "d"));
	TRY(rename("d", "f"));
	TRY(rename("d", "f/"));
	TRY(rename("f", "x/"));
	TRY(rename("f/", "x"));
	TRY(rename("d/", "e/"));
	TRY(rename("e", "e/in/x"));
	TRY(rename("e/in", "e"));
	TRY(rename("e", "e"));
	TRY(rename("e", "slashes"));
	TRY(rename("slashes", "d"));
	TRY(mkdir("e", 0777));
	TRY(touch("e/file"));
	TRY(rename("d", "e"));
	TRY(rename("e", "d"));
	TRY(rename(".", "x"));
	TRY(rename("d/.", "x"));
	TRY(rename("d/..", "x"));
	TRY(rename("d", "e/."));
	TRY(rename("d", "e/.."));
	TRY(rename("/", "x"));
	TRY(rename("", "x"));
	TRY(rename("f", ""));
	TRY(rename("l", "l4"));
	TRY(rename("l4", "l"));
	TRY(rename("ld/", "x"));
	TRY(rename("f", "/proc/x"));
	TRY(rename_flags("f", "e/file", 1));
	TRY(rename_flags("f", "e/other", 1));
	TRY(rename_flags("e/other", "f", 1));
	TRY(rename_flags("f", "d", 2));
	show("f");
	show("d");
	TRY(rename_flags("f", "d", 2));
	TRY(rename_flags("f", "x", 2));
	TRY(rename_flags("d", "d/in", 2));
	TRY(rename_flags("d/in", "d", 2));
	TRY(rename_flags("f", "x", 3));
	TRY(rename_flags("f", "x", 8));
	TRY(rename_flags("f", "f", 1));
}

static void removing(void)
{
	TRY(unlink("d"));
	TRY(unlink("d/"));
	TRY(unlink("f/"));
	TRY(unlink("none"));
	TRY(unlink("none/"));
	TRY(unlink(""));
	TRY(unlink("."));
	TRY(unlink("/"));
	TRY(unlink("ld/"));
	TRY(rmdir("f"));
	TRY(rmdir("f/"));
	TRY(rmdir("ld"));
	TRY(rmdir("ld/"));
	TRY(rmdir("none"));
	TRY(rmdir("e"));
	TRY(rmdir("."));
	TRY(rmdir("e/."));
	TRY(rmdir("e/.."));
	TRY(rmdir("/"));
	TRY(rmdir(""));
	TRY(unlinkat(AT_FDCWD, "f", 1));
	TRY(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	TRY(unlinkat(-1, "f", 0));
	TRY(unlink("e/file"));
	TRY(rmdir("e/"));
	TRY(unlink("f"));
	TRY(unlink("l"));
	TRY(unlink("ld"));
	TRY(unlink("loop"));
	TRY(unlink("dangling"));
	TRY(unlink("n"));
	TRY(unlink("fifo"));
	TRY(unlink("sock"));
	TRY(rmdir("d/in"));
}

/* A directory that is gone while somebody stands in it. */
static void gone(void)
{
	char buf[100];

	TRY(mkdir("gone", 0777));
	TRY(chdir("gone"));
	TRY(rmdir("../gone"));
	TRY(syscall(SYS_getcwd, buf, sizeof(buf)));
	TRY(touch("x"));
	TRY(mkdir("x", 0777));
	TRY(chdir("."));
	TRY(chdir(".."));
	TRY(rmdir("gone"));
}

static void directories(void)
{
	int dir = open("d", O_RDONLY), path = open("d", O_PATH);
	int file = open("/proc/self/status", O_RDONLY);
	char buf[200];

	TRY(chdir("d"));
	TRY(syscall(SYS_getcwd, buf, sizeof(buf)) == (long)strlen(buf) + 1);
	printf("in %s\n", buf + strlen(scratch_path));
	TRY(syscall(SYS_getcwd, buf, 3));
	TRY(syscall(SYS_getcwd, buf, 0));
	TRY(syscall(SYS_getcwd, 1, 100));
	TRY(chdir("none"));
	TRY(chdir("/proc/self/status"));
	TRY(chdir(""));
	TRY(fchdir(file));
	TRY(fchdir(-1));
	TRY(chdir("/"));
	TRY(syscall(SYS_getcwd, buf, 2));
	TRY(fchdir(path));
	TRY(chdir(".."));
	TRY(fchdir(dir));
	TRY(chdir(".."));
	TRY(chdir("d/../d/./"));
	TRY(chdir(".."));
	TRY(rmdir("d"));
	TRY(fchdir(dir));
	TRY(syscall(SYS_getcwd, buf, sizeof(buf)));
	TRY(chdir(scratch_path));
	close(dir);
	close(path);
	close(file);
}

int main(void)
{
	scratch_enter();
	making();
	long_names();
	reading_links();
	linking();
	renaming();
	removing();
	gone();
	directories();
	scratch_leave();
	return 0;
}
