/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of /proc/PID that programs parse: status, stat, statm, limits and
 * small ones, in Linux's exact formats (proc(5)).
 */
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "lib/div.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "proc/job.h"
#include "proc/procfs_priv.h"
#include "sched/cred.h"
#include "vfs/fdtable.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/pseudo.h"
#include "vm/vmspace.h"

#define ull     unsigned long long
#define USER_HZ 100

static ull kb(uint64_t pages)
{
	return (ull)pages * (PAGE_SIZE / 1024);
}

static ull ticks(nsec_t ns)
{
	return (ull)div_s64(ns, NSEC_PER_SEC / USER_HZ);
}

/* All that is told about signals, taken at one moment. */
struct signal_view {
	sigset_t thread_pending, pending, blocked, ignored, caught;
	unsigned queued;
};

static void view_signals(struct task *t, struct signal_view *v)
{
	struct process *p = t->process;
	struct signal_entry *e;

	*v = (struct signal_view){ 0 };
	spin_lock(&p->signal_lock);
	v->thread_pending = t->pending.set;
	v->pending = p->pending.set;
	v->blocked = t->blocked;
	list_for_each (e, &p->pending.entries, node)
		v->queued++;
	list_for_each (e, &t->pending.entries, node)
		v->queued++;
	for (int sig = 1; sig <= SIGMAX; sig++) {
		uaddr_t handler = p->actions->action[sig - 1].handler;

		if (handler == SIG_IGN)
			v->ignored |= SIGSET(sig);
		else if (handler != SIG_DFL)
			v->caught |= SIGSET(sig);
	}
	spin_unlock(&p->signal_lock);
}

static char state_letter(const struct task *t)
{
	if (t->process->zombie)
		return 'Z';
	switch (READ_ONCE(t->thread.state)) {
	case THREAD_SLEEPING: return 'S';
	case THREAD_KILLABLE:
	case THREAD_BLOCKED: return 'D';
	case THREAD_STOPPED: return 'T';
	case THREAD_DEAD: return 'Z';
	default: return 'R';
	}
}

static int parent_of(struct process *p)
{
	int pid;

	spin_lock(&process_lock);
	pid = p->parent ? p->parent->pid : 0;
	spin_unlock(&process_lock);
	return pid;
}

/* A name with what would break the line written as in C; stat has it raw. */
static void put_name(struct strbuf *sb, const char *name)
{
	for (; *name; name++)
		if (*name == '\n')
			strbuf_puts(sb, "\\n");
		else if (*name == '\\')
			strbuf_puts(sb, "\\\\");
		else
			strbuf_putc(sb, *name);
}

static uint32_t umask_of(struct process *p)
{
	struct fs_context *c = process_fs(p);
	struct path root, cwd;
	uint32_t mask;

	if (!c)
		return 0;
	mask = path_context_paths(c, &root, &cwd);
	path_put(&root);
	path_put(&cwd);
	path_context_put(c);
	return mask;
}

static void status_ids(struct strbuf *sb, struct task *t)
{
	static const char *const names[] = {
		['R'] = "running", ['S'] = "sleeping", ['D'] = "disk sleep",
		['T'] = "stopped", ['Z'] = "zombie",
	};
	struct process *p = t->process;
	struct fs_context *fs = process_fs(p);
	char state = state_letter(t);

	strbuf_puts(sb, "Name:\t");
	put_name(sb, t->thread.name);
	if (fs) {
		path_context_put(fs);
		strbuf_printf(sb, "\nUmask:\t%#04o", umask_of(p));
	}
	strbuf_printf(sb, "\nState:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\n",
		      state, names[(unsigned char)state], p->pid,
		      t->thread.tid);
	strbuf_printf(sb, "PPid:\t%d\nTracerPid:\t0\n", parent_of(p));
}

static void status_creds(struct strbuf *sb, struct task *t)
{
	const struct cred *c = cred_of(&t->thread);
	struct process *p = t->process;
	struct fdtable *files = process_files(p);
	unsigned size = 0;

	if (files) {
		rcu_read_lock();
		size = READ_ONCE(files->array)->size;
		rcu_read_unlock();
		fdtable_put_table(files);
	}
	strbuf_printf(sb, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid,
		      c->fsuid);
	strbuf_printf(sb, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid,
		      c->fsgid);
	strbuf_printf(sb, "FDSize:\t%u\nGroups:\t", size);
	for (uint32_t i = 0; i < c->group_count; i++)
		strbuf_printf(sb, "%s%u", i ? " " : "", c->groups[i]);
	strbuf_puts(sb, " \n");
	strbuf_printf(sb, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n",
		      p->pid, t->thread.tid, p->pgrp, p->session);
	cred_put(c);
}

static void status_memory(struct strbuf *sb, struct process *p)
{
	struct vmspace *vs = process_vmspace(p);
	ull anon, file, text;

	if (!vs)
		return;
	anon = kb(atomic_long_load(&vs->anon_pages));
	file = kb(atomic_long_load(&vs->file_pages));
	text = (ull)(vs->code_end - vs->code_start) / 1024;
	strbuf_printf(sb,
		      "VmPeak:\t%8llu kB\nVmSize:\t%8llu kB\n"
		      "VmLck:\t%8llu kB\nVmPin:\t%8u kB\n",
		      kb(vs->total_pages), kb(vs->total_pages),
		      kb(vs->locked_pages), 0);
	strbuf_printf(sb,
		      "VmHWM:\t%8llu kB\nVmRSS:\t%8llu kB\n"
		      "RssAnon:\t%8llu kB\nRssFile:\t%8llu kB\n"
		      "RssShmem:\t%8u kB\n",
		      anon + file, anon + file, anon, file, 0);
	strbuf_printf(sb,
		      "VmData:\t%8llu kB\nVmStk:\t%8llu kB\n"
		      "VmExe:\t%8llu kB\nVmLib:\t%8u kB\nVmPTE:\t%8llu kB\n",
		      kb(vs->data_pages), kb(vs->stack_pages), text, 0,
		      kb(atomic_long_load(&vs->table_pages)));
	strbuf_printf(sb,
		      "VmSwap:\t%8u kB\nHugetlbPages:\t%8u kB\n"
		      "CoreDumping:\t0\nTHP_enabled:\t0\n",
		      0, 0);
	vmspace_put_user(vs);
}

static void status_signals(struct strbuf *sb, struct task *t)
{
	struct process *p = t->process;
	struct signal_view v;

	view_signals(t, &v);
	strbuf_printf(sb, "Threads:\t%u\nSigQ:\t%u/%llu\n", p->task_count,
		      v.queued, (ull)p->limit[RLIMIT_SIGPENDING].cur);
	strbuf_printf(sb, "SigPnd:\t%016llx\nShdPnd:\t%016llx\n",
		      (ull)v.thread_pending, (ull)v.pending);
	strbuf_printf(sb,
		      "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		      (ull)v.blocked, (ull)v.ignored, (ull)v.caught);
}

static void status_caps(struct strbuf *sb, struct task *t)
{
	const struct cred *c = cred_of(&t->thread);

	strbuf_printf(sb,
		      "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\n"
		      "CapBnd:\t%016llx\nCapAmb:\t%016llx\n",
		      (ull)c->cap_inheritable, (ull)c->cap_permitted,
		      (ull)c->cap_effective, (ull)c->cap_bounding,
		      (ull)c->cap_ambient);
	cred_put(c);
	strbuf_printf(sb, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n",
		      t->process->no_new_privs);
	strbuf_puts(sb, "Speculation_Store_Bypass:\tvulnerable\n"
			"SpeculationIndirectBranch:\talways enabled\n");
}

static void status_cpus(struct strbuf *sb, struct task *t)
{
	struct cpumask allowed;

	thread_get_allowed(&t->thread, &allowed);
	strbuf_puts(sb, "Cpus_allowed:\t");
	strbuf_bits(sb, allowed.word, cpu_count);
	strbuf_puts(sb, "\nCpus_allowed_list:\t");
	strbuf_bit_list(sb, allowed.word, cpu_count);
	strbuf_puts(sb, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
	strbuf_printf(sb,
		      "voluntary_ctxt_switches:\t%llu\n"
		      "nonvoluntary_ctxt_switches:\t0\n",
		      (ull)t->thread.switches);
}

static int show_status(struct strbuf *sb, struct inode *ino)
{
	struct task *t;
	int err = procfs_task(procfs_of(ino), &t);

	if (err)
		return err;
	status_ids(sb, t);
	status_creds(sb, t);
	status_memory(sb, t->process);
	status_signals(sb, t);
	status_caps(sb, t);
	status_cpus(sb, t);
	thread_put(&t->thread);
	return 0;
}

static void stat_memory(struct strbuf *sb, struct task *t,
			const struct signal_view *v)
{
	struct process *p = t->process;
	struct vmspace *vs = process_vmspace(p);
	static const struct vmspace none;
	const struct vmspace *s = vs ? vs : &none;

	strbuf_printf(sb, " %llu %llu %llu %llu %llu %llu 0 0",
		      (ull)s->total_pages * PAGE_SIZE,
		      (ull)(atomic_long_load(&s->anon_pages) +
			    atomic_long_load(&s->file_pages)),
		      (ull)p->limit[RLIMIT_RSS].cur, (ull)s->code_start,
		      (ull)s->code_end, (ull)s->stack_top);
	/* Only the first 31 signals: the old format has no room for more. */
	strbuf_printf(sb, " %llu %llu %llu %llu 0 0 0 %d %u %u %u 0 0 0",
		      (ull)v->pending & 0x7fffffff,
		      (ull)v->blocked & 0x7fffffff,
		      (ull)v->ignored & 0x7fffffff, (ull)v->caught & 0x7fffffff,
		      SIGCHLD, READ_ONCE(t->thread.cpu), t->thread.rt_priority,
		      t->thread.policy);
	strbuf_printf(sb, " %llu %llu %llu %llu %llu %llu %llu %d\n",
		      (ull)s->data_start, (ull)s->data_end, (ull)s->brk_start,
		      (ull)s->arg_start, (ull)s->arg_end, (ull)s->env_start,
		      (ull)s->env_end, p->zombie ? p->exit_status : 0);
	if (vs)
		vmspace_put_user(vs);
}

/* Nice 0 is 20; real time is below 0. */
static int priority_of(const struct thread *t)
{
	return t->rt_priority ? -1 - t->rt_priority : 20 + t->nice;
}

static int show_stat(struct strbuf *sb, struct inode *ino)
{
	const struct procfs_inode *pi = procfs_of(ino);
	uint32_t terminal = 0;
	int foreground = -1;
	struct thread_times times;
	struct signal_view v;
	struct process *p;
	struct task *t;
	int err = procfs_task(pi, &t);

	if (err)
		return err;
	p = t->process;
	view_signals(t, &v);
	if (job_terminal_hook && !p->no_terminal)
		terminal = job_terminal_hook(p->session, &foreground);
	strbuf_printf(sb, "%d (%s) %c %d %d %d %u %d %u %llu 0 0 0",
		      t->thread.tid, t->thread.name, state_letter(t),
		      parent_of(p), p->pgrp, p->session, terminal, foreground,
		      0x400000, (ull)p->min_faults);
	if (pi->tid)
		thread_times(&t->thread, &times);
	else
		process_times(p, &times);
	strbuf_printf(sb, " %llu %llu %llu %llu %d %d %u 0 %llu",
		      ticks(times.user), ticks(times.system),
		      ticks(p->children_times.user),
		      ticks(p->children_times.system), priority_of(&t->thread),
		      t->thread.nice, p->task_count, ticks(p->start_time));
	stat_memory(sb, t, &v);
	thread_put(&t->thread);
	return 0;
}

static int show_statm(struct strbuf *sb, struct inode *ino)
{
	struct vmspace *vs = process_vmspace(procfs_of(ino)->process);
	unsigned long file;

	if (!vs) {
		strbuf_puts(sb, "0 0 0 0 0 0 0\n");
		return 0;
	}
	file = atomic_long_load(&vs->file_pages);
	strbuf_printf(sb, "%llu %lu %lu %llu 0 %llu 0\n", (ull)vs->total_pages,
		      atomic_long_load(&vs->anon_pages) + file, file,
		      (ull)(vs->code_end - vs->code_start + PAGE_SIZE - 1) /
			      PAGE_SIZE,
		      (ull)(vs->data_pages + vs->stack_pages));
	vmspace_put_user(vs);
	return 0;
}

static const struct {
	const char *name, *unit;
} limits[RLIMIT_COUNT] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", NULL },
	[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void put_limit(struct strbuf *sb, uint64_t value)
{
	if (value == RLIM64_INFINITY)
		strbuf_printf(sb, "%-20s ", "unlimited");
	else
		strbuf_printf(sb, "%-20llu ", (ull)value);
}

static int show_limits(struct strbuf *sb, struct inode *ino)
{
	const struct process *p = procfs_of(ino)->process;

	strbuf_printf(sb, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		      "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIMIT_COUNT; i++) {
		strbuf_printf(sb, "%-25s ", limits[i].name);
		put_limit(sb, p->limit[i].cur);
		put_limit(sb, p->limit[i].max);
		if (limits[i].unit)
			strbuf_printf(sb, "%-10s\n", limits[i].unit);
		else
			strbuf_putc(sb, '\n');
	}
	return 0;
}

static int show_comm(struct strbuf *sb, struct inode *ino)
{
	struct task *t;
	int err = procfs_task(procfs_of(ino), &t);

	if (err)
		return err;
	strbuf_printf(sb, "%s\n", t->thread.name);
	thread_put(&t->thread);
	return 0;
}

static int write_comm(struct inode *ino, char *text, size_t len)
{
	struct procfs_inode *pi = procfs_of(ino);
	struct task *t;
	int err;

	if (pi->process != process_current())
		return -EINVAL;
	err = procfs_task(pi, &t);
	if (err)
		return err;
	thread_set_name(&t->thread, text);
	thread_put(&t->thread);
	return 0;
}

static int show_mounts(struct strbuf *sb, struct inode *ino)
{
	mount_show(sb, false);
	return 0;
}

static int show_mountinfo(struct strbuf *sb, struct inode *ino)
{
	mount_show(sb, true);
	return 0;
}

static int show_zero(struct strbuf *sb, struct inode *ino)
{
	strbuf_putc(sb, '0');
	return 0;
}

static int show_cgroup(struct strbuf *sb, struct inode *ino)
{
	strbuf_puts(sb, "0::/\n");
	return 0;
}

static int show_personality(struct strbuf *sb, struct inode *ino)
{
	strbuf_printf(sb, "%08x\n", procfs_of(ino)->process->personality);
	return 0;
}

/* There is one user name space: all ids, one to one. */
static int show_idmap(struct strbuf *sb, struct inode *ino)
{
	strbuf_printf(sb, "%10u %10u %10u\n", 0u, 0u, 0xffffffffu);
	return 0;
}

const struct pseudo_text procfs_status = { .show = show_status };
const struct pseudo_text procfs_stat = { .show = show_stat };
const struct pseudo_text procfs_statm = { .show = show_statm };
const struct pseudo_text procfs_limits = { .show = show_limits };
const struct pseudo_text procfs_comm = {
	.show = show_comm,
	.write = write_comm,
};
const struct pseudo_text procfs_mounts = { .show = show_mounts };
const struct pseudo_text procfs_mountinfo = { .show = show_mountinfo };
const struct pseudo_text procfs_wchan = { .show = show_zero };
const struct pseudo_text procfs_cgroup = { .show = show_cgroup };
const struct pseudo_text procfs_personality = { .show = show_personality };
const struct pseudo_text procfs_idmap = { .show = show_idmap };
