/* SPDX-License-Identifier: BSD-2-Clause */
/* Semaphore sets: birth, death, and semctl(2). */
#include "lib/div.h"
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "core/timer.h"
#include "ipc/sem_priv.h"
#include "mm/kmalloc.h"
#include "mm/vmap.h"

#define KMALLOC_BEST (32u << 10) /* above, pages need not lie together */

static const struct ipc_kind kind;
struct ipc_table sem_table = IPC_TABLE(sem_table, &kind);
static unsigned used; /* semaphores; protected by sem_table.lock */

unsigned long sem_limit[SEM_LIMITS] = {
	[SEM_PER_SET] = SEMMSL,
	[SEM_TOTAL] = SEMMNS,
	[SEM_PER_CALL] = SEMOPM,
	[SEM_SETS] = SEMMNI,
};

/*
 * Life.
 */

static size_t array_size(int count)
{
	return (size_t)count * sizeof(struct semaphore);
}

static struct semaphore *array_alloc(int count)
{
	struct semaphore *sem;

	if (array_size(count) <= KMALLOC_BEST)
		sem = kzalloc(array_size(count), 0);
	else
		sem = vmap_alloc(array_size(count), PAGE_SIZE, ALLOC_ZERO);
	for (int i = 0; sem && i < count; i++) {
		list_init(&sem[i].zeroes);
		list_init(&sem[i].changes);
		sem[i].next_dirty = SEM_CLEAN;
	}
	return sem;
}

static void free_set(struct ipc_object *o)
{
	struct sem_set *s = sem_set_of(o);

	if (array_size(s->count) <= KMALLOC_BEST)
		kfree(s->sem);
	else
		vmap_free(s->sem);
	kfree(s);
}

static int create(struct ipc_table *t, const void *request,
		  struct ipc_object **out)
{
	int count = *(const int *)request;
	struct sem_set *s;

	if (!count)
		return -EINVAL;
	if (used + (unsigned long)count > sem_limit[SEM_TOTAL])
		return -ENOSPC;
	s = kzalloc(sizeof(*s), 0);
	if (!s)
		return -ENOMEM;
	s->sem = array_alloc(count);
	if (!s->sem) {
		kfree(s);
		return -ENOMEM;
	}
	s->count = count;
	s->first_dirty = SEM_DIRTY_END;
	s->ctime = clock_realtime();
	list_init(&s->undos);
	*out = &s->ipc;
	return 0;
}

static int check(struct ipc_object *o, const void *request)
{
	return *(const int *)request > sem_set_of(o)->count ? -EINVAL : 0;
}

static void account(struct ipc_object *o, int sign)
{
	used += (unsigned)(sign * sem_set_of(o)->count);
}

static const struct ipc_kind kind = {
	.create = create,
	.check = check,
	.account = account,
	.free = free_set,
};

int sem_get(int32_t key, int count, int flags)
{
	struct ipc_get_args a = { key, flags, (unsigned)sem_limit[SEM_SETS],
				  &count };

	if (count < 0 || (unsigned long)count > sem_limit[SEM_PER_SET])
		return -EINVAL;
	return ipc_get(&sem_table, &a);
}

static void end_waits(struct list *line)
{
	while (!list_empty(line)) {
		struct sem_waiter *w =
			list_first_entry(line, struct sem_waiter, node);

		list_del(&w->node);
		w->result = -EIDRM;
		(void)thread_wake(w->thread);
	}
}

int sem_remove(int id)
{
	struct ipc_object *o;
	struct sem_set *s;
	int err = ipc_begin_change(&sem_table, id, &o);

	if (err)
		return err;
	s = sem_set_of(o);
	ipc_remove_locked(&sem_table, o);
	sem_undo_drop_locked(s);
	for (int i = 0; i < s->count; i++) {
		end_waits(&s->sem[i].zeroes);
		end_waits(&s->sem[i].changes);
	}
	ipc_end_change(&sem_table, o);
	ipc_put(o);
	return 0;
}

/*
 * semctl.
 */

static int64_t seconds(nsec_t t)
{
	return div_s64(t, NSEC_PER_SEC);
}

int sem_stat(int id, int cmd, struct semid64_ds *out)
{
	struct ipc_object *o;
	struct sem_set *s;
	int err = ipc_lock_stat(&sem_table, id, cmd != IPC_STAT, &o);

	if (err)
		return err;
	s = sem_set_of(o);
	if (cmd != SEM_STAT_ANY)
		err = ipc_permission(o, 0444);
	*out = (struct semid64_ds){
		.otime = seconds(s->otime),
		.ctime = seconds(s->ctime),
		.nsems = (unsigned)s->count,
	};
	ipc_describe(o, &out->perm);
	if (!err && cmd != IPC_STAT)
		err = o->id;
	ipc_unlock(o);
	return err;
}

int sem_set(int id, const struct ipc64_perm *perm)
{
	struct ipc_object *o;
	int err = ipc_begin_change(&sem_table, id, &o);

	if (err)
		return err;
	err = ipc_set_locked(o, perm);
	if (!err)
		sem_set_of(o)->ctime = clock_realtime();
	ipc_end_change(&sem_table, o);
	return err;
}

static bool waits_for(const struct sem_waiter *w, bool zero)
{
	return zero ? w->blocked->op == 0 : w->blocked->op < 0;
}

static int count_waiters(const struct semaphore *sem, bool zero)
{
	const struct sem_waiter *w;
	int n = 0;

	list_for_each (w, &sem->zeroes, node)
		n += waits_for(w, zero);
	list_for_each (w, &sem->changes, node)
		n += waits_for(w, zero);
	return n;
}

int sem_query(int id, int num, int cmd)
{
	struct sem_set *s;
	int ret = sem_lock(id, &s);

	if (ret)
		return ret;
	ret = ipc_permission(&s->ipc, 0444);
	if (!ret && (num < 0 || num >= s->count))
		ret = -EINVAL;
	if (!ret) {
		switch (cmd) {
		case GETVAL: ret = s->sem[num].value; break;
		case GETPID: ret = s->sem[num].pid; break;
		default: ret = count_waiters(&s->sem[num], cmd == GETZCNT);
		}
	}
	ipc_unlock(&s->ipc);
	return ret;
}

/* The semaphore's value is set, whatever it was. */
static void store_locked(struct sem_set *s, int num, int value)
{
	s->sem[num].value = value;
	s->sem[num].pid = sem_current_pid();
	sem_mark_locked(s, num);
}

int sem_set_value(int id, int num, int value)
{
	struct sem_set *s;
	int err;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	err = sem_lock(id, &s);
	if (err)
		return err;
	if (num < 0 || num >= s->count)
		err = -EINVAL;
	else
		err = ipc_permission(&s->ipc, 0222);
	if (!err) {
		sem_undo_clear_locked(s, num);
		store_locked(s, num, value);
		s->ctime = clock_realtime();
		sem_settle_locked(s);
	}
	ipc_unlock(&s->ipc);
	return err;
}

int sem_count(int id, unsigned want)
{
	struct sem_set *s;
	int ret = sem_lock(id, &s);

	if (ret)
		return ret;
	ret = ipc_permission(&s->ipc, want);
	if (!ret)
		ret = s->count;
	ipc_unlock(&s->ipc);
	return ret;
}

/* The set that was counted; an id that was removed since is -EIDRM. */
static int lock_counted(int id, int count, struct sem_set **out)
{
	int err = sem_lock(id, out);

	if (err)
		return -EIDRM;
	if ((*out)->count == count)
		return 0;
	ipc_unlock(&(*out)->ipc);
	return -EIDRM;
}

int sem_get_all(int id, uint16_t *values, int count)
{
	struct sem_set *s;
	int err = lock_counted(id, count, &s);

	if (err)
		return err;
	for (int i = 0; i < count; i++)
		values[i] = (uint16_t)s->sem[i].value;
	ipc_unlock(&s->ipc);
	return 0;
}

int sem_set_all(int id, const uint16_t *values, int count)
{
	struct sem_set *s;
	int err;

	for (int i = 0; i < count; i++)
		if (values[i] > SEMVMX)
			return -ERANGE;
	err = lock_counted(id, count, &s);
	if (err)
		return err;
	sem_undo_clear_locked(s, -1);
	for (int i = 0; i < count; i++)
		store_locked(s, i, values[i]);
	s->ctime = clock_realtime();
	sem_settle_locked(s);
	ipc_unlock(&s->ipc);
	return 0;
}

int sem_limits(struct seminfo *out, bool usage)
{
	*out = (struct seminfo){
		.semmap = SEMMAP,
		.semmni = (int)sem_limit[SEM_SETS],
		.semmns = (int)sem_limit[SEM_TOTAL],
		.semmnu = SEMMNU,
		.semmsl = (int)sem_limit[SEM_PER_SET],
		.semopm = (int)sem_limit[SEM_PER_CALL],
		.semume = SEMUME,
		.semusz = usage ? (int)READ_ONCE(sem_table.count) : SEMUSZ,
		.semvmx = SEMVMX,
		.semaem = usage ? (int)READ_ONCE(used) : SEMAEM,
	};
	return MAX(READ_ONCE(sem_table.max_index), 0);
}

static void show(struct ipc_object *o, void *arg)
{
	struct sem_set *s = sem_set_of(o);

	strbuf_printf(arg,
		      "%10d %10d  %4o %10d %5u %5u %5u %5u %10llu %10llu\n",
		      o->key, o->id, o->mode, s->count, o->uid, o->gid, o->cuid,
		      o->cgid, (unsigned long long)seconds(s->otime),
		      (unsigned long long)seconds(s->ctime));
}

void sem_show(struct strbuf *sb)
{
	strbuf_puts(sb, "       key      semid perms      nsems   uid   gid  "
			"cuid  cgid      otime      ctime\n");
	ipc_for_each(&sem_table, show, sb);
}

void sem_init(void)
{
	sem_undo_init();
}
