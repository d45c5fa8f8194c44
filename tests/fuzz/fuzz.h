/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzzer of system calls.  Its grammar is sys/syscalls.def: grammar.h, which
 * the runner generates, has a line for each call with the kinds of its
 * arguments; hints.c knows the numbers that a plain int stands for.
 *
 *   fuzz.c    watches over workers, looks whether the machine is alive, judges
 *   worker.c  a process whose threads call
 *   world.c   what a worker starts with: descriptors, memory, files
 *   values.c  makes values of each kind
 *   leaks.c   puts everything away, and counts what is left
 *
 * The same seed gives each thread the same sequence of calls and values; what
 * they meet depends on the others.  No libc between a thread's calls: the
 * thread pointer may be gone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	K_NONE,
	K_fd,
	K_dirfd,
	K_int,
	K_flags,
	K_sig,
	K_pid,
	K_clock,
	K_key,
	K_uint,
	K_uid,
	K_gid,
	K_mode,
	K_long,
	K_ulong,
	K_size,
	K_off64,
	K_u64,
	K_uptr,
	K_path,
	K_str,
};

struct call {
	int nr;
	const char *name;
	bool coded; /* Dunlin has it */
	uint8_t kind[6];
};

extern const struct call calls[];
extern const unsigned call_count;

/* A thread's dice. */
struct dice {
	uint64_t state;
};
uint64_t dice_next(struct dice *d);
static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
	return (dice_next(d) >> 8) % n;
}
/* One of n. */
static inline bool dice_one_in(struct dice *d, uint64_t n)
{
	return dice_below(d, n) == 0;
}
struct dice dice_from(uint64_t seed, uint64_t a, uint64_t b);

/*
 * Memory at fixed addresses, so that values do not depend on where libc puts
 * things.  DATA: what pointers point to.  PLAY, the highest, since lengths may
 * be huge: what may be unmapped, moved,
 * protected.  SHARED: one for all workers.
 */
#define DATA_BASE   0x100000000ul
#define DATA_SIZE   0x20000ul
#define PLAY_BASE   0x200000000ul
#define PLAY_SIZE   0x200000ul
#define SHARED_BASE 0x120000000ul
#define SHARED_SIZE 0x10000ul
#define STACK_BASE  0x130000000ul
#define STACK_SIZE  0x10000ul
#define STACKS      32u

#define STATS_BASE 0x140000000ul
#define STATS_SIZE 0x10000ul

/* Shared by all, and aimed at by nobody: calls by their place in calls[]. */
struct stats {
	uint32_t made[512], good[512];
};
#define STATS ((struct stats *)STATS_BASE)

#define FD_MAX 128

static inline long raw_call(long nr, const unsigned long *a)
{
	static const unsigned long none[6];
	register unsigned long r10 __asm__("r10"), r8 __asm__("r8"),
		r9 __asm__("r9");
	long ret;

	if (!a)
		a = none;
	r10 = a[3];
	r8 = a[4];
	r9 = a[5];
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

struct options {
	uint64_t seed;
	unsigned seconds, workers;
	unsigned long only[8]; /* numbers of calls; none: all */
	unsigned only_count;
};
extern struct options options;
extern int keeper; /* the process that watches; never aimed at */

/* values.c */
void values_fill(struct dice *d); /* DATA, anew */
void values_for(struct dice *d, const struct call *c, unsigned long a[6]);
extern const char *const private_paths[], *const other_paths[];
extern const unsigned private_path_count, other_path_count;
/* hints.c: a value for that argument, if it has better ones. */
bool hint_value(struct dice *d, const struct call *c, unsigned i,
		unsigned long *v);

void world_make(struct dice *d);

void worker_main(uint64_t round, unsigned number) __attribute__((noreturn));

/* leaks.c */
#define COUNTS_MAX 96
struct counts {
	unsigned n;
	struct {
		char name[24];
		long objects, size;
	} slab[COUNTS_MAX];
	long free_kb;
};
void leaks_clean(const char *folder); /* processes, files, IPC objects */
void leaks_count(struct counts *c);
/* Prints what grew by more than it may; how many lines. */
unsigned leaks_compare(const struct counts *before, const struct counts *after);
