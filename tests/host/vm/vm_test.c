/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User address spaces against a model: an array of what each page of a window
 * is and holds.  Random calls are made on both, up to three vmspaces related
 * by fork at a time; after each call the areas, the page table and the books
 * are checked, and accesses compare contents and rights.
 */
#include <string.h>

#include "abi/errno.h"
#include "abi/mman.h"
#include "machine.h"
#include "mm/kmalloc.h"
#include "test.h"
#include "vm/area_priv.h"
#include "vm/fault.h"
#include "vm/object.h"
#include "vm/pt_priv.h"

#define WINDOW     192
#define BASE       0x7f0000180000ul /* two page-table regions and a bit */
#define TOP        (BASE + WINDOW * PAGE_SIZE)
#define SPACES     3
#define FILES      2
#define FILE_PAGES 64
#define MAY        (AREA_MAY_R | AREA_MAY_W | AREA_MAY_X)

struct model_page {
	bool mapped, own; /* own: a private copy, `value` holds */
	uint32_t flags;   /* AREA_R, W, X, SHARED */
	struct model_file *file;
	uint32_t index; /* in the file */
	uint32_t value;
};

struct model_file {
	struct object *o;
	uint32_t value[FILE_PAGES];
	uint32_t pages; /* its size */
	unsigned users; /* besides the test: none, the objects count */
};

struct space {
	struct vmspace *vs;
	struct model_page page[WINDOW];
};

static struct space spaces[SPACES];
static struct model_file files[FILES];

static void release(struct object *o)
{
	kfree(o);
}
static const struct object_ops file_ops = { .release = release };

static uaddr_t va_of(size_t i)
{
	return BASE + i * PAGE_SIZE;
}

/*
 * Checks of the whole.
 */

struct seen {
	struct space *s;
	unsigned long anon, file;
};

static void see(void *ctx, uaddr_t va, struct pt_entry e)
{
	struct seen *seen = ctx;
	struct model_page *m;

	if (va < BASE || va >= TOP)
		test_fail("an entry outside of the window");
	m = &seen->s->page[(va - BASE) / PAGE_SIZE];
	if (!m->mapped)
		test_fail("an entry at page %zu, where nothing is mapped",
			  (size_t)((va - BASE) / PAGE_SIZE));
	if ((e.prot & PROT_W) && !(m->flags & AREA_W))
		test_fail("a writable entry in a read-only page");
	if ((e.prot & PROT_U) && !(m->flags & (AREA_R | AREA_W | AREA_X)))
		test_fail("an entry that can be used in an area of no access");
	if (e.prot & PT_NOREF)
		return;
	if (page_of_phys(e.pa)->flags & PAGE_F_ANON)
		seen->anon++;
	else
		seen->file++;
	if (atomic32_load(&page_of_phys(e.pa)->refs) == 0)
		test_fail("an entry of a free page");
}

static bool alike(const struct model_page *a, const struct model_page *b)
{
	return b->mapped && a->flags == b->flags && a->file == b->file &&
	       (!a->file || a->index + 1 == b->index);
}

static void check_areas(struct space *s)
{
	struct area *a = area_find(s->vs, 0);
	uint64_t total = 0, data = 0, count = 0;
	size_t i = 0;

	while (i < WINDOW) {
		size_t end = i + 1;

		if (!s->page[i].mapped) {
			i++;
			continue;
		}
		while (end < WINDOW && alike(&s->page[end - 1], &s->page[end]))
			end++;
		if (!a)
			test_fail("no area where page %zu is", i);
		CHECK_EQ(a->start, va_of(i));
		CHECK_EQ(a->end, va_of(end));
		CHECK_EQ(a->flags & ~MAY, s->page[i].flags);
		CHECK_EQ(atomic32_load(&a->seq.seq) & 1, 0);
		if (a->object) {
			CHECK(s->page[i].file &&
			      a->object == s->page[i].file->o);
			CHECK_EQ(a->pgoff, s->page[i].index);
		} else {
			CHECK(!s->page[i].file);
		}
		total += end - i;
		count++;
		if ((s->page[i].flags & (AREA_W | AREA_SHARED)) == AREA_W)
			data += end - i;
		a = area_next(a);
		i = end;
	}
	CHECK(!a);
	CHECK_EQ(s->vs->total_pages, total);
	CHECK_EQ(s->vs->data_pages, data);
	CHECK_EQ(s->vs->area_count, count);
}

static void check_space(struct space *s)
{
	struct seen seen = { .s = s };

	check_areas(s);
	for (uaddr_t va = 0;
	     (va = arch_pt_next_region(&s->vs->pt, va, USER_END)) < USER_END;
	     va = ALIGN_DOWN(va, ARCH_PT_REGION) + ARCH_PT_REGION)
		arch_pt_walk(&s->vs->pt, va,
			     ALIGN_DOWN(va, ARCH_PT_REGION) + ARCH_PT_REGION,
			     see, &seen);
	CHECK_EQ(atomic_long_load(&s->vs->anon_pages), seen.anon);
	CHECK_EQ(atomic_long_load(&s->vs->file_pages), seen.file);
	CHECK(!s->vs->map_lock.readers && !s->vs->map_lock.writer);
}

static void check_all(void)
{
	for (unsigned i = 0; i < SPACES; i++)
		if (spaces[i].vs)
			check_space(&spaces[i]);
}

/*
 * The operations.
 */

static struct space *some_space(void)
{
	static struct space *s = spaces;

	/* Mostly the one before, for translations stay cached in it. */
	while (!s->vs || test_below(16) == 0)
		s = &spaces[test_below(SPACES)];
	machine_use(s->vs);
	return s;
}

/* Half of all accesses go where something has just been done. */
static size_t hot;

static size_t some_page(void)
{
	return test_below(2) ? test_below(WINDOW)
			     : (hot + test_below(4)) % WINDOW;
}

struct span {
	size_t i, n;
};

static struct span some_span(size_t most)
{
	struct span r = { .i = some_page() };

	r.n = 1 + test_below(MIN(most, (size_t)WINDOW - r.i));
	hot = r.i;
	return r;
}

static uint32_t some_rights(void)
{
	static const uint32_t choice[] = { 0, AREA_R, AREA_R | AREA_W,
					   AREA_R | AREA_W, AREA_R | AREA_X };

	return choice[test_below(ARRAY_SIZE(choice))];
}

static void model_clear(struct space *s, struct span r)
{
	memset(&s->page[r.i], 0, r.n * sizeof(s->page[0]));
}

static void model_map(struct space *s, struct span r,
		      const struct map_request *rq, struct model_file *f)
{
	model_clear(s, r);
	for (size_t k = 0; k < r.n; k++)
		s->page[r.i + k] = (struct model_page){
			.mapped = true,
			.flags = rq->flags & ~MAY,
			.file = f,
			.index = f ? (uint32_t)(rq->pgoff + k) : 0,
			.own = !f,
		};
}

/* Where a search from the top should put n pages; WINDOW: nowhere inside. */
static size_t model_place(const struct space *s, size_t n)
{
	for (size_t i = WINDOW - n + 1; i-- > 0;) {
		size_t k = 0;

		while (k < n && !s->page[i + k].mapped)
			k++;
		if (k == n)
			return i;
	}
	return WINDOW;
}

static void op_map(void)
{
	struct space *s = some_space();
	struct span r = some_span(24);
	struct model_file *f = test_below(2) ? &files[test_below(FILES)] : NULL;
	struct map_request rq = {
		.addr = va_of(r.i),
		.len = r.n * PAGE_SIZE - test_below(PAGE_SIZE),
		.flags = some_rights() | MAY,
		.fixed = test_below(3) != 0,
		.noreplace = test_below(4) == 0,
		.object = f ? f->o : NULL,
		.pgoff = f ? test_below(FILE_PAGES) : 0,
	};
	bool taken = false;
	uaddr_t at;
	int err;

	if (f && test_below(2))
		rq.flags |= AREA_SHARED;
	for (size_t k = 0; k < r.n; k++)
		taken |= s->page[r.i + k].mapped;
	if (!rq.fixed) {
		rq.addr = 0;
		rq.noreplace = false;
		r.i = model_place(s, r.n);
		if (r.i == WINDOW)
			return;
	}
	err = vmspace_map(s->vs, &rq, &at);
	if (rq.noreplace && taken) {
		CHECK_EQ(err, -EEXIST);
		return;
	}
	CHECK_EQ(err, 0);
	CHECK_EQ(at, va_of(r.i));
	model_map(s, r, &rq, f);
}

static void op_unmap(void)
{
	struct space *s = some_space();
	struct span r = some_span(32);

	CHECK_EQ(vmspace_unmap(s->vs, va_of(r.i), r.n * PAGE_SIZE), 0);
	model_clear(s, r);
}

static void op_protect(void)
{
	struct space *s = some_space();
	struct span r = some_span(24);
	uint32_t rights = some_rights();
	size_t k = 0;
	int err = vmspace_protect(s->vs, va_of(r.i), r.n * PAGE_SIZE, rights);

	for (; k < r.n && s->page[r.i + k].mapped; k++) {
		uint32_t *f = &s->page[r.i + k].flags;

		*f = (*f & ~(AREA_R | AREA_W | AREA_X)) | rights;
	}
	CHECK_EQ(err, k == r.n ? 0 : -ENOMEM);
}

static void op_dontneed(void)
{
	struct space *s = some_space();
	struct span r = some_span(24);
	bool hole = false;
	int err = vmspace_advise(s->vs, va_of(r.i), r.n * PAGE_SIZE,
				 MADV_DONTNEED);

	for (size_t k = 0; k < r.n; k++) {
		struct model_page *m = &s->page[r.i + k];

		hole |= !m->mapped;
		m->own = !m->file;
		m->value = 0;
	}
	CHECK_EQ(err, hole ? -ENOMEM : 0);
}

static bool all_mapped(const struct space *s, struct span r)
{
	for (size_t k = 0; k < r.n; k++)
		if (!s->page[r.i + k].mapped)
			return false;
	return true;
}

static void model_move(struct space *s, struct span from, struct span to)
{
	struct model_page copy[WINDOW], last = s->page[from.i + from.n - 1];

	memcpy(copy, &s->page[from.i], from.n * sizeof(copy[0]));
	model_clear(s, from);
	for (size_t k = 0; k < to.n; k++) {
		struct model_page *m = &s->page[to.i + k];

		if (k < from.n) {
			*m = copy[k];
			continue;
		}
		*m = last;
		m->own = !m->file;
		m->value = 0;
		if (m->file)
			m->index = last.index + (uint32_t)(k - from.n + 1);
	}
}

static void op_remap_fixed(void)
{
	struct space *s = some_space();
	struct span from = some_span(24), to = some_span(24), used;
	struct remap_request rq = { va_of(from.i), from.n * PAGE_SIZE,
				    to.n * PAGE_SIZE,
				    MREMAP_MAYMOVE | MREMAP_FIXED,
				    va_of(to.i) };
	uaddr_t at;
	int err = vmspace_remap(s->vs, &rq, &at);

	used = (struct span){ from.i, MIN(from.n, to.n) };
	if (from.i < to.i + to.n && to.i < from.i + from.n) {
		CHECK_EQ(err, -EINVAL);
		return;
	}
	if (!s->page[from.i].mapped) {
		CHECK_EQ(err, -EFAULT);
		return;
	}
	/* The tail goes first, whatever comes then. */
	if (from.n > to.n)
		model_clear(s, (struct span){ from.i + to.n, from.n - to.n });
	if (!all_mapped(s, used)) {
		CHECK_EQ(err, -EFAULT);
		return;
	}
	CHECK_EQ(err, 0);
	CHECK_EQ(at, va_of(to.i));
	model_clear(s, to);
	model_move(s, used, to);
}

static void op_remap(void)
{
	struct space *s = some_space();
	struct span from = some_span(16), to = { from.i, 1 + test_below(24) };
	struct remap_request rq = { va_of(from.i), from.n * PAGE_SIZE,
				    to.n * PAGE_SIZE, 0, 0 };
	bool room = to.i + to.n <= WINDOW;
	uaddr_t at;
	int err;

	if (!all_mapped(s, from))
		return;
	if (to.n > from.n && !room)
		return;
	for (size_t k = from.n; k < to.n && room; k++)
		room = !s->page[from.i + k].mapped;
	if (to.n > from.n && !room) {
		to.i = model_place(s, to.n);
		if (to.i == WINDOW)
			return;
		rq.flags = MREMAP_MAYMOVE;
	}
	err = vmspace_remap(s->vs, &rq, &at);
	CHECK_EQ(err, 0);
	CHECK_EQ(at, va_of(to.i));
	if (to.n <= from.n)
		model_clear(s, (struct span){ from.i + to.n, from.n - to.n });
	else
		model_move(s, from, to);
}

/* What a read should see; false: SIGBUS. */
static bool model_value(const struct model_page *m, uint32_t *v)
{
	*v = m->value;
	if (m->own)
		return true;
	if (m->index >= m->file->pages)
		return false;
	*v = m->file->value[m->index];
	return true;
}

static void op_load(void)
{
	struct space *s = some_space();
	size_t i = some_page();
	struct model_page *m = &s->page[i];
	uint32_t got = 0, want = 0;
	int why = 0;
	bool ok = machine_load(va_of(i) + 64, &got, &why);

	if (!m->mapped) {
		CHECK_EQ(why, FAULT_NO_AREA);
	} else if (!(m->flags & (AREA_R | AREA_W | AREA_X))) {
		CHECK_EQ(why, FAULT_PROTECTION);
	} else if (!model_value(m, &want)) {
		CHECK_EQ(why, FAULT_BUS);
	} else {
		CHECK(ok);
		CHECK_EQ(got, want);
	}
}

static void op_store(void)
{
	struct space *s = some_space();
	size_t i = some_page();
	struct model_page *m = &s->page[i];
	uint32_t v = (uint32_t)test_random(), old;
	int why = 0;
	bool ok = machine_store(va_of(i) + 64, v, &why);

	if (!m->mapped) {
		CHECK_EQ(why, FAULT_NO_AREA);
		return;
	}
	if (!(m->flags & AREA_W)) {
		CHECK_EQ(why, FAULT_PROTECTION);
		return;
	}
	if (!model_value(m, &old)) {
		CHECK_EQ(why, FAULT_BUS);
		return;
	}
	CHECK(ok);
	if (m->flags & AREA_SHARED) {
		m->file->value[m->index] = v;
	} else {
		m->own = true;
		m->value = v;
	}
}

/* The file becomes shorter or longer: what is mapped beyond its end goes,
 * private copies too. */
static void op_truncate(void)
{
	struct model_file *f = &files[test_below(FILES)];
	uint32_t pages = (uint32_t)test_below(FILE_PAGES + 1);
	uint32_t was = f->pages;

	some_space();
	f->pages = pages;
	f->o->size = (uint64_t)pages * PAGE_SIZE;
	if (pages >= was)
		return;
	object_truncate(f->o, pages);
	for (uint32_t k = pages; k < FILE_PAGES; k++)
		f->value[k] = 0;
	for (unsigned n = 0; n < SPACES; n++)
		for (size_t i = 0; i < WINDOW && spaces[n].vs; i++) {
			struct model_page *m = &spaces[n].page[i];

			if (m->mapped && m->file == f && m->index >= pages)
				m->own = false;
		}
}

static void op_punch(void)
{
	struct model_file *f = &files[test_below(FILES)];
	uint32_t from = (uint32_t)test_below(FILE_PAGES);
	uint32_t to = from + (uint32_t)test_below(FILE_PAGES - from);

	some_space();
	object_drop(f->o, from, to);
	for (uint32_t k = from; k < to; k++)
		f->value[k] = 0;
}

/* Not the running thread's. */
static void destroy(struct space *s)
{
	vmspace_put_user(s->vs);
	s->vs = NULL;
}

static void op_fork(void)
{
	struct space *from = some_space(), *to = &spaces[test_below(SPACES)];

	if (to == from)
		return;
	if (to->vs)
		destroy(to);
	machine_use(from->vs);
	CHECK_EQ(vmspace_fork(from->vs, &to->vs), 0);
	memcpy(to->page, from->page, sizeof(to->page));
}

static void op_quiesce(void)
{
	machine_quiesce();
}

static void (*const ops[])(void) = {
	op_map,     op_map,   op_map,   op_unmap,    op_protect,
	op_protect, op_load,  op_load,  op_load,     op_store,
	op_store,   op_store, op_store, op_dontneed, op_remap_fixed,
	op_remap,   op_remap, op_fork,  op_truncate, op_punch,
	op_quiesce,
};

static void start(void)
{
	static bool once;

	if (!once)
		machine_init();
	once = true;
	memset(spaces, 0, sizeof(spaces));
	CHECK_EQ(vmspace_create(&spaces[0].vs), 0);
	spaces[0].vs->mmap_base = TOP;
	for (unsigned i = 0; i < FILES; i++) {
		files[i] = (struct model_file){ .pages = FILE_PAGES / 2 };
		files[i].o = kmalloc(sizeof(struct object), 0);
		object_init(files[i].o, &file_ops);
		files[i].o->size = FILE_PAGES / 2 * PAGE_SIZE;
	}
}

static void end(size_t pages, size_t objects)
{
	machine_use(NULL);
	for (unsigned i = 0; i < SPACES; i++)
		if (spaces[i].vs)
			destroy(&spaces[i]);
	machine_quiesce();
	for (unsigned i = 0; i < FILES; i++) {
		CHECK(list_empty(&files[i].o->areas));
		object_put(files[i].o);
	}
	machine_quiesce();
	CHECK_EQ(machine_pages(), pages);
	CHECK_EQ(machine_objects(), objects);
}

TEST(random_calls)
{
	for (unsigned round = 0; round < 40; round++) {
		size_t pages, objects;

		start();
		pages = machine_pages() - 1; /* the root table of the first */
		objects = machine_objects() - 1 - FILES;
		for (unsigned n = 0; n < 3000; n++) {
			ops[test_below(ARRAY_SIZE(ops))]();
			if (n % 8 == 0)
				check_all();
		}
		end(pages, objects);
	}
}

/* Makes the n-th allocation of one call fail, for every n until none does:
 * the call says -ENOMEM and nothing has changed. */
static int with_failures(int (*call)(struct space *s), struct space *s)
{
	for (unsigned n = 1;; n++) {
		int err;

		machine_fail_after = n + 1;
		err = call(s);
		machine_fail_after = 0;
		if (!err)
			return 0;
		CHECK_EQ(err, -ENOMEM);
		check_space(s);
		if (n > 1000)
			test_fail("it never works");
	}
}

static void fill(struct space *s)
{
	static const size_t parts[][2] = { { 8, 8 }, { 16, 4 }, { 20, 40 } };
	int why;

	for (unsigned i = 0; i < 3; i++) {
		struct span r = { parts[i][0], parts[i][1] };
		struct map_request rq = {
			.addr = va_of(r.i),
			.len = r.n * PAGE_SIZE,
			.flags = MAY | AREA_R | AREA_W | (i == 1 ? AREA_X : 0),
			.fixed = true,
		};
		uaddr_t at;

		CHECK_EQ(vmspace_map(s->vs, &rq, &at), 0);
		model_map(s, r, &rq, NULL);
		for (size_t k = 0; k < r.n; k++) {
			s->page[r.i + k].value = (uint32_t)(r.i + k) * 77;
			CHECK(machine_store(va_of(r.i + k) + 64,
					    (uint32_t)(r.i + k) * 77, &why));
		}
	}
}

static void check_values(struct space *s)
{
	machine_use(s->vs);
	for (size_t i = 0; i < WINDOW; i++) {
		struct model_page *m = &s->page[i];
		uint32_t got;
		int why;

		if (m->mapped && (m->flags & AREA_R)) {
			CHECK(machine_load(va_of(i) + 64, &got, &why));
			CHECK_EQ(got, m->value);
		}
	}
}

static int move_far(struct space *s)
{
	struct remap_request rq = { va_of(10), 30 * PAGE_SIZE, 40 * PAGE_SIZE,
				    MREMAP_MAYMOVE | MREMAP_FIXED, va_of(150) };
	uaddr_t at;

	check_values(s);
	return vmspace_remap(s->vs, &rq, &at);
}

static int protect_middle(struct space *s)
{
	return vmspace_protect(s->vs, va_of(30), 4 * PAGE_SIZE, AREA_R);
}

static int unmap_middle(struct space *s)
{
	return vmspace_unmap(s->vs, va_of(50), 4 * PAGE_SIZE);
}

static int map_beside(struct space *s)
{
	struct map_request rq = { .addr = va_of(2),
				  .len = PAGE_SIZE,
				  .flags = AREA_R | MAY,
				  .fixed = true };
	uaddr_t at;

	return vmspace_map(s->vs, &rq, &at);
}

static int fork_it(struct space *s)
{
	return vmspace_fork(s->vs, &spaces[1].vs);
}

static int touch(struct space *s)
{
	switch (fault_in(s->vs, va_of(2), FAULT_READ)) {
	case FAULT_OK: return 0;
	case FAULT_NO_MEMORY: return -ENOMEM;
	default: return -EFAULT;
	}
}

TEST(allocation_fails)
{
	struct space *s = &spaces[0];
	struct map_request low = { .flags = AREA_R };
	size_t pages, objects;

	start();
	pages = machine_pages() - 1;
	objects = machine_objects() - 1 - FILES;
	machine_use(s->vs);
	fill(s);
	CHECK_EQ(with_failures(map_beside, s), 0);
	model_map(s, (struct span){ 2, 1 }, &low, NULL);
	CHECK_EQ(with_failures(touch, s), 0);
	CHECK_EQ(with_failures(protect_middle, s), 0);
	for (size_t k = 30; k < 34; k++)
		s->page[k].flags = AREA_R;
	CHECK_EQ(with_failures(unmap_middle, s), 0);
	model_clear(s, (struct span){ 50, 4 });
	check_values(s);
	CHECK_EQ(with_failures(move_far, s), 0);
	model_move(s, (struct span){ 10, 30 }, (struct span){ 150, 40 });
	check_values(s);
	CHECK_EQ(with_failures(fork_it, s), 0);
	memcpy(spaces[1].page, s->page, sizeof(s->page));
	check_values(&spaces[1]);
	check_all();
	end(pages, objects);
}
