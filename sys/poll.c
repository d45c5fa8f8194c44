/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll(2) and select(2): ask every file once, leaving a wait entry on each
 * queue that could change its answer; then sleep, and ask again.
 *
 * Entries are allocated in chunks as files name their queues, and all files
 * are held until the entries are off their queues.
 */
#include "sys/poll.h"

#include "lib/div.h"
#include "lib/list.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "core/timer.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/waitq.h"
#include "sys/syscalls.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/poll.h"
#include "vm/usercopy.h"

#define CHUNK  32
#define ALWAYS (POLLERR | POLLHUP)

struct poll_entry {
	struct wait_entry wait;
	struct waitq *queue;
	struct poll_set *set;
};

struct poll_chunk {
	struct poll_chunk *next;
	unsigned used;
	struct poll_entry entry[CHUNK];
};

/* One call's waiting. */
struct poll_set {
	struct poll_table table;
	struct poll_chunk *chunks;
	struct thread *thread;
	bool triggered;
	int err;
};

/* One file to ask; the reference keeps its queues alive while we wait. */
struct poll_item {
	struct fdref ref; /* no file: nothing to ask */
	uint32_t events, revents;
};

static bool on_wake(struct wait_entry *w, uint32_t key)
{
	struct poll_entry *e = container_of(w, struct poll_entry, wait);

	WRITE_ONCE(e->set->triggered, true);
	return thread_wake(e->set->thread);
}

static void add_queue(struct poll_table *pt, struct waitq *q)
{
	struct poll_set *s = container_of(pt, struct poll_set, table);
	struct poll_chunk *c = s->chunks;
	struct poll_entry *e;

	if (!c || c->used == CHUNK) {
		c = kmalloc(sizeof(*c), 0);
		if (!c) {
			s->err = -ENOMEM;
			return;
		}
		c->next = s->chunks;
		c->used = 0;
		s->chunks = c;
	}
	e = &c->entry[c->used++];
	*e = (struct poll_entry){
		.wait = { .wake = on_wake, .keys = pt->keys },
		.queue = q,
		.set = s,
	};
	waitq_add(q, &e->wait);
}

static void set_begin(struct poll_set *s)
{
	*s = (struct poll_set){ .table = { .queue = add_queue },
				.thread = thread_current() };
}

static void set_end(struct poll_set *s)
{
	while (s->chunks) {
		struct poll_chunk *c = s->chunks;

		s->chunks = c->next;
		for (unsigned i = 0; i < c->used; i++)
			waitq_remove(c->entry[i].queue, &c->entry[i].wait);
		kfree(c);
	}
}

static inline uint32_t ask_file(struct file *f, struct poll_table *pt)
{
	return likely(f->ops->poll)
		       ? f->ops->poll(f, pt)
		       : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static uint32_t ask(struct poll_item *it, struct poll_table *pt)
{
	if (pt)
		pt->keys = it->events | ALWAYS;
	return ask_file(it->ref.file, pt) & (it->events | ALWAYS);
}

/* Asks all; after the first answer nobody need be waited for any more. */
static long ask_all(struct poll_item *items, size_t n, struct poll_set *s,
		    bool wait)
{
	long ready = 0;

	for (size_t i = 0; i < n; i++) {
		if (items[i].ref.file)
			items[i].revents = ask(
				&items[i], wait && !ready ? &s->table : NULL);
		ready += items[i].revents != 0;
	}
	return ready;
}

/* Number of ready items, 0 at the deadline, -ERESTARTNOHAND after a signal. */
static long wait_items(struct poll_item *items, size_t n, nsec_t deadline)
{
	struct poll_set s;
	bool first = true;
	long ready;

	set_begin(&s);
	for (;;) {
		int err;

		WRITE_ONCE(s.triggered, false);
		ready = ask_all(items, n, &s, first && deadline != 0);
		if (ready || s.err || deadline == 0)
			break;
		first = false;
		thread_set_state(THREAD_SLEEPING);
		err = READ_ONCE(s.triggered)
			      ? 0
			      : waitq_sleep(THREAD_SLEEPING, deadline);
		thread_set_state(THREAD_RUNNABLE);
		if (err == -ETIMEDOUT)
			break;
		if (err) {
			ready = -ERESTARTNOHAND;
			break;
		}
	}
	set_end(&s);
	return s.err ? s.err : ready;
}

static inline void take_file(struct poll_item *it, int fd, uint32_t events)
{
	it->ref = fdtable_get_any((unsigned)fd);
	it->events = events;
	it->revents = it->ref.file ? 0 : POLLNVAL;
}

static void put_files(struct poll_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fdtable_put(items[i].ref);
}

/* Stores revents in user space's struct pollfd. */
static noinline int tell(uaddr_t ufd, uint32_t revents)
{
	int16_t value = (int16_t)revents;

	return copy_to_user(ufd + offsetof(struct pollfd, revents), &value,
			    sizeof(value));
}

static inline uint32_t ask_now(const struct pollfd *p)
{
	struct fdref ref;
	uint32_t got;

	if (p->fd < 0)
		return 0;
	ref = fdtable_get_any((unsigned)p->fd);
	if (!ref.file)
		return POLLNVAL;
	got = ask_file(ref.file, NULL);
	fdtable_put(ref);
	return got & ((uint16_t)p->events | ALWAYS);
}

/* Nobody waits: asks each once, and keeps nothing. */
static noinline long poll_now(uaddr_t ufds, const struct pollfd *fds,
			      unsigned n)
{
	uint32_t ready = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t got = ask_now(&fds[i]);

		ready += got != 0;
		if (unlikely(got != (uint16_t)fds[i].revents) &&
		    tell(ufds + i * sizeof(*fds), got))
			return -EFAULT;
	}
	return ready;
}

static long poll_fds(uaddr_t ufds, unsigned n, nsec_t deadline)
{
	struct pollfd *fds;
	struct poll_item *items;
	long ready = -ENOMEM;

	if (n > process_current()->limit[RLIMIT_NOFILE].cur)
		return -EINVAL;
	fds = kmalloc_array(n + 1, sizeof(*fds), 0);
	items = deadline ? kmalloc_array(n + 1, sizeof(*items), 0) : NULL;
	if (!fds || (deadline && !items))
		goto out;
	ready = copy_from_user(fds, ufds, n * sizeof(*fds));
	if (ready)
		goto out;
	if (!items) {
		ready = poll_now(ufds, fds, n);
		goto out;
	}
	for (unsigned i = 0; i < n; i++) {
		if (fds[i].fd >= 0)
			take_file(&items[i], fds[i].fd,
				  (uint16_t)fds[i].events);
		else
			items[i] = (struct poll_item){ .events = 0 };
	}
	ready = wait_items(items, n, deadline);
	put_files(items, n);
	for (unsigned i = 0; i < n && ready >= 0; i++)
		if (items[i].revents != (uint16_t)fds[i].revents &&
		    tell(ufds + i * sizeof(*fds), items[i].revents))
			ready = -EFAULT;
out:
	kfree(fds);
	kfree(items);
	return ready;
}

long sys_poll(uaddr_t fds, unsigned n, int timeout_ms)
{
	nsec_t deadline = NSEC_FOREVER;

	struct task *t = task_current();
	long ready;

	if (timeout_ms == 0)
		deadline = 0;
	else if (t->restart_deadline) /* the process was stopped meanwhile */
		deadline = t->restart_deadline;
	else if (timeout_ms > 0)
		deadline = clock_monotonic() + timeout_ms * NSEC_PER_MSEC;
	ready = poll_fds(fds, n, deadline);
	t->restart_deadline = ready == -ERESTARTNOHAND ? deadline : 0;
	return ready;
}

long poll_read_timeout(uaddr_t at, bool timeval, nsec_t *deadline)
{
	struct timespec64 ts;

	*deadline = NSEC_FOREVER;
	if (!at)
		return 0;
	if (copy_from_user(&ts, at, sizeof(ts)))
		return -EFAULT;
	if (timeval) {
		int64_t whole = div_s64(ts.nsec, 1000000);

		ts.sec += whole;
		ts.nsec = (ts.nsec - whole * 1000000) * NSEC_PER_USEC;
	}
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if (ts.sec == 0 && ts.nsec == 0)
		*deadline = 0;
	else if (ts.sec < NSEC_FOREVER / NSEC_PER_SEC / 2)
		*deadline = clock_monotonic() + ts.sec * NSEC_PER_SEC + ts.nsec;
	return 0;
}

long poll_mask_begin(uaddr_t mask, size_t size)
{
	struct task *t = task_current();
	sigset_t set;

	if (!mask)
		return 0;
	if (size != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, mask, sizeof(set)))
		return -EFAULT;
	t->saved_mask = t->blocked;
	signal_set_mask(set);
	return 0;
}

void poll_mask_end(uaddr_t mask, long result)
{
	struct task *t = task_current();

	if (!mask)
		return;
	if (result == -EINTR || result == -ERESTARTNOHAND)
		t->restore_mask = true;
	else
		signal_set_mask(t->saved_mask);
}

/* What of the time is left, whatever the call returned.  Memory that cannot be
 * written is no error, but the call cannot be made again then. */
static long put_left(uaddr_t at, bool timeval, nsec_t deadline, long result)
{
	nsec_t left = deadline - clock_monotonic();
	struct timespec64 ts = { 0 };

	if (!at || !deadline || deadline == NSEC_FOREVER)
		return result;
	if (left > 0) {
		ts.sec = div_s64(left, NSEC_PER_SEC);
		ts.nsec = left - ts.sec * NSEC_PER_SEC;
	}
	if (timeval)
		ts.nsec = div_s64(ts.nsec, NSEC_PER_USEC);
	if (copy_to_user(at, &ts, sizeof(ts)) && result == -ERESTARTNOHAND)
		return -EINTR;
	return result;
}

long sys_ppoll(uaddr_t fds, unsigned n, uaddr_t timeout, uaddr_t mask,
	       size_t size)
{
	nsec_t deadline;
	long err = poll_read_timeout(timeout, false, &deadline);

	if (!err)
		err = poll_mask_begin(mask, size);
	if (err)
		return err;
	err = poll_fds(fds, n, deadline);
	poll_mask_end(mask, err);
	return put_left(timeout, false, deadline, err);
}

#define SELECT_IN  (POLLIN | POLLRDNORM | POLLHUP | POLLERR)
#define SELECT_OUT (POLLOUT | POLLWRNORM | POLLERR)
#define SELECT_EX  POLLPRI

struct select_sets {
	unsigned n, longs;
	uaddr_t user[3];     /* in, out, exceptional */
	unsigned long *bits; /* three sets of `longs` words, then results */
	struct poll_item *items;
};

static bool bit_of(const unsigned long *set, unsigned i)
{
	return set[i / (8 * sizeof(long))] >> i % (8 * sizeof(long)) & 1;
}

static void set_bit_of(unsigned long *set, unsigned i)
{
	set[i / (8 * sizeof(long))] |= 1ul << i % (8 * sizeof(long));
}

static long select_take(struct select_sets *s)
{
	static const uint32_t events[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };

	for (unsigned k = 0; k < 3; k++)
		if (s->user[k] &&
		    copy_from_user(s->bits + k * s->longs, s->user[k],
				   s->longs * sizeof(long)))
			return -EFAULT;
	for (unsigned fd = 0; fd < s->n; fd++) {
		uint32_t want = 0;

		for (unsigned k = 0; k < 3; k++)
			if (bit_of(s->bits + k * s->longs, fd))
				want |= events[k];
		if (!want)
			continue;
		take_file(&s->items[fd], (int)fd, want);
		if (!s->items[fd].ref.file)
			return -EBADF;
	}
	return 0;
}

static long select_give(struct select_sets *s)
{
	static const uint32_t events[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };
	long count = 0;

	for (unsigned k = 0; k < 3; k++) {
		unsigned long *in = s->bits + k * s->longs;
		unsigned long *out = s->bits + (3 + k) * s->longs;

		for (unsigned fd = 0; fd < s->n; fd++) {
			if (!bit_of(in, fd) ||
			    !(s->items[fd].revents & events[k]))
				continue;
			set_bit_of(out, fd);
			count++;
		}
		if (s->user[k] &&
		    copy_to_user(s->user[k], out, s->longs * sizeof(long)))
			return -EFAULT;
	}
	return count;
}

static long do_select(int n, const uaddr_t sets[3], nsec_t deadline)
{
	struct select_sets s = { .user = { sets[0], sets[1], sets[2] } };
	uint64_t limit = process_current()->limit[RLIMIT_NOFILE].cur;
	long result = -ENOMEM;

	if (n < 0)
		return -EINVAL;
	s.n = (unsigned)MIN((uint64_t)n, limit);
	s.longs = (s.n + 8 * sizeof(long) - 1) / (8 * sizeof(long));
	s.bits = kmalloc_array(6 * s.longs + 1, sizeof(long), ALLOC_ZERO);
	s.items = kmalloc_array(s.n + 1, sizeof(*s.items), ALLOC_ZERO);
	if (s.bits && s.items) {
		result = select_take(&s);
		if (!result)
			result = wait_items(s.items, s.n, deadline);
		if (result >= 0)
			result = select_give(&s);
		put_files(s.items, s.n);
	}
	kfree(s.bits);
	kfree(s.items);
	return result;
}

long sys_select(int n, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t timeout)
{
	const uaddr_t sets[3] = { in, out, ex };
	nsec_t deadline;
	long err = poll_read_timeout(timeout, true, &deadline);

	if (err)
		return err;
	err = do_select(n, sets, deadline);
	return put_left(timeout, true, deadline, err);
}

long sys_pselect6(int n, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t timeout,
		  uaddr_t mask_arg)
{
	const uaddr_t sets[3] = { in, out, ex };
	struct {
		uaddr_t set;
		size_t size;
	} mask = { 0, 0 };
	nsec_t deadline;
	long err = poll_read_timeout(timeout, false, &deadline);

	if (!err && mask_arg && copy_from_user(&mask, mask_arg, sizeof(mask)))
		err = -EFAULT;
	if (!err)
		err = poll_mask_begin(mask.set, mask.size);
	if (err)
		return err;
	err = do_select(n, sets, deadline);
	poll_mask_end(mask.set, err);
	return put_left(timeout, false, deadline, err);
}
