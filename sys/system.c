/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about the whole machine: memory, usage, randomness, power. */
#include "lib/div.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "core/percpu.h"
#include "core/power.h"
#include "core/random.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/runqueue.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

struct sysinfo {
	long uptime;
	unsigned long loads[3];
	unsigned long totalram, freeram, sharedram, bufferram;
	unsigned long totalswap, freeswap;
	uint16_t procs, pad;
	unsigned long totalhigh, freehigh;
	uint32_t mem_unit;
};

long sys_sysinfo(uaddr_t out)
{
	struct sysinfo si = {
		.uptime = (long)div_s64(clock_monotonic(), NSEC_PER_SEC),
		.mem_unit = 1,
	};
	struct page_stats ps;
	struct process *p;

	page_stats(&ps);
	si.totalram = ps.total * PAGE_SIZE;
	si.freeram = ps.free * PAGE_SIZE;
	for (int pid = 1; (p = process_next(&pid)); pid++) {
		si.procs++;
		process_put(p);
	}
	return copy_to_user(out, &si, sizeof(si));
}

long sys_getrandom(uaddr_t buf, size_t len, unsigned flags)
{
	uint8_t chunk[256];
	size_t done = 0;

	if ((flags & ~7u) || (flags & 6) == 6)
		return -EINVAL;
	len = MIN(len, (size_t)INT32_MAX);
	while (done < len) {
		size_t n = MIN(len - done, sizeof(chunk));

		random_bytes(chunk, n);
		if (copy_to_user(buf + done, chunk, n))
			return done ? (long)done : -EFAULT;
		done += n;
	}
	return (long)done;
}

#define REBOOT_MAGIC1    0xfee1dead
#define REBOOT_RESTART   0x01234567
#define REBOOT_HALT      0xcdef0123
#define REBOOT_POWER_OFF 0x4321fedc
#define REBOOT_CAD_ON    0x89abcdef
#define REBOOT_CAD_OFF   0

static bool reboot_magic2(uint32_t m)
{
	return m == 0x28121969 || m == 0x05121996 || m == 0x16041998 ||
	       m == 0x20112000;
}

long sys_reboot(int magic1, int magic2, unsigned cmd, uaddr_t arg)
{
	if (!cred_capable(cred_current(), CAP_SYS_BOOT))
		return -EPERM;
	if ((uint32_t)magic1 != REBOOT_MAGIC1 ||
	    !reboot_magic2((uint32_t)magic2))
		return -EINVAL;
	switch (cmd) {
	case REBOOT_RESTART: power_restart();
	case REBOOT_HALT:
	case REBOOT_POWER_OFF: power_off();
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF: return 0;
	default: return -EINVAL;
	}
}

struct rusage {
	long utime[2], stime[2];
	long maxrss, ixrss, idrss, isrss, minflt, majflt, nswap;
	long inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};

long sys_getrusage(int who, uaddr_t out)
{
	struct process *p = process_current();
	struct vmspace *vs = thread_current()->vmspace;
	struct rusage ru = { 0 };
	nsec_t ns;

	switch (who) {
	case RUSAGE_SELF: ns = process_runtime(p); break;
	case RUSAGE_THREAD: ns = thread_runtime(thread_current()); break;
	case RUSAGE_CHILDREN: ns = p->children_runtime; break;
	default: return -EINVAL;
	}
	ru.utime[0] = (long)div_s64(ns, NSEC_PER_SEC);
	ru.utime[1] =
		(long)div_s64(ns - ru.utime[0] * NSEC_PER_SEC, NSEC_PER_USEC);
	ru.maxrss = (long)((atomic_long_load(&vs->anon_pages) +
			    atomic_long_load(&vs->file_pages)) *
			   (PAGE_SIZE / 1024));
	ru.minflt = (long)p->min_faults;
	ru.nvcsw = (long)thread_current()->switches;
	return copy_to_user(out, &ru, sizeof(ru));
}

long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused_cache)
{
	uint32_t c = arch_cpu_id(), n = 0;

	if (cpu && copy_to_user(cpu, &c, sizeof(c)))
		return -EFAULT;
	return node ? copy_to_user(node, &n, sizeof(n)) : 0;
}

long sys_sched_getaffinity(int pid, unsigned len, uaddr_t mask)
{
	uint8_t bits[CPU_MAX / 8] = { 0 };
	unsigned size = ALIGN_UP((cpu_count + 7) / 8, (unsigned)sizeof(long));
	struct process *p;

	if (len < size || len % sizeof(long))
		return -EINVAL;
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	process_put(p);
	cpu_for_each (cpu)
		bits[cpu / 8] |= (uint8_t)(1u << cpu % 8);
	return copy_to_user(mask, bits, size) ? -EFAULT : (long)size;
}
