/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/smaps and smaps_rollup: what of each area is in memory. */
#include "lib/strbuf.h"

#include "mm/page.h"
#include "vm/area_priv.h"
#include "vm/pt_priv.h"

#define ull unsigned long long

struct usage {
	const struct area *area;
	ull size, rss, pss, clean[2], dirty[2]; /* kB; private, shared */
	ull referenced, anonymous, locked;
	ull pss_bytes, pss_dirty_bytes;
};

static void count_page(void *ctx, uaddr_t va, struct pt_entry e)
{
	const ull kb = PAGE_SIZE / 1024;
	struct usage *u = ctx;
	struct page *p;
	uint32_t refs = 1;
	bool anon, dirty;

	if (e.prot & (PT_NOREF | PT_DEVICE))
		return; /* no memory of its own */
	p = page_of_phys(e.pa);
	anon = p->flags & PAGE_F_ANON;
	/* An object holds one reference on each of its pages. */
	refs = atomic32_load(&p->refs);
	refs = MAX(anon || refs == 1 ? refs : refs - 1, 1u);
	dirty = (e.prot & PT_DIRTY) || (p->flags & PAGE_F_DIRTY) || anon;
	u->rss += kb;
	u->pss_bytes += PAGE_SIZE / refs;
	if (dirty) {
		u->dirty[refs > 1] += kb;
		u->pss_dirty_bytes += PAGE_SIZE / refs;
	} else {
		u->clean[refs > 1] += kb;
	}
	if (e.prot & PT_YOUNG)
		u->referenced += kb;
	if (anon)
		u->anonymous += kb;
	if (u->area->flags & AREA_LOCKED)
		u->locked += PAGE_SIZE / refs / 1024;
}

static void count_area(struct usage *u, const struct area *a)
{
	struct vmspace *vs = a->vs;
	uaddr_t at = a->start, end;

	u->area = a;
	u->size += (a->end - a->start) / 1024;
	while ((at = arch_pt_next_region(&vs->pt, at, a->end)) < a->end) {
		struct spinlock *lock = pt_lock_of(vs, at);

		end = MIN(ALIGN_DOWN(at, ARCH_PT_REGION) + ARCH_PT_REGION,
			  a->end);
		spin_lock(lock);
		arch_pt_walk(&vs->pt, at, end, count_page, u);
		spin_unlock(lock);
		at = end;
	}
}

static void line(struct strbuf *sb, const char *name, ull kb)
{
	size_t start = sb->len;

	strbuf_printf(sb, "%s:", name);
	strbuf_pad(sb, start, 16);
	strbuf_printf(sb, "%8llu kB\n", kb);
}

static void show_usage(struct strbuf *sb, const struct usage *u, bool rollup)
{
	if (!rollup) {
		line(sb, "Size", u->size);
		line(sb, "KernelPageSize", PAGE_SIZE / 1024);
		line(sb, "MMUPageSize", PAGE_SIZE / 1024);
	}
	line(sb, "Rss", u->rss);
	line(sb, "Pss", u->pss_bytes / 1024);
	line(sb, "Pss_Dirty", u->pss_dirty_bytes / 1024);
	if (rollup) {
		line(sb, "Pss_Anon", u->anonymous);
		line(sb, "Pss_File", u->rss - u->anonymous);
		line(sb, "Pss_Shmem", 0);
	}
	line(sb, "Shared_Clean", u->clean[1]);
	line(sb, "Shared_Dirty", u->dirty[1]);
	line(sb, "Private_Clean", u->clean[0]);
	line(sb, "Private_Dirty", u->dirty[0]);
	line(sb, "Referenced", u->referenced);
	line(sb, "Anonymous", u->anonymous);
	line(sb, "LazyFree", 0);
	line(sb, "AnonHugePages", 0);
	line(sb, "ShmemPmdMapped", 0);
	line(sb, "FilePmdMapped", 0);
	line(sb, "Shared_Hugetlb", 0);
	line(sb, "Private_Hugetlb", 0);
	line(sb, "Swap", 0);
	line(sb, "SwapPss", 0);
	line(sb, "Locked", u->locked);
}

/* Linux's two-letter names (proc(5)). */
static void show_flags(struct strbuf *sb, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ AREA_R, "rd" },          { AREA_W, "wr" },
		{ AREA_X, "ex" },          { AREA_SHARED, "sh" },
		{ AREA_MAY_R, "mr" },      { AREA_MAY_W, "mw" },
		{ AREA_MAY_X, "me" },      { AREA_SHARED, "ms" },
		{ AREA_GROWSDOWN, "gd" },  { AREA_LOCKED, "lo" },
		{ AREA_DONTFORK, "dc" },   { AREA_NORESERVE, "nr" },
		{ AREA_WIPEONFORK, "wf" }, { AREA_DONTDUMP, "dd" },
	};

	strbuf_puts(sb, "VmFlags: ");
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit)
			strbuf_printf(sb, "%s ", names[i].name);
	strbuf_putc(sb, '\n');
}

void vmspace_smaps_show(struct vmspace *vs, struct strbuf *sb)
{
	rwlock_read(&vs->map_lock);
	for (struct area *a = area_find(vs, 0); a && !sb->overflow;
	     a = area_next(a)) {
		struct usage u = { 0 };

		area_show(sb, a);
		count_area(&u, a);
		show_usage(sb, &u, false);
		strbuf_puts(sb, "THPeligible:    0\n");
		show_flags(sb, a->flags);
	}
	rwlock_read_end(&vs->map_lock);
}

void vmspace_rollup_show(struct vmspace *vs, struct strbuf *sb)
{
	struct usage u = { 0 };
	uaddr_t start = 0, end = 0;

	rwlock_read(&vs->map_lock);
	for (struct area *a = area_find(vs, 0); a; a = area_next(a)) {
		start = start ? start : a->start;
		end = a->end;
		count_area(&u, a);
	}
	rwlock_read_end(&vs->map_lock);
	strbuf_printf(sb, "%08lx-%08lx ---p 00000000 00:00 0 ",
		      (unsigned long)start, (unsigned long)end);
	strbuf_pad(sb, 0, 25 + sizeof(void *) * 6);
	strbuf_puts(sb, "[rollup]\n");
	show_usage(sb, &u, true);
}
