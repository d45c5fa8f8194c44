/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits, identities and capabilities, prctl, names of the system, random
 * bytes.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "scratch.h"

static void *volatile bad = (void *)1;

static void set_limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit rl = { soft, hard }, now;

	TRY(setrlimit(which, &rl));
	getrlimit(which, &now);
	printf("limit %d: %ld %ld\n", which, (long)now.rlim_cur,
	       (long)now.rlim_max);
}

static void limits(void)
{
	struct rlimit rl;

	set_limit(RLIMIT_CORE, 0, 1000);
	set_limit(RLIMIT_CORE, 1001, 1000);
	set_limit(RLIMIT_NOFILE, 64, 128);
	TRY(dup2(0, 63));
	TRY(dup2(0, 64));
	TRY(fcntl(0, F_DUPFD, 64));
	TRY(close(63));
	set_limit(RLIMIT_STACK, 1 << 20, 1 << 23);
	TRY(getrlimit(99, &rl));
	TRY(getrlimit(RLIMIT_CORE, bad));
	TRY(setrlimit(RLIMIT_CORE, bad));
	TRY(prlimit(999999, RLIMIT_CORE, NULL, &rl));
	TRY(prlimit(getpid(), RLIMIT_CORE, NULL, &rl));
	TRY(prlimit(0, 16, NULL, &rl));
}

static void ids(const char *what)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	printf("%s: %u %u %u, %u %u %u, fs %d %d\n", what, r, e, s, rg, eg, sg,
	       setfsuid(-1), setfsgid(-1));
}

static void identities(void)
{
	gid_t groups[3] = { 7, 3, 5 }, got[4];

	TRY(setgroups(3, groups));
	TRY(getgroups(0, NULL));
	TRY(getgroups(2, got));
	TRY(getgroups(4, got));
	printf("groups %u %u %u\n", got[0], got[1], got[2]);
	TRY(setgroups(-1, groups));
	TRY(setresgid(10, 11, 12));
	TRY(setresuid(20, 21, 22));
	ids("all");
	TRY(setresuid(30, -1, -1));
	TRY(setuid(30));
	TRY(setuid(22));
	ids("setuid");
	TRY(setreuid(22, 20));
	ids("setreuid");
	TRY(setresuid(-1, 22, -1));
	ids("back");
	TRY(setuid(0));
	TRY(setgid(0));
	TRY(setgid(12));
	TRY(setregid(-1, 10));
	ids("setregid");
	TRY(setgroups(0, NULL));
	TRY(sethostname("x", 1));
	TRY(kill(1, 0) == 0 || errno == EPERM);
}

static void privileges(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];

	TRY(syscall(SYS_capget, &h, d));
	printf("any %d\n", (d[0].effective | d[0].permitted) != 0);
	TRY(setresuid(-1, 5, -1));
	TRY(syscall(SYS_capget, &h, d));
	printf("effective %x permitted %d\n", d[0].effective,
	       d[0].permitted != 0);
	TRY(setresuid(-1, 0, -1));
	TRY(syscall(SYS_capget, &h, d));
	printf("effective %d\n", d[0].effective != 0);
	h.version = 5;
	TRY(syscall(SYS_capget, &h, NULL));
	TRY(syscall(SYS_capget, &h, d));
	printf("version %x\n", h.version);
	TRY(syscall(SYS_capget, bad, d));
}

static void controls(void)
{
	char name[17] = "";

	TRY(prctl(PR_SET_NAME, "a name that is too long"));
	TRY(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	TRY(prctl(PR_SET_NAME, ""));
	TRY(prctl(PR_GET_NAME, name));
	printf("[%s]\n", name);
	TRY(prctl(PR_SET_NAME, bad));
	TRY(prctl(PR_SET_DUMPABLE, 0));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_SET_DUMPABLE, 2));
	TRY(prctl(PR_SET_DUMPABLE, 1));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_CAPBSET_READ, 99));
	TRY(prctl(12345));
}

static void system_names(void)
{
	unsigned char a[64] = { 0 }, b[64] = { 0 };
	struct utsname u;
	struct sysinfo si;
	cpu_set_t cpus;
	unsigned cpu, node;

	TRY(uname(&u));
	printf("%s %s\n", u.sysname, u.machine);
	TRY(syscall(SYS_uname, bad));
	TRY(getrandom(a, sizeof(a), 0));
	TRY(getrandom(b, sizeof(b), GRND_NONBLOCK));
	printf("same %d\n", !memcmp(a, b, sizeof(a)));
	TRY(getrandom(a, 0, 0));
	TRY(getrandom(a, 1, GRND_RANDOM));
	TRY(getrandom(a, 1, 8));
	TRY(getrandom(bad, 1, 0));
	TRY(sysinfo(&si));
	printf("unit %d ram %d\n", si.mem_unit, si.totalram > si.freeram);
	TRY(sched_getaffinity(0, sizeof(cpus), &cpus));
	printf("some cpu %d\n", CPU_COUNT(&cpus) > 0);
	TRY(syscall(SYS_sched_getaffinity, 0, 1, &cpus));
	TRY(syscall(SYS_getcpu, &cpu, &node, NULL));
	TRY(times(NULL) > 0);
	TRY(syscall(SYS_getrusage, 5, &u));
	TRY(syscall(SYS_sethostname, "x", -1));
	TRY(syscall(SYS_sethostname, "x", 65));
}

static void in_child(void (*fn)(void))
{
	fflush(stdout);
	if (fork() == 0) {
		fn();
		fflush(stdout);
		_exit(0);
	}
	wait(NULL);
}

int main(void)
{
	in_child(system_names);
	in_child(limits);
	in_child(identities);
	in_child(privileges);
	in_child(controls);
	return 0;
}
