/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User memory for everybody else.  All return 0 or -EFAULT unless they say
 * otherwise; a partial copy counts as a fault.  They may sleep, except between
 * usercopy_faults_off() and _on(), where a missing page is a fault.
 */
#pragma once

#include "arch/mmu.h"
#include "arch/user.h"
#include "lib/types.h"

#include "abi/errno.h"
#include "sched/thread.h"

static inline int must_check copy_from_user(void *dst, uaddr_t src, size_t len)
{
	return arch_copy_from_user(dst, src, len) ? -EFAULT : 0;
}
static inline int must_check copy_to_user(uaddr_t dst, const void *src,
					  size_t len)
{
	return arch_copy_to_user(dst, src, len) ? -EFAULT : 0;
}
static inline int must_check clear_user(uaddr_t dst, size_t len)
{
	return arch_clear_user(dst, len) ? -EFAULT : 0;
}
/* Length without NUL; -EFAULT; -ENAMETOOLONG when it does not fit size. */
ssize_t must_check usercopy_string(char *dst, uaddr_t src, size_t size);

static inline void usercopy_faults_off(void)
{
	thread_current()->faults_off++;
	barrier();
}
static inline void usercopy_faults_on(void)
{
	barrier();
	thread_current()->faults_off--;
}
/* Whether [addr, addr+len) lies below USER_END; len 0 is fine. */
static inline bool usercopy_range_ok(uaddr_t addr, size_t len)
{
	return len <= USER_END && addr <= USER_END - len;
}
