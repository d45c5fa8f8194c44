/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about the whole machine: names, limits, usage, power. */
#include "arch/info.h"
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
#include "sys/version.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define NAME_LEN 65

struct uts {
	char sysname[NAME_LEN], nodename[NAME_LEN], release[NAME_LEN];
	char version[NAME_LEN], machine[NAME_LEN], domainname[NAME_LEN];
};

static struct spinlock uts_lock = SPINLOCK(RANK_SIGNAL);
/* protected by uts_lock: */
static char nodename[NAME_LEN] = "dunlin", domainname[NAME_LEN] = "(none)";

long sys_uname(uaddr_t out)
{
	struct uts u = { .sysname = "Linux" };

	str_copy(u.release, VERSION_RELEASE, NAME_LEN);
	str_copy(u.version, VERSION_TEXT, NAME_LEN);
	str_copy(u.machine, arch_machine, NAME_LEN);
	spin_lock(&uts_lock);
	memcpy(u.nodename, nodename, NAME_LEN);
	memcpy(u.domainname, domainname, NAME_LEN);
	spin_unlock(&uts_lock);
	return copy_to_user(out, &u, sizeof(u));
}

static long set_uts(char *field, uaddr_t name, int len)
{
	char new[NAME_LEN] = "";

	if (!cred_capable(cred_current(), CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len >= NAME_LEN)
		return -EINVAL;
	if (copy_from_user(new, name, (size_t)len))
		return -EFAULT;
	spin_lock(&uts_lock);
	memcpy(field, new, NAME_LEN);
	spin_unlock(&uts_lock);
	return 0;
}

long sys_sethostname(uaddr_t name, int len)
{
	return set_uts(nodename, name, len);
}

long sys_setdomainname(uaddr_t name, int len)
{
	return set_uts(domainname, name, len);
}

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

static int check_limit(const struct rlimit64 *new, const struct rlimit64 *old)
{
	if (new->cur > new->max)
		return -EINVAL;
	if (new->max > old->max &&
	    !cred_capable(cred_current(), CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

/* Limits are copied where the paths that want them see them. */
static void spread_limits(struct process *p)
{
	struct vmspace *vs = process_vmspace(p);

	fd_limit_changed(p);
	if (!vs)
		return;
	vs->limit_as = p->limit[RLIMIT_AS].cur;
	vs->limit_data = p->limit[RLIMIT_DATA].cur;
	vs->limit_stack = p->limit[RLIMIT_STACK].cur;
	vmspace_put_user(vs);
}

long sys_prlimit64(int pid, unsigned which, uaddr_t new, uaddr_t old)
{
	struct process *p;
	struct rlimit64 was, want;
	long err = 0;

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	if (new &&copy_from_user(&want, new, sizeof(want)))
		return -EFAULT;
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	spin_lock(&process_lock);
	was = p->limit[which];
	if (new)
		err = check_limit(&want, &was);
	if (new && !err)
		p->limit[which] = want;
	spin_unlock(&process_lock);
	if (new && !err)
		spread_limits(p);
	process_put(p);
	if (!err && old)
		err = copy_to_user(old, &was, sizeof(was));
	return err;
}

long sys_getrlimit(unsigned which, uaddr_t out)
{
	unsigned long v[2];

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	v[0] = (unsigned long)process_current()->limit[which].cur;
	v[1] = (unsigned long)process_current()->limit[which].max;
	return copy_to_user(out, v, sizeof(v));
}

long sys_setrlimit(unsigned which, uaddr_t in)
{
	struct process *p = process_current();
	unsigned long v[2];
	struct rlimit64 want;
	long err;

	if (which >= RLIMIT_COUNT)
		return -EINVAL;
	if (copy_from_user(v, in, sizeof(v)))
		return -EFAULT;
	want.cur = v[0] == ~0ul ? RLIM64_INFINITY : v[0];
	want.max = v[1] == ~0ul ? RLIM64_INFINITY : v[1];
	spin_lock(&process_lock);
	err = check_limit(&want, &p->limit[which]);
	if (!err)
		p->limit[which] = want;
	spin_unlock(&process_lock);
	if (!err)
		spread_limits(p);
	return err;
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
