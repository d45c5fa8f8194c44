/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads on the CPU: the first frame of a new one, and what a switch changes
 * besides the stack.  Floating-point state is saved when a user thread
 * leaves the CPU and loaded when it comes back, unless nobody else used the
 * registers meanwhile.
 */
#include "arch/thread.h"

#include "arch/cpu.h"
#include "arch/debug.h"
#include "arch/mmu.h"
#include "arch/syscall.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/percpu.h"
#include "impl/desc.h"
#include "impl/info.h"
#include "impl/msr.h"
#include "sched/thread.h"

/* Whose floating-point state the registers hold; its fpu_cpu must agree. */
static DEFINE_PERCPU(const struct arch_thread *, fpu_owner);

void arch_thread_init(struct arch_thread *t, vaddr_t stack_top,
		      void (*fn)(void *arg), void *arg)
{
	/* A thread with a user side keeps its user frame at the very top. */
	unsigned long *sp =
		(unsigned long *)(stack_top - sizeof(struct frame) - 16);

	*--sp = 0; /* stops a frame-pointer walk */
	*--sp = (unsigned long)thread_entry;
	*--sp = 0;                  /* rbp */
	*--sp = 0;                  /* rbx */
	*--sp = (unsigned long)fn;  /* r12 */
	*--sp = (unsigned long)arg; /* r13 */
	*--sp = 0;                  /* r14 */
	*--sp = 0;                  /* r15 */
	t->sp = (unsigned long)sp;
	t->stack_top = stack_top;
}

struct frame *arch_user_frame(vaddr_t stack_top)
{
	return (struct frame *)stack_top - 1;
}

void arch_frame_init_user(struct frame *f, uaddr_t pc, uaddr_t sp)
{
	memset(f, 0, sizeof(*f));
	f->rip = pc;
	f->rsp = sp;
	f->cs = SEG_USER_CS;
	f->ss = SEG_USER_DS;
	f->rflags = RFLAGS_FIXED | RFLAGS_IF;
}

static void save_bases(struct arch_thread *t)
{
	/* In the kernel the user's GS base waits in KERNEL_GS_BASE. */
	if (cpu_features.fsgsbase) {
		__asm__ volatile("rdfsbase %0" : "=r"(t->fs_base));
		t->gs_base = msr_read(MSR_KERNEL_GS_BASE);
	}
}

static void load_bases(const struct arch_thread *t)
{
	if (cpu_features.fsgsbase)
		__asm__ volatile("wrfsbase %0" : : "r"(t->fs_base));
	else
		msr_write(MSR_FS_BASE, t->fs_base);
	msr_write(MSR_KERNEL_GS_BASE, t->gs_base);
}

static void leave(struct arch_thread *t)
{
	if (!t->fpu)
		return;
	save_bases(t);
	if (unlikely(t->fpu_filling))
		return;
	arch_fpu_save(t->fpu);
	this_cpu(fpu_owner) = t;
	t->fpu_cpu = arch_cpu_id();
}

static void enter(struct arch_thread *t)
{
	arch_cpu_set_stack(t->stack_top);
	if (!t->fpu)
		return;
	load_bases(t);
	if (unlikely(t->fpu_filling)) {
		this_cpu(fpu_owner) = NULL;
		return;
	}
	if (this_cpu(fpu_owner) != t || t->fpu_cpu != arch_cpu_id())
		arch_fpu_load(t->fpu);
	this_cpu(fpu_owner) = t;
	t->fpu_cpu = arch_cpu_id();
}

struct thread *arch_switch_finish(struct thread *prev)
{
	enter(&thread_current()->arch);
	return prev;
}

struct thread *arch_switch(struct thread *prev, struct thread *next)
{
	/* Not thread_current() below: the compiler knows that it does not
	 * change, and would read it before the switch. */
	struct arch_thread *self = &prev->arch;

	leave(self);
	arch_cpu_hot()->current = next;
	prev = switch_stacks(prev, next);
	enter(self);
	return prev;
}

void arch_thread_attach_user(struct arch_thread *t, void *fpu)
{
	t->fpu = fpu;
	t->fpu_cpu = ~0u;
	t->fs_base = 0;
	t->gs_base = 0;
}

void arch_thread_copy_user(struct arch_thread *t)
{
	struct arch_thread *self = &thread_current()->arch;
	unsigned long flags = arch_irq_save();

	if (cpu_features.fsgsbase)
		save_bases(self);
	t->fs_base = self->fs_base;
	t->gs_base = self->gs_base;
	arch_fpu_save(t->fpu);
	arch_irq_restore(flags);
}

void arch_thread_reset_user(struct arch_thread *t)
{
	unsigned long flags = arch_irq_save();

	t->fs_base = 0;
	t->gs_base = 0;
	arch_fpu_init(t->fpu);
	arch_fpu_load(t->fpu);
	load_bases(t);
	this_cpu(fpu_owner) = t;
	t->fpu_cpu = arch_cpu_id();
	arch_irq_restore(flags);
}

int arch_thread_set_tls(struct arch_thread *t, uaddr_t base)
{
	/* Loading one that is not canonical would fault in the kernel. */
	if (base >= USER_END)
		return -EPERM;
	t->fs_base = base;
	return 0;
}
