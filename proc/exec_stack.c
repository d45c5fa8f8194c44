/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack a program starts with: strings at the top, below them the
 * auxiliary vector, the pointers to environment and arguments, and argc, where
 * the stack pointer points (System V ABI, process initialization).
 */
#include "arch/info.h"
#include "arch/signal.h"
#include "lib/string.h"

#include "abi/auxv.h"
#include "abi/errno.h"
#include "core/random.h"
#include "mm/kmalloc.h"
#include "proc/exec_priv.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define STACK_RANDOM_BITS (sizeof(long) == 8 ? 22 : 11)
#define MMAP_RANDOM_BITS  (sizeof(long) == 8 ? 28 : 8)
#define STACK_FIRST       KIB(132)
#define GAP_MIN           MIB(128)
#define CLOCK_TICKS       100

int exec_stack_map(struct exec *x)
{
	struct vmspace *vs = x->vs;
	uint64_t limit = process_current()->limit[RLIMIT_STACK].cur;
	uaddr_t top = USER_END - exec_random_pages(STACK_RANDOM_BITS), at;
	uint64_t gap = MIN(MAX(limit, GAP_MIN), (uint64_t)USER_END / 6 * 5);
	struct map_request rq = {
		.len = MAX(STACK_FIRST, ALIGN_UP(x->args.limit, PAGE_SIZE)),
		.flags = AREA_R | AREA_W | AREA_MAY_R | AREA_MAY_W |
			 AREA_MAY_X | AREA_GROWSDOWN | AREA_STACK,
		.fixed = true,
	};

	/* Only what the strings need beyond the usual first piece. */
	rq.len = MAX(STACK_FIRST,
		     ALIGN_UP(x->args.used + (x->args.argc + x->args.envc +
					      64) * sizeof(uaddr_t),
			      PAGE_SIZE) +
			     4 * PAGE_SIZE);
	rq.addr = top - rq.len;
	vs->stack_top = top;
	vs->mmap_base = ALIGN_DOWN(USER_END - gap, PAGE_SIZE) -
			exec_random_pages(MMAP_RANDOM_BITS);
	return vmspace_map(vs, &rq, &at);
}

struct aux {
	unsigned long v[44];
	unsigned n;
};

static void add(struct aux *a, unsigned long type, unsigned long value)
{
	a->v[a->n++] = type;
	a->v[a->n++] = value;
}

static void fill_auxv(struct aux *a, const struct exec *x, uaddr_t platform,
		      uaddr_t random, uaddr_t execfn)
{
	const struct cred *c = cred_current();

	if (x->vdso)
		add(a, AT_SYSINFO_EHDR, x->vdso);
	add(a, AT_HWCAP, arch_hwcap());
	add(a, AT_PAGESZ, PAGE_SIZE);
	add(a, AT_CLKTCK, CLOCK_TICKS);
	add(a, AT_PHDR, x->phdr);
	add(a, AT_PHENT, x->phentsize);
	add(a, AT_PHNUM, x->phnum);
	add(a, AT_BASE, x->interp_base);
	add(a, AT_FLAGS, 0);
	add(a, AT_ENTRY, x->program_entry);
	add(a, AT_UID, c->uid);
	add(a, AT_EUID, c->euid);
	add(a, AT_GID, c->gid);
	add(a, AT_EGID, c->egid);
	add(a, AT_SECURE, x->secure);
	add(a, AT_RANDOM, random);
	add(a, AT_HWCAP2, arch_hwcap2());
	add(a, AT_EXECFN, execfn);
	add(a, AT_PLATFORM, platform);
	add(a, AT_MINSIGSTKSZ, arch_signal_min_stack());
	add(a, AT_NULL, 0);
}

static uaddr_t push(uaddr_t *sp, const void *data, size_t len, int *err)
{
	*sp -= len;
	if (!*err)
		*err = copy_to_user(*sp, data, len);
	return *sp;
}

/* Pointers to the strings that stand one behind the other at `at`. */
static uaddr_t put_pointers(uaddr_t to, uaddr_t at, const char *text,
			    uint32_t count, int *err)
{
	for (uint32_t i = 0; i < count && !*err; i++) {
		size_t len = strlen(text) + 1;

		*err = copy_to_user(to, &at, sizeof(at));
		to += sizeof(at);
		at += len;
		text += len;
	}
	if (!*err)
		*err = clear_user(to, sizeof(at));
	return to + sizeof(at);
}

static int put_vectors(struct exec *x, const struct aux *aux, uaddr_t strings)
{
	const struct exec_args *a = &x->args;
	unsigned long argc = a->argc;
	uaddr_t p = x->sp;
	int err = copy_to_user(p, &argc, sizeof(argc));

	p += sizeof(argc);
	p = put_pointers(p, strings, a->text, a->argc, &err);
	p = put_pointers(p, strings + a->env_start, a->text + a->env_start,
			 a->envc, &err);
	if (!err)
		err = copy_to_user(p, aux->v, aux->n * sizeof(aux->v[0]));
	return err;
}

int exec_stack_fill(struct exec *x)
{
	const struct exec_args *a = &x->args;
	struct vmspace *vs = x->vs;
	struct aux aux = { .n = 0 };
	uaddr_t sp = vs->stack_top - sizeof(uaddr_t); /* a last zero word */
	uaddr_t strings, platform, random, execfn;
	uint8_t bytes[16];
	size_t words;
	int err = 0;

	random_bytes(bytes, sizeof(bytes));
	execfn = push(&sp, x->execfn, strlen(x->execfn) + 1, &err);
	strings = push(&sp, a->text, a->used, &err);
	platform = push(&sp, arch_platform, strlen(arch_platform) + 1, &err);
	random = push(&sp, bytes, sizeof(bytes), &err);
	if (err)
		return err;
	fill_auxv(&aux, x, platform, random, execfn);
	words = 1 + a->argc + 1 + a->envc + 1 + aux.n;
	x->sp = ALIGN_DOWN(sp - words * sizeof(uaddr_t), 16);
	vs->arg_start = strings;
	vs->arg_end = vs->env_start = strings + a->env_start;
	vs->env_end = strings + a->used;
	vs->auxv_len = aux.n * sizeof(aux.v[0]);
	static_assert(sizeof(aux.v) <= sizeof(vs->auxv), "room for auxv");
	memcpy(vs->auxv, aux.v, vs->auxv_len);
	return put_vectors(x, &aux, strings);
}
