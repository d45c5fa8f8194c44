/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about processes by descriptor. */
#include "proc/pidfd.h"

#include "arch/abi.h"

#include "abi/errno.h"
#include "proc/process.h"
#include "proc/procfs.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "sched/rcu.h"
#include "sys/siginfo.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vm/usercopy.h"

/* A thread that does not lead its process has an id, but no pidfd. */
static long why_not_found(int pid)
{
	bool is_thread;

	rcu_read_lock();
	is_thread = task_find_rcu(pid);
	rcu_read_unlock();
	return is_thread ? -EINVAL : -ESRCH;
}

long sys_pidfd_open(int pid, unsigned flags)
{
	struct process *p;
	struct file *f;
	long fd;

	if ((flags & ~O_NONBLOCK) || pid <= 0)
		return -EINVAL;
	p = process_find(pid);
	if (!p)
		return why_not_found(pid);
	fd = pidfd_create(p, flags, &f);
	process_put(p);
	if (fd)
		return fd;
	fd = fdtable_add(f, true);
	if (fd < 0)
		file_put(f);
	return fd;
}

/* The descriptor's process, referenced, if it is not gone. */
static long find(int fd, struct process *(*of)(const struct file *f),
		 struct process **out)
{
	struct fdref ref = fdtable_get_any((unsigned)fd);
	struct process *p = ref.file ? of(ref.file) : NULL;
	long err = 0;

	if (!p)
		err = -EBADF;
	else if (pidfd_gone(p))
		err = -ESRCH;
	else
		process_get(p);
	if (ref.file)
		fdtable_put(ref);
	*out = p;
	return err;
}

/* A folder of /proc will do as well. */
static struct process *signalled(const struct file *f)
{
	struct process *p = pidfd_process(f);

	return p ? p : procfs_process(f);
}

static long get_info(uaddr_t user, int sig, const struct process *p,
		     struct signal_info *info)
{
	uint32_t signo;
	long err;

	if (!user) {
		*info = (struct signal_info){
			.signo = sig,
			.code = SI_USER,
			.pid = process_current()->pid,
			.uid = cred_current()->uid,
		};
		return sig >= 0 && sig <= SIGMAX ? 0 : -EINVAL;
	}
	err = arch_get_user32(user, &signo);
	if (!err && (int)signo != sig)
		err = -EINVAL;
	return err ? err : siginfo_read(user, sig, p->pid, info);
}

long sys_pidfd_send_signal(int fd, int sig, uaddr_t user, unsigned flags)
{
	struct signal_info info;
	struct process *p;
	long err;

	if (flags)
		return -EINVAL;
	err = find(fd, signalled, &p);
	if (err)
		return err;
	err = get_info(user, sig, p, &info);
	if (!err)
		err = signal_permission(p, sig);
	if (!err && sig)
		err = signal_send_process(p, &info);
	process_put(p);
	return err;
}

long sys_pidfd_getfd(int fd, int target, unsigned flags)
{
	struct fdtable *files;
	struct file *f = NULL;
	struct process *p;
	long ret;

	if (flags)
		return -EINVAL;
	ret = find(fd, pidfd_process, &p);
	if (ret)
		return ret;
	if (procfs_may_inspect(p)) {
		process_put(p);
		return -EPERM;
	}
	files = process_files(p);
	if (files) {
		f = fdtable_file(files, (unsigned)target);
		fdtable_put_table(files);
	}
	process_put(p);
	if (!f)
		return -EBADF;
	ret = fdtable_add(f, true);
	if (ret < 0)
		file_put(f);
	return ret;
}
