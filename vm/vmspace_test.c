/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address space of the test thread's own: the CPU's faults, user copies
 * with and without faults, iterators, access from outside.  The calls on areas
 * are tested on the host against a model.
 */
#include "lib/string.h"

#include "core/ktest.h"
#include "sched/cred.h"
#include "sched/rcu.h"
#include "sched/thread.h"
#include "vm/fault.h"
#include "vm/iter.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

#define BASE 0x10000000ul
#define MAY  (AREA_MAY_R | AREA_MAY_W | AREA_MAY_X)
#define RW   (AREA_R | AREA_W | MAY)

static void use(struct vmspace *vs)
{
	struct vmspace *old = vmspace_activate(vs);

	if (old)
		vmspace_put_user(old);
}

/* A fresh one, the thread's from now on. */
static struct vmspace *enter(void)
{
	struct vmspace *vs;

	if (vmspace_create(&vs))
		return NULL;
	use(vs);
	return vs;
}

static void leave(void)
{
	use(NULL);
	rcu_barrier();
}

static int map(struct vmspace *vs, uaddr_t at, size_t pages, uint32_t flags)
{
	struct map_request rq = { .addr = at,
				  .len = pages * PAGE_SIZE,
				  .flags = flags,
				  .fixed = true };

	return vmspace_map(vs, &rq, &at);
}

KTEST_CASE(vmspace_copies)
{
	struct vmspace *vs = enter();
	char text[] = "over the edge of a page", back[sizeof(text)] = "";
	uaddr_t at = BASE + PAGE_SIZE - 5;

	KTEST_REQUIRE(vs);
	KTEST_EXPECT(map(vs, BASE, 2, RW) == 0);
	KTEST_EXPECT(copy_to_user(at, text, sizeof(text)) == 0);
	KTEST_EXPECT(copy_from_user(back, at, sizeof(back)) == 0);
	KTEST_EXPECT(strcmp(text, back) == 0);
	KTEST_EXPECT(atomic_long_load(&vs->anon_pages) == 2);
	KTEST_EXPECT(usercopy_string(back, at, sizeof(back)) ==
		     (ssize_t)strlen(text));
	KTEST_EXPECT(usercopy_string(back, at, 5) == -ENAMETOOLONG);
	KTEST_EXPECT(copy_to_user(BASE + 2 * PAGE_SIZE - 3, text, 8) ==
		     -EFAULT);
	KTEST_EXPECT(copy_to_user(BASE - 8, text, 8) == -EFAULT);
	KTEST_EXPECT(copy_from_user(back, USER_END - 4, 8) == -EFAULT);
	KTEST_EXPECT(copy_from_user(back, ~0ul - 4, 8) == -EFAULT);
	KTEST_EXPECT(clear_user(at, 10) == 0);
	KTEST_EXPECT(copy_from_user(back, at, 11) == 0);
	KTEST_EXPECT(back[0] == 0 && back[9] == 0 && back[10] == text[10]);
	leave();
}

KTEST_CASE(vmspace_faults_off)
{
	struct vmspace *vs = enter();
	char c = 1;

	KTEST_REQUIRE(vs);
	KTEST_EXPECT(map(vs, BASE, 2, RW) == 0);
	usercopy_faults_off();
	KTEST_EXPECT(copy_to_user(BASE, &c, 1) == -EFAULT);
	usercopy_faults_on();
	KTEST_EXPECT(fault_in(vs, BASE, FAULT_WRITE) == FAULT_OK);
	usercopy_faults_off();
	KTEST_EXPECT(copy_to_user(BASE, &c, 1) == 0);
	usercopy_faults_on();
	KTEST_EXPECT(fault_in(vs, BASE + 5 * PAGE_SIZE, FAULT_READ) ==
		     FAULT_NO_AREA);
	leave();
}

KTEST_CASE(vmspace_zero_page)
{
	struct vmspace *vs = enter();
	uint32_t v = 5;

	KTEST_REQUIRE(vs);
	KTEST_EXPECT(map(vs, BASE, 1, RW) == 0);
	KTEST_EXPECT(arch_get_user32(BASE, &v) == 0 && v == 0);
	KTEST_EXPECT(atomic_long_load(&vs->anon_pages) == 0);
	KTEST_EXPECT(arch_put_user32(BASE + 8, 7) == 0);
	KTEST_EXPECT(atomic_long_load(&vs->anon_pages) == 1);
	KTEST_EXPECT(arch_get_user32(BASE + 8, &v) == 0 && v == 7);
	KTEST_EXPECT(*(uint64_t *)page_map_local(page_zero) == 0);
	leave();
}

KTEST_CASE(vmspace_no_access)
{
	struct vmspace *vs = enter();
	uint32_t v = 5;

	KTEST_REQUIRE(vs);
	KTEST_EXPECT(map(vs, BASE, 1, RW) == 0);
	KTEST_EXPECT(arch_put_user32(BASE, 9) == 0);
	KTEST_EXPECT(vmspace_protect(vs, BASE, PAGE_SIZE, 0) == 0);
	/* The kernel may not look either. */
	KTEST_EXPECT(arch_get_user32(BASE, &v) == -EFAULT);
	KTEST_EXPECT(vmspace_protect(vs, BASE, PAGE_SIZE, AREA_R) == 0);
	KTEST_EXPECT(arch_get_user32(BASE, &v) == 0 && v == 9);
	KTEST_EXPECT(arch_put_user32(BASE, 1) == -EFAULT);
	leave();
}

KTEST_CASE(vmspace_copy_on_write)
{
	struct vmspace *vs = enter(), *child;
	uint32_t v = 0, w = 8;

	KTEST_REQUIRE(vs);
	KTEST_EXPECT(map(vs, BASE, 4, RW) == 0);
	for (unsigned i = 0; i < 4; i++)
		KTEST_EXPECT(arch_put_user32(BASE + i * PAGE_SIZE, i) == 0);
	KTEST_REQUIRE(vmspace_fork(vs, &child) == 0);
	KTEST_EXPECT(arch_put_user32(BASE, 100) == 0);
	KTEST_EXPECT(vmspace_access(child, BASE, &v, 4, false) == 4 && v == 0);
	KTEST_EXPECT(vmspace_access(child, BASE + PAGE_SIZE, &w, 4, true) == 4);
	KTEST_EXPECT(arch_get_user32(BASE + PAGE_SIZE, &v) == 0 && v == 1);
	vmspace_put_user(child);
	/* The last one writes to the page that is left. */
	KTEST_EXPECT(arch_put_user32(BASE + 2 * PAGE_SIZE, 3) == 0);
	KTEST_EXPECT(atomic_long_load(&vs->anon_pages) == 4);
	leave();
}

KTEST_CASE(vmspace_stack_grows)
{
	struct vmspace *vs = enter();

	KTEST_REQUIRE(vs);
	vs->limit_stack = 64 * PAGE_SIZE;
	KTEST_EXPECT(map(vs, BASE, 2, RW | AREA_GROWSDOWN) == 0);
	KTEST_EXPECT(arch_put_user32(BASE - 10 * PAGE_SIZE, 1) == 0);
	KTEST_EXPECT(vs->total_pages == 12);
	KTEST_EXPECT(arch_put_user32(BASE - 63 * PAGE_SIZE, 1) == -EFAULT);
	KTEST_EXPECT(map(vs, BASE - 300 * PAGE_SIZE, 1, RW) == 0);
	KTEST_EXPECT(arch_put_user32(BASE - 43 * PAGE_SIZE, 1) == 0);
	KTEST_EXPECT(arch_put_user32(BASE - 44 * PAGE_SIZE, 1) == -EFAULT);
	leave();
}

KTEST_CASE(vmspace_iterators)
{
	struct vmspace *vs = enter();
	struct iter_vec vec[] = { { BASE, 3 },
				  { BASE, 0 },
				  { BASE + PAGE_SIZE - 2, 6 },
				  { BASE + 8 * PAGE_SIZE, 4 } };
	struct page *p = page_alloc(0, ALLOC_ZERO);
	char buf[16] = "";
	struct iter it;

	KTEST_REQUIRE(vs && p);
	KTEST_EXPECT(map(vs, BASE, 4, RW) == 0);
	iter_user_vec(&it, vec, ARRAY_SIZE(vec));
	KTEST_EXPECT(it.count == 13);
	/* The last part is nobody's. */
	KTEST_EXPECT(iter_copy_to(&it, "abcdefghijklm", 13) == 9);
	KTEST_EXPECT(it.count == 4);
	iter_revert(&it, 7);
	KTEST_EXPECT(it.count == 11);
	KTEST_EXPECT(iter_copy_from(&it, buf, 7) == 7);
	KTEST_EXPECT(memcmp(buf, "cdefghi", 7) == 0);
	iter_user(&it, BASE + 2 * PAGE_SIZE - 4, PAGE_SIZE + 4);
	it.faults_off = true;
	KTEST_EXPECT(iter_copy_from_page(&it, p, 0, 8) == 4);
	it.faults_off = false;
	KTEST_EXPECT(iter_fault_in_read(&it, 8) == 0);
	KTEST_EXPECT(iter_copy_from_page(&it, p, 4, 8) == 8);
	KTEST_EXPECT(iter_zero(&it, 2 * PAGE_SIZE) == PAGE_SIZE - 8);
	iter_user(&it, BASE + 3 * PAGE_SIZE, 2 * PAGE_SIZE);
	KTEST_EXPECT(iter_copy_to_page(&it, p, 0, PAGE_SIZE) == PAGE_SIZE);
	KTEST_EXPECT(iter_copy_to_page(&it, p, 0, PAGE_SIZE) == 0);
	KTEST_EXPECT(iter_fault_in_write(&it, 1) == -EFAULT);
	page_free(p, 0);
	leave();
}

KTEST_CASE(vmspace_tables_freed)
{
	struct vmspace *vs = enter();
	unsigned long before;

	KTEST_REQUIRE(vs);
	before = atomic_long_load(&vs->table_pages);
	for (unsigned i = 0; i < 8; i++) {
		uaddr_t at = BASE + ((uaddr_t)i << 30) % (USER_END / 2);

		KTEST_EXPECT(map(vs, at, 1, RW) == 0);
		KTEST_EXPECT(arch_put_user32(at, 1) == 0);
	}
	KTEST_EXPECT(atomic_long_load(&vs->table_pages) > before + 8);
	KTEST_EXPECT(vmspace_unmap(vs, BASE, 8ul << 28) == 0);
	KTEST_EXPECT(vmspace_unmap(vs, PAGE_SIZE, USER_END - 2 * PAGE_SIZE) ==
		     0);
	KTEST_EXPECT(atomic_long_load(&vs->table_pages) == before);
	leave();
}
