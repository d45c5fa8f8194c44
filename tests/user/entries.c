/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making, removing, linking and renaming: what works and what does not.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/fs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "show.h"

static int rename2(const char *a, const char *b, unsigned flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

static void making(void)
{
	show(mkdir("d", 0777));
	show(mkdir("d", 0777));
	show(mkdir("d/", 0777));
	show(mkdir("e/", 0700));
	show(mkdir(".", 0777));
	show(mkdir("..", 0777));
	show(mkdir("/", 0777));
	show(mkdir("none/x", 0777));
	show(mkdir("", 0777));
	make_file("f", "f");
	show(mkdir("f", 0777));
	show(mkdir("f/x", 0777));
	show(mknod("fifo", S_IFIFO | 0600, 0));
	show(mknod("fifo", S_IFIFO | 0600, 0));
	show(mknod("dir", S_IFDIR | 0600, 0));
	show(mknod("reg", S_IFREG | 0600, 0));
	show(mknod("plain", 0640, 0));
	show(mknod("odd", 0150000 | 0600, 0));
	show(mknod("slash/", S_IFREG | 0600, 0));
	show(mknod("null", S_IFCHR | 0600, makedev(1, 3)));
	show(symlink("target", "s"));
	show(symlink("target", "s"));
	show(symlink("", "t"));
	show(symlink("x", "t/"));
	show(symlink("x", "none/t"));
}

static void removing(void)
{
	show(rmdir("none"));
	show(rmdir("f"));
	show(rmdir("s"));
	show(rmdir("."));
	show(rmdir("d/."));
	show(rmdir("d/.."));
	show(rmdir("/"));
	show(unlink("d"));
	show(unlink("d/"));
	show(unlink("f/"));
	show(unlink("none/"));
	show(unlink("."));
	show(unlink(""));
	show(unlink("/"));
	show(unlinkat(AT_FDCWD, "d", 0));
	show(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	show(unlinkat(AT_FDCWD, "d", 1));
	make_file("d/x", "x");
	show(rmdir("d"));
	show(unlink("d/x"));
	show(rmdir("d/"));
	show(rmdir("d"));
	show(unlink("s"));
	show(unlink("null"));
	show(unlink("fifo"));
}

static long links(const char *name)
{
	struct stat st;

	return lstat(name, &st) ? -1 : (long)st.st_nlink;
}

static void linking(void)
{
	struct stat a, b;

	show(link("f", "g"));
	show(links("f"));
	show(link("f", "g"));
	show(link("none", "h"));
	show(link("e", "h"));
	show(link("f", "none/h"));
	show(link("f", "h/"));
	show(symlink("f", "s"));
	show(link("s", "s2"));
	show(links("s"));
	show(linkat(AT_FDCWD, "s", AT_FDCWD, "s3", AT_SYMLINK_FOLLOW));
	show(links("f"));
	show(linkat(AT_FDCWD, "f", AT_FDCWD, "x", 0x8000));
	stat("f", &a);
	stat("g", &b);
	printf("same file: %d\n", a.st_ino == b.st_ino);
	show(unlink("f"));
	show_file("g");
	show(links("g"));
	show(unlink("s2"));
	show(unlink("s"));
	show(unlink("s3"));
}

static void renaming(void)
{
	make_file("a", "a");
	make_file("b", "b");
	mkdir("da", 0755);
	mkdir("db", 0755);
	make_file("db/in", "in");
	show(rename("a", "b"));
	show_file("b");
	show(rename("none", "b"));
	show(rename("b", "da"));
	show(rename("da", "b"));
	show(rename("da", "db"));
	show(rename("db", "da"));
	show_file("da/in");
	show(rename("da", "da/sub"));
	show(rename("da/in", "da"));
	show(rename("da", "da"));
	show(rename(".", "x"));
	show(rename("da/..", "x"));
	show(rename("da", "."));
	show(rename("b", "c/"));
	show(rename("b/", "c"));
	show(rename("da/", "dc/"));
	show(link("b", "b2"));
	show(rename("b", "b2"));
	show(links("b"));
	show(unlink("b2"));
	make_file("n", "n");
	show(rename2("n", "b", RENAME_NOREPLACE));
	show(rename2("n", "m", RENAME_NOREPLACE));
	show(rename2("m", "b", RENAME_EXCHANGE));
	show_file("m");
	show_file("b");
	show(rename2("m", "dc", RENAME_EXCHANGE));
	show_file("dc");
	show_file("m/in");
	show(rename2("m", "m/x", RENAME_EXCHANGE));
	show(rename2("m/in", "m", RENAME_EXCHANGE));
	show(rename2("m", "none", RENAME_EXCHANGE));
	show(rename2("b", "x", 0x40));
	show(rename2("b", "x", RENAME_EXCHANGE | RENAME_NOREPLACE));
	mkdir("deep", 0755);
	mkdir("deep/er", 0755);
	show(links("deep"));
	show(links("m"));
	show(rename("deep/er", "m/er"));
	show(links("deep"));
	show(links("m"));
	show(rename("m/er", "deep"));
	show(links("m"));
	show(rename("deep", "m/er/deep"));
}

static void using_removed(void)
{
	char buf[8] = "";
	int fd = open("gone", O_CREAT | O_RDWR, 0600);
	int dir;
	struct stat st;

	show(unlink("gone"));
	show(write(fd, "still", 5));
	show(pread(fd, buf, 8, 0));
	fstat(fd, &st);
	printf("%s, %ld links, %ld bytes\n", buf, (long)st.st_nlink,
	       (long)st.st_size);
	close(fd);
	mkdir("rd", 0755);
	dir = open("rd", O_RDONLY);
	show(rmdir("rd"));
	show(openat(dir, "x", O_CREAT, 0600));
	show(mkdirat(dir, "x", 0600));
	fstat(dir, &st);
	show(st.st_nlink);
	close(dir);
	mkdir("cwd", 0755);
	show(chdir("cwd"));
	show(rmdir("../cwd"));
	show(getcwd(buf, sizeof(buf)) ? 1 : -1);
	show(chdir(".."));
	show(open("x", O_CREAT, 0600));
}

int main(void)
{
	char name[300];

	enter_fresh_folder();
	making();
	removing();
	linking();
	renaming();
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	worked(mkdir(name, 0700));
	worked(rmdir(name));
	name[255] = 'n';
	name[256] = 0;
	worked(mkdir(name, 0700));
	worked(unlink(name));
	using_removed();
	return 0;
}
