/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /proc shows of the whole machine.  Formats are Linux's (proc(5)), since
 * programs parse them.
 */
#include "init/procfiles.h"

#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/info.h"
#include "lib/div.h"
#include "lib/strbuf.h"

#include "core/irq.h"
#include "core/panic.h"
#include "core/percpu.h"
#include "core/power.h"
#include "core/random.h"
#include "core/timer.h"
#include "init/procmachine.h"
#include "init/sysctl.h"
#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "net/socket.h"
#include "proc/process.h"
#include "proc/procfs.h"
#include "sched/loadavg.h"
#include "sched/runqueue.h"
#include "sys/syscalls.h"
#include "sys/version.h"
#include "vfs/file.h"
#include "vfs/inotify.h"
#include "vfs/pseudo.h"
#include "vfs/super.h"
#include "vm/object.h"
#include "vm/vmspace.h"

#define ull unsigned long long

#define TICKS(ns) ((ull)div_s64((ns), NSEC_PER_SEC / 100))

static uint64_t booted_cycles;

static ull kb(uint64_t pages)
{
	return (ull)pages * (PAGE_SIZE / 1024);
}

unsigned long long procfiles_total_kb(void)
{
	struct page_stats s;

	page_stats(&s);
	return kb(s.total);
}

unsigned long long procfiles_free_kb(void)
{
	struct page_stats s;

	page_stats(&s);
	return kb(s.free);
}

void procfiles_booted(void)
{
	booted_cycles = arch_cycles();
}

static void boot_show(struct strbuf *sb)
{
	strbuf_printf(sb,
		      "entry_cycles %llu\nfirst_program_cycles %llu\n"
		      "kernel_bytes %llu\ninitrd_bytes %llu\n",
		      (ull)boot_info.entry_cycles, (ull)booted_cycles,
		      (ull)(boot_info.kernel_end - boot_info.kernel_base),
		      (ull)boot_info.initrd_size);
}

static void cmdline_show(struct strbuf *sb)
{
	strbuf_printf(sb, "%s\n", boot_info.cmdline);
}

/* Of all processes. */
static uint64_t anon_pages(void)
{
	struct process *p;
	uint64_t n = 0;

	for (int pid = 1; (p = process_next(&pid)); pid++) {
		struct vmspace *vs = process_vmspace(p);

		if (vs) {
			n += atomic_long_load(&vs->anon_pages);
			vmspace_put_user(vs);
		}
		process_put(p);
	}
	return n;
}

static void meminfo_show(struct strbuf *sb)
{
	struct page_stats s;
	uint64_t cached;

	page_stats(&s);
	cached = object_pages_total();
	strbuf_printf(sb,
		      "MemTotal:       %8llu kB\nMemFree:        %8llu kB\n"
		      "MemAvailable:   %8llu kB\nBuffers:        %8u kB\n"
		      "Cached:         %8llu kB\nSwapCached:     %8u kB\n",
		      kb(s.total), kb(s.free), kb(s.free), 0, kb(cached), 0);
	strbuf_printf(sb,
		      "Active:         %8u kB\nInactive:       %8llu kB\n"
		      "SwapTotal:      %8u kB\nSwapFree:       %8u kB\n"
		      "Dirty:          %8u kB\nWriteback:      %8u kB\n",
		      0, kb(cached), 0, 0, 0, 0);
	strbuf_printf(sb,
		      "AnonPages:      %8llu kB\nMapped:         %8u kB\n"
		      "Shmem:          %8llu kB\nKReclaimable:   %8u kB\n"
		      "Slab:           %8llu kB\nSReclaimable:   %8u kB\n"
		      "SUnreclaim:     %8llu kB\n",
		      kb(anon_pages()), 0, kb(cached), 0, kb(s.slab), 0,
		      kb(s.slab));
	strbuf_printf(sb,
		      "PageTables:     %8llu kB\nCommitLimit:    %8llu kB\n"
		      "Committed_AS:   %8llu kB\n"
		      "VmallocTotal:   34359738367 kB\nVmallocUsed:    %8u kB\n"
		      "HugePages_Total:       0\nHugePages_Free:        0\n"
		      "Hugepagesize:       2048 kB\n",
		      kb(s.tables), kb(s.total / 2), kb(anon_pages()), 0);
}

static void slabinfo_show(struct strbuf *sb)
{
	strbuf_puts(sb, "slabinfo - version: 2.1\n"
			"# name            <active_objs> <num_objs> <objsize> "
			"<objperslab> <pagesperslab> : tunables <limit> "
			"<batchcount> <sharedfactor> : slabdata <active_slabs> "
			"<num_slabs> <sharedavail>\n");
	for (struct slab *s = slab_next(NULL); s; s = slab_next(s)) {
		ull slabs = (ull)s->pages >> s->order;

		strbuf_printf(sb, "%-17s %6llu %6llu %6u %4u %4u", s->name,
			      (ull)slab_in_use(s), slabs * s->per_page, s->size,
			      s->per_page, 1u << s->order);
		strbuf_printf(sb,
			      " : tunables    0    0    0 : slabdata "
			      "%6llu %6llu      0\n",
			      slabs, slabs);
	}
}

static void file_nr_show(struct strbuf *sb)
{
	strbuf_printf(sb, "%lu\t0\t%lu\n", file_count(), READ_ONCE(file_max));
}

static void kmalloc_show(struct strbuf *sb)
{
	uint64_t requested, taken;

	kmalloc_usage(&requested, &taken);
	strbuf_printf(sb, "requested %llu\ntaken %llu\n", (ull)requested,
		      (ull)taken);
}

static void uptime_show(struct strbuf *sb)
{
	nsec_t up = clock_monotonic(), idle = 0;
	struct cpu_times t;

	cpu_for_each (cpu) {
		runqueue_cpu_times(cpu, &t);
		idle += t.idle;
	}
	strbuf_printf(sb, "%llu.%02llu %llu.%02llu\n", TICKS(up) / 100,
		      TICKS(up) % 100, TICKS(idle) / 100, TICKS(idle) % 100);
}

static void loadavg_show(struct strbuf *sb)
{
	struct process *p;
	unsigned count = 0;
	struct loadavg l;
	int last = 0;

	for (int pid = 1; (p = process_next(&pid)); pid++) {
		count += p->task_count;
		last = p->pid;
		process_put(p);
	}
	loadavg_read(&l);
	for (unsigned i = 0; i < ARRAY_SIZE(l.whole); i++)
		strbuf_printf(sb, "%u.%02u ", l.whole[i], l.hundredths[i]);
	strbuf_printf(sb, "%u/%u %d\n", runqueue_running(), count, last);
}

static void stat_show(struct strbuf *sb)
{
	struct cpu_times t, sum = { 0 };
	uint64_t interrupts = 0;

	cpu_for_each (cpu) {
		runqueue_cpu_times(cpu, &t);
		sum.user += t.user;
		sum.system += t.system;
		sum.idle += t.idle;
	}
	strbuf_printf(sb, "cpu  %llu 0 %llu %llu 0 0 0 0 0 0\n",
		      TICKS(sum.user), TICKS(sum.system), TICKS(sum.idle));
	cpu_for_each (cpu) {
		runqueue_cpu_times(cpu, &t);
		strbuf_printf(sb, "cpu%u %llu 0 %llu %llu 0 0 0 0 0 0\n", cpu,
			      TICKS(t.user), TICKS(t.system), TICKS(t.idle));
	}
	for (unsigned line = 0; line < IRQ_LINES; line++)
		interrupts += irq_count(line);
	strbuf_printf(sb, "intr %llu\nctxt %llu\nbtime %llu\n", (ull)interrupts,
		      (ull)runqueue_switches(),
		      (ull)div_s64(clock_realtime() - clock_monotonic(),
				   NSEC_PER_SEC));
	strbuf_printf(sb,
		      "processes %llu\nprocs_running %u\nprocs_blocked 0\n"
		      "softirq 0 0 0 0 0 0 0 0 0 0 0\n",
		      (ull)process_forks(), runqueue_running());
}

static void interrupts_show(struct strbuf *sb)
{
	strbuf_puts(sb, "    ");
	cpu_for_each (cpu)
		strbuf_printf(sb, "       CPU%-2u", cpu);
	strbuf_putc(sb, '\n');
	for (unsigned line = 0; line < IRQ_LINES; line++) {
		if (!irq_name(line))
			continue;
		strbuf_printf(sb, "%3u:", line);
		cpu_for_each (cpu)
			strbuf_printf(sb, " %11llu",
				      (ull)irq_count_on(line, cpu));
		strbuf_printf(sb, "  %s\n", irq_name(line));
	}
}

static void version_show(struct strbuf *sb)
{
	strbuf_printf(sb, "Linux version %s (Dunlin) %s\n", VERSION_RELEASE,
		      VERSION_TEXT);
}

/* RFC 4122, version 4. */
static void make_uuid(uint8_t id[16])
{
	random_bytes(id, 16);
	id[6] = (id[6] & 15) | 0x40;
	id[8] = (id[8] & 63) | 0x80;
}

static void put_uuid(struct strbuf *sb, const uint8_t id[16])
{
	for (unsigned i = 0; i < 16; i++)
		strbuf_printf(sb, "%s%02x",
			      i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			      id[i]);
	strbuf_putc(sb, '\n');
}

static void boot_id_show(struct strbuf *sb)
{
	static uint8_t id[16];

	if (!id[6])
		make_uuid(id);
	put_uuid(sb, id);
}

static void uuid_show(struct strbuf *sb)
{
	uint8_t id[16];

	make_uuid(id);
	put_uuid(sb, id);
}

static void vmstat_show(struct strbuf *sb)
{
	struct page_stats s;

	page_stats(&s);
	strbuf_printf(sb, "nr_free_pages %llu\nnr_file_pages %llu\n",
		      (ull)s.free, (ull)object_pages_total());
	strbuf_printf(sb,
		      "nr_slab_unreclaimable %llu\n"
		      "nr_page_table_pages %llu\n",
		      (ull)s.slab, (ull)s.tables);
	strbuf_puts(sb, "pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n");
}

/* Files whose text never changes. */
#define PROCFILE(path, show)
#define PROCNUMBERS(path, values, count, max)
#define PROCTEXT(name, path, text)                 \
	static void name##_text(struct strbuf *sb) \
	{                                          \
		strbuf_puts(sb, text "\n");        \
	}
#include "init/procfiles.def"
#undef PROCTEXT
#undef PROCNUMBERS
#undef PROCFILE

/* Linux's letters; those that are not here do nothing, as there. */
static int sysrq(char letter)
{
	switch (letter) {
	case 'c': panic("sysrq: a crash was asked for");
	case 'b': power_restart();
	case 'o': power_off();
	default: return 0;
	}
}

static const struct {
	const char *path;
	void (*show)(struct strbuf *sb);
} files[] = {
#define PROCFILE(path, show)       { path, show },
#define PROCTEXT(name, path, text) { path, name##_text },
#define PROCNUMBERS(path, values, count, max)
#include "init/procfiles.def"
#undef PROCNUMBERS
#undef PROCTEXT
#undef PROCFILE
};

static const struct procfs_numbers numbers[] = {
#define PROCFILE(path, show)
#define PROCTEXT(name, path, text)
#define PROCNUMBERS(path, values, count, max) { path, values, count, max },
#include "init/procfiles.def"
#undef PROCNUMBERS
#undef PROCTEXT
#undef PROCFILE
};

static int show_nothing(struct strbuf *sb, struct inode *ino)
{
	return 0;
}

static const struct pseudo_text empty_text = { .show = show_nothing };

void procfiles_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(files); i++)
		procfs_add(files[i].path, files[i].show);
	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
		procfs_add_numbers(&numbers[i]);
	procfs_add_command("sysrq-trigger", sysrq);
	procfs_add_net("unix", unix_show);
	procfs_add_text("diskstats", &empty_text, 0444, NULL);
	procfs_add_text("modules", &empty_text, 0444, NULL);
	sysctl_init();
}
