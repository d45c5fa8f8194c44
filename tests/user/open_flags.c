/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open(2): every kind of thing under every mix of flags.
 *
 * build: static
 */
#define _GNU_SOURCE
#include "show.h"

static const struct {
	const char *name;
	int flag;
} flags[] = {
	{ "RDONLY", O_RDONLY },
	{ "WRONLY", O_WRONLY },
	{ "RDWR", O_RDWR },
	{ "RDWR3", 3 },
	{ "CREAT", O_CREAT },
	{ "CREAT|EXCL", O_CREAT | O_EXCL },
	{ "TRUNC", O_TRUNC },
	{ "WRONLY|TRUNC", O_WRONLY | O_TRUNC },
	{ "DIRECTORY", O_DIRECTORY },
	{ "NOFOLLOW", O_NOFOLLOW },
	{ "PATH", O_PATH },
	{ "PATH|NOFOLLOW", O_PATH | O_NOFOLLOW },
	{ "PATH|DIRECTORY", O_PATH | O_DIRECTORY },
	{ "CREAT|NOFOLLOW", O_CREAT | O_NOFOLLOW },
	{ "CREAT|RDWR", O_CREAT | O_RDWR },
	{ "CREAT|DIRECTORY", O_CREAT | O_DIRECTORY },
	{ "TMPFILE|RDWR", O_TMPFILE | O_RDWR },
	{ "TMPFILE|RDONLY", O_TMPFILE | O_RDONLY },
	{ "APPEND|RDWR", O_APPEND | O_RDWR },
	{ "NOATIME", O_NOATIME },
	{ "DIRECTORY|WRONLY", O_DIRECTORY | O_WRONLY },
	{ "EXCL", O_EXCL },
};

static const char *const names[] = {
	"file",      "dir",         "none",         "link",
	"dirlink",   "dangling",    "loop",         "file/",
	"dir/",      "none/",       "link/",        "dirlink/",
	"dangling/", "file/x",      "none/x",       "dir/.",
	"dir/..",    ".",           "..",           "/",
	"",          "dir/../file", "dirlink/none", "deep/none",
	"dangling2",
};

static void make_things(void)
{
	make_file("file", "content");
	if (mkdir("dir", 0755) || symlink("file", "link") ||
	    symlink("dir", "dirlink") || symlink("gone", "dangling") ||
	    symlink("dir/gone", "dangling2") || symlink("loop", "loop"))
		perror("make_things");
}

static void clean_up(void)
{
	static const char *const all[] = { "file",    "link",     "dirlink",
					   "loop",    "dangling", "dangling2",
					   "none",    "gone",     "dir/gone",
					   "dir/none" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		unlink(all[i]);
	rmdir("dir");
}

static void try_one(const char *name, size_t i)
{
	struct stat st;
	int fd;

	make_things();
	fd = open(name, flags[i].flag, 0600);
	printf("%-12s %-16s ", name, flags[i].name);
	if (fd < 0) {
		printf("%s\n", strerror(errno));
	} else {
		fstat(fd, &st);
		printf("mode %o size %ld flags %o\n", st.st_mode & ~07777,
		       S_ISREG(st.st_mode) ? (long)st.st_size : -1l,
		       fcntl(fd, F_GETFL));
		close(fd);
	}
	printf("  made:%s%s%s%s\n", access("none", F_OK) ? "" : " none",
	       access("gone", F_OK) ? "" : " gone",
	       access("dir/gone", F_OK) ? "" : " dir/gone",
	       access("dir/none", F_OK) ? "" : " dir/none");
	clean_up();
}

int main(void)
{
	enter_fresh_folder();
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			try_one(names[n], i);
	make_file("file", "content");
	show_file("file");
	printf("cloexec shows %o\n", fcntl(open("file", O_CLOEXEC), F_GETFL));
	return leave_folder();
}
