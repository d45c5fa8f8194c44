/* SPDX-License-Identifier: BSD-2-Clause */
/* The page cache's index, filling, dropping and reclaiming. */
#include "lib/string.h"

#include "abi/errno.h"
#include "core/ktest.h"
#include "mm/kmalloc.h"
#include "sched/rcu.h"
#include "vm/object.h"

struct numbered {
	struct object o;
	unsigned reads, fail_next;
};

static unsigned released;

static int read_number(struct object *o, struct page *p)
{
	struct numbered *n = container_of(o, struct numbered, o);
	uint64_t *v;

	n->reads++;
	if (n->fail_next) {
		n->fail_next--;
		return -EIO;
	}
	v = page_map_local(p);
	memset(v, 0, PAGE_SIZE);
	*v = p->index * 3;
	page_unmap_local(v);
	return 0;
}

static void release(struct object *o)
{
	released++;
	kfree(container_of(o, struct numbered, o));
}

static const struct object_ops number_ops = {
	.rereads = true,
	.read_page = read_number,
	.release = release,
};

static struct numbered *make(void)
{
	struct numbered *n = kzalloc(sizeof(*n), 0);

	if (n)
		object_init(&n->o, &number_ops);
	return n;
}

static uint64_t content(struct page *p)
{
	uint64_t *v = page_map_local(p), first = *v;

	page_unmap_local(v);
	return first;
}

KTEST_CASE(object_fills)
{
	struct numbered *n = make();
	struct page *p, *q;

	KTEST_REQUIRE(n);
	KTEST_EXPECT(!object_peek(&n->o, 5));
	KTEST_REQUIRE(object_page(&n->o, 5, &p) == 0);
	KTEST_EXPECT(content(p) == 15);
	KTEST_EXPECT(atomic32_load(&p->refs) == 2);
	q = object_peek(&n->o, 5);
	KTEST_EXPECT(q == p && n->reads == 1);
	KTEST_EXPECT(object_page(&n->o, 1ul << 40, &q) == 0);
	KTEST_EXPECT(content(q) == 3ull << 40);
	KTEST_EXPECT(n->o.page_count == 2);
	page_put(q);
	page_put(p);
	page_put(p);
	released = 0;
	object_put(&n->o);
	KTEST_EXPECT(released == 1);
	rcu_barrier();
}

KTEST_CASE(object_read_error)
{
	struct numbered *n = make();
	struct page *p;

	KTEST_REQUIRE(n);
	n->fail_next = 2;
	KTEST_EXPECT(object_page(&n->o, 7, &p) == -EIO);
	KTEST_EXPECT(object_page(&n->o, 7, &p) == -EIO);
	KTEST_EXPECT(n->o.page_count == 0);
	KTEST_REQUIRE(object_page(&n->o, 7, &p) == 0);
	KTEST_EXPECT(content(p) == 21);
	page_put(p);
	object_put(&n->o);
	rcu_barrier();
}

KTEST_CASE(object_drops)
{
	struct numbered *n = make();
	struct page *p, *held;

	KTEST_REQUIRE(n);
	for (unsigned i = 0; i < 200; i++) {
		KTEST_REQUIRE(object_page(&n->o, i, &p) == 0);
		page_put(p);
	}
	held = object_peek(&n->o, 150);
	object_drop(&n->o, 10, 20);
	KTEST_EXPECT(n->o.page_count == 190);
	KTEST_EXPECT(!object_peek(&n->o, 10) && !object_peek(&n->o, 19));
	object_truncate(&n->o, 100);
	KTEST_EXPECT(n->o.page_count == 90);
	/* Whoever holds a page keeps its bytes. */
	KTEST_EXPECT(held && !object_owns(&n->o, held));
	KTEST_EXPECT(content(held) == 450);
	page_put(held);
	object_put(&n->o);
	rcu_barrier();
}

KTEST_CASE(object_reclaims)
{
	struct numbered *n = make();
	struct page *p, *held;

	KTEST_REQUIRE(n);
	for (unsigned i = 0; i < 20; i++) {
		KTEST_REQUIRE(object_page(&n->o, i, &p) == 0);
		page_put(p);
	}
	held = object_peek(&n->o, 3);
	p = object_peek(&n->o, 4);
	p->flags |= PAGE_F_DIRTY;
	page_put(p);
	while (object_reclaim(64))
		continue;
	KTEST_EXPECT(n->o.page_count == 2);
	KTEST_EXPECT(object_owns(&n->o, held) && content(held) == 9);
	page_put(held);
	KTEST_REQUIRE(object_page(&n->o, 9, &p) == 0);
	KTEST_EXPECT(content(p) == 27);
	page_put(p);
	object_put(&n->o);
	rcu_barrier();
}

KTEST_CASE(object_inserts)
{
	struct object *o = object_create_anon(MIB(1));
	struct page *p = page_alloc(0, ALLOC_ZERO), *q;

	KTEST_REQUIRE(o && p);
	KTEST_EXPECT(object_insert(o, 9, p) == 0);
	q = page_alloc(0, 0);
	KTEST_REQUIRE(q);
	KTEST_EXPECT(object_insert(o, 9, q) == -EEXIST);
	page_free(q, 0);
	q = object_peek(o, 9);
	KTEST_EXPECT(q == p);
	page_put(q);
	KTEST_EXPECT(object_page(o, 8, &q) == 0);
	KTEST_EXPECT(content(q) == 0);
	page_put(q);
	object_put(o);
	rcu_barrier();
}
