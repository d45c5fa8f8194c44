/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rights at exec: set-id bits, capabilities, AT_SECURE, dumpable; what user
 * ids do to capabilities; prctl.  Without root it only says so.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <elf.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "show.h"

#define ME "./program"

static void caps(const char *what)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];
	const unsigned chown = 1u << CAP_CHOWN;

	syscall(SYS_capget, &h, d);
	printf("%s: chown p%d e%d i%d a%d\n", what, !!(d[0].permitted & chown),
	       !!(d[0].effective & chown), !!(d[0].inheritable & chown),
	       prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
}

static int second(const char *what)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;
	int sig = -1;

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	prctl(PR_GET_PDEATHSIG, &sig);
	printf("%s: uid %d %d %d gid %d %d %d secure %lu/%lu dumpable %d "
	       "personality %x death %d\n",
	       what, r, e, s, rg, eg, sg, getauxval(AT_SECURE),
	       getauxval(AT_EUID), prctl(PR_GET_DUMPABLE), personality(~0u),
	       sig);
	caps(what);
	fflush(stdout);
	return 0;
}

static void go(const char *what)
{
	fflush(stdout);
	execl(ME, ME, what, NULL);
	printf("%s: exec: %s\n", what, strerror(errno));
}

static void in_child(void (*fn)(const char *), const char *what)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		fn(what);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status)
		printf("%s: status %x\n", what, status);
}

static void become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		perror("become");
}

static void as_root(const char *what)
{
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	go(what);
}

static void as_user(const char *what)
{
	become(1000, 1000);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	personality(ADDR_NO_RANDOMIZE);
	go(what);
}

static void bounded(const char *what)
{
	become(1000, 1000);
	printf("nnp %d\n", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	go(what);
}

static void half_root(const char *what)
{
	show(setresuid(1000, 0, 0));
	go(what);
}

static void effective_user(const char *what)
{
	show(setresuid(0, 1000, 0));
	caps("effective 1000");
	go(what);
}

static void ambient(const char *what)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { 0 };

	show(prctl(PR_SET_KEEPCAPS, 1));
	become(1000, 1000);
	caps("kept");
	d[0].permitted = d[0].effective = d[0].inheritable = 1u << CAP_CHOWN;
	show(syscall(SYS_capset, &h, d));
	show(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	show(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	show(prctl(PR_CAP_AMBIENT, 9, CAP_CHOWN, 0, 0));
	show(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
	go(what);
}

static void bounding(const char *what)
{
	show(prctl(PR_CAPBSET_READ, CAP_CHOWN));
	show(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
	show(prctl(PR_CAPBSET_READ, CAP_CHOWN));
	show(prctl(PR_CAPBSET_DROP, 100));
	go(what);
}

static void securebits(const char *what)
{
	show(prctl(PR_GET_SECUREBITS));
	show(prctl(PR_SET_SECUREBITS, 0x1000));
	show(prctl(PR_SET_SECUREBITS, 3));
	show(prctl(PR_SET_SECUREBITS, 1));
	show(prctl(PR_GET_SECUREBITS));
	go(what);
}

static void no_fixup(const char *what)
{
	show(prctl(PR_SET_SECUREBITS, 4));
	show(setresuid(1000, 1000, 1000));
	caps(what);
}

static void bits(const char *what, mode_t mode, void (*fn)(const char *))
{
	if (chown(ME, 0, 7) || chmod(ME, mode))
		perror(ME);
	in_child(fn, what);
}

static void nosuid(void)
{
	struct stat st;

	if (unshare(CLONE_NEWNS) && errno != EINVAL && errno != ENOSYS)
		perror("unshare");
	mkdir("mnt", 0755);
	if (mount("none", "mnt", "tmpfs", MS_NOSUID, NULL)) {
		perror("mount");
		return;
	}
	if (system("cp program mnt/program"))
		perror("cp");
	if (chmod("mnt/program", 06755) || stat("mnt/program", &st))
		perror("mnt/program");
	printf("mode %o\n", st.st_mode);
	if (chdir("mnt"))
		perror("mnt");
	in_child(as_user, "nosuid");
	if (chdir("..") || umount2("mnt", MNT_DETACH))
		perror("umount");
}

static int runs(void *page)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		((void (*)(void))page)();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status & 0x7f;
}

static void read_and_run(void)
{
	unsigned char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p[0] = 0xc3; /* ret */
	printf("plain: %d\n", runs(p));
	personality(READ_IMPLIES_EXEC);
	printf("set later: %d\n", runs(p));
	show(mprotect(p, 4096, PROT_READ));
	printf("protected again: %d\n", runs(p));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[0] = 0xc3;
	printf("mapped: %d\n", runs(p));
	personality(0);
}

static void odds(void)
{
	int v = 0;

	show(prctl(PR_SET_PDEATHSIG, 65));
	show(prctl(PR_SET_PDEATHSIG, SIGHUP));
	show(prctl(PR_GET_PDEATHSIG, &v));
	printf("death signal %d\n", v);
	show(prctl(PR_SET_PDEATHSIG, 0));
	show(prctl(PR_GET_CHILD_SUBREAPER, &v));
	show(prctl(PR_SET_DUMPABLE, 2));
	show(prctl(PR_SET_TIMERSLACK, 70000));
	show(prctl(PR_GET_TIMERSLACK));
	show(prctl(PR_SET_TIMERSLACK, 0));
	show(prctl(PR_GET_TIMERSLACK));
	show(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	show(prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0));
	show(prctl(PR_GET_KEEPCAPS));
	show(prctl(PR_SET_KEEPCAPS, 2));
	show(prctl(9999, 0, 0, 0, 0));
	show(syscall(SYS_restart_syscall));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return second(argv[1]);
	enter_folder_below("/tmp"); /* set-id bits count there */
	if (geteuid()) {
		printf("not root\n");
		return 0;
	}
	chmod(".", 0755);
	if (system("cp /proc/$PPID/exe program"))
		perror("cp");
	bits("plain root", 0755, as_root);
	bits("plain user", 0755, as_user);
	bits("setuid", 04755, as_user);
	bits("setgid", 02755, as_user);
	bits("setgid, not executable by it", 02705, as_user);
	bits("both", 06755, as_user);
	bits("both, unreadable", 06711, as_user);
	bits("unreadable", 0711, as_user);
	bits("no new privileges", 06755, bounded);
	bits("half root", 0755, half_root);
	bits("effective user", 0755, effective_user);
	bits("ambient", 0755, ambient);
	bits("ambient and setuid", 02755, ambient);
	bits("bounding", 0755, bounding);
	bits("securebits", 0755, securebits);
	bits("no fixup", 0755, no_fixup);
	odds();
	read_and_run();
	nosuid();
	return 0;
}
