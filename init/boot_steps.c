/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process 1 prepares its own world, then becomes the first program.  When that
 * program ends, the machine ends: its status is told on the control port that
 * the launcher listens to, after everything it wrote has left.
 */
#include "init/boot_steps.h"

#include "arch/boot.h"
#include "arch/syscall.h"
#include "arch/thread.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "core/panic.h"
#include "core/power.h"
#include "core/print.h"
#include "drivers/bus/device.h"
#include "drivers/char/kmsg.h"
#include "drivers/char/mem.h"
#include "drivers/serial/uart_tty.h"
#include "fs/filesystems.h"
#include "fs/initramfs.h"
#include "fs/tmpfs/tmpfs.h"
#include "init/ktests.h"
#include "init/procfiles.h"
#include "init/sysfiles.h"
#include "ipc/sem.h"
#include "mm/page.h"
#include "net/socket.h"
#include "proc/exec.h"
#include "proc/process.h"
#include "proc/procfs.h"
#include "proc/vdso.h"
#include "sched/cred.h"
#include "tty/console.h"
#include "tty/tty.h"
#include "vfs/dentry.h"
#include "vfs/dir.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/path.h"
#include "vfs/sysfs.h"
#include "vm/iter.h"

#define INIT_ARGS        32
#define CONSOLE_PATIENCE (5 * NSEC_PER_SEC)

static struct path first_root; /* constant once mounted */

/* /dev is always there, as with CONFIG_DEVTMPFS_MOUNT; /proc is mounted by the
 * first program. */
static void mount_dev(void)
{
	struct mount_args a = {
		.type = "devtmpfs",
		.source = "devtmpfs",
		.flags = MOUNT_NOSUID | MOUNT_RELATIME,
	};
	struct path at;
	int err = dir_create(AT_FDCWD, "/dev",
			     &(struct inode_spec){ .mode = S_IFDIR | 0777 });

	if (err == 0 || err == -EEXIST)
		err = path_lookup(AT_FDCWD, "/dev", PATH_FOLLOW, &at);
	if (!err) {
		err = mount_new(&a, &at);
		path_put(&at);
	}
	if (err)
		print("cannot mount /dev: error %d\n", -err);
}

/* The archive may fill the root as far as it goes; what is written later is
 * limited, so that files cannot take all memory. */
static void unpack_root(struct super *root)
{
	struct page_stats s;

	initramfs_unpack();
	page_stats(&s);
	tmpfs_set_room(root, s.free / 2, s.free / 2);
}

static int running_pid(void)
{
	return process_current()->pid;
}

static void mount_world(void)
{
	int err;

	dentry_init();
	file_init(); /* pipes and others without a name */
	socket_pid = running_pid;
	vdso_init();
	filesystems_init();
	procfs_init();
	sysfs_init();
	err = mount_root("tmpfs", "size=0,nr_inodes=0", &first_root);
	if (err)
		panic("cannot make the root file system: %d", err);
	err = path_context_create(&first_root, &thread_current()->fs);
	if (!err)
		err = fdtable_create(1024, &thread_current()->files);
	if (err)
		panic("no memory for the first process");
	unpack_root(first_root.mount->super);
	mount_dev();
}

static void open_console(void)
{
	struct file *f;

	if (path_open(AT_FDCWD, "/dev/console", O_RDWR, 0, &f)) {
		print("no /dev/console: process 1 starts without it\n");
		return;
	}
	for (unsigned fd = 0; fd < 3; fd++)
		if (fdtable_replace(fd, f, false))
			break;
	file_put(f);
}

static void write_control(const char *verdict)
{
	struct file *f;
	struct iter it;

	if (path_open(AT_FDCWD, "/dev/virtio-ports/dunlin.control", O_WRONLY, 0,
		      &f))
		return; /* booted by hand: the log has it */
	iter_kernel(&it, (char *)verdict, strlen(verdict));
	if (file_write(f, &it, NULL) < 0 || file_fsync(f, false))
		print("cannot tell the verdict\n");
	file_put(f);
}

/* What the program wrote must have left before the verdict does. */
static void drain(const char *port)
{
	struct file *f;

	if (path_open(AT_FDCWD, port, O_WRONLY | O_NOCTTY, 0, &f))
		return;
	if (file_fsync(f, false))
		print("%s: not all was taken\n", port);
	file_put(f);
}

/* The program may have given up its rights, its root and its life. */
static void become_kernel(void)
{
	struct thread *me = thread_current();

	me->cred = cred_get(&cred_root);
	path_set_root(&first_root);
	atomic32_store(&me->work, 0);
}

static void process_one_ended(int status)
{
	char verdict[32];

	become_kernel();
	if (status & 0x7f)
		fmt_snprintf(verdict, sizeof(verdict), "signal %d\n",
			     status & 0x7f);
	else
		fmt_snprintf(verdict, sizeof(verdict), "exit %d\n",
			     status >> 8);
	print("process 1 ended: %s", verdict);
	drain("/dev/virtio-ports/dunlin.stdout");
	drain("/dev/virtio-ports/dunlin.stderr");
	drain("/dev/hvc0");
	console_drain(CONSOLE_PATIENCE);
	write_control(verdict);
	power_off();
}

static int try_init(const char *path, char *const extra[])
{
	static const char *const env[] = {
		"HOME=/",
		"TERM=linux",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/"
		"bin",
		NULL,
	};
	const char *argv[INIT_ARGS + 2] = { path };
	struct exec_place at = { .dirfd = AT_FDCWD, .path = path };
	struct exec_strings args = { .kernel = argv };
	struct exec_strings envs = { .kernel = env };
	struct frame *f = arch_user_frame(thread_current()->arch.stack_top);
	int err;

	for (unsigned i = 0; i < INIT_ARGS && extra[i]; i++)
		argv[i + 1] = extra[i];
	err = exec_run(f, &at, &args, &envs);
	if (err) {
		print("cannot run %s: error %d\n", path, -err);
		return err;
	}
	print("memory: %llu kB, %llu kB free; starting %s\n",
	      procfiles_total_kb(), procfiles_free_kb(), path);
	procfiles_booted();
	arch_enter_user(f);
}

/* Words behind "--" are process 1's arguments. */
static void init_args(char *text, char *args[INIT_ARGS + 1])
{
	char *p = strstr(text, " -- ");
	unsigned n = 0;

	for (p = p ? p + 4 : NULL; p && *p && n < INIT_ARGS;) {
		args[n++] = p;
		p = strchr(p, ' ');
		if (p)
			*p++ = 0;
	}
	args[n] = NULL;
}

static void try_named(const struct cmdline_arg *arg, char *const args[])
{
	char path[256];

	if (arg->value_len >= sizeof(path)) {
		print("init= is too long\n");
		return;
	}
	memcpy(path, arg->value, arg->value_len);
	path[arg->value_len] = 0;
	(void)!try_init(path, args);
}

/* Without a program there is nothing to do, but nothing is broken either. */
static noreturn void become_init(void)
{
	static const char *const usual[] = { "/init", "/sbin/init", "/etc/init",
					     "/bin/init", "/bin/sh" };
	static char words[BOOT_CMDLINE_MAX];
	char *args[INIT_ARGS + 1];
	struct cmdline_arg arg;

	str_copy(words, boot_info.cmdline, sizeof(words));
	init_args(words, args);
	if (cmdline_find(boot_info.cmdline, "init", &arg) && arg.value)
		try_named(&arg, args);
	else
		for (unsigned i = 0; i < ARRAY_SIZE(usual); i++)
			(void)!try_init(usual[i], args);
	print("no program to start: give init=PATH\n");
	power_off();
}

void boot_process_one(void *arg)
{
	struct cmdline_arg word;

	process_init_exit_hook = process_one_ended;
	mount_world();
	mem_init(); /* /dev/null and its family */
	kmsg_init();
	tty_init();      /* before drivers that have terminals */
	uart_tty_init(); /* the first terminal */
	console_init();  /* one of them, by name */
	device_init();   /* finds and starts devices: virtio ports */
	sem_init();      /* before a process forks */
	procfiles_init();
	sysfiles_init();
	open_console();
	if (cmdline_find(boot_info.cmdline, "ktest", &word)) {
		bool ok = ktest_run_all();

		print("%s\n", ok ? "all passed" : "some failed");
		power_off();
	}
	become_init();
}
