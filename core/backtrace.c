/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backtraces: lib/unwind over the table in the image, with the stack read
 * through arch_probe_read.  A walk is a struct cursor that `next` moves; it
 * ends at user space, after FRAMES_MAX frames, or where unwinding does.
 */
#include "core/backtrace.h"

#include "arch/boot.h"
#include "arch/debug.h"
#include "arch/syscall.h"
#include "lib/unwind.h"

#include "core/ksyms.h"
#include "core/print.h"

#define FRAMES_MAX 64

/* tables.S, from tools/mktables.py */
extern const uint8_t unwind_table_start[], unwind_table_end[];

enum step {
	STEP_FRAME,     /* the next function */
	STEP_INTERRUPT, /* what an interrupt or exception came upon */
	STEP_USER,      /* the same, and that is user space: the end */
	STEP_END,
};

struct cursor {
	struct unwind_tables tables;
	struct unwind_state state;
	unsigned frames;
};

static void start(struct cursor *c, vaddr_t pc, vaddr_t sp, vaddr_t fp)
{
	*c = (struct cursor){
		.tables = {
			.text = (uintptr_t)kernel_text_start,
			.text_len = (size_t)(kernel_text_end -
					     kernel_text_start),
			.blob = unwind_table_start,
			.size = (size_t)(unwind_table_end -
					 unwind_table_start),
		},
		.state = { .pc = pc, .sp = sp, .fp = fp, .exact = true },
	};
}

static bool read_word(void *ctx, uintptr_t addr, uintptr_t *word)
{
	return addr % sizeof(*word) == 0 &&
	       arch_probe_read(word, addr, sizeof(*word));
}

/* Over the struct frame that ends at the CFA.  Early in an entry only its
 * upper part is there; fp, which is not in that part, unwinding has found. */
static enum step cross(struct cursor *c)
{
	struct unwind_state *s = &c->state;
	struct frame f;

	if (!arch_probe_read(&f, s->cfa - sizeof(f), sizeof(f)))
		return STEP_END;
	if (arch_frame_is_user(&f))
		return STEP_USER;
	s->pc = arch_frame_pc(&f);
	s->sp = arch_frame_sp(&f);
	s->exact = true;
	return STEP_INTERRUPT;
}

static enum step next(struct cursor *c)
{
	if (++c->frames >= FRAMES_MAX)
		return STEP_END;
	switch (unwind_step(&c->tables, &c->state, read_word, NULL)) {
	case UNWIND_STEPPED: return STEP_FRAME;
	case UNWIND_INTERRUPT: return cross(c);
	case UNWIND_END:
	case UNWIND_LOST:
	default: return STEP_END;
	}
}

static void print_frame(const struct unwind_state *s)
{
	char name[KSYMTAB_NAME_MAX];
	uint32_t offset;

	/* A return address may lie behind the function that it returns to. */
	if (ksyms_lookup(s->pc - !s->exact, name, &offset))
		print("[%p] %s + %x\n", (void *)s->pc, name,
		      offset + !s->exact);
	else
		print("[%p] ?\n", (void *)s->pc);
}

void backtrace_print(vaddr_t pc, vaddr_t sp, vaddr_t fp)
{
	enum step step = STEP_FRAME;
	struct cursor c;

	start(&c, pc, sp, fp);
	print("Backtrace:\n");
	while (step != STEP_END) {
		print_frame(&c.state);
		step = next(&c);
		if (step == STEP_INTERRUPT || step == STEP_USER)
			print("-----> Next frame returning from interrupt "
			      "context is %s space <-----\n",
			      step == STEP_USER ? "user" : "kernel");
		if (step == STEP_USER)
			break;
	}
}

void backtrace_here(void)
{
	struct arch_regs r;

	arch_regs_here(&r);
	backtrace_print(r.pc, r.sp, r.fp);
}

void backtrace_frame(const struct frame *frame)
{
	struct arch_regs r;

	arch_frame_regs(frame, &r);
	backtrace_print(r.pc, r.sp, r.fp);
}

unsigned backtrace_save(vaddr_t pc, vaddr_t sp, vaddr_t fp, vaddr_t *out,
			unsigned max)
{
	enum step step = STEP_FRAME;
	unsigned count = 0;
	struct cursor c;

	start(&c, pc, sp, fp);
	while (count < max && (step == STEP_FRAME || step == STEP_INTERRUPT)) {
		out[count++] = c.state.pc;
		step = next(&c);
	}
	return count;
}
