/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of /proc about the machine's parts, in Linux's formats (proc(5)).
 */
#include "init/procmachine.h"

#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/stat.h"
#include "core/ksyms.h"
#include "core/percpu.h"
#include "mm/page.h"
#include "sched/cred.h"
#include "vfs/devfs.h"

#define ull      unsigned long long
#define MISC     10
#define PTS_LAST 143
#define PTS      136
#define TTY      5
#define MAJORS   512

/* Names of major numbers, where not the device's own (Linux's devices.txt). */
static const char *driver_of(const struct devfs_node *n)
{
	switch (n->major) {
	case 1: return "mem";
	case MISC: return "misc";
	case TTY: return n->name;
	case 229: return "hvc";
	default: return n->major >= PTS && n->major <= PTS_LAST ? "pts" : NULL;
	}
}

/* "virtio-ports/x" is named by its folder. */
static void put_name(struct strbuf *sb, const char *name)
{
	const char *slash = strchr(name, '/');

	strbuf_write(sb, name, slash ? (size_t)(slash - name) : strlen(name));
}

struct lister {
	struct strbuf *sb;
	uint32_t type;
	uint64_t seen[MAJORS / 64]; /* major numbers */
};

static bool see(struct lister *l, unsigned major)
{
	uint64_t bit = 1ull << major % 64, *word = &l->seen[major / 64];
	bool before = *word & bit;

	*word |= bit;
	return before;
}

/* A line for each major number; the terminals of 5 are named one by one. */
static void list_one(void *ctx, const struct devfs_node *n)
{
	struct lister *l = ctx;
	const char *driver = driver_of(n);

	if (n->link || n->type != l->type || n->major >= MAJORS ||
	    (see(l, n->major) && n->major != TTY))
		return;
	strbuf_printf(l->sb, "%3u %s", n->major,
		      n->major == TTY ? "/dev/" : "");
	put_name(l->sb, driver ? driver : n->name);
	strbuf_putc(l->sb, '\n');
}

void procmachine_devices(struct strbuf *sb)
{
	struct lister chars = { .sb = sb, .type = S_IFCHR };
	struct lister blocks = { .sb = sb, .type = S_IFBLK };

	strbuf_puts(sb, "Character devices:\n");
	devfs_visit(list_one, &chars);
	strbuf_puts(sb, "\nBlock devices:\n");
	devfs_visit(list_one, &blocks);
}

static void list_misc(void *sb, const struct devfs_node *n)
{
	if (!n->link && n->type == S_IFCHR && n->major == MISC)
		strbuf_printf(sb, "%3u %s\n", n->minor, n->name);
}

void procmachine_misc(struct strbuf *sb)
{
	devfs_visit(list_misc, sb);
}

/* Work that Linux's soft interrupts do is done elsewhere here. */
void procmachine_softirqs(struct strbuf *sb)
{
	static const char *const names[] = { "HI",      "TIMER", "NET_TX",
					     "NET_RX",  "BLOCK", "IRQ_POLL",
					     "TASKLET", "SCHED", "HRTIMER",
					     "RCU" };

	strbuf_puts(sb, "                ");
	cpu_for_each (cpu)
		strbuf_printf(sb, "    CPU%-4u", cpu);
	strbuf_putc(sb, '\n');
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		strbuf_printf(sb, "%12s:", names[i]);
		cpu_for_each (cpu)
			strbuf_printf(sb, " %10u", 0);
		strbuf_putc(sb, '\n');
	}
}

void procmachine_zoneinfo(struct strbuf *sb)
{
	struct page_stats s;

	page_stats(&s);
	strbuf_printf(sb,
		      "Node 0, zone   Normal\n"
		      "  pages free     %llu\n        boost    0\n"
		      "        min      %llu\n        low      %llu\n"
		      "        high     %llu\n",
		      (ull)s.free, (ull)s.total / 256, (ull)s.total / 204,
		      (ull)s.total / 170);
	strbuf_printf(sb,
		      "        spanned  %llu\n        present  %llu\n"
		      "        managed  %llu\n        cma      0\n",
		      (ull)s.total, (ull)s.total, (ull)s.total);
	strbuf_printf(sb, "      nr_free_pages %llu\n", (ull)s.free);
}

void procmachine_buddyinfo(struct strbuf *sb)
{
	uint64_t blocks[PAGE_ORDER_MAX + 1];

	page_blocks(blocks);
	strbuf_puts(sb, "Node 0, zone   Normal ");
	for (unsigned i = 0; i <= PAGE_ORDER_MAX; i++)
		strbuf_printf(sb, "%6llu ", (ull)blocks[i]);
	strbuf_putc(sb, '\n');
}

/* Addresses are for root alone. */
void procmachine_kallsyms(struct strbuf *sb)
{
	bool all = cred_capable(cred_current(), CAP_SYSLOG);
	char name[KSYMTAB_NAME_MAX];
	vaddr_t at;

	for (uint32_t i = 0; ksyms_at(i, &at, name) && !sb->overflow; i++)
		strbuf_printf(sb, "%0*lx t %s\n", (int)sizeof(at) * 2,
			      all ? (unsigned long)at : 0, name);
}
