/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message queues.  Who waits stands in the queue's line of receivers or
 * senders, in order of arrival, and keeps a reference on the queue.  A sender
 * hands a message to the first receiver that wants it; a receiver that makes
 * room lets those senders go, in turn, whose messages fit: a long one does not
 * hold up short ones.  IPC_SET makes all of them look again, as rights and the
 * limit may be others now.
 */
#include "ipc/msg.h"

#include "lib/div.h"
#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/timer.h"
#include "ipc/ipc.h"
#include "mm/kmalloc.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/waitq.h"

struct queue {
	struct ipc_object ipc;
	/* protected by ipc.lock: */
	struct list messages, receivers, senders;
	nsec_t stime, rtime, ctime; /* since 1970 */
	uint64_t bytes, count, limit;
	int send_pid, receive_pid;
};

/* On its stack while it waits, protected by the queue's lock. */
struct waiter {
	struct list node;
	struct thread *thread;
	int pid;
	int result; /* WAITING, then 0, -errno, or AGAIN: look again */
	const struct msg_receive *want;
	struct msg *message; /* to send, or received */
};
#define WAITING 1
#define AGAIN   2

static struct slab queue_slab = SLAB("msg_queue", struct queue);
static const struct ipc_kind kind;
static struct ipc_table table = IPC_TABLE(table, &kind);
static struct atomic_long total_bytes, total_messages;

unsigned long msg_max = MSGMAX, msg_mnb = MSGMNB, msg_mni = MSGMNI;

static struct queue *queue_of(struct ipc_object *o)
{
	return container_of(o, struct queue, ipc);
}

static int lock_queue(int id, struct queue **out)
{
	struct ipc_object *o;
	int err = ipc_lock(&table, id, &o);

	if (!err)
		*out = queue_of(o);
	return err;
}

struct msg *msg_alloc(size_t size)
{
	struct msg *m = NULL;

	if (size <= SIZE_MAX - sizeof(*m))
		m = kmalloc(sizeof(*m) + size, 0);
	if (m) {
		list_init(&m->node);
		m->size = size;
	}
	return m;
}

void msg_free(struct msg *m)
{
	kfree(m);
}

/*
 * Life.
 */

static int create(struct ipc_table *t, const void *request,
		  struct ipc_object **out)
{
	struct queue *q = slab_alloc(&queue_slab, ALLOC_ZERO);

	if (!q)
		return -ENOMEM;
	list_init(&q->messages);
	list_init(&q->receivers);
	list_init(&q->senders);
	q->limit = msg_mnb;
	q->ctime = clock_realtime();
	*out = &q->ipc;
	return 0;
}

static void count_locked(struct queue *q, const struct msg *m, int sign)
{
	q->bytes += (uint64_t)sign * m->size;
	q->count += (uint64_t)sign;
	atomic_long_add(&total_bytes, sign * (long)m->size);
	atomic_long_add(&total_messages, sign);
}

static void free_queue(struct ipc_object *o)
{
	slab_free(&queue_slab, queue_of(o));
}

static const struct ipc_kind kind = {
	.create = create,
	.free = free_queue,
};

int msg_get(int32_t key, int flags)
{
	struct ipc_get_args a = { key, flags, (unsigned)msg_mni, NULL };

	return ipc_get(&table, &a);
}

/*
 * Waiting.
 */

static void finish(struct waiter *w, int result)
{
	list_del(&w->node);
	w->result = result;
	(void)thread_wake(w->thread);
}

static void finish_all(struct list *line, int result)
{
	while (!list_empty(line))
		finish(list_first_entry(line, struct waiter, node), result);
}

/* At the end of a line; locked, unlocks meanwhile. */
static int wait_locked(struct queue *q, struct list *line, struct waiter *w)
{
	int err = 0;

	w->thread = thread_current();
	w->result = WAITING;
	list_add_tail(&w->node, line);
	ipc_unlock(&q->ipc);
	while (!err) {
		thread_set_state(THREAD_SLEEPING);
		if (READ_ONCE(w->result) != WAITING)
			break;
		err = waitq_sleep(THREAD_SLEEPING, NSEC_FOREVER);
	}
	thread_set_state(THREAD_RUNNABLE);
	spin_lock(&q->ipc.lock);
	if (w->result != WAITING)
		return w->result;
	list_del(&w->node);
	return -ERESTARTNOHAND;
}

/*
 * What passes.
 */

/* msgrcv(2): a negative type wants the lowest up to its absolute value. */
static bool wanted(const struct msg_receive *rq, const struct msg *m)
{
	if (rq->type == 0)
		return true;
	if (rq->type < 0)
		return m->type - 1 <= -(rq->type + 1); /* LONG_MIN as well */
	return (m->type == rq->type) != !!(rq->flags & MSG_EXCEPT);
}

static int fits(const struct msg_receive *rq, const struct msg *m)
{
	return rq->size < m->size && !(rq->flags & MSG_NOERROR) ? -E2BIG : 0;
}

static struct msg *find_message(struct queue *q, const struct msg_receive *rq)
{
	struct msg *m, *best = NULL;

	list_for_each (m, &q->messages, node) {
		if (!wanted(rq, m) || (best && m->type >= best->type))
			continue;
		best = m;
		if (rq->type >= 0 || m->type == 1)
			break;
	}
	return best;
}

static struct msg *find_nth(struct queue *q, long n)
{
	struct msg *m;

	list_for_each (m, &q->messages, node)
		if (n-- == 0)
			return m;
	return NULL;
}

/* To the first receiver that wants it; one whose buffer is too small is told
 * and goes.  True: it is gone. */
static bool hand_over(struct queue *q, struct msg *m, int pid)
{
	struct waiter *w, *tmp;

	list_for_each_safe (w, tmp, &q->receivers, node) {
		int err;

		if (!wanted(w->want, m))
			continue;
		err = fits(w->want, m);
		if (!err) {
			w->message = m;
			q->receive_pid = w->pid;
			q->rtime = clock_realtime();
		}
		finish(w, err);
		if (!err)
			return true;
	}
	return false;
}

static bool has_room(const struct queue *q, const struct msg *m)
{
	return q->bytes + m->size <= q->limit && q->count + 1 <= q->limit;
}

static void deliver(struct queue *q, struct msg *m, int pid)
{
	q->send_pid = pid;
	q->stime = clock_realtime();
	if (hand_over(q, m, pid))
		return;
	list_add_tail(&m->node, &q->messages);
	count_locked(q, m, 1);
}

/* Room was made. */
static void let_senders(struct queue *q)
{
	struct waiter *w, *tmp;

	list_for_each_safe (w, tmp, &q->senders, node) {
		if (!has_room(q, w->message))
			continue;
		deliver(q, w->message, w->pid);
		finish(w, 0);
	}
}

static int send_locked(struct queue *q, struct msg *m, int flags)
{
	struct waiter w = { .pid = process_current()->pid, .message = m };
	int err;

	do {
		/* It may have gone after one was told to look again. */
		err = q->ipc.removed ? -EIDRM : ipc_permission(&q->ipc, 0222);
		if (err)
			return err;
		if (has_room(q, m)) {
			deliver(q, m, w.pid);
			return 0;
		}
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		err = wait_locked(q, &q->senders, &w);
	} while (err == AGAIN);
	return err;
}

int msg_send(int id, struct msg *m, int flags)
{
	struct queue *q;
	int err = lock_queue(id, &q);

	if (err)
		return err;
	ipc_hold(&q->ipc);
	err = send_locked(q, m, flags);
	ipc_unlock(&q->ipc);
	ipc_put(&q->ipc);
	return err;
}

/* -ENOMSG: none of that kind is there. */
static int take_locked(struct queue *q, const struct msg_receive *rq,
		       struct msg **out)
{
	struct msg *m = find_message(q, rq);
	int err = m ? fits(rq, m) : -ENOMSG;

	if (err)
		return err;
	list_del(&m->node);
	count_locked(q, m, -1);
	q->receive_pid = process_current()->pid;
	q->rtime = clock_realtime();
	*out = m;
	let_senders(q);
	return 0;
}

/* Into *out, which has room for as many bytes as the caller asked for. */
static int copy_locked(struct queue *q, const struct msg_receive *rq,
		       struct msg *out)
{
	const struct msg *m = find_nth(q, rq->type);
	int err = m ? fits(rq, m) : -ENOMSG;

	if (err)
		return err;
	if (m->size > out->size)
		return -EINVAL; /* a copy is not cut, as Linux has it */
	out->type = m->type;
	out->size = m->size;
	memcpy(out->text, m->text, out->size);
	return 0;
}

static int receive_locked(struct queue *q, const struct msg_receive *rq,
			  struct msg **out)
{
	struct waiter w = { .pid = process_current()->pid, .want = rq };
	int err;

	do {
		err = q->ipc.removed ? -EIDRM : ipc_permission(&q->ipc, 0444);
		if (!err && (rq->flags & MSG_COPY))
			return copy_locked(q, rq, *out);
		if (!err)
			err = take_locked(q, rq, out);
		if (err != -ENOMSG || (rq->flags & IPC_NOWAIT))
			return err;
		err = wait_locked(q, &q->receivers, &w);
		*out = w.message;
	} while (err == AGAIN);
	return err;
}

int msg_take(int id, const struct msg_receive *rq, struct msg **out)
{
	struct msg *copy = NULL;
	struct queue *q;
	int err;

	if (rq->flags & MSG_COPY) {
		if ((rq->flags & MSG_EXCEPT) || !(rq->flags & IPC_NOWAIT))
			return -EINVAL;
		copy = msg_alloc(MIN(rq->size, (size_t)msg_max));
		if (!copy)
			return -ENOMEM;
	}
	err = lock_queue(id, &q);
	if (!err) {
		*out = copy;
		ipc_hold(&q->ipc);
		err = receive_locked(q, rq, out);
		ipc_unlock(&q->ipc);
		ipc_put(&q->ipc);
	}
	if (err)
		msg_free(copy);
	return err;
}

/*
 * msgctl.
 */

static int64_t seconds(nsec_t t)
{
	return div_s64(t, NSEC_PER_SEC);
}

int msg_stat(int id, int cmd, struct msqid64_ds *out)
{
	struct ipc_object *o;
	struct queue *q;
	int err = ipc_lock_stat(&table, id, cmd != IPC_STAT, &o);

	if (err)
		return err;
	q = queue_of(o);
	if (cmd != MSG_STAT_ANY)
		err = ipc_permission(o, 0444);
	*out = (struct msqid64_ds){
		.stime = seconds(q->stime),
		.rtime = seconds(q->rtime),
		.ctime = seconds(q->ctime),
		.cbytes = q->bytes,
		.qnum = q->count,
		.qbytes = q->limit,
		.lspid = q->send_pid,
		.lrpid = q->receive_pid,
	};
	ipc_describe(o, &out->perm);
	if (!err && cmd != IPC_STAT)
		err = o->id;
	ipc_unlock(o);
	return err;
}

int msg_set(int id, const struct ipc64_perm *perm, uint64_t qbytes)
{
	struct ipc_object *o;
	struct queue *q;
	int err = ipc_begin_change(&table, id, &o);

	if (err)
		return err;
	q = queue_of(o);
	if (qbytes > msg_mnb && !cred_capable(cred_current(), CAP_SYS_RESOURCE))
		err = -EPERM;
	else
		err = ipc_set_locked(o, perm);
	if (!err) {
		q->limit = qbytes;
		q->ctime = clock_realtime();
		finish_all(&q->receivers, AGAIN);
		finish_all(&q->senders, AGAIN);
	}
	ipc_end_change(&table, o);
	return err;
}

int msg_remove(int id)
{
	struct list messages = LIST_INIT(messages);
	struct ipc_object *o;
	struct msg *m, *tmp;
	struct queue *q;
	int err = ipc_begin_change(&table, id, &o);

	if (err)
		return err;
	q = queue_of(o);
	ipc_remove_locked(&table, o);
	finish_all(&q->receivers, -EIDRM);
	finish_all(&q->senders, -EIDRM);
	list_for_each (m, &q->messages, node)
		count_locked(q, m, -1);
	list_splice_tail(&q->messages, &messages);
	ipc_end_change(&table, o);
	ipc_put(o);
	list_for_each_safe (m, tmp, &messages, node)
		msg_free(m);
	return 0;
}

int msg_limits(struct msginfo *out, bool usage)
{
	*out = (struct msginfo){
		.msgpool = (int)(msg_mni * msg_mnb / 1024),
		.msgmap = (int)msg_mnb,
		.msgmax = (int)msg_max,
		.msgmnb = (int)msg_mnb,
		.msgmni = (int)msg_mni,
		.msgssz = 16,
		.msgtql = (int)msg_mnb,
		.msgseg = 0xffff,
	};
	if (usage) {
		out->msgpool = (int)READ_ONCE(table.count);
		out->msgmap = (int)atomic_long_load(&total_messages);
		out->msgtql = (int)atomic_long_load(&total_bytes);
	}
	return MAX(READ_ONCE(table.max_index), 0);
}

static void show(struct ipc_object *o, void *arg)
{
	struct queue *q = queue_of(o);

	strbuf_printf(arg, "%10d %10d  %4o  %10llu %10llu %5u %5u ", o->key,
		      o->id, o->mode, (unsigned long long)q->bytes,
		      (unsigned long long)q->count, q->send_pid,
		      q->receive_pid);
	strbuf_printf(arg, "%5u %5u %5u %5u %10llu %10llu %10llu\n", o->uid,
		      o->gid, o->cuid, o->cgid,
		      (unsigned long long)seconds(q->stime),
		      (unsigned long long)seconds(q->rtime),
		      (unsigned long long)seconds(q->ctime));
}

void msg_show(struct strbuf *sb)
{
	strbuf_puts(sb, "       key      msqid perms      cbytes       qnum "
			"lspid lrpid   uid   gid  cuid  cgid      stime      "
			"rtime      ctime\n");
	ipc_for_each(&table, show, sb);
}
