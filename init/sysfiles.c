/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What /sys shows of the whole machine: processors, the one memory node, the
 * classes of devices.  Formats are Linux's (sysfs(5)), since programs parse
 * them.
 */
#include "init/sysfiles.h"

#include "arch/cpu.h"
#include "lib/fmt.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/stat.h"
#include "core/percpu.h"
#include "mm/kmalloc.h"
#include "mm/page.h"
#include "vfs/devfs.h"
#include "vfs/sysfs.h"

#define ull      unsigned long long
#define PATH_MAX 128
#define CPUS     "devices/system/cpu/"
#define NODE     "devices/system/node/node0/"

static void show_text(struct strbuf *sb, void *arg)
{
	strbuf_printf(sb, "%s\n", (const char *)arg);
}

/* "0-3", or "0" alone. */
static void show_cpu_list(struct strbuf *sb, void *arg)
{
	strbuf_puts(sb, "0");
	if (cpu_count > 1)
		strbuf_printf(sb, "-%u", cpu_count - 1);
	strbuf_putc(sb, '\n');
}

static void put_mask(struct strbuf *sb, const struct cpumask *m)
{
	strbuf_bits(sb, m->word, cpu_count);
	strbuf_putc(sb, '\n');
}

static void show_cpu_mask(struct strbuf *sb, void *arg)
{
	struct cpumask all;

	cpumask_fill(&all);
	put_mask(sb, &all);
}

static void show_one_mask(struct strbuf *sb, void *arg)
{
	struct cpumask one = { 0 };

	cpumask_set(&one, (unsigned)(uintptr_t)arg);
	put_mask(sb, &one);
}

static void show_number(struct strbuf *sb, void *arg)
{
	strbuf_printf(sb, "%llu\n", (ull)(uintptr_t)arg);
}

static void show_empty_line(struct strbuf *sb, void *arg)
{
	strbuf_putc(sb, '\n');
}

static void show_meminfo(struct strbuf *sb, void *arg)
{
	struct page_stats s;
	const unsigned kb = PAGE_SIZE / 1024;

	page_stats(&s);
	strbuf_printf(sb,
		      "Node 0 MemTotal:       %8llu kB\n"
		      "Node 0 MemFree:        %8llu kB\n"
		      "Node 0 MemUsed:        %8llu kB\n",
		      (ull)s.total * kb, (ull)s.free * kb,
		      (ull)(s.total - s.free) * kb);
}

static const struct sysfs_text text = { show_text, NULL };
static const struct sysfs_text number = { show_number, NULL };
static const struct sysfs_text empty_line = { show_empty_line, NULL };
static const struct sysfs_text cpu_list = { show_cpu_list, NULL };
static const struct sysfs_text cpu_mask = { show_cpu_mask, NULL };
static const struct sysfs_text one_mask = { show_one_mask, NULL };
static const struct sysfs_text meminfo = { show_meminfo, NULL };

/* Each CPU is a core and a package of its own. */
static const struct {
	const char *name;
	const struct sysfs_text *text;
	uintptr_t arg;
	bool own; /* arg is the CPU's number */
} cpu_files[] = {
	{ "topology/core_id", &number, 0, true },
	{ "topology/physical_package_id", &number, 0, true },
	{ "topology/die_id", &number, 0, false },
	{ "topology/cluster_id", &number, 65535, false },
	{ "topology/thread_siblings", &one_mask, 0, true },
	{ "topology/thread_siblings_list", &number, 0, true },
	{ "topology/core_cpus", &one_mask, 0, true },
	{ "topology/core_cpus_list", &number, 0, true },
	{ "topology/core_siblings", &one_mask, 0, true },
	{ "topology/core_siblings_list", &number, 0, true },
	{ "topology/package_cpus", &one_mask, 0, true },
	{ "topology/package_cpus_list", &number, 0, true },
};

static void add_cpu(unsigned cpu)
{
	char path[PATH_MAX];

	for (unsigned i = 0; i < ARRAY_SIZE(cpu_files); i++) {
		uintptr_t arg = cpu_files[i].own ? cpu : cpu_files[i].arg;

		fmt_snprintf(path, sizeof(path), CPUS "cpu%u/%s", cpu,
			     cpu_files[i].name);
		sysfs_add(path, cpu_files[i].text, (void *)arg);
	}
	if (cpu) { /* the first one cannot go */
		fmt_snprintf(path, sizeof(path), CPUS "cpu%u/online", cpu);
		sysfs_add(path, &number, (void *)1);
	}
}

/* Links whose text no table holds live as long as the machine. */
static void add_link(const char *path, const char *target)
{
	size_t len = strlen(target) + 1;
	char *copy = kmalloc(len, 0);

	if (copy) {
		memcpy(copy, target, len);
		sysfs_add_link(path, copy);
	}
}

/* A number may be somebody else's by the time it is looked at: /sys keeps the
 * number, and asks who has it. */
#define DEVICE_ARG(n)   ((void *)((uintptr_t)(n)->major << 20 | (n)->minor))
#define DEVICE_MAJOR(a) ((unsigned)((uintptr_t)(a) >> 20))
#define DEVICE_MINOR(a) ((unsigned)((uintptr_t)(a)&0xfffff))

static void show_device(struct strbuf *sb, void *arg)
{
	strbuf_printf(sb, "%u:%u\n", DEVICE_MAJOR(arg), DEVICE_MINOR(arg));
}

static void show_event(struct strbuf *sb, void *arg)
{
	const struct devfs_node *n =
		devfs_find(S_IFCHR, DEVICE_MAJOR(arg), DEVICE_MINOR(arg));

	strbuf_printf(sb, "MAJOR=%u\nMINOR=%u\n", DEVICE_MAJOR(arg),
		      DEVICE_MINOR(arg));
	if (!n)
		return;
	strbuf_printf(sb, "DEVNAME=%s\n", n->name);
	if (n->mode != 0600)
		strbuf_printf(sb, "DEVMODE=0%o\n", n->mode);
}

static const struct sysfs_text device = { show_device, NULL };
static const struct sysfs_text event = { show_event, NULL };

/* By Linux's major numbers (Documentation/admin-guide/devices.txt). */
static const char *class_of(const struct devfs_node *n)
{
	switch (n->major) {
	case 1: return "mem";
	case 4:
	case 5:
	case 229: return "tty";
	case 10: return "misc";
	default: return NULL;
	}
}

/* A device that has no other home: devices/virtual/CLASS/NAME, and links to it
 * from class/ and dev/. */
static void added(struct devfs_node *n)
{
	const char *class = class_of(n);
	char path[PATH_MAX], target[PATH_MAX];

	if (!class || n->link || n->type != S_IFCHR || strchr(n->name, '/'))
		return;
	fmt_snprintf(path, sizeof(path), "devices/virtual/%s/%s/dev", class,
		     n->name);
	sysfs_add(path, &device, DEVICE_ARG(n));
	fmt_snprintf(path, sizeof(path), "devices/virtual/%s/%s/uevent", class,
		     n->name);
	sysfs_add(path, &event, DEVICE_ARG(n));
	fmt_snprintf(path, sizeof(path), "devices/virtual/%s/%s/subsystem",
		     class, n->name);
	fmt_snprintf(target, sizeof(target), "../../../../class/%s", class);
	add_link(path, target);
	fmt_snprintf(path, sizeof(path), "class/%s/%s", class, n->name);
	fmt_snprintf(target, sizeof(target), "../../devices/virtual/%s/%s",
		     class, n->name);
	add_link(path, target);
	fmt_snprintf(path, sizeof(path), "dev/char/%u:%u", n->major, n->minor);
	add_link(path, target);
}

/* What is shown here has a fixed number: its place stays. */
static void removed(struct devfs_node *n) {}

static struct devfs_watcher watcher = {
	.added = added,
	.removed = removed,
};

static const char *const folders[] = {
	"block",     "bus",          "class/block",
	"class/net", "dev/block",    "devices/platform",
	"firmware",  "fs/cgroup",    "module",
	"power",     CPUS "cpufreq", CPUS "cpuidle",
};

void sysfiles_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(folders); i++)
		sysfs_add_folder(folders[i]);
	sysfs_add(CPUS "online", &cpu_list, NULL);
	sysfs_add(CPUS "possible", &cpu_list, NULL);
	sysfs_add(CPUS "present", &cpu_list, NULL);
	sysfs_add(CPUS "offline", &empty_line, NULL);
	sysfs_add(CPUS "kernel_max", &number, (void *)(CPU_MAX - 1ul));
	sysfs_add(CPUS "isolated", &empty_line, NULL);
	cpu_for_each (cpu)
		add_cpu(cpu);
	sysfs_add("devices/system/node/online", &text, "0");
	sysfs_add("devices/system/node/possible", &text, "0");
	sysfs_add("devices/system/node/has_cpu", &text, "0");
	sysfs_add("devices/system/node/has_memory", &text, "0");
	sysfs_add(NODE "cpulist", &cpu_list, NULL);
	sysfs_add(NODE "cpumap", &cpu_mask, NULL);
	sysfs_add(NODE "distance", &text, "10");
	sysfs_add(NODE "meminfo", &meminfo, NULL);
	sysfs_add("kernel/mm/transparent_hugepage/enabled", &text,
		  "always madvise [never]");
	sysfs_add("kernel/uevent_seqnum", &text, "0");
	devfs_watch(&watcher);
}
