/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments.  References go round: the id, each area's backing and the object
 * keep the struct.  The object's own reference is the id's; when the id is
 * gone and the last area too, the object is released, that drops the backing's
 * first reference, and the backing's release drops the struct.
 */
#include "ipc/shm.h"

#include "lib/div.h"
#include "lib/strbuf.h"

#include "abi/errno.h"
#include "abi/mman.h"
#include "core/timer.h"
#include "ipc/ipc.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "vm/backing.h"
#include "vm/object.h"
#include "vm/vmspace.h"

struct shm {
	struct ipc_object ipc;
	/* protected by ipc.lock: */
	unsigned long attached;
	nsec_t atime, dtime, ctime; /* since 1970; 0: never */
	int cpid, lpid;
	uint32_t locker; /* user, while SHM_LOCKED */

	int32_t first_key;      /* names it in /proc/PID/maps */
	struct object object;   /* size: as asked for */
	struct backing backing; /* the object's; areas take theirs */
};

struct request {
	size_t size;
	int flags;
};

static struct slab shm_slab = SLAB("shm", struct shm);
static const struct ipc_kind kind;
static struct ipc_table table = IPC_TABLE(table, &kind);
static unsigned long total_pages; /* protected by table.lock */

unsigned long shm_max = SHMMAX, shm_all = SHMALL, shm_mni = SHMMNI;

static struct shm *shm_of(struct ipc_object *o)
{
	return container_of(o, struct shm, ipc);
}

static int current_pid(void)
{
	const struct process *p = process_current();

	return p ? p->pid : 0;
}

static int64_t seconds(nsec_t t)
{
	return div_s64(t, NSEC_PER_SEC);
}

/*
 * Life.
 */

static void free_shm(struct ipc_object *o)
{
	slab_free(&shm_slab, shm_of(o));
}

static void release_object(struct object *o)
{
	backing_put(&container_of(o, struct shm, object)->backing);
}

static void release_backing(struct backing *b)
{
	ipc_put(&container_of(b, struct shm, backing)->ipc);
}

static const struct object_ops object_ops = { .release = release_object };

/* The id goes. */
static void destroy_locked(struct shm *s)
{
	ipc_remove_locked(&table, &s->ipc);
}

/* Outside the locks. */
static void drop_destroyed(struct shm *s)
{
	object_put(&s->object); /* the pages go when no area is left */
}

static void attach(struct backing *b)
{
	struct shm *s = container_of(b, struct shm, backing);

	spin_lock(&s->ipc.lock);
	s->attached++;
	s->atime = clock_realtime();
	s->lpid = current_pid();
	spin_unlock(&s->ipc.lock);
}

static bool unused_locked(const struct shm *s)
{
	return !s->attached && (s->ipc.mode & SHM_DEST) && !s->ipc.removed;
}

/* One attachment fewer.  An id is taken under the table's mutex, so the last
 * one looks again. */
static void detach_one(struct shm *s)
{
	bool last;

	spin_lock(&s->ipc.lock);
	s->attached--;
	last = unused_locked(s);
	spin_unlock(&s->ipc.lock);
	if (!last)
		return;
	mutex_lock(&table.lock);
	spin_lock(&s->ipc.lock);
	last = unused_locked(s);
	if (last)
		destroy_locked(s);
	spin_unlock(&s->ipc.lock);
	mutex_unlock(&table.lock);
	if (last)
		drop_destroyed(s);
}

static void detach(struct backing *b)
{
	struct shm *s = container_of(b, struct shm, backing);

	spin_lock(&s->ipc.lock);
	s->dtime = clock_realtime();
	s->lpid = current_pid();
	spin_unlock(&s->ipc.lock);
	detach_one(s);
}

static void describe(struct backing *b, unsigned *major, unsigned *minor,
		     uint64_t *ino, struct strbuf *path)
{
	const struct shm *s = container_of(b, struct shm, backing);

	*major = 0;
	*minor = 1; /* as other memory without a file */
	*ino = (uint64_t)s->ipc.id;
	strbuf_printf(path, "/SYSV%08x (deleted)", (unsigned)s->first_key);
}

static const struct backing_ops backing_ops = {
	.release = release_backing,
	.describe = describe,
	.attach = attach,
	.detach = detach,
};

static uint64_t pages_of(size_t size)
{
	return (size >> PAGE_SHIFT) + ((size & ~PAGE_MASK) != 0);
}

static int may_create(const struct request *rq)
{
	uint64_t pages = pages_of(rq->size);
	struct page_stats st;

	if (rq->size < SHMMIN || rq->size > shm_max)
		return -EINVAL;
	if (pages << PAGE_SHIFT < rq->size || total_pages + pages < pages ||
	    total_pages + pages > shm_all)
		return -ENOSPC;
	if (rq->flags & SHM_HUGETLB)
		return -ENOMEM; /* there are no huge pages to be had */
	if (rq->flags & SHM_NORESERVE)
		return 0;
	page_stats(&st); /* what could never be had is refused */
	return pages > st.total ? -ENOMEM : 0;
}

static int create(struct ipc_table *t, const void *request,
		  struct ipc_object **out)
{
	const struct request *rq = request;
	struct shm *s;
	int err = may_create(rq);

	if (err)
		return err;
	s = slab_alloc(&shm_slab, ALLOC_ZERO);
	if (!s)
		return -ENOMEM;
	object_init(&s->object, &object_ops);
	s->object.size = rq->size;
	s->backing.ops = &backing_ops;
	atomic32_store(&s->backing.refs, 1);
	s->ctime = clock_realtime();
	s->cpid = current_pid();
	*out = &s->ipc;
	return 0;
}

static int check(struct ipc_object *o, const void *request)
{
	const struct request *rq = request;

	return rq->size > shm_of(o)->object.size ? -EINVAL : 0;
}

static void account(struct ipc_object *o, int sign)
{
	struct shm *s = shm_of(o);

	total_pages += (unsigned long)sign * pages_of(s->object.size);
	if (sign > 0)
		s->first_key = o->key;
}

static const struct ipc_kind kind = {
	.create = create,
	.check = check,
	.account = account,
	.free = free_shm,
};

int shm_get(int32_t key, size_t size, int flags)
{
	struct request rq = { size, flags };
	struct ipc_get_args a = { key, flags, (unsigned)shm_mni, &rq };

	return ipc_get(&table, &a);
}

/*
 * Attaching.
 */

static int check_address(uaddr_t *addr, int flags)
{
	if (!*addr)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (IS_ALIGNED(*addr, PAGE_SIZE))
		return 0;
	if (!(flags & SHM_RND))
		return -EINVAL;
	*addr &= PAGE_MASK;
	/* The bottom is no place to replace what is there. */
	return !*addr && (flags & SHM_REMAP) ? -EINVAL : 0;
}

/* The segment with an attachment of its own, so that it stays. */
static int begin_attach(int id, int flags, struct shm **out)
{
	unsigned want = flags & SHM_RDONLY ? 0444 : 0666;
	struct ipc_object *o;
	int err = ipc_lock(&table, id, &o);

	if (err)
		return err;
	err = ipc_permission(o, flags & SHM_EXEC ? want | 0111 : want);
	if (!err) {
		shm_of(o)->attached++;
		ipc_hold(o);
	}
	ipc_unlock(o);
	*out = shm_of(o);
	return err;
}

static uint32_t area_flags(int flags)
{
	uint32_t f = AREA_SHARED | AREA_R | AREA_MAY_R | AREA_MAY_X;

	if (!(flags & SHM_RDONLY))
		f |= AREA_W | AREA_MAY_W;
	if (flags & SHM_EXEC)
		f |= AREA_X;
	return f | thread_current()->vmspace->default_flags;
}

int shm_attach(int id, uaddr_t addr, int flags, uaddr_t *out)
{
	struct map_request rq = {
		.flags = area_flags(flags),
		.noreplace = !(flags & SHM_REMAP),
	};
	struct shm *s;
	int err = id < 0 ? -EINVAL : check_address(&addr, flags);

	if (!err)
		err = begin_attach(id, flags, &s);
	if (err)
		return err;
	rq.addr = addr;
	rq.fixed = addr;
	rq.len = s->object.size;
	rq.object = &s->object;
	rq.backing = &s->backing;
	if (addr && rq.noreplace && addr + rq.len < addr)
		err = -EINVAL;
	else
		err = vmspace_map(thread_current()->vmspace, &rq, out);
	detach_one(s);
	ipc_put(&s->ipc);
	return err == -EEXIST ? -EINVAL : err;
}

int shm_detach(uaddr_t addr)
{
	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	return vmspace_unmap_kind(thread_current()->vmspace, addr,
				  &backing_ops);
}

/*
 * shmctl.
 */

int shm_stat(int id, int cmd, struct shmid64_ds *out)
{
	struct ipc_object *o;
	struct shm *s;
	int err = ipc_lock_stat(&table, id, cmd != IPC_STAT, &o);

	if (err)
		return err;
	s = shm_of(o);
	if (cmd != SHM_STAT_ANY)
		err = ipc_permission(o, 0444);
	*out = (struct shmid64_ds){
		.segsz = s->object.size,
		.atime = seconds(s->atime),
		.dtime = seconds(s->dtime),
		.ctime = seconds(s->ctime),
		.cpid = s->cpid,
		.lpid = s->lpid,
		.nattch = s->attached,
	};
	ipc_describe(o, &out->perm);
	if (!err && cmd != IPC_STAT)
		err = o->id;
	ipc_unlock(o);
	return err;
}

int shm_set(int id, const struct ipc64_perm *perm)
{
	struct ipc_object *o;
	int err = ipc_begin_change(&table, id, &o);

	if (err)
		return err;
	err = ipc_set_locked(o, perm);
	if (!err)
		shm_of(o)->ctime = clock_realtime();
	ipc_end_change(&table, o);
	return err;
}

int shm_remove(int id)
{
	struct ipc_object *o;
	bool now;
	int err = ipc_begin_change(&table, id, &o);

	if (err)
		return err;
	now = !shm_of(o)->attached;
	if (now) {
		destroy_locked(shm_of(o));
	} else {
		o->mode |= SHM_DEST;
		ipc_forget_key_locked(&table, o);
	}
	ipc_end_change(&table, o);
	if (now)
		drop_destroyed(shm_of(o));
	return 0;
}

struct locked_sum {
	uint32_t user;
	uint64_t pages;
};

static void add_locked_pages(struct ipc_object *o, void *arg)
{
	struct locked_sum *sum = arg;

	if ((o->mode & SHM_LOCKED) && shm_of(o)->locker == sum->user)
		sum->pages += pages_of(shm_of(o)->object.size);
}

/* What a user may keep in memory, over all segments. */
static bool may_lock_more(struct shm *s)
{
	struct locked_sum sum = { .user = cred_current()->uid };
	uint64_t limit = process_current()->limit[RLIMIT_MEMLOCK].cur;

	if (cred_capable(cred_current(), CAP_IPC_LOCK) ||
	    limit == RLIM64_INFINITY)
		return true;
	ipc_for_each(&table, add_locked_pages, &sum);
	return sum.pages + pages_of(s->object.size) <= limit >> PAGE_SHIFT;
}

static int may_change_lock(const struct ipc_object *o, bool on)
{
	const struct cred *c = cred_current();

	if (cred_capable(c, CAP_IPC_LOCK))
		return 0;
	if (c->euid != o->uid && c->euid != o->cuid)
		return -EPERM;
	return on && !process_current()->limit[RLIMIT_MEMLOCK].cur ? -EPERM : 0;
}

/* Pages of objects without a home elsewhere stay in memory anyway. */
int shm_lock(int id, bool on)
{
	struct ipc_object *o;
	int err = ipc_lock(&table, id, &o);

	if (err)
		return err;
	err = may_change_lock(o, on);
	if (err || (on && (o->mode & SHM_LOCKED))) {
		ipc_unlock(o);
		return err;
	}
	if (!on) {
		o->mode &= ~SHM_LOCKED;
		ipc_unlock(o);
		return 0;
	}
	ipc_hold(o);
	ipc_unlock(o);
	if (!may_lock_more(shm_of(o))) {
		err = -ENOMEM;
	} else {
		spin_lock(&o->lock);
		o->mode |= SHM_LOCKED;
		shm_of(o)->locker = cred_current()->uid;
		spin_unlock(&o->lock);
	}
	ipc_put(o);
	return err;
}

int shm_limits(struct shminfo64 *out)
{
	*out = (struct shminfo64){
		.shmmax = shm_max,
		.shmmin = SHMMIN,
		.shmmni = shm_mni,
		.shmseg = shm_mni,
		.shmall = shm_all,
	};
	return MAX(READ_ONCE(table.max_index), 0);
}

static void add_usage(struct ipc_object *o, void *arg)
{
	struct shm_info *info = arg;

	info->used_ids++;
	info->shm_tot += pages_of(shm_of(o)->object.size);
	info->shm_rss += shm_of(o)->object.page_count;
}

int shm_usage(struct shm_info *out)
{
	*out = (struct shm_info){ 0 };
	ipc_for_each(&table, add_usage, out);
	return MAX(READ_ONCE(table.max_index), 0);
}

#define SIZE_WIDTH (sizeof(long) == 8 ? 21 : 10)
#define ull        unsigned long long

static void show(struct ipc_object *o, void *arg)
{
	struct shm *s = shm_of(o);
	struct strbuf *sb = arg;

	strbuf_printf(sb, "%10d %10d  %4o %*llu %5u %5u  %5lu %5u %5u %5u %5u ",
		      o->key, o->id, o->mode, (int)SIZE_WIDTH,
		      (ull)s->object.size, s->cpid, s->lpid, s->attached,
		      o->uid, o->gid, o->cuid, o->cgid);
	strbuf_printf(sb, "%10llu %10llu %10llu %*llu %*u\n",
		      (ull)seconds(s->atime), (ull)seconds(s->dtime),
		      (ull)seconds(s->ctime), (int)SIZE_WIDTH,
		      (ull)(s->object.page_count << PAGE_SHIFT),
		      (int)SIZE_WIDTH, 0);
}

void shm_show(struct strbuf *sb)
{
	strbuf_printf(
		sb,
		"       key      shmid perms %*s  cpid  lpid nattch   uid "
		"  gid  cuid  cgid      atime      dtime      ctime %*s "
		"%*s\n",
		(int)SIZE_WIDTH, "size", (int)SIZE_WIDTH, "rss",
		(int)SIZE_WIDTH, "swap");
	ipc_for_each(&table, show, sb);
}
