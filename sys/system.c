/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about the whole machine: memory, usage, randomness, power. */
#include "lib/div.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/power.h"
#include "core/random.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/loadavg.h"
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
	struct loadavg loads;
	struct process *p;

	loadavg_read(&loads);
	for (unsigned i = 0; i < ARRAY_SIZE(si.loads); i++)
		si.loads[i] = (unsigned long)loads.fixed16[i];
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
