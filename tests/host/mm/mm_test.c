/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory in user space: machines of many shapes, random operations
 * against a model, and the kernel's own tests of mm/.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "arch/cpu.h"
#include "arch/mmu.h"

#include "core/ktest.h"
#include "core/panic.h"
#include "machine.h"
#include "mm/kmalloc.h"
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "test.h"

#define GIB(n) ((uint64_t)(n) << 30)

/* Inside a child a failed check is a panic. */
#define MUST(cond) BUG_ON(!(cond))

static uint64_t free_pages(void)
{
	struct page_stats s;

	page_stats(&s);
	return s.free;
}

static void pc(uint64_t low, uint64_t high)
{
	machine_region(0, 0x9fc00, BOOT_RAM);
	machine_region(0x9fc00, 0x400, BOOT_RESERVED);
	machine_region(0xf0000, 0x10000, BOOT_RESERVED);
	machine_region(0x100000, low - 0x100000, BOOT_RAM);
	if (high)
		machine_region(GIB(4), high, BOOT_RAM);
}

/* One byte a page: who has it. */
static uint8_t *owner;

enum { OWN_NOBODY, OWN_RESERVED, OWN_TEST };

static void model_init(void)
{
	struct memblock_range r;

	owner = malloc(HOST_RAM_SPAN / PAGE_SIZE);
	memset(owner, OWN_RESERVED, HOST_RAM_SPAN / PAGE_SIZE);
	for (unsigned i = 0; memblock_ram(i, &r); i++)
		for (paddr_t at = r.base; at < r.base + r.size; at += PAGE_SIZE)
			owner[at / PAGE_SIZE] = OWN_NOBODY;
	for (unsigned i = 0; memblock_reserved(i, &r); i++)
		for (paddr_t at = ALIGN_DOWN(r.base, (paddr_t)PAGE_SIZE);
		     at < r.base + r.size && at < HOST_RAM_SPAN;
		     at += PAGE_SIZE)
			owner[at / PAGE_SIZE] = OWN_RESERVED;
}

static void model_take(struct page *p, unsigned order)
{
	uint64_t pfn = page_number(p);

	MUST((pfn & ((1u << order) - 1)) == 0);
	MUST((p->flags & PAGE_F_ORDER) == order);
	MUST(atomic32_load(&p->refs) == 1);
	for (uint64_t i = pfn; i < pfn + (1u << order); i++) {
		MUST(i != 0 && owner[i] == OWN_NOBODY);
		owner[i] = OWN_TEST;
	}
}

static void model_give(struct page *p, unsigned order)
{
	for (uint64_t i = 0; i < 1u << order; i++)
		owner[page_number(p) + i] = OWN_NOBODY;
}

/* Takes every page there is, singly, and gives it back. */
static void take_all(void)
{
	uint64_t n = free_pages(), got = 0;
	struct page **all = malloc(n * sizeof(*all)), *p;

	while ((p = page_alloc(0, ALLOC_ATOMIC)) != NULL) {
		MUST(got < n);
		model_take(p, 0);
		all[got++] = p;
	}
	MUST(got == n);
	MUST(free_pages() == 0);
	while (got > 0) {
		model_give(all[--got], 0);
		page_put(all[got]);
	}
	MUST(free_pages() == n);
	free(all);
}

/* Blocks of the largest order that the free pages of the model allow. */
static uint64_t model_blocks(void)
{
	uint64_t n = 0, step = 1u << PAGE_ORDER_MAX;

	for (uint64_t at = 0; at < HOST_RAM_SPAN / PAGE_SIZE; at += step) {
		uint64_t i = 0;

		while (i < step && owner[at + i] == OWN_NOBODY)
			i++;
		n += i == step;
	}
	return n;
}

static struct page *blocks_chain(struct page *chain, unsigned flags)
{
	struct page *p;

	while ((p = page_alloc(PAGE_ORDER_MAX, flags)) != NULL) {
		model_take(p, PAGE_ORDER_MAX);
		p->owner = (uintptr_t)chain;
		chain = p;
	}
	return chain;
}

/* After everything was freed all must have grown together again.  Who may
 * sleep drains the CPU's list, who may not gets the reserve. */
static void take_blocks(void)
{
	struct page *chain = blocks_chain(NULL, 0), *p;

	chain = blocks_chain(chain, ALLOC_ATOMIC);
	MUST(model_blocks() == 0);
	while ((p = chain) != NULL) {
		chain = (struct page *)p->owner;
		model_give(p, PAGE_ORDER_MAX);
		page_free(p, PAGE_ORDER_MAX);
	}
}

static void shape_check(void)
{
	uint64_t described = 0;
	struct page_stats s;

	page_stats(&s);
	model_init();
	for (uint64_t i = 0; i < HOST_RAM_SPAN / PAGE_SIZE; i++)
		described += owner[i] == OWN_NOBODY;
	/* What is missing was taken by the starts of slabs and vmap. */
	MUST(s.free <= described && s.free + 32 >= described);
	MUST(s.total == memblock_total() / PAGE_SIZE);
}

/* Pages that the start took from the free ones count as reserved. */
static void model_settle(void)
{
	struct page **all, *p;
	uint64_t n = free_pages(), got = 0;

	all = malloc(n * sizeof(*all));
	for (uint64_t i = 0; i < HOST_RAM_SPAN / PAGE_SIZE; i++)
		if (owner[i] == OWN_NOBODY)
			owner[i] = OWN_TEST;
	while ((p = page_alloc(0, ALLOC_ATOMIC)) != NULL) {
		MUST(owner[page_number(p)] == OWN_TEST);
		owner[page_number(p)] = OWN_NOBODY;
		all[got++] = p;
	}
	MUST(got == n);
	while (got > 0)
		page_put(all[--got]);
	for (uint64_t i = 0; i < HOST_RAM_SPAN / PAGE_SIZE; i++)
		if (owner[i] == OWN_TEST)
			owner[i] = OWN_RESERVED;
	free(all);
}

static void shape_full(void)
{
	machine_start();
	shape_check();
	model_settle();
	take_all();
	take_blocks();
	take_all();
}

static void shape_16m(void)
{
	pc(MIB(16), 0);
	shape_full();
}

static void shape_128m(void)
{
	pc(MIB(128), 0);
	shape_full();
}

static void shape_odd_ends(void)
{
	machine_region(0x3000, 0x55000 + 17, BOOT_RAM);
	machine_region(0x100000, 0x1234000 + 5, BOOT_RAM);
	machine_region(0x1400000 + 4097, 0x7777777, BOOT_RAM);
	boot_info.initrd_base = 0x2345678;
	boot_info.initrd_size = 0x123456;
	shape_full();
}

static void shape_scattered(void)
{
	machine_region(0, MIB(16), BOOT_RAM);
	for (unsigned i = 0; i < 100; i++)
		machine_region(MIB(32) + i * MIB(9) + i * PAGE_SIZE,
			       KIB(16) + i * KIB(36), BOOT_RAM);
	shape_full();
}

/* The hole below 4 GiB costs nothing, and both zones are used. */
static void shape_hole(void)
{
	uint64_t ram = MIB(3072) - MIB(1) + 0x9f000 + GIB(2), described, taken;

	pc(MIB(3072), GIB(2));
	machine_start();
	shape_check();
	described = (ram >> PAGE_SHIFT) * sizeof(struct page);
	taken = ram - free_pages() * PAGE_SIZE;
	MUST(taken < described + MIB(1) + MIB(1));
	model_settle();
	take_all();
}

static void shape_16g(void)
{
	struct page *p;

	pc(MIB(3072), GIB(13));
	machine_start();
	shape_check();
	p = page_alloc(0, 0);
	MUST(p && page_phys(p) >= GIB(4));
	page_put(p);
	p = page_alloc(0, ALLOC_DMA32);
	MUST(p && page_phys(p) < GIB(4));
	page_put(p);
}

/* RAM that cannot be described is left out, the rest works. */
static void shape_far(void)
{
	machine_region(0, MIB(32), BOOT_RAM);
	machine_region(GIB(18), MIB(64), BOOT_RAM);
	machine_start();
	MUST(memblock_total() == MIB(32));
	MUST(free_pages() > 6000);
}

static void words_hide(void)
{
	pc(MIB(128), 0);
	boot_info.initrd_base = MIB(100);
	boot_info.initrd_size = MIB(2) + 100;
	strcpy(boot_info.cmdline, "a=b mem=64M quiet");
	machine_start();
	MUST(memblock_total() == MIB(64) - 0x61000 + MIB(2) + PAGE_SIZE);
	MUST(page_adopt_reserved(MIB(100), MIB(2) + 100) == 0);
}

static void words_wrong(void)
{
	pc(MIB(128), 0);
	strcpy(boot_info.cmdline,
	       "mem=1 mem=x mem= mem=0 mem=1M@0xf0000 mem=1G@ mem "
	       "mem=0xffffffffffffffff@4096 mem=8K@0xfffffffffffff000 "
	       "memblock memblock= memblock=debug -- mem=4M");
	machine_start();
	MUST(memblock_total() >= MIB(8));
}

static void words_add(void)
{
	pc(MIB(16), 0);
	strcpy(boot_info.cmdline, "mem=16M@0x2000000");
	machine_start();
	shape_check();
	MUST(memblock_end() == MIB(48));
	model_settle();
	take_all();
}

static void adopt(void)
{
	uint64_t before;
	struct page *p;

	pc(MIB(64), 0);
	boot_info.initrd_base = MIB(40) + 0x1000;
	boot_info.initrd_size = MIB(9) + 50;
	machine_start();
	before = free_pages();
	MUST(page_adopt_reserved(MIB(40) + 0x1000, MIB(9) + 50) == 0);
	MUST(page_adopt_reserved(MIB(30), MIB(1)) == -22);
	MUST(page_adopt_reserved(GIB(30), MIB(1)) == -22);
	MUST(page_adopt_reserved(UINT64_MAX - 5, 100) == -22);
	MUST(free_pages() == before);
	for (unsigned i = 0; i < MIB(9) / PAGE_SIZE; i++) {
		p = page_of_phys(MIB(40) + 0x1000 + i * PAGE_SIZE);
		MUST(p->flags == 0 && atomic32_load(&p->refs) == 1);
		page_put(p);
	}
	MUST(free_pages() == before + MIB(9) / PAGE_SIZE);
	model_init();
	for (unsigned i = 0; i < MIB(9) / PAGE_SIZE; i++)
		owner[(MIB(40) + 0x1000) / PAGE_SIZE + i] = OWN_NOBODY;
	model_settle();
	take_all();
	take_blocks();
}

#define BLOCKS 3000

static void page_fuzz(void)
{
	static struct page *block[BLOCKS];
	uint64_t before;

	pc(MIB(96), 0);
	machine_start();
	model_init();
	model_settle();
	before = free_pages();
	for (unsigned round = 0; round < 300000; round++) {
		size_t i = test_below(BLOCKS);
		bool irq = test_below(10) == 0;
		unsigned order =
			test_below(3)
				? 0
				: (unsigned)test_below(test_below(12) ? 4 : 11);

		if (irq)
			machine_irq_enter();
		if (block[i]) {
			order = block[i]->flags & PAGE_F_ORDER;
			before += 1u << order;
			model_give(block[i], order);
			page_put(block[i]);
			block[i] = NULL;
		} else {
			block[i] = page_alloc(order,
					      test_below(8) ? ALLOC_ATOMIC : 0);
			if (block[i]) {
				model_take(block[i], order);
				before -= 1u << order;
			}
		}
		if (irq)
			machine_irq_exit();
		if (round % 64 == 0)
			MUST(free_pages() == before);
	}
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (!block[i])
			continue;
		model_give(block[i], block[i]->flags & PAGE_F_ORDER);
		page_put(block[i]);
	}
	take_all();
	take_blocks();
}

static struct page *hoard;

static bool oom_frees(void)
{
	struct page *p = hoard;

	if (!p)
		return false;
	hoard = (struct page *)p->owner;
	page_put(p);
	return true;
}

static bool oom_useless(void)
{
	return true;
}

static void fill(unsigned flags)
{
	struct page *p;

	while ((p = page_alloc(0, flags)) != NULL) {
		p->owner = (uintptr_t)hoard;
		hoard = p;
	}
}

static void out_of_memory(void)
{
	unsigned ooms;
	struct page *p;

	pc(MIB(16), 0);
	machine_start();
	/* Nobody to kill: NULL, and a reserve is left for those in need. */
	fill(0);
	MUST(machine_reclaims && machine_ooms);
	MUST(free_pages() > 16);
	MUST(!page_available(1));
	p = page_alloc(0, ALLOC_ATOMIC);
	MUST(p);
	page_put(p);
	/* Somebody dies and helps. */
	machine_oom = oom_frees;
	for (int i = 0; i < 100; i++) {
		p = page_alloc(0, 0);
		MUST(p);
		page_put(p);
		p = page_alloc(0, 0);
		MUST(p);
		p->owner = (uintptr_t)hoard;
		hoard = p;
	}
	/* Somebody dies and does not: it ends all the same. */
	machine_oom = oom_useless;
	fill(0);
	ooms = machine_ooms;
	MUST(!page_alloc(0, 0));
	MUST(machine_ooms <= ooms + 20);
	/* Large blocks kill nobody. */
	ooms = machine_ooms;
	MUST(!page_alloc(8, 0));
	MUST(machine_ooms == ooms);
	MUST(!vmap_alloc(MIB(1), PAGE_SIZE, 0));
	while (oom_frees())
		;
	MUST(page_available(1000));
}

#define OBJECTS 4000

static struct slab fuzz_slabs[] = {
	SLAB("fuzz-1", char),
	{ .name = "fuzz-40",
	  .size = 40,
	  .align = 8,
	  .lock = SPINLOCK(RANK_SLAB) },
	{ .name = "fuzz-200",
	  .size = 200,
	  .align = 64,
	  .lock = SPINLOCK(RANK_SLAB) },
	{ .name = "fuzz-999",
	  .size = 999,
	  .align = 2,
	  .lock = SPINLOCK(RANK_SLAB) },
	{ .name = "fuzz-9k",
	  .size = 9000,
	  .align = 8,
	  .lock = SPINLOCK(RANK_SLAB) },
};

struct item {
	unsigned char *p;
	size_t size;
	unsigned kind;
	unsigned char byte;
};

#define KIND_KMALLOC ARRAY_SIZE(fuzz_slabs)

static void item_make(struct item *it)
{
	unsigned flags = test_below(2) ? ALLOC_ZERO : 0;

	it->kind = (unsigned)test_below(2 * KIND_KMALLOC);
	it->byte = (unsigned char)test_random();
	if (it->kind < KIND_KMALLOC) {
		it->size = fuzz_slabs[it->kind].size;
		it->p = slab_alloc(&fuzz_slabs[it->kind], flags);
	} else {
		it->size = test_below(test_below(20) ? 3000 : 40000);
		it->p = kmalloc(it->size, flags);
	}
	if (!it->p)
		return;
	MUST(((uintptr_t)it->p & 7) == 0);
	for (size_t i = 0; flags && i < it->size; i++)
		MUST(it->p[i] == 0);
	memset(it->p, it->byte, it->size);
}

static void item_check(const struct item *it)
{
	for (size_t i = 0; i < it->size; i++)
		MUST(it->p[i] == it->byte);
}

static void item_drop(struct item *it)
{
	item_check(it);
	if (it->kind < KIND_KMALLOC)
		slab_free(&fuzz_slabs[it->kind], it->p);
	else
		kfree(it->p);
	it->p = NULL;
}

static void item_resize(struct item *it)
{
	size_t size = test_below(5000);
	void *p = krealloc(it->p, size, 0);

	if (!p)
		return;
	it->p = p;
	it->size = MIN(it->size, size);
	item_check(it);
	it->size = size;
	memset(p, it->byte, size);
}

static void object_step(struct item *it)
{
	bool irq = test_below(10) == 0;

	if (irq)
		machine_irq_enter();
	if (!it->p)
		item_make(it);
	else if (it->kind >= KIND_KMALLOC && test_below(3) == 0)
		item_resize(it);
	else
		item_drop(it);
	if (irq)
		machine_irq_exit();
}

static void object_fuzz(void)
{
	static struct item item[OBJECTS];
	uint64_t before, requested, taken;

	pc(MIB(32), 0);
	machine_start();
	slab_reclaim();
	before = free_pages();
	for (unsigned round = 0; round < 400000; round++) {
		/* Tides, so that pages become empty. */
		size_t level = round / 20000 % 2 ? 100 : OBJECTS;

		if (round % 20000 == 0)
			for (size_t i = level; i < OBJECTS; i++)
				if (item[i].p)
					item_drop(&item[i]);
		object_step(&item[test_below(level)]);
		if (round % 5000 == 0) {
			kmalloc_usage(&requested, &taken);
			MUST(requested <= taken);
			slab_reclaim();
		}
	}
	for (size_t i = 0; i < OBJECTS; i++)
		if (item[i].p)
			item_drop(&item[i]);
	slab_reclaim();
	for (struct slab *s = slab_next(NULL); s; s = slab_next(s))
		MUST(slab_in_use(s) == (strcmp(s->name, "vmap_area") == 0));
	MUST(free_pages() == before);
	kmalloc_usage(&requested, &taken);
	MUST(requested == 0 && taken == 0);
}

#define IRQ_ITEMS 64

static struct item irq_item[IRQ_ITEMS];
static unsigned irq_count;

/* A real interruption, at any instruction where interrupts are on. */
static void on_alarm(int sig)
{
	uint64_t seed = test_seed;

	if (!arch_irq_enabled())
		return;
	machine_irq_enter();
	test_seed = irq_count++ * 0x9e3779b97f4a7c15ull + 1;
	for (unsigned i = test_below(8); i > 0; i--) {
		struct item *it = &irq_item[test_below(IRQ_ITEMS)];
		struct page *p = page_alloc(0, ALLOC_ATOMIC);

		if (it->p)
			item_drop(it);
		else
			item_make(it);
		if (p)
			page_put(p);
	}
	test_seed = seed;
	machine_irq_exit();
}

static void interrupts(void)
{
	static struct item item[OBJECTS];
	struct itimerval often = { { 0, 100 }, { 0, 100 } }, never = { 0 };

	pc(MIB(32), 0);
	machine_start();
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	for (unsigned round = 0; round < 400000; round++) {
		struct item *it = &item[test_below(300)];
		struct page *p = page_alloc(0, 0);

		if (it->p)
			item_drop(it);
		else
			item_make(it);
		if (p)
			page_put(p);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	MUST(irq_count > 100);
	for (size_t i = 0; i < OBJECTS; i++)
		if (item[i].p)
			item_drop(&item[i]);
	for (size_t i = 0; i < IRQ_ITEMS; i++)
		if (irq_item[i].p)
			item_drop(&irq_item[i]);
	for (struct slab *s = slab_next(NULL); s; s = slab_next(s))
		MUST(slab_in_use(s) == (strcmp(s->name, "vmap_area") == 0));
	model_init();
	model_settle();
}

/* Places where CPUs leave objects and pages for each other. */
#define SHARED 64

static void *shared_object[SHARED];
static struct page *shared_page[SHARED];

static void trade(unsigned long *seed)
{
	size_t i = (*seed = *seed * 6364136223846793005ul + 1) >> 58;
	struct page *p = page_alloc(*seed >> 40 & 3, 0);
	unsigned kind = *seed >> 32 & 3;
	size_t size = fuzz_slabs[kind].size;
	unsigned char *obj = slab_alloc(&fuzz_slabs[kind], 0);

	/* The first byte says which cache, the rest must agree. */
	if (obj) {
		memset(obj, (int)kind, size);
		obj = __atomic_exchange_n(&shared_object[i], obj,
					  __ATOMIC_ACQ_REL);
	}
	if (obj) {
		kind = obj[0];
		MUST(kind < 4);
		size = fuzz_slabs[kind].size;
		MUST(obj[size / 2] == kind && obj[size - 1] == kind);
		slab_free(&fuzz_slabs[kind], obj);
	}
	if (p)
		p = __atomic_exchange_n(&shared_page[i], p, __ATOMIC_ACQ_REL);
	if (p)
		page_put(p);
	if (i == 0)
		vmap_stack_free(vmap_stack_alloc());
	if (i == 1)
		slab_reclaim();
}

static void cpu_work(unsigned cpu)
{
	unsigned long seed = cpu + 1;

	for (unsigned round = 0; round < 60000; round++)
		trade(&seed);
}

static void several_cpus(void)
{
	pc(MIB(64), 0);
	machine_start();
	machine_cpus(4, cpu_work);
	for (unsigned i = 0; i < SHARED; i++) {
		if (shared_object[i])
			slab_free(&fuzz_slabs[*(uint8_t *)shared_object[i]],
				  shared_object[i]);
		if (shared_page[i])
			page_put(shared_page[i]);
	}
	vmap_reclaim();
	slab_reclaim();
	for (unsigned i = 0; i < 4; i++)
		MUST(slab_in_use(&fuzz_slabs[i]) == 0 &&
		     fuzz_slabs[i].pages == 0);
	/* The other CPUs' single pages are the only ones out of reach. */
	cpu_count = 1;
	model_init();
	model_settle();
	take_all();
}

#define AREAS 200

static void vmap_fuzz(void)
{
	static struct {
		char *v;
		size_t len;
	} area[AREAS];
	uint64_t before;
	struct page_stats s;

	pc(MIB(64), 0);
	machine_start();
	slab_reclaim();
	before = free_pages();
	for (unsigned round = 0; round < 20000; round++) {
		size_t i = test_below(AREAS);
		vaddr_t base;
		size_t len;

		if (area[i].v) {
			MUST(*(size_t *)area[i].v == i);
			MUST(area[i].v[area[i].len - 1] == (char)i);
			MUST(vmap_find((vaddr_t)area[i].v, &base, &len));
			MUST(base == (vaddr_t)area[i].v && len >= area[i].len);
			vmap_free(area[i].v);
			area[i].v = NULL;
			continue;
		}
		area[i].len = 8 + test_below(test_below(50) ? 30000 : 3000000);
		area[i].v =
			vmap_alloc(area[i].len, PAGE_SIZE << test_below(6), 0);
		if (area[i].v) {
			*(size_t *)area[i].v = i;
			area[i].v[area[i].len - 1] = (char)i;
		}
	}
	for (size_t i = 0; i < AREAS; i++)
		vmap_free(area[i].v);
	/* One gap is left: the largest area fits again. */
	area[0].v = vmap_alloc(MIB(40), PAGE_SIZE, 0);
	MUST(area[0].v);
	vmap_free(area[0].v);
	slab_reclaim();
	page_stats(&s);
	MUST(s.kernel == 0);
	MUST(s.free + s.tables == before);
}

#define KTEST(name) void ktest_##name(void);
#include "init/ktests.def"
#undef KTEST

static const struct ktest ktests[] = {
#define KTEST(name) { #name, ktest_##name },
#include "init/ktests.def"
#undef KTEST
};

static void ktest_usage(struct ktest_usage *u)
{
	vmap_reclaim();
	slab_reclaim();
	u->pages = -(int64_t)free_pages();
	u->objects = 0;
	for (struct slab *s = slab_next(NULL); s; s = slab_next(s))
		u->objects += (int64_t)slab_in_use(s);
}

static void kernel_tests(void)
{
	pc(MIB(64), 0);
	machine_start();
	MUST(ktest_run(ktests, ARRAY_SIZE(ktests), "", ktest_usage));
}

static void double_free_page(void)
{
	struct page *p;

	pc(MIB(16), 0);
	machine_start();
	p = page_alloc(0, 0);
	page_free(p, 0);
	page_free(p, 0);
}

static void double_put(void)
{
	struct page *p;

	pc(MIB(16), 0);
	machine_start();
	p = page_alloc(0, 0);
	page_put(p);
	page_put(p);
	p = page_alloc(0, 0);
	page_put(p);
}

static void wrong_order(void)
{
	pc(MIB(16), 0);
	machine_start();
	page_free(page_alloc(2, 0), 1);
}

static void double_free_object(void)
{
	void *p;

	pc(MIB(16), 0);
	machine_start();
	p = kmalloc(100, 0);
	kfree(p);
	kfree(p);
}

static void free_inside(void)
{
	char *p;

	pc(MIB(16), 0);
	machine_start();
	p = kmalloc(100, 0);
	kfree(p + 8);
}

static void use_after_free(void)
{
	char *p;

	pc(MIB(16), 0);
	machine_start();
	p = kmalloc(100, 0);
	kfree(p);
	p[50] = 1;
	p = kmalloc(100, 0);
	kfree(p);
}

static void stack_overflow(void)
{
	uint32_t *stack;

	pc(MIB(16), 0);
	machine_start();
	stack = vmap_stack_alloc();
	stack[0] = 0;
	vmap_stack_free(stack);
}

static void no_memory_at_all(void)
{
	machine_start();
}

#define CASE(fn)                              \
	TEST(fn)                              \
	{                                     \
		CHECK(machine_run(fn, NULL)); \
	}
#define PANICS(fn, text)                      \
	TEST(fn)                              \
	{                                     \
		CHECK(machine_run(fn, text)); \
	}

CASE(shape_16m)
CASE(shape_128m)
CASE(shape_odd_ends)
CASE(shape_scattered)
CASE(shape_hole)
CASE(shape_16g)
CASE(shape_far)
CASE(words_hide)
CASE(words_wrong)
CASE(words_add)
CASE(adopt)
CASE(page_fuzz)
CASE(out_of_memory)
CASE(object_fuzz)
CASE(interrupts)
CASE(several_cpus)
CASE(vmap_fuzz)
CASE(kernel_tests)
PANICS(double_free_page, "refs")
PANICS(double_put, "refs")
PANICS(wrong_order, "order")
PANICS(double_free_object, "freed twice")
PANICS(free_inside, "inside an object")
PANICS(use_after_free, "written at +50 while free")
PANICS(stack_overflow, "STACK_CANARY")
PANICS(no_memory_at_all, "too little")
