/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vDSO's code: runs in user mode, mapped one page behind struct vdso_page,
 * at any address.  It may not call anything nor have data of its own.
 *
 * The counter is read behind a fence, so that no reading comes before one that
 * the program made earlier (SDM volume 2, RDTSC).
 */
#include "arch/vdso.h"

#include "abi/errno.h"
#include "abi/time.h"

#define NR_gettimeofday  96
#define NR_time          201
#define NR_clock_gettime 228
#define NR_clock_getres  229
#define NR_getcpu        309

#define COARSE_NS 4000000

extern const struct vdso_page vdso_page __attribute__((visibility("hidden")));

int __vdso_clock_gettime(int clock, struct timespec64 *ts);
int __vdso_clock_getres(int clock, struct timespec64 *ts);
int __vdso_gettimeofday(struct timeval64 *tv, int32_t *zone);
long __vdso_time(long *out);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused_cache);

static inline long call(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline uint64_t counter(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/* Nanoseconds since boot, or since 1970; false: ask the kernel. */
static inline bool now(bool wall, uint64_t *ns)
{
	const struct vdso_page *p = &vdso_page;
	uint32_t seq;

	do {
		seq = READ_ONCE(p->seq);
		barrier();
		if (unlikely(!p->usable || (seq & 1)))
			return false;
		*ns = (uint64_t)((unsigned __int128)(counter() - p->base) *
					 p->mult >>
				 p->shift);
		if (wall)
			*ns += (uint64_t)p->wall_offset;
		barrier();
	} while (unlikely(READ_ONCE(p->seq) != seq));
	return true;
}

static inline void put(struct timespec64 *ts, uint64_t ns)
{
	uint64_t sec = ns / NSEC_PER_SEC;

	ts->sec = (int64_t)sec;
	ts->nsec = (int64_t)(ns - sec * NSEC_PER_SEC);
}

int __vdso_clock_gettime(int clock, struct timespec64 *ts)
{
	uint64_t ns;
	bool wall = clock == CLOCK_REALTIME;

	if (likely(wall || clock == CLOCK_MONOTONIC)) {
		if (likely(now(wall, &ns))) {
			put(ts, ns);
			return 0;
		}
	} else if (clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_BOOTTIME ||
		   clock == CLOCK_TAI) {
		if (now(clock == CLOCK_TAI, &ns)) {
			put(ts, ns);
			return 0;
		}
	} else if (clock == CLOCK_REALTIME_COARSE ||
		   clock == CLOCK_MONOTONIC_COARSE) {
		if (now(clock == CLOCK_REALTIME_COARSE, &ns)) {
			put(ts, ns - ns % COARSE_NS);
			return 0;
		}
	}
	return (int)call(NR_clock_gettime, clock, (long)ts, 0);
}

int __vdso_clock_getres(int clock, struct timespec64 *ts)
{
	return (int)call(NR_clock_getres, clock, (long)ts, 0);
}

int __vdso_gettimeofday(struct timeval64 *tv, int32_t *zone)
{
	struct timespec64 ts;
	uint64_t ns;

	if (!now(true, &ns))
		return (int)call(NR_gettimeofday, (long)tv, (long)zone, 0);
	if (tv) {
		put(&ts, ns);
		tv->sec = ts.sec;
		tv->usec = (int64_t)((uint64_t)ts.nsec / 1000);
	}
	if (zone)
		zone[0] = zone[1] = 0;
	return 0;
}

long __vdso_time(long *out)
{
	uint64_t ns;
	long sec;

	if (!now(true, &ns))
		return call(NR_time, (long)out, 0, 0);
	sec = (long)(ns / NSEC_PER_SEC);
	if (out)
		*out = sec;
	return sec;
}

/* The kernel keeps the number in the register that RDTSCP reads along. */
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused_cache)
{
	if (likely(vdso_page.knows_cpu)) {
		uint32_t lo, hi, aux;

		__asm__ volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
		if (cpu)
			*cpu = aux;
		if (node)
			*node = 0;
		return 0;
	}
	return call(NR_getcpu, (long)cpu, (long)node, 0);
}
