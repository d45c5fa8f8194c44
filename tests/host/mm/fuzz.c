/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on mm/ against the model, against the contents of what was
 * allocated, and against interruptions and other CPUs.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "arch/cpu.h"
#include "arch/mmu.h"

#include "machine.h"
#include "mm/kmalloc.h"
#include "mm/memblock.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmap.h"
#include "model.h"

static uint64_t seed = 0x2545f4914f6cdd1d;

static uint64_t test_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x9e3779b97f4a7c15ull >> 11;
}

static size_t test_below(size_t n)
{
	return (size_t)(test_random() % n);
}

#define BLOCKS 3000

void page_fuzz(void)
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

void out_of_memory(void)
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

void object_fuzz(void)
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
	uint64_t kept = seed;

	if (!arch_irq_enabled())
		return;
	machine_irq_enter();
	seed = irq_count++ * 0x9e3779b97f4a7c15ull + 1;
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
	seed = kept;
	machine_irq_exit();
}

void interrupts(void)
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

static void trade(unsigned long *rnd)
{
	size_t i = (*rnd = *rnd * 6364136223846793005ul + 1) >> 58;
	struct page *p = page_alloc(*rnd >> 40 & 3, 0);
	unsigned kind = *rnd >> 32 & 3;
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
	unsigned long rnd = cpu + 1;

	for (unsigned round = 0; round < 60000; round++)
		trade(&rnd);
}

void several_cpus(void)
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

void vmap_fuzz(void)
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
