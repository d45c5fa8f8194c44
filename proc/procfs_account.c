/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of /proc/PID about what a process used and how it is set up, in
 * Linux's formats (proc(5)). */
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "proc/oom.h"
#include "proc/procfs.h"
#include "proc/procfs_priv.h"
#include "sched/cred.h"
#include "vfs/pseudo.h"

#define ull      unsigned long long
#define NOBODY   "4294967295" /* -1: never set */
#define SLACK_NS 50000ul

static void add_io(struct thread_io *sum, const struct thread_io *io)
{
	sum->read_bytes += io->read_bytes;
	sum->write_bytes += io->write_bytes;
	sum->reads += io->reads;
	sum->writes += io->writes;
}

static void process_io(struct process *p, struct thread_io *sum)
{
	struct task *t;

	spin_lock(&process_lock);
	*sum = p->dead_io;
	list_for_each (t, &p->tasks, node)
		add_io(sum, &t->thread.io);
	spin_unlock(&process_lock);
}

static int may_open(struct inode *ino)
{
	return procfs_may_inspect(procfs_of(ino)->process);
}

/* Nothing here ever came from a disk. */
static int show_io(struct strbuf *sb, struct inode *ino)
{
	const struct procfs_inode *pi = procfs_of(ino);
	struct thread_io io;
	struct task *t;
	int err = 0;

	if (pi->tid) {
		err = procfs_task(pi, &t);
		if (err)
			return err;
		io = t->thread.io;
		thread_put(&t->thread);
	} else {
		process_io(pi->process, &io);
	}
	strbuf_printf(sb,
		      "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n",
		      (ull)io.read_bytes, (ull)io.write_bytes, (ull)io.reads,
		      (ull)io.writes);
	strbuf_puts(sb, "read_bytes: 0\nwrite_bytes: 0\n"
			"cancelled_write_bytes: 0\n");
	return 0;
}

static int show_schedstat(struct strbuf *sb, struct inode *ino)
{
	struct task *t;
	int err = procfs_task(procfs_of(ino), &t);

	if (err)
		return err;
	strbuf_printf(sb, "%llu 0 %llu\n", (ull)thread_runtime(&t->thread),
		      (ull)t->thread.switches);
	thread_put(&t->thread);
	return 0;
}

static int show_no_login(struct strbuf *sb, struct inode *ino)
{
	strbuf_puts(sb, NOBODY);
	return 0;
}

static int show_slack(struct strbuf *sb, struct inode *ino)
{
	struct task *t;
	int err = procfs_task(procfs_of(ino), &t);

	if (err)
		return err;
	strbuf_printf(sb, "%lu\n", t->timer_slack);
	thread_put(&t->thread);
	return 0;
}

static int write_slack(struct inode *ino, char *text, size_t len)
{
	struct procfs_inode *pi = procfs_of(ino);
	unsigned long v = 0;
	struct task *t;
	int err;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++)
		v = v * 10 + (unsigned long)(*text - '0');
	if (*text && *text != '\n')
		return -EINVAL;
	if (pi->process != process_current() &&
	    !cred_capable(cred_current(), CAP_SYS_NICE))
		return -EPERM;
	err = procfs_task(pi, &t);
	if (err)
		return err;
	t->timer_slack = v ? v : SLACK_NS;
	thread_put(&t->thread);
	return 0;
}

static int show_core_filter(struct strbuf *sb, struct inode *ino)
{
	strbuf_printf(sb, "%08x\n", procfs_of(ino)->process->core_filter);
	return 0;
}

static int write_core_filter(struct inode *ino, char *text, size_t len)
{
	uint32_t v = 0;
	bool hex = text[0] == '0' && (text[1] | 32) == 'x';

	for (text += hex ? 2 : 0; *text && *text != '\n'; text++) {
		uint32_t digit = (uint32_t)(*text | 32);

		digit = digit >= 'a' ? digit - 'a' + 10 : (uint32_t)*text - '0';
		if (digit >= (hex ? 16u : 10u))
			return -EINVAL;
		v = v * (hex ? 16 : 10) + digit;
	}
	procfs_of(ino)->process->core_filter = v & CORE_FILTER_ALL;
	return 0;
}

static int show_setgroups(struct strbuf *sb, struct inode *ino)
{
	strbuf_puts(sb, "allow\n");
	return 0;
}

static int show_root_group(struct strbuf *sb, struct inode *ino)
{
	strbuf_puts(sb, "/\n");
	return 0;
}

static int show_oom_score(struct strbuf *sb, struct inode *ino)
{
	strbuf_printf(sb, "%u\n", oom_score(procfs_of(ino)->process));
	return 0;
}

static int show_oom_adj(struct strbuf *sb, struct inode *ino)
{
	strbuf_printf(sb, "%d\n", procfs_of(ino)->process->oom_score_adj);
	return 0;
}

/* A decimal number with a sign and blanks around it. */
static bool parse_adj(const char *s, int *out)
{
	bool negative;
	int v = 0;

	while (*s == ' ' || *s == '\t')
		s++;
	negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9' && v <= 1000; s++)
		v = v * 10 + (*s - '0');
	while (*s == ' ' || *s == '\t' || *s == '\n')
		s++;
	*out = negative ? -v : v;
	return !*s && v <= 1000;
}

static int write_oom_adj(struct inode *ino, char *text, size_t len)
{
	struct process *p = procfs_of(ino)->process;
	int adj;

	if (!parse_adj(text, &adj))
		return -EINVAL;
	if (adj < p->oom_score_adj &&
	    !cred_capable(cred_current(), CAP_SYS_RESOURCE))
		return -EACCES;
	p->oom_score_adj = (int16_t)adj;
	return 0;
}

const struct pseudo_text procfs_io = { .show = show_io, .open = may_open };
const struct pseudo_text procfs_schedstat = { .show = show_schedstat };
const struct pseudo_text procfs_no_login = { .show = show_no_login };
const struct pseudo_text procfs_slack = {
	.show = show_slack,
	.write = write_slack,
};
const struct pseudo_text procfs_core_filter = {
	.show = show_core_filter,
	.write = write_core_filter,
};
const struct pseudo_text procfs_setgroups = { .show = show_setgroups };
const struct pseudo_text procfs_root_group = { .show = show_root_group };
const struct pseudo_text procfs_oom_adj = {
	.show = show_oom_adj,
	.write = write_oom_adj,
};
const struct pseudo_text procfs_oom_score = { .show = show_oom_score };
