/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System V message queues: which message is taken, who waits, errors.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/wait.h>

#include "show.h"

#define KEY 0x44756e33

#ifndef MSG_STAT_ANY
#	define MSG_STAT_ANY 13
#endif
#ifndef MSG_COPY
#	define MSG_COPY 040000
#endif

static int id;
static struct {
	long type;
	char text[9000];
} m;

static int put(long type, const char *text, int flags)
{
	m.type = type;
	strcpy(m.text, text);
	return msgsnd(id, &m, strlen(text), flags);
}

static void get(long type, size_t size, int flags)
{
	ssize_t n;

	memset(&m, 'x', sizeof(m));
	n = msgrcv(id, &m, size, type, flags);
	if (n < 0)
		printf("get %ld: %s\n", type, strerror(errno));
	else
		printf("get %ld: %zd of type %ld '%.*s'\n", type, n, m.type,
		       (int)n, m.text);
}

static struct msqid_ds ds(void)
{
	struct msqid_ds d = { 0 };

	if (msgctl(id, IPC_STAT, &d))
		printf("stat: %s\n", strerror(errno));
	return d;
}

static void state(void)
{
	struct msqid_ds d = ds();

	printf("%lu messages, %lu of %lu bytes, times %d %d %d, by %d %d\n",
	       (unsigned long)d.msg_qnum, (unsigned long)d.__msg_cbytes,
	       (unsigned long)d.msg_qbytes, d.msg_stime != 0, d.msg_rtime != 0,
	       d.msg_ctime != 0, d.msg_lspid == getpid(),
	       d.msg_lrpid == getpid());
}

static void order(void)
{
	id = msgget(IPC_PRIVATE, 0600);
	state();
	show(put(3, "three", 0));
	show(put(1, "one", 0));
	show(put(2, "two", 0));
	show(put(3, "three again", 0));
	show(put(5, "", 0));
	state();
	get(2, 100, MSG_COPY | IPC_NOWAIT);
	get(9, 100, MSG_COPY | IPC_NOWAIT);
	get(0, 2, MSG_COPY | IPC_NOWAIT);
	get(0, 2, MSG_COPY | IPC_NOWAIT | MSG_NOERROR);
	get(0, 100, MSG_COPY);
	get(0, 100, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT);
	get(-2, 100, 0);
	get(-2, 100, 0);
	get(-2, 100, IPC_NOWAIT);
	get(3, 100, MSG_EXCEPT);
	get(3, 3, 0);
	get(3, 3, MSG_NOERROR);
	get(4, 100, IPC_NOWAIT);
	get(0, 100, 0);
	get(0, 100, IPC_NOWAIT);
	state();
	show(put(0, "x", 0));
	show(put(-1, "x", 0));
	m.type = 1;
	show(msgsnd(id, &m, 8193, 0));
	show(msgsnd(id, &m, -1, 0));
	show(msgsnd(-1, &m, 1, 0));
	show(msgsnd(id + (1 << 20), &m, 1, 0));
	show(msgsnd(id, (void *)8, 1, 0));
	show(msgsnd(id, &m, 8192, IPC_NOWAIT));
	show(msgsnd(id, &m, 8192, IPC_NOWAIT));
	show(msgsnd(id, &m, 1, IPC_NOWAIT));
	show(msgsnd(id, &m, 0, IPC_NOWAIT));
	show(msgrcv(id, (void *)8, 9000, 0, 0));
	show(msgrcv(id, &m, -1, 0, 0));
	show(msgrcv(-1, &m, 1, 0, 0));
	state();
	show(msgctl(id, 99, NULL));
	show(msgctl(id, IPC_STAT, (void *)8));
	show(msgctl(id, IPC_RMID, NULL));
	show(msgctl(id, IPC_RMID, NULL));
	show(put(1, "x", 0));
}

static void caught(int sig) {}

static pid_t child(void (*fn)(long arg), long arg)
{
	struct sigaction sa = { .sa_handler = caught, .sa_flags = SA_RESTART };
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	sigaction(SIGUSR1, &sa, NULL);
	fn(arg);
	fflush(stdout);
	_exit(0);
}

/* Until the process sleeps in the call. */
static void until_asleep(pid_t pid)
{
	char name[64], text[256] = "";

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	while (!strstr(text, ") S ")) {
		int fd = open(name, O_RDONLY);

		usleep(2000);
		text[read(fd, text, sizeof(text) - 1)] = 0;
		close(fd);
	}
}

static void receives(long type)
{
	get(type, 100, 0);
}

static void receives_little(long type)
{
	get(type, 1, 0);
}

static void sends(long n)
{
	m.type = n;
	memset(m.text, 'a' + n, sizeof(m.text));
	printf("sent %ld: %s\n", n,
	       msgsnd(id, &m, 2000, 0) ? strerror(errno) : "ok");
}

static void sends_in_vain(long n)
{
	m.type = n;
	_exit(msgsnd(id, &m, 4000, 0) ? errno : 0);
}

static void waiting(void)
{
	struct msqid_ds d;
	pid_t a, b;
	int status;

	id = msgget(IPC_PRIVATE, 0600);
	a = child(receives, 2);
	until_asleep(a);
	b = child(receives, -3);
	until_asleep(b);
	show(put(4, "stays", 0));
	show(put(3, "for the second", 0));
	waitpid(b, NULL, 0);
	show(put(2, "for the first", 0));
	waitpid(a, NULL, 0);
	state();
	a = child(receives_little, 7);
	until_asleep(a);
	show(put(7, "too long", 0));
	waitpid(a, NULL, 0);
	get(7, 100, IPC_NOWAIT);
	get(4, 100, 0);
	d = ds();
	d.msg_qbytes = 8100;
	show(msgctl(id, IPC_SET, &d));
	for (int i = 1; i < 5; i++)
		sends(i);
	a = child(sends, 5);
	until_asleep(a);
	show(put(1, "a short one passes", IPC_NOWAIT));
	get(1, 1, MSG_NOERROR);
	waitpid(a, NULL, 0);
	state();
	a = child(sends, 6);
	until_asleep(a);
	d = ds();
	d.msg_qbytes = 16384;
	show(msgctl(id, IPC_SET, &d));
	waitpid(a, NULL, 0);
	state();
	a = child(receives, 100);
	until_asleep(a);
	kill(a, SIGUSR1);
	waitpid(a, NULL, 0);
	a = child(receives, 100);
	until_asleep(a);
	d.msg_qbytes = 1;
	show(msgctl(id, IPC_SET, &d));
	b = child(sends_in_vain, 7);
	until_asleep(b);
	show(msgctl(id, IPC_RMID, NULL));
	waitpid(a, NULL, 0);
	waitpid(b, &status, 0);
	show(WEXITSTATUS(status) == EIDRM);
}

static void receives_in_vain(long n)
{
	_exit(msgrcv(id, &m, 100, n, 0) < 0 ? errno : 0);
}

/* Changed and gone before those who wait can look. */
static void gone_at_once(void)
{
	struct msqid_ds d;
	int status, gone = 0;
	pid_t a, b;

	for (int i = 0; i < 5; i++) {
		id = msgget(IPC_PRIVATE, 0600);
		d = ds();
		d.msg_qbytes = 1;
		msgctl(id, IPC_SET, &d);
		a = child(receives_in_vain, 1);
		b = child(sends_in_vain, 7);
		until_asleep(a);
		until_asleep(b);
		d.msg_qbytes = 2;
		msgctl(id, IPC_SET, &d);
		msgctl(id, IPC_RMID, NULL);
		waitpid(a, &status, 0);
		gone += WEXITSTATUS(status) == EIDRM;
		waitpid(b, &status, 0);
		gone += WEXITSTATUS(status) == EIDRM;
	}
	show(gone);
}

static void nobody(long n)
{
	struct msqid_ds d = { 0 };

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		perror("setresuid");
	show(put(1, "x", IPC_NOWAIT));
	get(1, 10, IPC_NOWAIT);
	show(msgctl(id, IPC_STAT, &d));
	show(msgctl(id, IPC_SET, &d));
	show(msgctl(id, IPC_RMID, NULL));
}

static void owner(long n)
{
	struct msqid_ds d;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		perror("setresuid");
	d = ds();
	d.msg_qbytes = 20000;
	show(msgctl(id, IPC_SET, &d));
	d.msg_qbytes = 1000;
	show(msgctl(id, IPC_SET, &d));
}

static void rights(void)
{
	struct msginfo info;
	struct msqid_ds d;
	int highest, found = 0;
	char line[256], name[32];
	FILE *f;

	id = msgget(KEY, IPC_CREAT | 0602);
	show(msgget(KEY, 0) == id);
	show(msgget(KEY, IPC_CREAT | IPC_EXCL));
	show(msgget(KEY + 1, 0));
	waitpid(child(nobody, 0), NULL, 0);
	d = ds();
	d.msg_perm.mode = 0604;
	show(msgctl(id, IPC_SET, &d));
	waitpid(child(nobody, 0), NULL, 0);
	d.msg_perm.uid = 65534;
	show(msgctl(id, IPC_SET, &d));
	waitpid(child(owner, 0), NULL, 0);
	highest = msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
	for (int i = 0; i <= highest; i++)
		if (msgctl(i, MSG_STAT, &d) == id)
			found = msgctl(i, MSG_STAT_ANY, &d) == id;
	printf("found %d, %d %d\n", found, info.msgpool > 0, info.msgmap > 0);
	msgctl(0, IPC_INFO, (struct msqid_ds *)&info);
	printf("%d %d %d %d %d %d %d %d\n", info.msgpool, info.msgmap,
	       info.msgmax, info.msgmnb, info.msgmni, info.msgssz, info.msgtql,
	       info.msgseg);
	snprintf(name, sizeof(name), "%10d %10d ", KEY, id);
	f = fopen("/proc/sysvipc/msg", "r");
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "key"))
			printf("%s", line);
		if (!strncmp(line, name, strlen(name)))
			printf("%.*s...%zu\n", 28, line + strlen(name),
			       strlen(line));
	}
	fclose(f);
	show(msgctl(id, IPC_RMID, NULL));
	show(msgget(KEY, 0));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	order();
	waiting();
	gone_at_once();
	rights();
	return 0;
}
