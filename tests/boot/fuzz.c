/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls the kernel with nonsense: fuzz SEED SECONDS [CALL].
 *
 * Children call random numbers (or the one CALL) with random and with nearly
 * right arguments; each has a seed of its own, lives for a while and is
 * killed.  What must not happen is the end of the kernel or of the parent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN 4
#define CALLS    3000
#define LIFE_MS  400
#define NUMBERS  452

static uint64_t seed;
static uint8_t *page; /* two pages and a hole behind */
static int only = -1;

static uint64_t dice(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return below ? (seed >> 11) % below : seed;
}

static const char *const names[] = {
	"/tmp/f0",
	"/tmp/f1",
	"/tmp/d0",
	"/tmp/d0/x",
	"/tmp/d0/../f0",
	"/tmp",
	"/",
	"",
	".",
	"..",
	"f0",
	"/dev/null",
	"/dev/zero",
	"/dev/full",
	"/dev/urandom",
	"/proc/self/maps",
	"/proc/self/fd/0",
	"/proc/self/mem",
	"/proc/self/exe",
	"/proc/self/status",
	"/proc/meminfo",
	"/proc/1/stat",
	"/proc/self/cwd",
	"/proc/dunlin/syscalls",
	"/no/such",
	"/tmp/link",
	"/tmp/fifo",
	"//tmp///f1",
	"/tmp/d0/",
	"tmpfs",
	"proc",
	"/proc/self/fd",
	"/proc/self/oom_score_adj",
	"/proc/self/comm",
	"/proc/sys",
};

static unsigned long edge(void)
{
	static const unsigned long edges[] = {
		0,
		1,
		2,
		3,
		7,
		8,
		64,
		255,
		256,
		1000,
		4095,
		4096,
		4097,
		65535,
		65536,
		1 << 20,
		INT_MAX,
		0x80000000,
		UINT_MAX,
		LONG_MAX,
		1ul << 63,
		-1ul,
		-2ul,
		-100ul,
		-4095ul,
		-4096ul,
		1ul << 47,
		(1ul << 47) - 4096,
		1ul << 32,
		0xffff800000000000,
		0xffffffff80100000,
		0x0000100000000000,
	};

	return edges[dice(sizeof(edges) / sizeof(*edges))];
}

static unsigned long pointer(void)
{
	switch (dice(12)) {
	case 0: return (unsigned long)(page + 8192 - dice(64));
	case 1: return (unsigned long)(page + 8192);
	case 2: return edge();
	case 3: return (unsigned long)(page + dice(8192));
	case 4:
	case 5:
	case 6:
	case 7:
		return (unsigned long)
			names[dice(sizeof(names) / sizeof(*names))];
	default: return (unsigned long)(page + dice(1000) * 8);
	}
}

static unsigned long argument(void)
{
	switch (dice(8)) {
	case 0:
	case 1: return dice(12); /* descriptors, small numbers */
	case 2: return edge();
	case 3: return dice(0);
	case 4: return 1ul << dice(64);
	case 5: return dice(70000);
	default: return pointer();
	}
}

/* Structures of numbers and pointers: vectors, times, sets. */
static void fill(void)
{
	for (int i = 0; i < 40; i++) {
		unsigned long v = dice(3) ? argument() : dice(200);
		size_t at = dice(1000) * 8;

		memcpy(page + at, &v, 8);
	}
	if (dice(4) == 0)
		memset(page + dice(4096), (int)dice(256), dice(4096));
}

/* What would only end the child, or the test. */
static int left_out(long nr, const unsigned long *a)
{
	switch (nr) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_reboot:
	case SYS_vfork:
	case SYS_clone3:
	case SYS_pause: return 1;
	case SYS_clone: return (a[0] & (CLONE_VM | CLONE_VFORK)) != 0;
	case SYS_rt_sigqueueinfo:
	case SYS_tkill:
	case SYS_kill: return (int)a[0] <= getppid();
	case SYS_rt_tgsigqueueinfo:
	case SYS_tgkill: return (int)a[1] <= getppid();
	case SYS_prlimit64: return (int)a[0] && (int)a[0] <= getppid();
	default: return 0;
	}
}

static void one(void)
{
	long nr = only >= 0 ? only : (long)dice(dice(50) ? NUMBERS : 0);
	unsigned long a[6];
	pid_t self = getpid();

	for (int i = 0; i < 6; i++)
		a[i] = argument();
	if (left_out(nr, a))
		return;
	if (dice(16) == 0)
		fill();
	syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (getpid() != self)
		_exit(0); /* it was a kind of fork */
}

static int __attribute__((noreturn)) thread(void *arg)
{
	(void)arg;
	for (;;)
		one();
}

/* Another thread, which takes descriptors and memory away under the first. */
static void second(void)
{
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack != MAP_FAILED)
		clone(thread, stack + 65536,
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			      CLONE_THREAD | CLONE_SYSVSEM,
		      NULL);
}

static void child(uint64_t own)
{
	struct rlimit few = { 64, 64 }, files = { 128, 128 };
	sigset_t none;

	seed = own;
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setrlimit(RLIMIT_NPROC, &few);
	setrlimit(RLIMIT_NOFILE, &files);
	if (dice(3) == 0 && (setgid(1000) || setuid(1000)))
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	open("/dev/null", O_RDWR);
	open("/tmp/f0", O_RDWR | O_CREAT, 0666);
	open("/tmp/d0", O_RDONLY | O_DIRECTORY);
	if (pipe2((int *)page, O_NONBLOCK) == 0)
		open("/proc/self/maps", O_RDONLY);
	page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(page + 8192, 4096);
	fill();
	for (uint64_t n = dice(4) ? 0 : 2; n; n--)
		second();
	for (int i = 0; i < CALLS; i++)
		one();
	_exit(0);
}

static long now_ms(void)
{
	struct timespec ts;

	/* The children may set the other one. */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct {
	pid_t pid;
	long born;
} children[CHILDREN];

static void start(int i, uint64_t own)
{
	pid_t pid;

	mkdir("/tmp/d0", 0777);
	mkfifo("/tmp/fifo", 0666);
	(void)!symlink("f1", "/tmp/link");
	pid = fork();
	if (pid == 0)
		child(own * 0x9e3779b97f4a7c15 | 1);
	children[i].pid = pid > 0 ? pid : 0;
	children[i].born = now_ms();
}

static void look_after(void)
{
	pid_t pid;

	for (int i = 0; i < CHILDREN; i++)
		if (children[i].pid && now_ms() - children[i].born > LIFE_MS)
			kill(children[i].pid, SIGKILL);
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int i = 0; i < CHILDREN; i++)
			if (children[i].pid == pid)
				children[i].pid = 0;
}

int main(int argc, char **argv)
{
	uint64_t next = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	long end = now_ms() + (argc > 2 ? atol(argv[2]) : 5) * 1000;
	unsigned long born = 0;

	if (argc > 3)
		only = atoi(argv[3]);
	page = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 1; i < NSIG; i++)
		if (i != SIGCHLD)
			signal(i, SIG_IGN);
	next *= 1000003;
	while (now_ms() < end) {
		for (int i = 0; i < CHILDREN; i++)
			if (!children[i].pid) {
				start(i, next++);
				born++;
			}
		look_after();
		usleep(1000);
	}
	kill(-1, SIGKILL);
	printf("got through: %s children\n", born > CHILDREN ? "many" : "few");
	fprintf(stderr, "%lu children\n", born);
	return 0;
}
