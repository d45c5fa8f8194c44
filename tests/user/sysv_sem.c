/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V semaphores: operations on several at once, who waits and in which
 * order, SEM_UNDO, errors.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "show.h"

#define KEY 0x44756e32

#ifndef SEM_STAT_ANY
#	define SEM_STAT_ANY 20
#endif

union arg {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static int id;

static int op1(int num, int op, int flags)
{
	struct sembuf b = { num, op, flags };

	return semop(id, &b, 1);
}

static int set(int num, int value)
{
	return semctl(id, num, SETVAL, (union arg){ .val = value });
}

static void values(const char *when)
{
	struct semid_ds d;
	unsigned short v[8];

	printf("%s:", when);
	if (semctl(id, 0, IPC_STAT, (union arg){ .buf = &d }) ||
	    semctl(id, 0, GETALL, (union arg){ .array = v }))
		printf(" %s", strerror(errno));
	else
		for (unsigned i = 0; i < d.sem_nsems; i++)
			printf(" %d(%d,%d)", v[i], semctl(id, i, GETNCNT),
			       semctl(id, i, GETZCNT));
	printf("\n");
}

/* Until so many wait for semaphore num (for zero: `zero`). */
static void until(int num, int n, int zero)
{
	while (semctl(id, num, zero ? GETZCNT : GETNCNT) != n)
		usleep(500);
}

static pid_t child(int (*fn)(long arg), long arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	pid = fn(arg);
	fflush(stdout);
	_exit(pid);
}

static int ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void basics(void)
{
	struct sembuf both[] = { { 0, -2, IPC_NOWAIT }, { 1, 3, 0 } };
	struct sembuf twice[] = { { 0, 1, 0 }, { 0, -2, IPC_NOWAIT } };
	struct sembuf zero[] = { { 2, 0, IPC_NOWAIT }, { 2, 1, 0 } };
	struct sembuf far = { 3, 1, 0 };
	unsigned short all[] = { 4, 5, 6 };
	struct timespec none = { 0, 0 }, bad = { 0, 1000000000 };
	struct semid_ds d;

	id = semget(IPC_PRIVATE, 3, 0600);
	values("fresh");
	show(semctl(id, 0, IPC_STAT, (union arg){ .buf = &d }));
	printf("%lu mode %o times %d %d\n", (unsigned long)d.sem_nsems,
	       d.sem_perm.mode, d.sem_otime != 0, d.sem_ctime != 0);
	show(op1(0, 5, 0));
	show(semctl(id, 0, GETPID) == getpid());
	show(semctl(id, 1, GETPID));
	show(semop(id, both, 2));
	values("-2 +3");
	show(semop(id, both, 2));
	values("-2 +3");
	show(semop(id, both, 2));
	values("refused");
	show(semop(id, twice, 2));
	values("+1 -2");
	show(semop(id, twice, 2));
	show(semop(id, zero, 2));
	show(semop(id, zero, 2));
	values("zero, +1");
	show(set(0, 32767));
	show(op1(0, 1, 0));
	both[0] = (struct sembuf){ 1, -1, 0 };
	both[1] = (struct sembuf){ 0, 1, 0 };
	show(semop(id, both, 2));
	values("out of range");
	show(set(0, 32768));
	show(set(0, -1));
	show(semctl(id, 0, SETALL, (union arg){ .array = all }));
	values("set");
	all[1] = 40000;
	show(semctl(id, 0, SETALL, (union arg){ .array = all }));
	show(semctl(id, 0, SETALL, (union arg){ .array = (void *)8 }));
	show(semctl(id, 0, GETALL, (union arg){ .array = (void *)8 }));
	show(semop(id, &far, 1));
	show(semop(id, &far, 0));
	show(semop(id, &far, 501));
	show(semop(id, (void *)8, 1));
	show(semop(-1, &far, 1));
	show(semop(id + (1 << 20), &far, 1));
	show(semtimedop(id, &(struct sembuf){ 0, -9, 0 }, 1, &none));
	show(semtimedop(id, &(struct sembuf){ 0, -9, 0 }, 1, &bad));
	show(semtimedop(id, &(struct sembuf){ 0, -9, 0 }, 1, (void *)8));
	none.tv_nsec = 1000000;
	show(semtimedop(id, &(struct sembuf){ 0, -9, 0 }, 1, &none));
	show(semtimedop(id, &(struct sembuf){ 0, -1, 0 }, 1, &none));
	show(semctl(id, 3, GETVAL));
	show(semctl(id, -1, GETVAL));
	show(semctl(id, 3, SETVAL, (union arg){ .val = 0 }));
	show(semctl(id, 0, 77));
	show(semctl(-1, 0, GETVAL));
	show(semctl(id, 0, IPC_RMID));
	show(semctl(id, 0, IPC_RMID));
	show(semctl(id, 0, GETVAL));
	show(semget(IPC_PRIVATE, 0, 0600));
	show(semget(IPC_PRIVATE, -1, 0600));
	show(semget(IPC_PRIVATE, 32001, 0600));
	id = semget(KEY, 4, IPC_CREAT | 0600);
	show(semget(KEY, 4, 0) == id);
	show(semget(KEY, 0, 0) == id);
	show(semget(KEY, 5, 0));
	show(semget(KEY, 4, IPC_CREAT | IPC_EXCL));
	show(semctl(id, 0, IPC_RMID));
	show(semget(KEY, 4, 0));
	id = semget(IPC_PRIVATE, 32000, 0600);
	show(set(31999, 7));
	show(op1(31999, -7, IPC_NOWAIT));
	show(semctl(id, 31999, GETVAL));
	show(semctl(id, 0, IPC_RMID));
}

static int takes(long n)
{
	int err = op1(0, -(int)n, 0);

	/* In the order of going on: told through the second semaphore. */
	printf("taken %ld: %s\n", n, err ? strerror(errno) : "ok");
	fflush(stdout);
	return op1(1, 1, 0) != 0;
}

static int waits_zero(long n)
{
	return op1(0, 0, 0) ? errno : 0;
}

static int takes_both(long n)
{
	struct sembuf b[] = { { 0, -1, 0 }, { 1, -1, 0 }, { 2, 1, 0 } };

	return semop(id, b, 3) ? errno : 0;
}

static int takes_undoing(long n)
{
	return op1(0, -1, SEM_UNDO) ? errno : 0;
}

static void caught(int sig) {}

static int is_interrupted(long n)
{
	struct sigaction sa = { .sa_handler = caught, .sa_flags = SA_RESTART };

	sigaction(SIGUSR1, &sa, NULL);
	return op1(0, -1, 0) ? errno : 0;
}

static void waiting(void)
{
	pid_t a, b, c;

	id = semget(IPC_PRIVATE, 3, 0600);
	a = child(takes, 1);
	until(0, 1, 0);
	b = child(takes, 2);
	until(0, 2, 0);
	c = child(takes, 1);
	until(0, 3, 0);
	values("three wait");
	show(op1(0, 1, 0));
	show(op1(1, -1, 0));
	ended(a);
	show(op1(0, 1, 0)); /* passes the one who wants two */
	show(op1(1, -1, 0));
	ended(c);
	values("one waits");
	show(op1(0, 2, 0));
	show(op1(1, -1, 0));
	ended(b);
	a = child(takes_both, 0);
	until(0, 1, 0);
	b = child(takes_both, 0);
	until(0, 2, 0);
	show(op1(0, 1, 0)); /* now they wait for the second one */
	values("blocked on the next");
	show(op1(1, 1, 0));
	printf("first: %d\n", ended(a));
	values("one through");
	show(op1(1, 1, 0));
	show(op1(0, 1, 0));
	printf("second: %d\n", ended(b));
	values("both through");
	show(set(0, 2));
	a = child(waits_zero, 0);
	until(0, 1, 1);
	b = child(waits_zero, 0);
	until(0, 2, 1);
	values("for zero");
	show(op1(0, -1, 0));
	show(set(0, 0));
	printf("zero: %d %d\n", ended(a), ended(b));
	a = child(is_interrupted, 0);
	until(0, 1, 0);
	kill(a, SIGUSR1);
	show(ended(a) == EINTR);
	values("interrupted");
	a = child(waits_zero, 0);
	b = child(takes_undoing, 0);
	until(0, 1, 0);
	ended(a);
	show(set(0, 1));
	printf("undoing: %d\n", ended(b));
	values("taken back");
	c = semctl(id, 0, GETPID);
	show(c == b);
	show(set(0, 1));
	a = child(waits_zero, 0);
	b = child(takes, 5);
	until(0, 1, 1);
	until(0, 1, 0);
	show(semctl(id, 0, IPC_RMID));
	show(ended(a) == EIDRM);
	ended(b);
}

static int undoes(long n)
{
	struct sembuf b[] = { { 0, -3, SEM_UNDO }, { 1, 4, SEM_UNDO } };
	struct sembuf c[] = { { 0, 1, 0 }, { 1, -1, SEM_UNDO } };

	show(semop(id, b, 2));
	show(semop(id, c, 2));
	values("changed");
	return 0;
}

static int undoes_below(long n)
{
	show(op1(1, 4, SEM_UNDO));
	show(op1(1, -2, 0));
	values("lower");
	return 0;
}

static int forks(long n)
{
	show(op1(0, -1, SEM_UNDO));
	fflush(stdout);
	if (!fork())
		_exit(0); /* has nothing to take back */
	wait(NULL);
	values("after the child");
	return 0;
}

static int executes(long n)
{
	show(op1(0, -1, SEM_UNDO));
	fflush(stdout);
	execl("/proc/self/exe", "exe", "values", NULL);
	return 1;
}

static int forgets(long n)
{
	show(op1(0, -1, SEM_UNDO));
	show(op1(1, 1, SEM_UNDO));
	show(set(0, 3));
	values("set");
	return 0;
}

static void *thread_undoes(void *arg)
{
	op1(0, -1, SEM_UNDO);
	return NULL;
}

static int threads(long n)
{
	pthread_t t;

	pthread_create(&t, NULL, thread_undoes, NULL);
	pthread_join(t, NULL);
	values("a thread has ended");
	return 0;
}

static int removed(long n)
{
	show(op1(0, -1, SEM_UNDO));
	show(semctl(id, 0, IPC_RMID));
	id = semget(IPC_PRIVATE, 1, 0600);
	show(op1(0, 5, 0));
	show(semctl(id, 0, IPC_RMID));
	return 0;
}

static int dies(long n)
{
	op1(0, -1, SEM_UNDO);
	raise(SIGKILL);
	return 0;
}

static int range(long n)
{
	show(set(1, 0));
	show(op1(1, 32767, SEM_UNDO));
	show(op1(1, -32767, 0));
	show(op1(1, 1, SEM_UNDO));
	show(op1(1, 2, SEM_UNDO));
	values("at its end");
	return 0;
}

static void undo(void)
{
	pid_t a;

	id = semget(IPC_PRIVATE, 2, 0600);
	show(set(0, 5));
	ended(child(undoes, 0));
	values("taken back");
	show(set(1, 0));
	ended(child(undoes_below, 0));
	values("not below zero");
	ended(child(forks, 0));
	values("taken back");
	ended(child(executes, 0));
	values("taken back");
	ended(child(forgets, 0));
	values("only one was taken back");
	ended(child(threads, 0));
	values("taken back");
	show(ended(child(dies, 0)));
	values("taken back");
	show(set(0, 1));
	show(op1(0, -1, 0));
	a = child(takes_undoing, 0);
	until(0, 1, 0);
	kill(a, SIGKILL);
	show(ended(a));
	values("killed while it waited");
	ended(child(range, 0));
	values("range");
	show(set(0, 1));
	ended(child(removed, 0));
	show(semctl(id, 0, GETVAL));
}

static int nobody(long n)
{
	struct semid_ds d;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		perror("setresuid");
	show(op1(0, 0, IPC_NOWAIT));
	show(op1(0, 1, IPC_NOWAIT));
	show(semctl(id, 0, GETVAL));
	show(set(0, 0));
	show(semctl(id, 0, IPC_STAT, (union arg){ .buf = &d }));
	show(semctl(id, 0, IPC_SET, (union arg){ .buf = &d }));
	show(semctl(id, 0, IPC_RMID));
	return 0;
}

static void rights(void)
{
	struct semid_ds d;
	struct seminfo info;
	int highest, found = 0;
	char line[256], name[32];
	FILE *f;

	id = semget(KEY, 2, IPC_CREAT | 0604);
	ended(child(nobody, 0));
	semctl(id, 0, IPC_STAT, (union arg){ .buf = &d });
	d.sem_perm.mode = 0602;
	show(semctl(id, 0, IPC_SET, (union arg){ .buf = &d }));
	ended(child(nobody, 0));
	highest = semctl(0, 0, SEM_INFO, (union arg){ .info = &info });
	for (int i = 0; i <= highest; i++)
		if (semctl(i, 0, SEM_STAT, (union arg){ .buf = &d }) == id)
			found = semctl(i, 0, SEM_STAT_ANY,
				       (union arg){ .buf = &d }) == id;
	printf("found %d, %d %d\n", found, info.semusz > 0, info.semaem > 1);
	semctl(0, 0, IPC_INFO, (union arg){ .info = &info });
	printf("%d %d %d %d %d %d %d %d %d %d\n", info.semmap, info.semmni,
	       info.semmns, info.semmnu, info.semmsl, info.semopm, info.semume,
	       info.semusz, info.semvmx, info.semaem);
	snprintf(name, sizeof(name), "%10d %10d ", KEY, id);
	f = fopen("/proc/sysvipc/sem", "r");
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "key"))
			printf("%s", line);
		if (!strncmp(line, name, strlen(name)))
			printf("%.*s...%zu\n", 41, line + strlen(name),
			       strlen(line));
	}
	fclose(f);
	show(semctl(id, 0, IPC_RMID));
}

/* Many processes hold one semaphore in turn; some are killed holding it. */
static int fights(long n)
{
	for (int i = 0; i < 40; i++) {
		if (op1(0, -1, SEM_UNDO))
			return 1;
		if (i == 30 && n % 3 == 0)
			raise(SIGKILL);
		if (op1(1, 1, 0) || op1(0, 1, SEM_UNDO))
			return 2;
	}
	return 0;
}

static void fight(void)
{
	pid_t pid[9];

	id = semget(IPC_PRIVATE, 2, 0600);
	set(0, 1);
	for (int i = 0; i < 9; i++)
		pid[i] = child(fights, i);
	for (int i = 0; i < 9; i++)
		printf("%d%c", ended(pid[i]), i < 8 ? ' ' : '\n');
	values("after the fight");
	show(semctl(id, 0, IPC_RMID));
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	if (argc > 1) {
		printf("another program\n");
		return 0;
	}
	basics();
	waiting();
	undo();
	rights();
	fight();
	return 0;
}
