/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * execve: the old program stays untouched until everything that can fail for
 * an ordinary reason has been done in a new address space; then the thread
 * moves over, and what fails from there kills the process.
 */
#include "proc/exec.h"

#include "arch/syscall.h"
#include "arch/thread.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "mm/kmalloc.h"
#include "proc/exec_priv.h"
#include "proc/futex.h"
#include "proc/itimer.h"
#include "proc/process.h"
#include "proc/process_priv.h"
#include "proc/signal.h"
#include "proc/vdso.h"
#include "sched/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define SCRIPT_DEPTH 5
#define HEAD_SIZE    256
#define FD_NAME_SIZE 24 /* /dev/fd/N/ */

/* May it be run?  It need not be readable. */
static int check_program(const struct path *p)
{
	const struct inode *ino = p->dentry->inode;

	if (S_ISLNK(ino->mode))
		return -ELOOP; /* AT_SYMLINK_NOFOLLOW */
	if (!S_ISREG(ino->mode))
		return -EACCES;
	if (p->mount && (p->mount->flags & MOUNT_NOEXEC))
		return -EACCES;
	return inode_permission(p->dentry->inode, MAY_EXEC);
}

int exec_open(const struct exec_place *at, struct file **out)
{
	unsigned how = (at->flags & AT_SYMLINK_NOFOLLOW ? 0 : PATH_FOLLOW) |
		       (at->flags & AT_EMPTY_PATH ? PATH_EMPTY : 0);
	struct path p;
	struct file *f;
	int err = path_lookup(at->dirfd, at->path, how, &p);

	if (err)
		return err;
	err = check_program(&p);
	if (!err)
		err = file_open_path(&p, O_RDONLY | O_NONBLOCK, &f);
	path_put(&p);
	if (err)
		return err;
	err = file_claim(f, FMODE_PROGRAM);
	if (err)
		file_put(f);
	else
		*out = f;
	return err;
}

/* Splits "#! INTERPRETER [ARGUMENT]" in place.  -ENOEXEC: not usable. */
static int parse_script(char *head, char **interp, char **arg)
{
	char *end = strchr(head, '\n'), *p = head + 2;
	bool cut = !end && strlen(head) >= HEAD_SIZE - 1;

	if (end)
		*end = 0;
	for (end = head + strlen(head);
	     end > p && (end[-1] == ' ' || end[-1] == '\t'); end--)
		end[-1] = 0;
	while (*p == ' ' || *p == '\t')
		p++;
	if (!*p)
		return -ENOEXEC;
	*interp = p;
	while (*p && *p != ' ' && *p != '\t')
		p++;
	if (cut && !*p)
		return -ENOEXEC; /* who knows how its name goes on */
	if (*p)
		*p++ = 0;
	while (*p == ' ' || *p == '\t')
		p++;
	*arg = *p ? p : NULL;
	return 0;
}

/* An interpreter could not open what exec closes. */
static bool script_reachable(const struct exec *x, int dirfd)
{
	return x->execfn != x->fd_name || fdtable_cloexec(dirfd) == 0;
}

/* Opens the program; follows #! lines to the interpreter. */
static int resolve(struct exec *x, const struct exec_place *at, char *head)
{
	const char *name = at->path;
	int dirfd = at->dirfd, flags = at->flags;

	for (unsigned depth = 0;; depth++) {
		const char *front[3];
		char *interp, *arg;
		unsigned n = 0;
		ssize_t len;
		int err;

		if (depth > SCRIPT_DEPTH)
			return -ELOOP;
		err = exec_open(&(struct exec_place){ dirfd, name, flags },
				&x->file);
		if (err)
			return err;
		len = file_read_kernel(x->file, head, HEAD_SIZE - 1, 0);
		if (len < 0)
			return (int)len;
		head[len] = 0;
		if (len < 2 || head[0] != '#' || head[1] != '!')
			return 0;
		err = parse_script(head, &interp, &arg);
		if (!err && depth == 0 && !script_reachable(x, at->dirfd))
			err = -ENOENT;
		if (err)
			return err;
		front[n++] = interp;
		if (arg)
			front[n++] = arg;
		front[n++] = depth == 0 ? x->execfn : x->script;
		err = exec_args_shift(&x->args, front, n);
		if (err)
			return err;
		file_put(x->file);
		x->file = NULL;
		str_copy(x->script, interp, HEAD_SIZE);
		name = x->script;
		dirfd = AT_FDCWD;
		flags = 0;
	}
}

static int gather(struct exec *x, const struct exec_strings *argv,
		  const struct exec_strings *envp)
{
	static const char *const none[] = { "", NULL };
	struct exec_strings empty = { .kernel = none };
	int err = exec_args_init(&x->args);

	if (!err)
		err = exec_args_copy(&x->args, argv, &x->args.argc);
	/* Programs trust argv[0] to be there. */
	if (!err && x->args.argc == 0)
		err = exec_args_copy(&x->args, &empty, &x->args.argc);
	x->args.env_start = x->args.used;
	if (!err)
		err = exec_args_copy(&x->args, envp, &x->args.envc);
	return err;
}

static int build(struct exec *x)
{
	int err = vmspace_create(&x->vs);

	if (err)
		return err;
	x->vs->limit_as = process_current()->limit[RLIMIT_AS].cur;
	x->vs->limit_data = process_current()->limit[RLIMIT_DATA].cur;
	x->vs->limit_stack = process_current()->limit[RLIMIT_STACK].cur;
	err = exec_stack_map(x);
	if (!err)
		err = exec_map(x);
	if (!err)
		err = vdso_map(x->vs, &x->vdso);
	if (!err)
		err = file_backing(x->file, &x->vs->exe);
	if (!err && x->stack_exec)
		err = vmspace_protect(x->vs, x->vs->stack_top - PAGE_SIZE,
				      PAGE_SIZE, AREA_R | AREA_W | AREA_X);
	return err;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Others find it through the thread under the lock: process_vmspace(). */
static void switch_vmspace(struct vmspace *vs)
{
	struct vmspace *old;

	spin_lock(&process_lock);
	old = vmspace_activate(vs);
	spin_unlock(&process_lock);
	if (old)
		vmspace_put_user(old);
}

/* Past the point of no return. */
static int move_over(struct exec *x, struct frame *f)
{
	struct task *t = task_current();
	int err = 0;

	futex_exit(t, false);
	switch_vmspace(x->vs);
	exec_cred_commit(x);
	process_vfork_done(t);
	signal_reset_for_exec(t->process);
	t->altstack_size = 0;
	t->altstack_flags = SS_DISABLE;
	err = fdtable_exec();
	arch_thread_reset_user(&t->thread.arch);
	thread_set_name(&t->thread, base_name(x->execfn));
	t->process->did_exec = true;
	t->process->exit_signal = SIGCHLD;
	itimer_exec();
	for (unsigned i = 0; i < x->zero_count && !err; i++)
		err = clear_user(x->zero[i].at, x->zero[i].len);
	if (!err)
		err = exec_stack_fill(x);
	if (!err)
		arch_frame_init_user(f, x->entry, x->sp);
	return err;
}

static void clean_up(struct exec *x)
{
	cred_put(x->cred);
	if (x->file)
		file_put(x->file);
	exec_args_free(&x->args);
	kfree(x);
}

/* What the program is called: a name below a descriptor is spelled so that
 * everybody can open it. */
static void name_program(struct exec *x, const struct exec_place *at)
{
	x->execfn = (char *)at->path;
	if (at->dirfd == AT_FDCWD || at->path[0] == '/')
		return;
	x->execfn = x->fd_name;
	fmt_snprintf(x->fd_name, FD_NAME_SIZE + strlen(at->path),
		     "/dev/fd/%d%s%s", at->dirfd, at->path[0] ? "/" : "",
		     at->path);
}

int exec_run(struct frame *f, const struct exec_place *at,
	     const struct exec_strings *argv, const struct exec_strings *envp)
{
	struct exec *x = kzalloc(sizeof(*x) + 2 * HEAD_SIZE + FD_NAME_SIZE +
					 strlen(at->path),
				 0);
	int err;

	if (!x)
		return -ENOMEM;
	x->script = (char *)(x + 1);
	x->fd_name = x->script + 2 * HEAD_SIZE;
	name_program(x, at);
	err = gather(x, argv, envp);
	if (!err)
		err = resolve(x, at, x->script + HEAD_SIZE);
	if (!err)
		err = build(x);
	if (!err)
		err = exec_cred_prepare(x);
	if (!err)
		err = signal_unshare_actions();
	if (!err)
		err = process_end_others();
	if (err) {
		if (x->vs)
			vmspace_put_user(x->vs);
		clean_up(x);
		return err;
	}
	err = move_over(x, f);
	clean_up(x);
	if (err)
		process_exit(SIGKILL, true);
	return 0;
}
