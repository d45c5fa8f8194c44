/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signal frame of x86-64 Linux: return address, ucontext, siginfo, and
 * above them the floating-point state with the words that tell its size (what
 * libc's unwinder, sanitizers and managed runtimes parse).
 */
#include "arch/signal.h"

#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/syscall.h"
#include "arch/thread.h"
#include "arch/user.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/preempt.h"
#include "impl/desc.h"
#include "impl/msr.h"
#include "sched/thread.h"

#define RED_ZONE             128
#define FP_MAGIC1            0x46505853u
#define FP_MAGIC2            0x46505845u
#define SW_BYTES             464 /* offset of struct sw_bytes in the FXSAVE area */
#define XSTATE_HEADER        512
#define UC_FP_XSTATE         1
#define UC_SIGCONTEXT_SS     2
#define UC_STRICT_RESTORE_SS 4

/* Flags that a program may set through sigreturn. */
#define USER_FLAGS 0x50dd5ul /* CF PF AF ZF SF TF DF OF RF AC */

struct sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t xstate_size, padding[7];
};

struct context {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, trap, oldmask, cr2, fpstate, reserved[8];
};

struct stack_t_ {
	uint64_t sp;
	uint32_t flags, pad;
	uint64_t size;
};

struct rt_frame {
	uint64_t return_address;
	uint64_t uc_flags, uc_link;
	struct stack_t_ stack;
	struct context context;
	uint64_t mask;
	uint8_t info[ARCH_SIGINFO_SIZE];
};
static_assert(offsetof(struct rt_frame, context) == 48, "the ABI's ucontext");
static_assert(offsetof(struct rt_frame, info) == 312, "the ABI's siginfo");

static size_t fp_frame_size(void)
{
	return cpu_features.fpu_size + (cpu_features.xsave ? 4 : 0);
}

size_t arch_signal_min_stack(void)
{
	return sizeof(struct rt_frame) + fp_frame_size() + 64 + RED_ZONE + 16;
}

static void to_context(const struct frame *f, struct context *c)
{
	*c = (struct context){
		.r8 = f->r8,
		.r9 = f->r9,
		.r10 = f->r10,
		.r11 = f->r11,
		.r12 = f->r12,
		.r13 = f->r13,
		.r14 = f->r14,
		.r15 = f->r15,
		.rdi = f->rdi,
		.rsi = f->rsi,
		.rbp = f->rbp,
		.rbx = f->rbx,
		.rdx = f->rdx,
		.rax = f->rax,
		.rcx = f->rcx,
		.rsp = f->rsp,
		.rip = f->rip,
		.rflags = f->rflags,
		.cs = (uint16_t)f->cs,
		.ss = (uint16_t)f->ss,
		.error = f->vector == FRAME_VECTOR_SYSCALL ? 0 : f->error,
		.trap = f->vector == FRAME_VECTOR_SYSCALL ? 0 : f->vector,
	};
}

static void from_context(struct frame *f, const struct context *c)
{
	f->r8 = c->r8, f->r9 = c->r9, f->r10 = c->r10, f->r11 = c->r11;
	f->r12 = c->r12, f->r13 = c->r13, f->r14 = c->r14, f->r15 = c->r15;
	f->rdi = c->rdi, f->rsi = c->rsi, f->rbp = c->rbp, f->rbx = c->rbx;
	f->rdx = c->rdx, f->rax = c->rax, f->rcx = c->rcx, f->rsp = c->rsp;
	f->rip = c->rip;
	f->rflags = (c->rflags & USER_FLAGS) | RFLAGS_FIXED | RFLAGS_IF;
	/* IRET with other selectors, or outside user space, would fault in
	 * the kernel: there is one user code segment. */
	f->cs = SEG_USER_CS;
	f->ss = SEG_USER_DS;
}

/* Writes the state and what tells its size; the area is 64-byte aligned. */
static int put_fp(uaddr_t at)
{
	struct thread *t = thread_current();
	struct sw_bytes sw = {
		.magic1 = FP_MAGIC1,
		.extended_size = (uint32_t)fp_frame_size(),
		.features = cpu_features.xcr0,
		.xstate_size = cpu_features.fpu_size,
	};
	uint32_t magic2 = FP_MAGIC2;

	preempt_disable();
	arch_fpu_save(t->arch.fpu);
	preempt_enable();
	if (arch_copy_to_user(at, t->arch.fpu, cpu_features.fpu_size))
		return -EFAULT;
	if (!cpu_features.xsave)
		return 0;
	if (arch_copy_to_user(at + SW_BYTES, &sw, sizeof(sw)) ||
	    arch_copy_to_user(at + cpu_features.fpu_size, &magic2, 4))
		return -EFAULT;
	return 0;
}

/* Reads the state into `area`; bits that would fault in XRSTOR are cleared. */
static int read_fp(uint8_t *area, uaddr_t at)
{
	uint64_t *header = (uint64_t *)(area + XSTATE_HEADER);
	uint32_t *mxcsr = (uint32_t *)(area + 24);
	struct sw_bytes sw;
	bool extended;

	if (!IS_ALIGNED(at, 64) ||
	    arch_copy_from_user(&sw, at + SW_BYTES, sizeof(sw)))
		return -EFAULT;
	extended = cpu_features.xsave && sw.magic1 == FP_MAGIC1 &&
		   sw.xstate_size == cpu_features.fpu_size;
	if (arch_copy_from_user(area, at,
				extended ? cpu_features.fpu_size : 512))
		return -EFAULT;
	*mxcsr &= 0xffff;
	if (cpu_features.xsave) {
		memset(header + 1, 0, 56);
		header[0] = extended ? header[0] & cpu_features.xcr0 : 3;
	}
	return 0;
}

/* Loads the state back: that of a new program when there is none, or when it
 * cannot be read. */
static int get_fp(uaddr_t at)
{
	struct arch_thread *t = &thread_current()->arch;
	int err = 0;

	WRITE_ONCE(t->fpu_filling, true);
	if (at)
		err = read_fp(t->fpu, at);
	if (!at || err)
		arch_fpu_init(t->fpu);
	preempt_disable();
	arch_fpu_load(t->fpu);
	WRITE_ONCE(t->fpu_filling, false);
	preempt_enable();
	return err;
}

int arch_signal_push(struct frame *f, const struct arch_signal *s)
{
	uaddr_t sp = s->stack - (s->switched ? 0 : RED_ZONE), fp;
	struct rt_frame rt = {
		.return_address = s->restorer,
		.uc_flags =
			UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
		.stack = { s->alt_sp, s->alt_flags, 0, s->alt_size },
		.mask = s->mask,
	};

	if (!s->with_restorer)
		return -EFAULT; /* x86-64 has no other way back */
	fp = ALIGN_DOWN(sp - fp_frame_size(), 64);
	/* As after a call: 16-byte aligned, less the return address. */
	sp = ALIGN_DOWN(fp - sizeof(rt), 16) - 8;
	if (sp > s->stack || put_fp(fp))
		return -EFAULT;
	to_context(f, &rt.context);
	rt.context.fpstate = fp;
	rt.context.oldmask = s->mask;
	rt.context.cr2 = s->fault_addr;
	memcpy(rt.info, s->info, sizeof(rt.info));
	if (arch_copy_to_user(sp, &rt, sizeof(rt)) || get_fp(0))
		return -EFAULT;
	f->rdi = (unsigned long)s->sig;
	f->rsi = sp + offsetof(struct rt_frame, info);
	f->rdx = sp + offsetof(struct rt_frame, uc_flags);
	f->rax = 0;
	f->rip = s->handler;
	f->rsp = sp;
	f->rflags &= ~(unsigned long)(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	f->cs = SEG_USER_CS;
	f->ss = SEG_USER_DS;
	return s->handler < USER_END ? 0 : -EFAULT;
}

int arch_signal_pop(struct frame *f, struct arch_signal *s)
{
	struct rt_frame rt;
	uaddr_t sp = f->rsp - 8; /* the handler's RET took the address off */

	if (arch_copy_from_user(&rt, sp, sizeof(rt)))
		return -EFAULT;
	if (rt.context.rip >= USER_END)
		return -EFAULT;
	if (get_fp(rt.context.fpstate))
		return -EFAULT;
	from_context(f, &rt.context);
	f->vector = 0; /* no system call any more: nothing to restart */
	s->mask = rt.mask;
	s->alt_sp = rt.stack.sp;
	s->alt_size = rt.stack.size;
	s->alt_flags = rt.stack.flags;
	return 0;
}

void arch_syscall_restart(struct frame *f)
{
	f->rip -= 2; /* SYSCALL is two bytes */
	f->rax = f->error;
}

bool arch_syscall_result_is(const struct frame *f, long err)
{
	return f->vector == FRAME_VECTOR_SYSCALL && (long)f->rax == err;
}
