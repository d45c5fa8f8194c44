/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file's attributes: modes, owners, times, sizes, and who may change or use
 * what.  A superuser's part is left out: the program goes on as a plain user.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

#include "scratch.h"

static void become_nobody(void)
{
	if (getuid())
		return;
	if (chown(".", 65534, 65534) || setgid(65534) || setuid(65534))
		perror("cannot become nobody");
}

static void modes(void)
{
	int fd = open("f", O_RDONLY), path = open("f", O_PATH);
	int dir = open(".", O_RDONLY);

	TRY(chmod("f", 07777));
	show("f");
	TRY(chmod("f", 0100600));
	show("f");
	TRY(chmod("f/", 0600));
	TRY(chmod("none", 0600));
	TRY(chmod("", 0600));
	TRY(chmod("l", 0640));
	show("f");
	show("l");
	TRY(chmod("dangling", 0600));
	TRY(fchmod(fd, 0400));
	show("f");
	TRY(fchmod(path, 0600));
	TRY(fchmod(-1, 0600));
	TRY(syscall(SYS_fchmodat, dir, "f", 0644));
	TRY(syscall(SYS_fchmodat, fd, "f", 0644));
	TRY(syscall(SYS_fchmodat, -1, "f", 0644));
	TRY(chmod("/", 0755));
	TRY(chmod("/proc/self/status", 0));
	close(fd);
	close(path);
	close(dir);
}

static void owners(void)
{
	int fd = open("f", O_RDONLY);
	uid_t me = getuid(), none = (uid_t)-1;

	TRY(chown("f", none, none));
	TRY(chown("f", me, none));
	TRY(chown("f", none, getgid()));
	TRY(chown("f", me + 1, none));
	TRY(chown("f", none, 12345));
	TRY(chmod("f", 06755));
	TRY(chown("f", me, getgid()));
	show("f");
	TRY(chmod("f", 0644));
	TRY(lchown("l", me, none));
	TRY(lchown("dangling", me, none));
	TRY(chown("dangling", me, none));
	TRY(fchown(fd, me, none));
	TRY(fchown(99, me, none));
	TRY(fchownat(fd, "", me, none, AT_EMPTY_PATH));
	TRY(fchownat(fd, "", me, none, 0));
	TRY(fchownat(AT_FDCWD, "f", me, none, AT_REMOVEDIR));
	TRY(fchownat(AT_FDCWD, "l", me, none, AT_SYMLINK_NOFOLLOW));
	close(fd);
}

static void show_times(const char *name)
{
	struct stat st;

	if (lstat(name, &st))
		return;
	printf("%s: accessed %ld.%09ld modified %ld.%09ld\n", name,
	       (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
	       (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static void times(void)
{
	struct timespec ts[2] = { { 1, 2 }, { 3, 4 } };
	struct timeval tv[2] = { { 10, 20 }, { 30, 40 } };
	struct utimbuf ub = { 100, 200 };
	int fd = open("f", O_RDONLY), path = open("f", O_PATH);
	struct stat st;

	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	show_times("f");
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_sec = -5;
	TRY(utimensat(AT_FDCWD, "l", ts, 0));
	show_times("f");
	ts[0] = (struct timespec){ 7, 8 };
	ts[1].tv_nsec = UTIME_OMIT;
	TRY(utimensat(AT_FDCWD, "l", ts, AT_SYMLINK_NOFOLLOW));
	TRY(utimensat(AT_FDCWD, "dangling", ts, 0));
	TRY(futimens(fd, ts));
	show_times("f");
	TRY(syscall(SYS_utimensat, fd, 0, ts, AT_EMPTY_PATH));
	TRY(syscall(SYS_utimensat, fd, "", ts, AT_EMPTY_PATH));
	TRY(syscall(SYS_utimensat, fd, "", ts, 0));
	TRY(syscall(SYS_utimensat, path, 0, ts, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, 0, ts, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, "f", 1, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, "f", ts, 0x800));
	TRY(syscall(SYS_utimensat, 99, 0, ts, 0));
	ts[0].tv_nsec = 1000000000;
	TRY(utimensat(AT_FDCWD, "f", ts, 0));
	TRY(utimensat(AT_FDCWD, "none", ts, 0));
	ts[0].tv_nsec = ts[1].tv_nsec = UTIME_OMIT;
	TRY(syscall(SYS_utimensat, 99, "none", ts, 0));
	TRY(syscall(SYS_utimensat, 99, "none", ts, 0x4000));
	TRY(utimes("f", tv));
	show_times("f");
	tv[1].tv_usec = 1000000;
	TRY(utimes("f", tv));
	TRY(utimes("none", tv));
	tv[1].tv_usec = 5;
	TRY(syscall(SYS_futimesat, AT_FDCWD, "f", tv));
	show_times("f");
	TRY(utime("f", &ub));
	show_times("f");
	TRY(utime("f", NULL));
	TRY(lstat("f", &st));
	printf("recent: %d\n",
	       st.st_mtime > 1000000000 && st.st_mtime == st.st_atime);
	TRY(utimensat(AT_FDCWD, "/etc/passwd", NULL, 0));
	TRY(utime("/etc/passwd", &ub));
	close(fd);
	close(path);
}

static void sizes(void)
{
	int fd = open("f", O_RDWR), readable = open("f", O_RDONLY);
	int ends[2];
	char buf[8];

	TRY(write(fd, "abcdefgh", 8));
	TRY(truncate("f", 3));
	show("f");
	TRY(ftruncate(fd, 6));
	show("f");
	TRY(pread(fd, buf, 8, 0));
	printf("%d %d %d\n", buf[2], buf[3], buf[5]);
	TRY(ftruncate(fd, 1ll << 40));
	show("f");
	TRY(truncate("f", 0));
	TRY(truncate("f", -1));
	TRY(truncate("none", 0));
	TRY(truncate(".", 0));
	TRY(truncate("f/", 0));
	TRY(truncate("dangling", 0));
	TRY(truncate("fifo", 0));
	TRY(truncate("/dev/null", 0));
	TRY(ftruncate(readable, 0));
	TRY(ftruncate(99, 0));
	TRY(ftruncate(fd, -1));
	if (pipe(ends) == 0)
		TRY(ftruncate(ends[1], 0));
	TRY(chmod("f", 0400));
	TRY(truncate("f", 0));
	TRY(ftruncate(fd, 2));
	TRY(chmod("f", 0644));
	close(ends[0]);
	close(ends[1]);
	close(fd);
	close(readable);
}

static long access2(const char *name, int mode, int flags)
{
	return syscall(SYS_faccessat2, AT_FDCWD, name, mode, flags);
}

static void rights(void)
{
	int fd = open("f", O_RDONLY);

	TRY(access("f", F_OK));
	TRY(access("f", R_OK | W_OK));
	TRY(access("f", X_OK));
	TRY(access("f", 8));
	TRY(access("none", F_OK));
	TRY(access("", F_OK));
	TRY(access("f/", F_OK));
	TRY(access("dangling", F_OK));
	TRY(access2("dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	TRY(access2("dangling", W_OK, AT_SYMLINK_NOFOLLOW));
	TRY(access2("f", R_OK, AT_EACCESS));
	TRY(access2("f", R_OK, 0x4000));
	TRY(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
	TRY(syscall(SYS_faccessat2, fd, "", R_OK, 0));
	TRY(syscall(SYS_faccessat, fd, "x", R_OK));
	TRY(syscall(SYS_faccessat, 99, "x", R_OK));
	TRY(access("/", W_OK));
	TRY(access("/proc/self/status", R_OK));
	TRY(chmod("d", 0));
	TRY(access("d/x", F_OK));
	TRY(open("d", O_RDONLY));
	TRY(chdir("d"));
	TRY(mkdir("d/x", 0777));
	TRY(chmod("d", 0400));
	TRY(access("d/x", F_OK));
	TRY(chmod("d", 0500));
	TRY(access("d/x", F_OK));
	TRY(mkdir("d/x", 0777));
	TRY(rmdir("d/x"));
	TRY(symlink("a", "d/x"));
	TRY(link("f", "d/x"));
	TRY(rename("f", "d/x"));
	TRY(chmod("d", 0755));
	TRY(mkdir("/x", 0777));
	TRY(unlink("/etc/passwd"));
	TRY(rename("/etc/passwd", "/etc/x"));
	TRY(rmdir("/tmp"));
	TRY(mknod("null", S_IFCHR | 0666, 0x103));
	TRY(chroot("."));
	TRY(open("f", O_RDONLY | O_NOATIME) >= 0);
	TRY(open("/etc/passwd", O_RDONLY | O_NOATIME));
	close(fd);
}

static void masks(void)
{
	TRY(umask(07777) == 022);
	TRY(umask(027) == 0777);
	TRY(touch("masked"));
	show("masked");
	TRY(mkdir("maskedd", 0777));
	show("maskedd");
	TRY(umask(0));
	TRY(unlink("masked"));
	TRY(rmdir("maskedd"));
	TRY(umask(022));
}

static void extended(void)
{
	char buf[16];

	TRY(getxattr("none", "user.x", buf, sizeof(buf)));
	TRY(getxattr("f", "", buf, sizeof(buf)));
	TRY(fgetxattr(99, "user.x", buf, sizeof(buf)));
	TRY(setxattr("f", "user.x", "1", 1, 99));
	TRY(setxattr("none", "user.x", "1", 1, 0));
	TRY(removexattr("none", "user.x"));
	TRY(listxattr("none", buf, sizeof(buf)));
	TRY(listxattr("f", buf, sizeof(buf)));
}

static void whole_systems(void)
{
	int fd = open("/proc", O_PATH);
	struct statfs s;

	TRY(statfs("/proc", &s));
	printf("%lx %ld\n", (long)s.f_type, (long)s.f_namelen);
	TRY(fstatfs(fd, &s));
	printf("%lx\n", (unsigned long)s.f_type);
	TRY(fstatfs(99, &s));
	TRY(statfs("none", &s));
	TRY(statfs("f/", &s));
	TRY(syscall(SYS_statfs, "f", 1));
	TRY(syscall(SYS_mount, "x", ".", "tmpfs", 0, 0));
	TRY(syscall(SYS_umount2, "/proc", 0));
	TRY(syscall(SYS_umount2, "none", 0));
	TRY(syscall(SYS_umount2, "/proc", 64));
	close(fd);
}

int main(void)
{
	scratch_enter();
	become_nobody();
	TRY(touch("f"));
	TRY(mkdir("d", 0755));
	TRY(mkfifo("fifo", 0600));
	TRY(symlink("f", "l"));
	TRY(symlink("nowhere", "dangling"));
	modes();
	owners();
	times();
	sizes();
	rights();
	masks();
	extended();
	whole_systems();
	TRY(unlink("f"));
	TRY(rmdir("d"));
	TRY(unlink("fifo"));
	TRY(unlink("l"));
	TRY(unlink("dangling"));
	/* Only the folder's owner, or nobody, may take it away. */
	if (chdir("/") == 0)
		rmdir(scratch_path);
	return 0;
}
