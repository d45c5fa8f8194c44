/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about signals (signal(7)). */
#include "proc/signal.h"

#include "arch/signal.h"
#include "arch/syscall.h"

#include "abi/errno.h"
#include "core/entry.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/rcu.h"
#include "sys/poll.h"
#include "sys/siginfo.h"
#include "sys/syscalls.h"
#include "sys/written.h"
#include "vm/usercopy.h"

/* struct sigaction as the kernel's ABI has it, on every CPU of ours. */
struct user_action {
	uaddr_t handler;
	unsigned long flags;
	uaddr_t restorer;
	sigset_t mask;
};

struct user_stack {
	uaddr_t sp;
	int32_t flags;
	size_t size;
};

static bool valid(int sig)
{
	return sig >= 1 && sig <= SIGMAX;
}

long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t oldact, size_t size)
{
	struct process *p = process_current();
	struct signal_action old, new;
	struct user_action ua = { 0 };

	if (size != sizeof(sigset_t) || !valid(sig))
		return -EINVAL;
	if (act && copy_from_user(&ua, act, sizeof(ua)))
		return -EFAULT;
	if (act && (sig == SIGKILL || sig == SIGSTOP))
		return -EINVAL;
	new = (struct signal_action){
		.handler = ua.handler,
		.flags = (uint32_t)ua.flags,
		.restorer = ua.restorer,
		.mask = ua.mask & ~(SIGSET(SIGKILL) | SIGSET(SIGSTOP)),
	};
	signal_action_set(p, sig, act ? &new : NULL, &old);
	if (act)
		signal_forget_ignored(p, sig);
	if (!oldact)
		return 0;
	ua = (struct user_action){ old.handler, old.flags, old.restorer,
				   old.mask };
	return copy_to_user(oldact, &ua, sizeof(ua));
}

long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t oldset, size_t size)
{
	sigset_t old = task_current()->blocked, new;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (set) {
		if (copy_from_user(&new, set, sizeof(new)))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK: new |= old; break;
		case SIG_UNBLOCK: new = old & ~new; break;
		case SIG_SETMASK: break;
		default: return -EINVAL;
		}
		signal_set_mask(new);
	}
	return oldset ? copy_to_user(oldset, &old, sizeof(old)) : 0;
}

long sys_rt_sigpending(uaddr_t set, size_t size)
{
	struct task *t = task_current();
	sigset_t pending;

	if (size > sizeof(pending))
		return -EINVAL;
	spin_lock(&t->process->signal_lock);
	pending = (t->pending.set | t->process->pending.set) & t->blocked;
	spin_unlock(&t->process->signal_lock);
	return copy_to_user(set, &pending, size);
}

long sys_rt_sigsuspend(uaddr_t set, size_t size)
{
	struct task *t = task_current();
	sigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, set, sizeof(mask)))
		return -EFAULT;
	t->saved_mask = t->blocked;
	signal_set_mask(mask);
	while (!thread_signal_pending(&t->thread, THREAD_SLEEPING))
		if (thread_sleep_until(NSEC_FOREVER, THREAD_SLEEPING))
			break;
	t->restore_mask = true;
	return -ERESTARTNOHAND;
}

long sys_pause(void)
{
	while (!thread_signal_pending(thread_current(), THREAD_SLEEPING))
		if (thread_sleep_until(NSEC_FOREVER, THREAD_SLEEPING))
			break;
	return -ERESTARTNOHAND;
}

long sys_rt_sigreturn(struct frame *f)
{
	struct signal_info bad = { .signo = SIGSEGV, .code = SI_KERNEL };
	struct task *t = task_current();
	struct arch_signal s;

	if (arch_signal_pop(f, &s)) {
		signal_force(&bad);
		return 0;
	}
	signal_set_mask(s.mask);
	t->altstack_sp = s.alt_sp;
	t->altstack_size = s.alt_size;
	t->altstack_flags = s.alt_flags;
	/* All registers come from the frame: not the short way back. */
	atomic32_or(&t->thread.work, WORK_SIGNAL);
	return arch_frame_result(f);
}

static bool on_altstack(const struct task *t, const struct frame *f)
{
	return t->altstack_size &&
	       arch_frame_sp(f) - t->altstack_sp < t->altstack_size;
}

long sys_sigaltstack(struct frame *f, uaddr_t ss, uaddr_t old_ss)
{
	struct task *t = task_current();
	struct user_stack old = {
		.sp = t->altstack_sp,
		.size = t->altstack_size,
		.flags = !t->altstack_size ? SS_DISABLE
			 : on_altstack(t, f) ? SS_ONSTACK
					     : 0,
	}, new;

	if (ss) {
		if (copy_from_user(&new, ss, sizeof(new)))
			return -EFAULT;
		if (on_altstack(t, f))
			return -EPERM;
		if (new.flags & ~(SS_DISABLE | SS_ONSTACK))
			return -EINVAL;
		if (new.flags & SS_DISABLE)
			new.sp = new.size = 0;
		else if (new.size < MINSIGSTKSZ)
			return -ENOMEM;
		t->altstack_sp = new.sp;
		t->altstack_size = new.size;
		t->altstack_flags = (uint32_t) new.flags;
	}
	return old_ss ? copy_to_user(old_ss, &old, sizeof(old)) : 0;
}

static struct signal_info from_user(int sig, int code)
{
	return (struct signal_info){
		.signo = sig,
		.code = code,
		.pid = process_current()->pid,
		.uid = cred_current()->uid,
	};
}

static long kill_one(struct process *p, int sig)
{
	struct signal_info info = from_user(sig, SI_USER);
	long err = signal_permission(p, sig);

	return err || sig == 0 ? err : signal_send_process(p, &info);
}

/* To every process but our own and process 1 (group 0), or to a group. */
static long kill_many(int group, int sig)
{
	struct process *p;
	long result = -ESRCH;

	for (int pid = 1; (p = process_next(&pid)); pid++) {
		bool chosen =
			group ? p->pgrp == group
			      : p != process_init && p != process_current();

		if (chosen) {
			long err = kill_one(p, sig);

			result = result == 0 ? 0 : err;
		}
		process_put(p);
	}
	return result;
}

long sys_kill(int pid, int sig)
{
	struct process *p;
	long err;

	if (sig != 0 && !valid(sig))
		return -EINVAL;
	if (pid == 0)
		return kill_many(process_current()->pgrp, sig);
	if (pid < 0)
		return pid == INT32_MIN ? -ESRCH
					: kill_many(pid == -1 ? 0 : -pid, sig);
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	err = kill_one(p, sig);
	process_put(p);
	return err;
}

static long send_thread(int tgid, int tid, const struct signal_info *info)
{
	struct task *t;
	long err = -ESRCH;

	rcu_read_lock();
	t = task_find_rcu(tid);
	if (t && (tgid < 0 || t->process->pid == tgid))
		thread_get(&t->thread);
	else
		t = NULL;
	rcu_read_unlock();
	if (!t)
		return err;
	err = signal_permission(t->process, info->signo);
	if (!err && info->signo)
		err = signal_send_task(t, info);
	thread_put(&t->thread);
	return err;
}

static long kill_thread(int tgid, int tid, int sig)
{
	struct signal_info info = from_user(sig, SI_TKILL);

	if (tid <= 0 || (sig != 0 && !valid(sig)))
		return -EINVAL;
	return send_thread(tgid, tid, &info);
}

long sys_tkill(int tid, int sig)
{
	return kill_thread(-1, tid, sig);
}

long sys_tgkill(int tgid, int tid, int sig)
{
	return tgid <= 0 ? -EINVAL : kill_thread(tgid, tid, sig);
}

long sys_rt_sigtimedwait(uaddr_t user_set, uaddr_t out, uaddr_t timeout,
			 size_t size)
{
	uint8_t text[ARCH_SIGINFO_SIZE];
	struct signal_info info;
	nsec_t deadline;
	sigset_t set;
	long err;

	if (size != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, user_set, sizeof(set)))
		return -EFAULT;
	err = poll_read_timeout(timeout, false, &deadline);
	if (!err)
		err = signal_wait(set, deadline, &info);
	if (err)
		return err;
	signal_encode_info(&info, text);
	if (out && copy_to_user(out, text, sizeof(text)))
		return -EFAULT;
	return info.signo;
}

/* The beginning of a siginfo_t that a program made up. */
struct user_info {
	int32_t signo, errnum, code;
	int32_t pad;
	int32_t pid;
	uint32_t uid;
	uaddr_t value;
};

/* What the kernel itself says of a signal, a program may say of none but its
 * own. */
int siginfo_read(uaddr_t user, int sig, int pid, struct signal_info *info)
{
	struct user_info ui;

	if (copy_from_user(&ui, user, sizeof(ui)))
		return -EFAULT;
	if ((ui.code >= 0 || ui.code == SI_TKILL) &&
	    pid != process_current()->pid)
		return -EPERM;
	*info = (struct signal_info){
		.signo = sig,
		.errnum = ui.errnum,
		.code = ui.code,
		.pid = ui.pid,
		.uid = ui.uid,
		.value = ui.value,
	};
	return sig == 0 || valid(sig) ? 0 : -EINVAL;
}

long sys_rt_sigqueueinfo(int pid, int sig, uaddr_t user)
{
	struct signal_info info;
	struct process *p;
	long err = siginfo_read(user, sig, pid, &info);

	if (err)
		return err;
	p = pid > 0 ? process_find(pid) : NULL;
	if (!p)
		return -ESRCH;
	err = signal_permission(p, sig);
	if (!err && sig)
		err = signal_send_process(p, &info);
	process_put(p);
	return err;
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, uaddr_t user)
{
	struct signal_info info;
	long err;

	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	err = siginfo_read(user, sig, tgid, &info);
	return err ? err : send_thread(tgid, tid, &info);
}

void written_failed(long error)
{
	if (error == -EPIPE)
		signal_raise(SIGPIPE);
	else if (process_current()->limit[RLIMIT_FSIZE].cur != RLIM64_INFINITY)
		signal_raise(SIGXFSZ);
}
