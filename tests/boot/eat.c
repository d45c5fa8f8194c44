/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats one thing until it is refused or killed.
 *
 *	eat KIND	as the first process
 *	eat -w KIND	in a child; when it has ended and its files are removed,
 *			its memory must be back
 *
 * Ends with status 0 and one line saying what was refused, after how many
 * rounds.  What it does must never end the kernel; tests/boot/table.py knows
 * how each kind is to end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB      (1ul << 20)
#define PLACE   "/tmp/eaten"
#define LEAK_KB 512

static void refused(const char *what, unsigned long rounds)
{
	int err = errno;
	char line[128];
	int n = snprintf(line, sizeof(line), "%s refused after %lu: %s\n", what,
			 rounds, strerrorname_np(err));

	(void)!write(1, line, (size_t)n);
	_exit(0);
}

static void eat_malloc(void)
{
	for (unsigned long i = 0;; i++) {
		char *p = malloc(MB);

		if (!p)
			refused("malloc", i);
		memset(p, 1, MB);
	}
}

static void eat_mmap(void)
{
	for (unsigned long i = 0;; i++)
		if (mmap(NULL, MB, PROT_READ | (i & 1 ? PROT_WRITE : 0),
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			refused("mmap", i);
}

static void eat_shared(void)
{
	for (unsigned long i = 0;; i++) {
		char *p = mmap(NULL, MB, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			refused("mmap", i);
		memset(p, 1, MB);
	}
}

/* Touches one byte in each 2 MB: as many page tables as pages. */
static void eat_tables(void)
{
	for (unsigned long i = 0;; i++) {
		char *p = mmap(NULL, 64 * MB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			       0);

		if (p == MAP_FAILED)
			refused("mmap", i);
		for (unsigned long at = 0; at < 64 * MB; at += 2 * MB)
			p[at] = 1;
	}
}

/* The same with reads: no page of its own, but the tables. */
static void eat_tables_read(void)
{
	unsigned long sum = 0;

	for (unsigned long i = 0;; i++) {
		char *p = mmap(NULL, 1024 * MB, PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			       0);

		if (p == MAP_FAILED)
			refused("mmap", i + sum);
		for (unsigned long at = 0; at < 1024 * MB; at += 2 * MB)
			sum += (unsigned char)p[at];
	}
}

static void eat_brk(void)
{
	for (unsigned long i = 0;; i++) {
		char *p = sbrk(MB);

		if (p == (void *)-1)
			refused("brk", i);
		memset(p, 1, MB);
	}
}

static void eat_mremap(void)
{
	size_t size = MB;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (unsigned long i = 0;; i++, size += MB) {
		p = mremap(p, size, size + MB, MREMAP_MAYMOVE);
		if (p == MAP_FAILED)
			refused("mremap", i);
		memset(p + size, 1, MB);
	}
}

static void eat_locked(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
	for (unsigned long i = 0;; i++) {
		char *p = mmap(NULL, MB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

		if (p == MAP_FAILED)
			refused("mmap", i);
	}
}

static void eat_populate(void)
{
	for (unsigned long i = 0;; i++)
		if (mmap(NULL, 16 * MB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			 0) == MAP_FAILED)
			refused("mmap", i);
}

static void eat_split(void)
{
	char *p = mmap(NULL, 1024 * MB, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (unsigned long i = 0; i < 1024 * MB / 8192; i++)
		if (mprotect(p + i * 8192, 4096, PROT_NONE))
			refused("mprotect", i);
	refused("end", 0);
}

static int depth_of(volatile char *above, int n)
{
	char here[4096];

	memset(here, 1, sizeof(here));
	*above = here[17];
	return n ? depth_of(here, n - 1) + here[100] : 0;
}

static void eat_stack(void)
{
	exit(depth_of((char[1]){ 0 }, INT_MAX));
}

static void eat_stack_unlimited(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_STACK, &all))
		refused("setrlimit", 0);
	exit(depth_of((char[1]){ 0 }, INT_MAX));
}

static void eat_file(void)
{
	static char block[MB];
	int fd = open(PLACE "/file", O_CREAT | O_WRONLY, 0600);

	for (unsigned long i = 0;; i++)
		if (write(fd, block, sizeof(block)) < 0)
			refused("write", i);
}

/* A byte in every page of a file that is mapped. */
static void eat_file_mapped(void)
{
	int fd = open(PLACE "/file", O_CREAT | O_RDWR, 0600);
	char *p;

	if (ftruncate(fd, 1 << 30))
		refused("ftruncate", 0);
	p = mmap(NULL, 1 << 30, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		refused("mmap", 0);
	for (unsigned long at = 0; at < 1 << 30; at += 4096)
		p[at] = 1;
	refused("end", 0);
}

static void eat_sparse(void)
{
	int fd = open(PLACE "/file", O_CREAT | O_WRONLY, 0600);

	for (unsigned long i = 0;; i++)
		if (pwrite(fd, "x", 1, (off_t)(i << 30)) < 0)
			refused("pwrite", i);
}

static void eat_allocate(void)
{
	int fd = open(PLACE "/file", O_CREAT | O_WRONLY, 0600);

	for (unsigned long i = 0;; i++)
		if (fallocate(fd, 0, (off_t)(i * 64 * MB), (off_t)(64 * MB)))
			refused("fallocate", i);
}

static void numbered(char *to, unsigned long i)
{
	sprintf(to, PLACE "/%0200lu", i);
}

static void eat_files(void)
{
	char name[300];

	for (unsigned long i = 0;; i++) {
		int fd;

		numbered(name, i);
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			refused("creat", i);
		close(fd);
	}
}

static void eat_dirs(void)
{
	char name[300];

	for (unsigned long i = 0;; i++) {
		numbered(name, i);
		if (mkdir(name, 0700))
			refused("mkdir", i);
	}
}

static void eat_links(void)
{
	char name[300], first[300];

	numbered(first, 0);
	close(open(first, O_CREAT | O_WRONLY, 0600));
	for (unsigned long i = 1;; i++) {
		numbered(name, i);
		if (link(first, name))
			refused("link", i);
	}
}

static void eat_symlinks(void)
{
	static char name[300], target[4000];

	memset(target, 'x', sizeof(target) - 1);
	for (unsigned long i = 0;; i++) {
		numbered(name, i);
		if (symlink(target, name))
			refused("symlink", i);
	}
}

/* Names that do not exist are remembered, but not for ever. */
static void eat_negative(void)
{
	char name[300];

	for (unsigned long i = 0; i < 300000; i++) {
		numbered(name, i);
		if (access(name, F_OK) == 0 || errno != ENOENT)
			refused("access", i);
	}
	errno = 0;
	refused("end", 0);
}

static void eat_deep(void)
{
	if (chdir(PLACE))
		refused("chdir", 0);
	for (unsigned long i = 0; i < 200000; i++)
		if (mkdir("d", 0700) || chdir("d"))
			refused("mkdir", i);
	errno = 0;
	refused("end", 0);
}

/* A chain of links, each of which leads to the one before. */
static void eat_chain(void)
{
	char name[32], to[32] = ".";

	if (chdir(PLACE))
		refused("chdir", 0);
	for (unsigned i = 0; i < 1000; i++) {
		sprintf(name, "l%u", i);
		if (symlink(to, name))
			refused("symlink", i);
		strcpy(to, name);
	}
	for (unsigned i = 0; i < 1000; i++) {
		sprintf(name, "l%u/.", i);
		if (access(name, F_OK))
			refused("access", i);
	}
	refused("end", 0);
}

static void eat_fds(void)
{
	struct rlimit all = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &all);
	for (unsigned long i = 0;; i++)
		if (open("/dev/null", O_RDONLY) < 0)
			refused("open", i);
}

static void eat_dup(void)
{
	struct rlimit all = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &all);
	for (unsigned long i = 0;; i++)
		if (dup(1) < 0)
			refused("dup", i);
}

static void eat_pipes(void)
{
	static char block[65536];
	struct rlimit all = { 1 << 20, 1 << 20 };
	int fd[2];

	setrlimit(RLIMIT_NOFILE, &all);
	for (unsigned long i = 0;; i++) {
		if (pipe2(fd, O_NONBLOCK))
			refused("pipe", i);
		if (write(fd[1], block, sizeof(block)) < 0)
			refused("write", i);
	}
}

static void many_files(void)
{
	struct rlimit all = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_NOFILE, &all);
}

/* Who is not mighty must leave some files to the others. */
static void eat_file_max(void)
{
	int fd = open("/proc/sys/fs/file-max", O_WRONLY), first = 0;

	many_files();
	if (write(fd, "500", 3) != 3)
		refused("file-max", 0);
	for (unsigned long i = 0; !first; i++) {
		if (fork() == 0) {
			if (setuid(1000))
				refused("setuid", i);
			while (open("/dev/null", O_RDONLY) >= 0)
				;
			_exit(errno);
		}
		wait(&first);
	}
	if (open("/dev/null", O_RDONLY) < 0 || WEXITSTATUS(first) != ENFILE ||
	    write(fd, "100000", 6) != 6)
		_exit(1);
	errno = ENFILE;
	refused("open", 500);
}

static void eat_sockets(void)
{
	static char block[65536];
	int fd[2];

	many_files();
	for (unsigned long i = 0;; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd))
			refused("socketpair", i);
		while (write(fd[0], block, sizeof(block)) > 0)
			;
	}
}

static void eat_events(void)
{
	many_files();
	for (unsigned long i = 0;; i++)
		if (eventfd(0, 0) < 0 || timerfd_create(CLOCK_MONOTONIC, 0) < 0)
			refused("eventfd", i);
}

static void eat_epolls(void)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int event = eventfd(0, 0), ep;

	many_files();
	for (unsigned long i = 0;; i++) {
		ep = epoll_create1(0);
		if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, event, &ev))
			refused("epoll", i);
	}
}

static void eat_watches(void)
{
	char name[64];

	many_files();
	for (unsigned long i = 0;; i++) {
		int fd = inotify_init();

		if (fd < 0)
			refused("inotify_init", i);
		for (unsigned j = 0; j < 20000; j++) {
			sprintf(name, PLACE "/%u", j);
			close(open(name, O_CREAT | O_WRONLY, 0600));
			if (inotify_add_watch(fd, name, IN_ALL_EVENTS) < 0)
				refused("inotify_add_watch", j);
		}
	}
}

static void eat_shm(void)
{
	for (unsigned long i = 0;; i++) {
		int id = shmget(IPC_PRIVATE, 64 * 1024, 0600);

		if (id < 0)
			refused("shmget", i);
		if (shmat(id, NULL, 0) == (void *)-1)
			refused("shmat", i);
	}
}

static void eat_sems(void)
{
	for (unsigned long i = 0;; i++)
		if (semget(IPC_PRIVATE, 1000, 0600) < 0)
			refused("semget", i);
}

static void eat_msgs(void)
{
	static struct {
		long type;
		char text[8000];
	} m = { .type = 1 };

	for (unsigned long i = 0;; i++) {
		int id = msgget(IPC_PRIVATE, 0600);

		if (id < 0)
			refused("msgget", i);
		while (!msgsnd(id, &m, sizeof(m.text), IPC_NOWAIT))
			;
		if (errno != EAGAIN)
			refused("msgsnd", i);
	}
}

static void stay(void)
{
	for (;;)
		pause();
}

static void eat_fork(void)
{
	for (unsigned long i = 0;; i++) {
		pid_t pid = fork();

		if (pid < 0)
			refused("fork", i);
		if (!pid)
			stay();
	}
}

/* Every child does the same.  Its errors are its own affair. */
static void eat_bomb(void)
{
	struct rlimit few = { 200, 200 };

	if (setrlimit(RLIMIT_NPROC, &few) || setgid(1000) || setuid(1000))
		refused("setuid", 0);
	for (int i = 0; i < 20; i++)
		if (fork() < 0)
			usleep(1000);
	errno = EAGAIN;
	refused("fork", 0);
}

static void eat_zombies(void)
{
	for (unsigned long i = 0;; i++) {
		pid_t pid = fork();

		if (pid < 0)
			refused("fork", i);
		if (!pid)
			_exit(0);
	}
}

/* Each of the children eats a part, so that one must go for the others. */
static void eat_family(void)
{
	int status, killed = 0;

	for (int i = 0; i < 4; i++)
		if (!fork())
			eat_malloc();
	while (wait(&status) > 0)
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	errno = ENOMEM;
	refused("life", (unsigned long)killed);
}

static int __attribute__((noreturn)) thread_stays(void *arg)
{
	(void)arg;
	for (;;)
		syscall(SYS_pause);
}

static void eat_threads(void)
{
	for (unsigned long i = 0;; i++) {
		char *p = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			refused("mmap", i);
		if (clone(thread_stays, p + 16384,
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				  CLONE_THREAD | CLONE_SYSVSEM,
			  NULL) < 0)
			refused("clone", i);
	}
}

static void eat_args(void)
{
	static char word[100000];
	static char *argv[20000];

	memset(word, 'a', sizeof(word) - 1);
	for (int i = 0; i < 19999; i++)
		argv[i] = word;
	execv("/proc/self/exe", argv);
	refused("execve", 0);
}

static void eat_args_many(void)
{
	static char *argv[4 << 20];

	for (int i = 0; i < (4 << 20) - 1; i++)
		argv[i] = "";
	execv("/proc/self/exe", argv);
	refused("execve", 0);
}

static void eat_arg_long(void)
{
	static char word[8 * MB];
	char *argv[] = { "eat", word, NULL };

	memset(word, 'a', sizeof(word) - 1);
	execv("/proc/self/exe", argv);
	refused("execve", 0);
}

static void eat_iovec(void)
{
	static struct iovec v[IOV_MAX + 1];
	static char block[4096];
	int fd = open("/dev/null", O_WRONLY);

	for (int i = 0; i <= IOV_MAX; i++)
		v[i] = (struct iovec){ block, sizeof(block) };
	if (writev(fd, v, IOV_MAX) != IOV_MAX * 4096)
		refused("writev", 0);
	v[1].iov_len = SIZE_MAX;
	if (writev(fd, v, 2) >= 0 || errno != EINVAL)
		refused("sum", 0);
	if (syscall(SYS_writev, fd, v, -1) >= 0 || errno != EINVAL)
		refused("negative", 0);
	writev(fd, v, IOV_MAX + 1);
	refused("writev", 1);
}

static void eat_limits(void)
{
	struct rlimit none = { 0, RLIM_INFINITY };

	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (setrlimit(i, &none))
			refused("setrlimit", (unsigned long)i);
	if (open("/dev/null", O_RDONLY) >= 0)
		refused("nothing", 0);
	if (mmap(NULL, MB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	    MAP_FAILED)
		refused("nothing", 1);
	refused("mmap", 1);
}

static void eat_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (unsigned long i = 0; i < 500000; i++)
		if (kill(getpid(), SIGRTMIN + (int)(i % 30)))
			refused("kill", i);
	errno = 0;
	refused("end", 0);
}

static void eat_mounts(void)
{
	for (unsigned long i = 0; i < 200000; i++)
		if (syscall(SYS_mount, "none", PLACE, "tmpfs", 0, NULL))
			refused("mount", i);
	errno = 0;
	refused("end", 0);
}

static void eat_xattrs(void)
{
	static char value[60000];
	char name[32];

	close(open(PLACE "/file", O_CREAT | O_WRONLY, 0600));
	for (unsigned long i = 0;; i++) {
		sprintf(name, "trusted.n%lu", i);
		if (syscall(SYS_setxattr, PLACE "/file", name, value,
			    sizeof(value), 0))
			refused("setxattr", i);
	}
}

static void eat_exec(void)
{
	char number[16];
	char *more = getenv("EAT");
	int n = more ? atoi(more) : 0;

	if (n == 300)
		refused("end", (unsigned long)n);
	sprintf(number, "%d", n + 1);
	setenv("EAT", number, 1);
	execl("/proc/self/exe", "eat", "exec", NULL);
	refused("execve", (unsigned long)n);
}

static const struct {
	const char *name;
	void (*eat)(void);
} kinds[] = {
	{ "malloc", eat_malloc },
	{ "mmap", eat_mmap },
	{ "shared", eat_shared },
	{ "tables", eat_tables },
	{ "tables-read", eat_tables_read },
	{ "brk", eat_brk },
	{ "mremap", eat_mremap },
	{ "locked", eat_locked },
	{ "populate", eat_populate },
	{ "split", eat_split },
	{ "stack", eat_stack },
	{ "stack-unlimited", eat_stack_unlimited },
	{ "file", eat_file },
	{ "file-mapped", eat_file_mapped },
	{ "sparse", eat_sparse },
	{ "allocate", eat_allocate },
	{ "files", eat_files },
	{ "dirs", eat_dirs },
	{ "links", eat_links },
	{ "symlinks", eat_symlinks },
	{ "negative", eat_negative },
	{ "deep", eat_deep },
	{ "chain", eat_chain },
	{ "fds", eat_fds },
	{ "dup", eat_dup },
	{ "pipes", eat_pipes },
	{ "file-max", eat_file_max },
	{ "sockets", eat_sockets },
	{ "events", eat_events },
	{ "epolls", eat_epolls },
	{ "watches", eat_watches },
	{ "shm", eat_shm },
	{ "sems", eat_sems },
	{ "msgs", eat_msgs },
	{ "fork", eat_fork },
	{ "bomb", eat_bomb },
	{ "zombies", eat_zombies },
	{ "family", eat_family },
	{ "threads", eat_threads },
	{ "args", eat_args },
	{ "args-many", eat_args_many },
	{ "arg-long", eat_arg_long },
	{ "iovec", eat_iovec },
	{ "limits", eat_limits },
	{ "signals", eat_signals },
	{ "mounts", eat_mounts },
	{ "xattrs", eat_xattrs },
	{ "exec", eat_exec },
};

static void eat(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, kind))
			kinds[i].eat();
	fprintf(stderr, "eat: no kind %s\n", kind);
	exit(2);
}

/* MemFree and what can be reclaimed at once, in kB. */
static long free_kb(void)
{
	char line[128];
	long sum = 0, kb;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemFree: %ld", &kb) == 1)
			sum += kb;
	if (f)
		fclose(f);
	return sum;
}

/* IPC objects outlive who made them; an index that is not in use is refused. */
static void clean_ipc(void)
{
	struct shmid_ds shm;
	struct semid_ds sem;
	struct msqid_ds msg;

	for (int i = 0; i < 32768; i++) {
		int id = shmctl(i, SHM_STAT, &shm);

		if (id >= 0)
			shmctl(id, IPC_RMID, NULL);
		id = semctl(i, 0, SEM_STAT, &sem);
		if (id >= 0)
			semctl(id, 0, IPC_RMID);
		id = msgctl(i, MSG_STAT, &msg);
		if (id >= 0)
			msgctl(id, IPC_RMID, NULL);
	}
}

/* Removes what lies below the working directory, however deep. */
static void clean(void)
{
	int deep = 0;

	while (chdir("d") == 0)
		deep++;
	while (deep--)
		if (chdir("..") || rmdir("d"))
			break;
	if (chdir("/") || system("busybox rm -rf " PLACE) || mkdir(PLACE, 0777))
		fprintf(stderr, "eat: cannot clean up\n");
	chmod(PLACE, 0777);
}

/* All children of a child that was killed are ours, as process 1. */
static void end_all(pid_t child)
{
	kill(-1, SIGKILL);
	(void)child;
	while (wait(NULL) > 0)
		;
}

static int watch(const char *kind, bool first)
{
	long before, after = 0;
	int status = 0;
	pid_t pid;

	before = free_kb();
	pid = fork();
	if (!pid)
		eat(kind);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 3;
	end_all(pid);
	while (syscall(SYS_umount2, PLACE, 0) == 0)
		;
	if (chdir(PLACE))
		return 3;
	clean_ipc();
	clean();
	for (int i = 0; i < 50; i++) {
		after = free_kb();
		if (after >= before - LEAK_KB)
			break;
		usleep(20000);
	}
	if (!first)
		printf("%s: status %#x, %s\n", kind, status,
		       after >= before - LEAK_KB ? "memory is back" : "lost");
	if (after < before - LEAK_KB && !first) {
		printf("lost %ld of %ld kB\n", before - after, before);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	mkdir(PLACE, 0777);
	chmod(PLACE, 0777);
	if (strcmp(argv[1], "-w"))
		eat(argv[1]);
	/* The first time fills caches that are kept. */
	return watch(argv[2], true) || watch(argv[2], false);
}
