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
#include "model.h"
#include "test.h"

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

/* Those of the floors above are not linked here: NULL. */
#define KTEST(name) void ktest_##name(void) __attribute__((weak));
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
	struct ktest linked[ARRAY_SIZE(ktests)];
	unsigned n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(ktests); i++)
		if (ktests[i].run)
			linked[n++] = ktests[i];
	pc(MIB(64), 0);
	machine_start();
	MUST(ktest_run(linked, n, "", ktest_usage));
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
