/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables.  The first 64 descriptors live in the table's own slab
 * object; a bigger array is one block of memory.
 *
 * A file that leaves a table that was ever shared may still be looked at by a
 * reader without a reference: FMODE_RCU_FREE tells file.c to wait for those.
 */
#include "vfs/fdtable.h"

#include "lib/string.h"

#include "abi/errno.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "vfs/inode.h"
#include "vfs/lock.h"

#define WORD_BITS  (8 * sizeof(unsigned long))
#define FIRST_SIZE 64u
#define MAX_SIZE   (1u << 20)

struct table {
	struct fdtable t;
	struct rcu_head rcu;
	struct fdarray first;
	struct file *files[FIRST_SIZE];
	unsigned long used[FIRST_SIZE / WORD_BITS];
	unsigned long cloexec[FIRST_SIZE / WORD_BITS];
};
static struct slab table_slab = SLAB("fdtable", struct table);

static inline bool bit_test(const unsigned long *map, unsigned i)
{
	return map[i / WORD_BITS] >> i % WORD_BITS & 1;
}

static inline void bit_set(unsigned long *map, unsigned i)
{
	map[i / WORD_BITS] |= 1ul << i % WORD_BITS;
}

static inline void bit_clear(unsigned long *map, unsigned i)
{
	map[i / WORD_BITS] &= ~(1ul << i % WORD_BITS);
}

/* The first bit at or above `from` that is set in map ^ flip; size: none. */
static unsigned find_bit(const unsigned long *map, unsigned size, unsigned from,
			 unsigned long flip)
{
	unsigned i = from / WORD_BITS;
	unsigned long word;

	if (from >= size)
		return size;
	word = (map[i] ^ flip) & ~0ul << from % WORD_BITS;
	while (!word) {
		if (++i == size / WORD_BITS)
			return size;
		word = map[i] ^ flip;
	}
	return i * WORD_BITS + __builtin_ctzl(word);
}

static struct fdtable *create(uint32_t limit)
{
	struct table *tab = slab_alloc(&table_slab, ALLOC_ZERO);

	if (!tab)
		return NULL;
	tab->first.size = FIRST_SIZE;
	tab->first.files = tab->files;
	tab->first.used = tab->used;
	tab->first.cloexec = tab->cloexec;
	tab->t.array = &tab->first;
	tab->t.limit = limit;
	atomic32_store(&tab->t.users, 1);
	spin_init(&tab->t.lock, RANK_FDTABLE);
	return &tab->t;
}

int fdtable_create(uint32_t limit, struct fdtable **out)
{
	*out = create(limit);
	return *out ? 0 : -ENOMEM;
}

void fdtable_set_limit(struct fdtable *t, uint64_t limit)
{
	WRITE_ONCE(t->limit, MIN(limit, MAX_SIZE));
}

static struct fdarray *array_create(uint32_t size)
{
	size_t bits = size / 8;
	struct fdarray *a;
	char *p;

	a = kzalloc(sizeof(*a) + size * sizeof(struct file *) + 2 * bits, 0);
	if (!a)
		return NULL;
	p = (char *)(a + 1);
	a->size = size;
	a->files = (struct file **)p;
	a->used = (unsigned long *)(p + size * sizeof(struct file *));
	a->cloexec = (unsigned long *)((char *)a->used + bits);
	return a;
}

static void array_copy(struct fdarray *to, const struct fdarray *from)
{
	memcpy(to->files, from->files, from->size * sizeof(struct file *));
	memcpy(to->used, from->used, from->size / 8);
	memcpy(to->cloexec, from->cloexec, from->size / 8);
}

static bool is_first(const struct fdtable *t, const struct fdarray *a)
{
	return a == &container_of(t, struct table, t)->first;
}

static void array_free_rcu(struct rcu_head *h)
{
	kfree(container_of(h, struct fdarray, rcu));
}

static uint32_t size_for(uint32_t fd)
{
	uint32_t size = FIRST_SIZE;

	while (size <= fd)
		size *= 2;
	return size;
}

/* Makes room for fd; the lock is not held. */
static int grow(struct fdtable *t, uint32_t fd)
{
	struct fdarray *bigger, *old;

	if (fd >= MAX_SIZE)
		return -EMFILE;
	bigger = array_create(size_for(fd));
	if (!bigger)
		return -ENOMEM;
	spin_lock(&t->lock);
	old = t->array;
	if (old->size >= bigger->size) {
		spin_unlock(&t->lock);
		kfree(bigger);
		return 0;
	}
	array_copy(bigger, old);
	publish(t->array, bigger);
	spin_unlock(&t->lock);
	if (!is_first(t, old))
		rcu_call(&old->rcu, array_free_rcu);
	return 0;
}

struct fdref fdtable_get_shared(struct fdtable *t, unsigned fd)
{
	struct fdarray *a;
	struct file *f = NULL;

	rcu_read_lock();
	a = READ_ONCE(t->array);
	while (fd < a->size) {
		f = READ_ONCE(a->files[fd]);
		if (!f || atomic32_inc_not_zero(&f->refs))
			break;
		arch_cpu_relax(); /* being closed: it has left the slot */
	}
	rcu_read_unlock();
	return (struct fdref){ f, f != NULL };
}

struct file *fdtable_file(struct fdtable *t, unsigned fd)
{
	struct file *f = NULL;

	spin_lock(&t->lock);
	if (fd < t->array->size && t->array->files[fd])
		f = file_get(t->array->files[fd]);
	spin_unlock(&t->lock);
	return f;
}

int fdtable_next(struct fdtable *t, unsigned fd)
{
	struct fdarray *a;
	unsigned found;

	spin_lock(&t->lock);
	a = t->array;
	do {
		found = find_bit(a->used, a->size, fd, 0);
		fd = found + 1;
	} while (found < a->size && !a->files[found]);
	spin_unlock(&t->lock);
	return found < a->size ? (int)found : -1;
}

int fdtable_reserve(unsigned from, bool cloexec)
{
	struct fdtable *t = thread_current()->files;
	struct fdarray *a;
	unsigned fd;
	int err;

	for (;;) {
		spin_lock(&t->lock);
		a = t->array;
		fd = find_bit(a->used, a->size, MAX(from, t->first_free), ~0ul);
		if (unlikely(fd >= t->limit) || fd >= a->size)
			break;
		bit_set(a->used, fd);
		if (cloexec)
			bit_set(a->cloexec, fd);
		else
			bit_clear(a->cloexec, fd);
		if (from <= t->first_free)
			t->first_free = fd + 1;
		spin_unlock(&t->lock);
		return fd;
	}
	spin_unlock(&t->lock);
	fd = MAX(fd, from);
	if (fd >= t->limit)
		return -EMFILE;
	err = grow(t, fd);
	return err ? err : fdtable_reserve(from, cloexec);
}

void fdtable_install(unsigned fd, struct file *f)
{
	struct fdtable *t = thread_current()->files;

	if (likely(atomic32_load(&t->users) == 1)) {
		publish(t->array->files[fd], f);
		return;
	}
	spin_lock(&t->lock); /* the array may be growing */
	publish(t->array->files[fd], f);
	spin_unlock(&t->lock);
}

static void free_slot(struct fdtable *t, unsigned fd)
{
	bit_clear(t->array->used, fd);
	if (fd < t->first_free)
		t->first_free = fd;
}

void fdtable_release(unsigned fd)
{
	struct fdtable *t = thread_current()->files;

	spin_lock(&t->lock);
	free_slot(t, fd);
	spin_unlock(&t->lock);
}

int fdtable_add(struct file *f, bool cloexec)
{
	int fd = fdtable_reserve(0, cloexec);

	if (fd >= 0)
		fdtable_install(fd, f);
	return fd;
}

/* What close(2) does besides: record locks go, the file may flush. */
static int drop(struct fdtable *t, struct file *f)
{
	int err = 0;

	if (t->was_shared)
		smp_mb(); /* whoever locks now finds the descriptor gone */
	if (unlikely(READ_ONCE(f->inode->locks)))
		lock_drop_owner(f->inode, t);
	if (f->ops->flush)
		err = f->ops->flush(f);
	if (t->was_shared)
		file_free_by_rcu(f);
	file_put(f);
	return err;
}

int fdtable_close(unsigned fd)
{
	struct fdtable *t = thread_current()->files;
	struct fdarray *a;
	struct file *f = NULL;

	spin_lock(&t->lock);
	a = t->array;
	if (fd < a->size && (f = a->files[fd])) {
		WRITE_ONCE(a->files[fd], NULL);
		free_slot(t, fd);
	}
	spin_unlock(&t->lock);
	return f ? drop(t, f) : -EBADF;
}

void fdtable_close_range(unsigned first, unsigned last, bool mark)
{
	struct fdtable *t = thread_current()->files;
	int fd = fdtable_next(t, first);

	for (; fd >= 0 && (unsigned)fd <= last; fd = fdtable_next(t, fd + 1))
		if ((mark ? fdtable_set_cloexec(fd, true) : fdtable_close(fd)))
			continue; /* somebody else was faster */
}

/* The array may be replaced and freed by another thread's grow(). */
static uint32_t size_now(const struct fdtable *t)
{
	uint32_t size;

	rcu_read_lock();
	size = READ_ONCE(t->array)->size;
	rcu_read_unlock();
	return size;
}

int fdtable_replace(unsigned fd, struct file *f, bool cloexec)
{
	struct fdtable *t = thread_current()->files;
	struct file *old;
	int err;

	if (fd >= t->limit)
		return -EBADF;
	if (fd >= size_now(t) && (err = grow(t, fd)))
		return err;
	spin_lock(&t->lock);
	old = t->array->files[fd];
	if (!old && bit_test(t->array->used, fd)) {
		spin_unlock(&t->lock);
		return -EBUSY;
	}
	bit_set(t->array->used, fd);
	if (cloexec)
		bit_set(t->array->cloexec, fd);
	else
		bit_clear(t->array->cloexec, fd);
	publish(t->array->files[fd], file_get(f));
	spin_unlock(&t->lock);
	if (old)
		(void)drop(t, old);
	return 0;
}

int fdtable_cloexec(unsigned fd)
{
	struct fdtable *t = thread_current()->files;
	int ret = -EBADF;

	spin_lock(&t->lock);
	if (fd < t->array->size && t->array->files[fd])
		ret = bit_test(t->array->cloexec, fd);
	spin_unlock(&t->lock);
	return ret;
}

int fdtable_set_cloexec(unsigned fd, bool on)
{
	struct fdtable *t = thread_current()->files;
	int ret = -EBADF;

	spin_lock(&t->lock);
	if (fd < t->array->size && t->array->files[fd]) {
		if (on)
			bit_set(t->array->cloexec, fd);
		else
			bit_clear(t->array->cloexec, fd);
		ret = 0;
	}
	spin_unlock(&t->lock);
	return ret;
}

/* The size that holds all descriptors of `a` below end. */
static uint32_t used_size(const struct fdarray *a, uint32_t end)
{
	uint32_t fd, top = 0;

	for (fd = 0;
	     (fd = find_bit(a->used, a->size, fd, 0)) < MIN(a->size, end); fd++)
		top = fd;
	return size_for(top);
}

/* Copies what is open; t is new and nobody else's. */
static void copy_files(struct fdtable *t, const struct fdarray *from,
		       uint32_t end)
{
	struct fdarray *a = t->array;
	uint32_t fd;

	end = MIN(end, MIN(from->size, a->size));
	for (fd = 0; (fd = find_bit(from->used, from->size, fd, 0)) < end;
	     fd++) {
		if (!from->files[fd])
			continue;
		a->files[fd] = file_get(from->files[fd]);
		bit_set(a->used, fd);
		if (bit_test(from->cloexec, fd))
			bit_set(a->cloexec, fd);
	}
}

int fdtable_copy(struct fdtable *from, uint32_t end, struct fdtable **out)
{
	struct fdtable *t = create(from->limit);
	uint32_t size;
	int err = 0;

	if (!t)
		return -ENOMEM;
	spin_lock(&from->lock);
	while ((size = used_size(from->array, end)) > t->array->size) {
		spin_unlock(&from->lock);
		err = grow(t, size - 1);
		if (err) {
			fdtable_put_table(t);
			return err;
		}
		spin_lock(&from->lock);
	}
	copy_files(t, from->array, end);
	spin_unlock(&from->lock);
	*out = t;
	return 0;
}

void fdtable_share(struct fdtable *t)
{
	WRITE_ONCE(t->was_shared, true);
	atomic32_inc(&t->users);
}

bool fdtable_try_share(struct fdtable *t)
{
	if (!atomic32_inc_not_zero(&t->users))
		return false;
	WRITE_ONCE(t->was_shared, true);
	return true;
}

static void free_table_rcu(struct rcu_head *h)
{
	slab_free(&table_slab, container_of(h, struct table, rcu));
}

void fdtable_put_table(struct fdtable *t)
{
	struct fdarray *a = t->array;
	uint32_t fd;

	if (!atomic32_dec_and_test(&t->users))
		return;
	for (fd = 0; (fd = find_bit(a->used, a->size, fd, 0)) < a->size; fd++)
		if (a->files[fd])
			(void)drop(t, a->files[fd]);
	if (!is_first(t, a))
		kfree(a);
	rcu_call(&container_of(t, struct table, t)->rcu, free_table_rcu);
}

int fdtable_unshare(uint32_t end)
{
	struct thread *self = thread_current();
	struct fdtable *copy, *old;
	int err;

	if (atomic32_load(&self->files->users) == 1)
		return 0;
	err = fdtable_copy(self->files, end, &copy);
	if (err)
		return err;
	old = self->files;
	WRITE_ONCE(self->files, copy);
	fdtable_put_table(old);
	return 0;
}

int fdtable_exec(void)
{
	struct fdtable *t;
	struct file *f;
	int fd = -1, err = fdtable_unshare(MAX_SIZE);

	if (err)
		return err;
	t = thread_current()->files;
	while ((fd = fdtable_next(t, fd + 1)) >= 0) {
		f = NULL;
		spin_lock(&t->lock);
		if (bit_test(t->array->cloexec, fd)) {
			f = t->array->files[fd];
			WRITE_ONCE(t->array->files[fd], NULL);
			free_slot(t, fd);
		}
		spin_unlock(&t->lock);
		if (f)
			(void)drop(t, f);
	}
	return 0;
}
