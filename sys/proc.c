/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about processes: identity, programs, ends. */
#include "arch/syscall.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/personality.h"
#include "mm/kmalloc.h"
#include "proc/exec.h"
#include "proc/job.h"
#include "proc/process.h"
#include "sched/runqueue.h"
#include "sys/syscalls.h"
#include "vfs/path.h"
#include "vm/usercopy.h"

#define PATH_SIZE 4096

long sys_getpid(void)
{
	return process_current()->pid;
}

long sys_gettid(void)
{
	return thread_current()->tid;
}

long sys_getppid(void)
{
	struct process *parent = READ_ONCE(process_current()->parent);

	return parent ? parent->pid : 0;
}

long sys_getpgrp(void)
{
	return process_current()->pgrp;
}

static long group_of(int pid, bool session)
{
	struct process *p = process_find(pid);
	long id;

	if (!p)
		return -ESRCH;
	id = session ? p->session : p->pgrp;
	process_put(p);
	return id;
}

long sys_getpgid(int pid)
{
	return group_of(pid, false);
}

long sys_getsid(int pid)
{
	return group_of(pid, true);
}

long sys_setpgid(int pid, int pgrp)
{
	return pid < 0 ? -ESRCH : job_set_group(pid, pgrp);
}

long sys_setsid(void)
{
	return job_new_session();
}

static noreturn void end(int code, bool group)
{
	process_exit((code & 0xff) << 8, group);
}

long sys_exit(int code)
{
	end(code, false);
}

long sys_exit_group(int code)
{
	end(code, true);
}

static long exec_from_user(struct frame *f, int dirfd, uaddr_t path,
			   const uaddr_t vectors[2], int flags)
{
	struct exec_strings argv = { .user = vectors[0] };
	struct exec_strings envp = { .user = vectors[1] };
	struct exec_place at = { .dirfd = dirfd, .flags = flags };
	char *name = kmalloc(PATH_SIZE, 0);
	ssize_t len;
	long err;

	if (!name)
		return -ENOMEM;
	len = usercopy_string(name, path, PATH_SIZE);
	at.path = name;
	err = len < 0 ? len : exec_run(f, &at, &argv, &envp);
	kfree(name);
	return err;
}

long sys_execve(struct frame *f, uaddr_t path, uaddr_t argv, uaddr_t envp)
{
	const uaddr_t vectors[2] = { argv, envp };

	return exec_from_user(f, AT_FDCWD, path, vectors, 0);
}

long sys_execveat(struct frame *f, int dirfd, uaddr_t path, uaddr_t argv,
		  uaddr_t envp, int flags)
{
	const uaddr_t vectors[2] = { argv, envp };

	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec_from_user(f, dirfd, path, vectors, flags);
}

long sys_set_tid_address(uaddr_t at)
{
	task_current()->clear_child_tid = at;
	return thread_current()->tid;
}

long sys_set_robust_list(uaddr_t head, size_t len)
{
	if (len != 3 * sizeof(uaddr_t))
		return -EINVAL;
	task_current()->robust_list = head;
	task_current()->robust_len = len;
	return 0;
}

long sys_get_robust_list(int pid, uaddr_t head, uaddr_t len)
{
	struct task *t = task_current();
	size_t size = 3 * sizeof(uaddr_t);

	if (pid != 0 && pid != t->thread.tid)
		return -ESRCH;
	if (copy_to_user(len, &size, sizeof(size)))
		return -EFAULT;
	return copy_to_user(head, &t->robust_list, sizeof(t->robust_list));
}

long sys_sched_yield(void)
{
	runqueue_yield();
	return 0;
}

bool personality_reads_execute(void)
{
	return process_current()->personality & READ_IMPLIES_EXEC;
}

long sys_personality(uint32_t persona)
{
	struct process *p = process_current();
	uint32_t old = p->personality;

	if (persona != 0xffffffff)
		p->personality = persona;
	return old;
}
