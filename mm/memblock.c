/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two sorted tables of disjoint ranges that never touch each other: RAM and
 * what is taken of it.  A table that is full refuses more, and the caller
 * goes without: RAM that does not fit stays unused, and where firmware reserves
 * more ranges than fit, RAM ends at the first that did not.
 */
#include "mm/memblock.h"

#include "arch/boot.h"
#include "arch/debug.h"
#include "arch/mmu.h"
#include "lib/cmdline.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "core/print.h"

#define LOW_MEGABYTE 0x100000u
#define BY_HAND_MAX  8
#define KEEPS_STEP   MIB(2)
/* mem= leaves at least this much above the kernel. */
#define MEM_LEAST MIB(8)

struct table {
	unsigned n;
	struct memblock_range r[MEMBLOCK_MAX];
};

static struct table ram, taken;
/* RAM that the command line added and nobody vouches for. */
static struct table by_hand;
static bool closed;

static paddr_t range_end(const struct memblock_range *r)
{
	return r->base + r->size;
}

static void table_delete(struct table *t, unsigned i, unsigned count)
{
	memmove(&t->r[i], &t->r[i + count],
		(t->n - i - count) * sizeof(t->r[0]));
	t->n -= count;
}

static int must_check table_insert(struct table *t, unsigned i, paddr_t base,
				   uint64_t size)
{
	if (t->n == MEMBLOCK_MAX)
		return -ENOMEM;
	memmove(&t->r[i + 1], &t->r[i], (t->n - i) * sizeof(t->r[0]));
	t->r[i] = (struct memblock_range){ base, size };
	t->n++;
	return 0;
}

static int must_check table_add(struct table *t, paddr_t base, uint64_t size)
{
	paddr_t end = base + size;
	unsigned i = 0, last;

	BUG_ON(closed);
	if (size == 0)
		return 0;
	if (end < base)
		return -EINVAL;
	while (i < t->n && range_end(&t->r[i]) < base)
		i++;
	for (last = i; last < t->n && t->r[last].base <= end; last++) {
		base = MIN(base, t->r[last].base);
		end = MAX(end, range_end(&t->r[last]));
	}
	if (last == i)
		return table_insert(t, i, base, size);
	t->r[i] = (struct memblock_range){ base, end - base };
	table_delete(t, i + 1, last - i - 1);
	return 0;
}

static bool table_covers(const struct table *t, paddr_t base, uint64_t size)
{
	for (unsigned i = 0; i < t->n; i++)
		if (base >= t->r[i].base && size <= t->r[i].size &&
		    base - t->r[i].base <= t->r[i].size - size)
			return true;
	return false;
}

int memblock_add(paddr_t base, uint64_t size)
{
	return table_add(&ram, base, size);
}

int memblock_reserve(paddr_t base, uint64_t size)
{
	return table_add(&taken, base, size);
}

void memblock_cut(paddr_t end)
{
	BUG_ON(closed);
	while (ram.n > 0 && ram.r[ram.n - 1].base >= end)
		ram.n--;
	if (ram.n > 0 && range_end(&ram.r[ram.n - 1]) > end)
		ram.r[ram.n - 1].size = end - ram.r[ram.n - 1].base;
}

bool memblock_is_ram(paddr_t base, uint64_t size)
{
	return table_covers(&ram, base, size);
}

/* The free pieces of RAM between floor and limit, one after the other: starts
 * with *pos = floor, and each call moves it past the piece it returns. */
static bool next_free(paddr_t *pos, paddr_t limit, struct memblock_range *gap)
{
	for (unsigned i = 0; i < ram.n; i++) {
		paddr_t start = MAX(ram.r[i].base, *pos);
		paddr_t end = MIN(range_end(&ram.r[i]), limit);

		for (unsigned j = 0; j < taken.n && start < end; j++) {
			if (range_end(&taken.r[j]) <= start)
				continue;
			if (taken.r[j].base > start) {
				end = MIN(end, taken.r[j].base);
				break;
			}
			start = range_end(&taken.r[j]);
		}
		if (start >= end)
			continue;
		*gap = (struct memblock_range){ start, end - start };
		*pos = end;
		return true;
	}
	return false;
}

/* Page 0 is always reserved, so 0 can mean "none". */
static paddr_t find_lowest(uint64_t size, uint64_t align, paddr_t floor,
			   paddr_t limit)
{
	struct memblock_range gap;
	paddr_t pos = floor;

	while (next_free(&pos, limit, &gap)) {
		paddr_t at = ALIGN_UP(gap.base, align);

		if (at - gap.base < gap.size &&
		    gap.size - (at - gap.base) >= size)
			return at;
	}
	return 0;
}

paddr_t memblock_find_top(uint64_t size, uint64_t align)
{
	struct memblock_range gap;
	paddr_t pos = 0, best = 0;

	while (next_free(&pos, memblock_end(), &gap)) {
		paddr_t at;

		if (gap.size < size)
			continue;
		at = ALIGN_DOWN(gap.base + gap.size - size, align);
		if (at >= gap.base)
			best = at;
	}
	return best;
}

paddr_t memblock_alloc(uint64_t size, uint64_t align, paddr_t limit)
{
	paddr_t at;

	if (limit == 0 || limit > memblock_end())
		limit = memblock_end();
	at = find_lowest(size, align, LOW_MEGABYTE, limit);
	if (at == 0)
		at = find_lowest(size, align, 0, limit);
	if (at == 0 || memblock_reserve(at, size) != 0)
		return 0;
	memset(arch_phys_to_virt(at), 0, size);
	return at;
}

paddr_t memblock_alloc_table(void)
{
	paddr_t at = memblock_alloc(PAGE_SIZE, PAGE_SIZE, 1ull << 32);

	return at ? at : memblock_alloc(PAGE_SIZE, PAGE_SIZE, 0);
}

bool memblock_ram(unsigned i, struct memblock_range *r)
{
	if (i >= ram.n)
		return false;
	*r = ram.r[i];
	return true;
}

bool memblock_reserved(unsigned i, struct memblock_range *r)
{
	if (i >= taken.n)
		return false;
	*r = taken.r[i];
	return true;
}

uint64_t memblock_total(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ram.n; i++)
		sum += ram.r[i].size;
	return sum;
}

paddr_t memblock_end(void)
{
	return ram.n ? range_end(&ram.r[ram.n - 1]) : 0;
}

void memblock_close(void)
{
	closed = true;
}

/* RAM counts in whole pages; a piece of a page belongs to nobody. */
static void add_ram(paddr_t base, uint64_t size)
{
	paddr_t start = ALIGN_UP(base, (paddr_t)PAGE_SIZE);
	paddr_t end = ALIGN_DOWN(base + size, (paddr_t)PAGE_SIZE);

	if (end > start && memblock_add(start, end - start) != 0)
		print("memory: no room for range %#llx, unused",
		      (unsigned long long)base);
}

static void reserve_or_cut(paddr_t base, uint64_t size)
{
	if (memblock_reserve(base, size) == 0)
		return;
	print("memory: cannot reserve %#llx, RAM ends there",
	      (unsigned long long)base);
	memblock_cut(ALIGN_DOWN(base, (paddr_t)PAGE_SIZE));
}

static void from_firmware(void)
{
	for (unsigned i = 0; i < boot_info.region_count; i++)
		if (boot_info.region[i].type == BOOT_RAM)
			add_ram(boot_info.region[i].base,
				boot_info.region[i].size);
	reserve_or_cut(0, MEMBLOCK_LOW_RESERVE);
	reserve_or_cut(boot_info.kernel_base,
		       boot_info.kernel_end - boot_info.kernel_base);
	reserve_or_cut(boot_info.initrd_base, boot_info.initrd_size);
	for (unsigned i = 0; i < boot_info.region_count; i++)
		if (boot_info.region[i].type != BOOT_RAM)
			reserve_or_cut(boot_info.region[i].base,
				       boot_info.region[i].size);
}

static void hide_above(paddr_t limit)
{
	paddr_t least = boot_info.kernel_end + MEM_LEAST;
	paddr_t base = ALIGN_DOWN(boot_info.initrd_base, (paddr_t)PAGE_SIZE);
	paddr_t end = ALIGN_UP(boot_info.initrd_base + boot_info.initrd_size,
			       (paddr_t)PAGE_SIZE);
	bool keep = boot_info.initrd_size && memblock_is_ram(base, end - base);

	if (limit < least) {
		print("memory: mem= is too small, taking %llu MB",
		      (unsigned long long)(least >> 20));
		limit = least;
	}
	memblock_cut(ALIGN_DOWN(limit, (paddr_t)PAGE_SIZE));
	if (keep)
		add_ram(base, end - base);
}

/* Into the map too, which is in order, so that it gets a place in the direct
 * map.  False: it is full, or has something there. */
static bool region_insert(paddr_t base, uint64_t size)
{
	struct boot_region *r = boot_info.region;
	unsigned at = 0;

	if (boot_info.region_count == BOOT_MAX_REGIONS)
		return false;
	for (unsigned i = 0; i < boot_info.region_count; i++)
		if (r[i].base < base + size && base < r[i].base + r[i].size)
			return false;
	while (at < boot_info.region_count && r[at].base < base)
		at++;
	memmove(&r[at + 1], &r[at], (boot_info.region_count - at) * sizeof(*r));
	r[at] = (struct boot_region){ base, size, BOOT_RAM };
	boot_info.region_count++;
	return true;
}

static void add_by_hand(paddr_t base, uint64_t size)
{
	base = ALIGN_UP(base, (paddr_t)PAGE_SIZE);
	size = ALIGN_DOWN(size, (uint64_t)PAGE_SIZE);
	if (size == 0 || base + size < base || base + size > ARCH_PHYS_LIMIT ||
	    by_hand.n == BY_HAND_MAX || !region_insert(base, size) ||
	    table_add(&by_hand, base, size))
		print("memory: mem= at %#llx cannot be RAM, ignored",
		      (unsigned long long)base);
	else
		add_ram(base, size);
}

/* Whether there is memory: it keeps what is written.  What was there stays. */
static bool keeps(paddr_t at)
{
	static const uint32_t patterns[] = { 0x5aa5c33c, 0xa55a3cc3 };
	vaddr_t va = (vaddr_t)arch_phys_to_virt(at);
	uint32_t seen, old;

	if (!arch_probe_read(&old, va, sizeof(old)))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (!arch_probe_write(va, &patterns[i], sizeof(seen)) ||
		    !arch_probe_read(&seen, va, sizeof(seen)) ||
		    seen != patterns[i])
			return false;
	}
	return arch_probe_write(va, &old, sizeof(old));
}

static bool range_keeps(const struct memblock_range *r)
{
	for (uint64_t at = 0; at < r->size; at += KEEPS_STEP)
		if (!keeps(r->base + at))
			return false;
	return keeps(r->base + r->size - PAGE_SIZE);
}

/* Takes the range out of RAM, from which it may have grown together. */
static void hide(const struct memblock_range *gone)
{
	paddr_t end = gone->base + gone->size;

	for (unsigned i = 0; i < ram.n; i++) {
		struct memblock_range *r = &ram.r[i];
		paddr_t r_end = range_end(r);

		if (r->base >= end || r_end <= gone->base)
			continue;
		r->size = gone->base > r->base ? gone->base - r->base : 0;
		if (r_end > end && table_insert(&ram, i + 1, end, r_end - end))
			print("memory: no room for range %#llx, unused",
			      (unsigned long long)end);
		if (ram.r[i].size == 0)
			table_delete(&ram, i, 1);
		return;
	}
}

void memblock_verify(void)
{
	for (unsigned i = 0; i < by_hand.n; i++) {
		if (range_keeps(&by_hand.r[i]))
			continue;
		print("memory: mem= at %#llx is no RAM, ignored",
		      (unsigned long long)by_hand.r[i].base);
		hide(&by_hand.r[i]);
	}
}

static void mem_word(const char *s, size_t len)
{
	uint64_t size, base;
	size_t n = cmdline_parse_size(s, len, &size);

	if (n == 0 || size == 0)
		print("memory: mem= wants SIZE or SIZE@BASE");
	else if (n == len)
		hide_above(size);
	else if (s[n] == '@' && cmdline_parse_size(s + n + 1, len - n - 1,
						   &base) == len - n - 1)
		add_by_hand(base, size);
	else
		print("memory: mem= wants SIZE or SIZE@BASE");
}

static void print_table(const char *what, const struct table *t)
{
	for (unsigned i = 0; i < t->n; i++)
		print("memblock: %s %#llx-%#llx", what,
		      (unsigned long long)t->r[i].base,
		      (unsigned long long)range_end(&t->r[i]) - 1);
}

static void debug_word(void)
{
	struct cmdline_arg arg;

	if (!cmdline_find(boot_info.cmdline, "memblock", &arg) || !arg.value ||
	    !str_equal(arg.value, arg.value_len, "debug"))
		return;
	print_table("memory  ", &ram);
	print_table("reserved", &taken);
}

void memblock_init(void)
{
	const char *pos = boot_info.cmdline;
	struct cmdline_arg arg;

	from_firmware();
	while (cmdline_next(&pos, &arg) && !cmdline_is(&arg, "--"))
		if (cmdline_is(&arg, "mem") && arg.value)
			mem_word(arg.value, arg.value_len);
	debug_word();
}
