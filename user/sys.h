/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls for the guest programs of ours that have no libc.
 *
 * Each wrapper returns what the kernel returned: a count or descriptor, or
 * -errno.  Only what user/ needs is here; numbers are Linux's for each CPU.
 * Entry: _start hands the initial stack to user_main(), which never returns.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SYS_ENOENT = 2,
	SYS_ENOEXEC = 8,
	SYS_EACCES = 13,
	SYS_O_RDONLY = 0,
	SYS_O_WRONLY = 1,
	SYS_O_RDWR = 2,
	SYS_O_NOCTTY = 0400,
	SYS_TIOCSCTTY = 0x540e,
	SYS_TIOCSWINSZ = 0x5414,
};

#if defined(__x86_64__)

enum {
	NR_READ = 0,
	NR_WRITE = 1,
	NR_OPEN = 2,
	NR_CLOSE = 3,
	NR_IOCTL = 16,
	NR_DUP2 = 33,
	NR_GETPID = 39,
	NR_FORK = 57,
	NR_EXECVE = 59,
	NR_WAIT4 = 61,
	NR_KILL = 62,
	NR_CHDIR = 80,
	NR_MKDIR = 83,
	NR_SETSID = 112,
	NR_MOUNT = 165,
	NR_EXIT_GROUP = 231,
};

/* The stack pointer at entry is argc's address; the ABI wants it aligned. */
#	define SYS_START                                             \
		__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n"  \
			"\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall " \
			"user_main\n"                                 \
			"\tud2\n")

static inline long sys_call5(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

#elif defined(__arm__)

enum {
	NR_READ = 3,
	NR_WRITE = 4,
	NR_OPEN = 5,
	NR_CLOSE = 6,
	NR_IOCTL = 54,
	NR_DUP2 = 63,
	NR_GETPID = 20,
	NR_FORK = 2,
	NR_EXECVE = 11,
	NR_WAIT4 = 114,
	NR_KILL = 37,
	NR_CHDIR = 12,
	NR_MKDIR = 39,
	NR_SETSID = 66,
	NR_MOUNT = 21,
	NR_EXIT_GROUP = 248,
};

#	define SYS_START                                                      \
		__asm__(".globl _start\n_start:\n\tmov r0, sp\n\tmov fp, #0\n" \
			"\tbic sp, sp, #7\n\tbl user_main\n\tudf #0\n")

static inline long sys_call5(long nr, long a, long b, long c, long d, long e)
{
	register long r7 __asm__("r7") = nr;
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;
	register long r3 __asm__("r3") = d;
	register long r4 __asm__("r4") = e;

	__asm__ volatile("svc #0"
			 : "+r"(r0)
			 : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4)
			 : "memory");
	return r0;
}

#endif

static inline long sys_open(const char *path, int flags)
{
	return sys_call5(NR_OPEN, (long)path, flags, 0, 0, 0);
}

static inline long sys_close(int fd)
{
	return sys_call5(NR_CLOSE, fd, 0, 0, 0, 0);
}

static inline long sys_dup2(int from, int to)
{
	return sys_call5(NR_DUP2, from, to, 0, 0, 0);
}

static inline long sys_read(int fd, void *buf, size_t len)
{
	return sys_call5(NR_READ, fd, (long)buf, (long)len, 0, 0);
}

static inline long sys_write(int fd, const void *buf, size_t len)
{
	return sys_call5(NR_WRITE, fd, (long)buf, (long)len, 0, 0);
}

static inline long sys_chdir(const char *path)
{
	return sys_call5(NR_CHDIR, (long)path, 0, 0, 0, 0);
}

/* No set-id programs, no devices, nothing to run: what /proc is mounted with. */
#define MS_USUAL   14
#define MS_DEVICES 10 /* nosuid, noexec */
#define MS_MEMORY  6  /* nosuid, nodev */

static inline long sys_mount(const char *type, const char *where, int flags)
{
	return sys_call5(NR_MOUNT, (long)type, (long)where, (long)type, flags,
			 0);
}

static inline long sys_mkdir(const char *path, int mode)
{
	return sys_call5(NR_MKDIR, (long)path, mode, 0, 0, 0);
}

static inline long sys_ioctl(int fd, unsigned cmd, const void *arg)
{
	return sys_call5(NR_IOCTL, fd, (long)cmd, (long)arg, 0, 0);
}

static inline long sys_fork(void)
{
	return sys_call5(NR_FORK, 0, 0, 0, 0, 0);
}

/* Any child; its id, or -errno. */
static inline long sys_wait(int *status)
{
	return sys_call5(NR_WAIT4, -1, (long)status, 0, 0, 0);
}

static inline long sys_setsid(void)
{
	return sys_call5(NR_SETSID, 0, 0, 0, 0, 0);
}

/* Sends the caller a signal. */
static inline long sys_raise(int sig)
{
	return sys_call5(NR_KILL, sys_call5(NR_GETPID, 0, 0, 0, 0, 0), sig, 0,
			 0, 0);
}

static inline long sys_execve(const char *path, char **argv, char **envp)
{
	return sys_call5(NR_EXECVE, (long)path, (long)argv, (long)envp, 0, 0);
}

static inline void sys_exit(int code)
{
	for (;;)
		sys_call5(NR_EXIT_GROUP, code, 0, 0, 0, 0);
}
