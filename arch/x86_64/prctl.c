/* SPDX-License-Identifier: BSD-2-Clause */
/* arch_prctl(2): the segment bases of the running thread. */
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/user.h"
#include "arch/x86_64/cpu_priv.h"

#include "abi/errno.h"
#include "core/preempt.h"
#include "impl/msr.h"
#include "impl/syscalls.h"
#include "sched/thread.h"

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

static long set_base(uint32_t msr, unsigned long *saved, unsigned long v)
{
	if (v >= USER_END)
		return -EPERM;
	preempt_disable();
	*saved = v;
	msr_write(msr, v);
	preempt_enable();
	return 0;
}

static long get_base(uint32_t msr, uaddr_t out)
{
	unsigned long v = msr_read(msr);

	return arch_copy_to_user(out, &v, sizeof(v)) ? -EFAULT : 0;
}

long sys_arch_prctl(int code, unsigned long addr)
{
	struct arch_thread *t = &thread_current()->arch;

	switch (code) {
	case ARCH_SET_FS: return set_base(MSR_FS_BASE, &t->fs_base, addr);
	case ARCH_SET_GS:
		return set_base(MSR_KERNEL_GS_BASE, &t->gs_base, addr);
	case ARCH_GET_FS: return get_base(MSR_FS_BASE, addr);
	case ARCH_GET_GS: return get_base(MSR_KERNEL_GS_BASE, addr);
	default: return -EINVAL;
	}
}
