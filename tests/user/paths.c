/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resolving paths: links, dots, slashes, starting points, confinement.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "show.h"

static long size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) ? -1 : (long)st.st_size;
}

static long kind_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) ? -1 : (long)(st.st_mode >> 12);
}

static void links(void)
{
	char name[32], to[32], buf[64];
	int i;

	show(symlink("file", "l0"));
	for (i = 1; i < 45; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(to, sizeof(to), "l%d", i - 1);
		if (symlink(to, name))
			perror(name);
	}
	show(size_of("l39"));
	show(size_of("l40"));
	show(size_of("l44"));
	show(kind_of("l44"));
	show(symlink("self", "self"));
	show(size_of("self"));
	show(symlink("dir/../dir/", "d1"));
	show(size_of("d1/in"));
	show(size_of("d1/./../file"));
	show(symlink("dir", "d2"));
	show(size_of("d2/d3/../in"));
	show(kind_of("d2"));
	show(kind_of("d2/"));
	show(kind_of("d2/."));
	show(symlink("/", "rootlink"));
	show(kind_of("rootlink/dev/null"));
	show(readlink("l5", buf, sizeof(buf)));
	printf("%.2s\n", buf);
	show(readlink("d1", buf, 3));
	show(readlink("d1", buf, 0));
	show(readlink("file", buf, 10));
	show(readlink("none", buf, 10));
	show(readlink("d1/", buf, 10));
	show(readlink("", buf, 10));
}

static void shapes(void)
{
	static char path[6000];
	int i;

	show(size_of("./file"));
	show(size_of(".//./file"));
	show(size_of("file/"));
	show(size_of("file/."));
	show(size_of("file/.."));
	show(size_of("dir/in/x"));
	show(size_of("none/../file"));
	show(size_of("dir/../file"));
	show(size_of("dir/..//dir///in"));
	show(kind_of("/.."));
	show(kind_of("/../../dev"));
	show(size_of(""));
	show(kind_of("..."));
	show(kind_of("dir/.x"));
	for (i = 0; i < 4090; i += 2)
		memcpy(path + i, "./", 2);
	strcpy(path + 4090, "file");
	printf("%zu: %ld\n", strlen(path), size_of(path));
	strcpy(path + 4090, ".file");
	printf("%zu: %ld\n", strlen(path), size_of(path));
	strcpy(path + 4090, "./file");
	printf("%zu: %ld %s\n", strlen(path), size_of(path), strerror(errno));
	memset(path, 'a', 300);
	path[255] = 0;
	printf("255: %ld %s\n", size_of(path), strerror(errno));
	path[255] = 'a';
	path[256] = 0;
	printf("256: %ld %s\n", size_of(path), strerror(errno));
	memcpy(path, "none/", 5);
	printf("behind none: %ld %s\n", size_of(path), strerror(errno));
	show(size_of((char *)1));
}

static void starting_points(void)
{
	struct stat st;
	int dir = open("dir", O_RDONLY), file = open("file", O_RDONLY);
	int path = open("dir", O_PATH), link;

	show(faccessat(dir, "in", F_OK, 0));
	show(faccessat(dir, "../file", F_OK, 0));
	show(faccessat(path, "in", F_OK, 0));
	show(faccessat(file, "in", F_OK, 0));
	show(faccessat(99, "in", F_OK, 0));
	show(faccessat(99, "/dev", F_OK, 0));
	show(faccessat(dir, "", F_OK, 0));
	show(fstatat(file, "", &st, AT_EMPTY_PATH));
	show(st.st_size);
	show(fstatat(file, "", &st, 0));
	show(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	show(S_ISDIR(st.st_mode));
	show(fstatat(file, "x", &st, AT_EMPTY_PATH));
	show(fstatat(dir, "in", &st, 0x8000000));
	link = open("l1", O_PATH | O_NOFOLLOW);
	show(fstat(link, &st));
	show(S_ISLNK(st.st_mode));
	show(fchdir(file));
	show(fchdir(dir));
	show(size_of("in"));
	show(chdir(".."));
	show(fchdir(path));
	show(chdir("in"));
	show(chdir(""));
	show(chdir("none"));
	show(chdir(".."));
	show(linkat(file, "", AT_FDCWD, "linked", AT_EMPTY_PATH));
	show(unlink("linked"));
	close(dir);
	close(file);
	close(path);
	close(link);
}

static long open2(const char *name, int flags, int resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };
	long fd = syscall(SYS_openat2, AT_FDCWD, name, &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static void confined(void)
{
	struct {
		struct open_how how;
		long more;
	} big = {};

	show(open2("dir/in", O_RDONLY, RESOLVE_BENEATH));
	show(open2("dir/../file", O_RDONLY, RESOLVE_BENEATH));
	show(open2("../x", O_RDONLY, RESOLVE_BENEATH));
	show(open2("dir/../../x", O_RDONLY, RESOLVE_BENEATH));
	show(open2("/dev", O_RDONLY, RESOLVE_BENEATH));
	show(open2("rootlink", O_RDONLY, RESOLVE_BENEATH));
	show(open2("/file", O_RDONLY, RESOLVE_IN_ROOT));
	show(open2("/../../file", O_RDONLY, RESOLVE_IN_ROOT));
	show(open2("rootlink/file", O_RDONLY, RESOLVE_IN_ROOT));
	show(open2("rootlink/dev/null", O_RDONLY, RESOLVE_IN_ROOT));
	show(open2("l1", O_RDONLY, RESOLVE_NO_SYMLINKS));
	show(open2("d2/in", O_RDONLY, RESOLVE_NO_SYMLINKS));
	show(open2("dir/in", O_RDONLY, RESOLVE_NO_SYMLINKS));
	show(open2("l1", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS));
	show(open2("rootlink/dev/null", O_RDONLY, RESOLVE_NO_XDEV));
	show(open2("dir", O_RDONLY, 0x4000));
	show(open2("dir", 0x40000000, 0));
	show(open2("new", O_CREAT | O_RDWR, RESOLVE_BENEATH));
	show(open2("../new2", O_CREAT | O_RDWR, RESOLVE_BENEATH));
	show(syscall(SYS_openat2, AT_FDCWD, "dir", &big, 8));
	show(syscall(SYS_openat2, AT_FDCWD, "dir", &big, sizeof(big)) < 0);
	big.more = 1;
	show(syscall(SYS_openat2, AT_FDCWD, "dir", &big, sizeof(big)));
}

static void nameless(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);
	struct stat st;

	show(write(fd, "nameless", 8));
	fstat(fd, &st);
	show(st.st_nlink);
	show(linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH));
	show_file("named");
	fstat(fd, &st);
	show(st.st_nlink);
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	show(linkat(fd, "", AT_FDCWD, "named2", AT_EMPTY_PATH));
	close(fd);
	show(open("file", O_TMPFILE | O_RDWR, 0600));
}

int main(void)
{
	char cwd[300];

	enter_fresh_folder();
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	make_file("file", "1234567");
	mkdir("dir", 0755);
	mkdir("dir/d3", 0755);
	make_file("dir/in", "abc");
	links();
	shapes();
	starting_points();
	confined();
	nameless();
	worked(getcwd(cwd, sizeof(cwd)) ? 0 : -1);
	show(getcwd(cwd, 2) ? 0 : -1);
	show(syscall(SYS_getcwd, (void *)1, 100));
	return leave_folder();
}
