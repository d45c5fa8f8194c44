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
	/* siginfo_t follows */
};
#define RT_FRAME_SIZE (sizeof(struct rt_frame) + ARCH_SIGINFO_SIZE)
static_assert(offsetof(struct rt_frame, context) == 48, "the ABI's ucontext");
static_assert(sizeof(struct rt_frame) == 312, "the ABI's siginfo");

static size_t fp_frame_size(void)
{
	return cpu_features.fpu_size + (cpu_features.xsave ? 4 : 0);
}

size_t arch_signal_min_stack(void)
{
	return RT_FRAME_SIZE + fp_frame_size() + 64 + RED_ZONE + 16;
}

static void to_context(const struct frame *f, struct context *c)
{
	bool call = f->vector == FRAME_VECTOR_SYSCALL;

	c->r8 = f->r8, c->r9 = f->r9, c->r10 = f->r10, c->r11 = f->r11;
	c->r12 = f->r12, c->r13 = f->r13, c->r14 = f->r14, c->r15 = f->r15;
	c->rdi = f->rdi, c->rsi = f->rsi, c->rbp = f->rbp, c->rbx = f->rbx;
	c->rdx = f->rdx, c->rax = f->rax, c->rcx = f->rcx, c->rsp = f->rsp;
	c->rip = f->rip, c->rflags = f->rflags;
	c->cs = (uint16_t)f->cs, c->gs = 0, c->fs = 0, c->ss = (uint16_t)f->ss;
	c->error = call ? 0 : f->error;
	c->trap = call ? 0 : f->vector;
	for (unsigned i = 0; i < ARRAY_SIZE(c->reserved); i++)
		c->reserved[i] = 0;
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

/* By copying: on CPUs without XSAVE. */
static int put_fp_plain(uaddr_t at)
{
	struct thread *t = thread_current();

	preempt_disable();
	arch_fpu_save(t->arch.fpu);
	preempt_enable();
	return arch_copy_to_user(at, t->arch.fpu, cpu_features.fpu_size)
		       ? -EFAULT
		       : 0;
}

/* Writes the state and what tells its size; the area is 64-byte aligned and
 * below USER_END.  XSAVE leaves the rest of its header as it is. */
static int put_fp(uaddr_t at)
{
	const uint32_t magic2 = FP_MAGIC2;
	struct sw_bytes sw = {
		.magic1 = FP_MAGIC1,
		.extended_size = (uint32_t)fp_frame_size(),
		.features = cpu_features.xcr0,
		.xstate_size = cpu_features.fpu_size,
	};

	if (!cpu_features.xsave)
		return put_fp_plain(at);
	if (at >= USER_END - fp_frame_size() ||
	    arch_clear_user(at + XSTATE_HEADER, 64) || fpu_save_user(at) ||
	    arch_copy_to_user(at + SW_BYTES, &sw, sizeof(sw)) ||
	    arch_put_user32(at + cpu_features.fpu_size, magic2))
		return -EFAULT;
	return 0;
}

/* Reads a state without extensions into `area`; what would fault in XRSTOR is
 * cleared. */
static int read_legacy(uint8_t *area, uaddr_t at)
{
	uint64_t *header = (uint64_t *)(area + XSTATE_HEADER);
	uint32_t *mxcsr = (uint32_t *)(area + 24);

	if (arch_copy_from_user(area, at, 512))
		return -EFAULT;
	*mxcsr &= 0xffff;
	if (cpu_features.xsave) {
		memset(header + 1, 0, 56);
		header[0] = 3;
	}
	return 0;
}

static int get_legacy(uaddr_t at)
{
	struct arch_thread *t = &thread_current()->arch;
	int err;

	WRITE_ONCE(t->fpu_filling, true);
	err = read_legacy(t->fpu, at);
	if (err)
		arch_fpu_init(t->fpu);
	preempt_disable();
	arch_fpu_load(t->fpu);
	WRITE_ONCE(t->fpu_filling, false);
	preempt_enable();
	return err;
}

/* Whether the area says that it is one of XSAVE's, of this CPU. */
static bool is_extended(const struct sw_bytes *sw)
{
	return cpu_features.xsave && sw->magic1 == FP_MAGIC1 &&
	       sw->xstate_size == cpu_features.fpu_size;
}

/* Loads the state back: that of a new program when there is none, or when it
 * cannot be read. */
static int get_fp(uaddr_t at)
{
	struct sw_bytes sw;
	int err = 0;

	if (at && (!IS_ALIGNED(at, 64) || at >= USER_END - fp_frame_size() ||
		   arch_copy_from_user(&sw, at + SW_BYTES, sizeof(sw))))
		err = -EFAULT;
	else if (at)
		err = is_extended(&sw) ? fpu_load_user(at) : get_legacy(at);
	if (!at || err)
		fpu_load_initial();
	return err;
}

int arch_signal_push(struct frame *f, const struct arch_signal *s)
{
	uaddr_t sp = s->stack - (s->switched ? 0 : RED_ZONE), fp;
	struct rt_frame rt;

	if (!s->with_restorer)
		return -EFAULT; /* x86-64 has no other way back */
	fp = ALIGN_DOWN(sp - fp_frame_size(), 64);
	/* As after a call: 16-byte aligned, less the return address. */
	sp = ALIGN_DOWN(fp - RT_FRAME_SIZE, 16) - 8;
	if (sp > s->stack || put_fp(fp))
		return -EFAULT;
	rt.return_address = s->restorer;
	rt.uc_flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	rt.uc_link = 0;
	rt.stack = (struct stack_t_){ s->alt_sp, s->alt_flags, 0, s->alt_size };
	to_context(f, &rt.context);
	rt.context.fpstate = fp;
	rt.context.oldmask = s->mask;
	rt.context.cr2 = s->fault_addr;
	rt.mask = s->mask;
	if (arch_copy_to_user(sp, &rt, sizeof(rt)) ||
	    arch_copy_to_user(sp + sizeof(rt), s->info, sizeof(s->info)))
		return -EFAULT;
	fpu_load_initial();
	f->rdi = (unsigned long)s->sig;
	f->rsi = sp + sizeof(rt);
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
