/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about credentials (credentials(7)). */
#include "lib/string.h"

#include "abi/errno.h"
#include "mm/kmalloc.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "vm/usercopy.h"

#define KEEP       0xffffffffu /* -1: leave as it is */
#define GROUPS_MAX 65536

long sys_getuid(void)
{
	return cred_current()->uid;
}

long sys_geteuid(void)
{
	return cred_current()->euid;
}

long sys_getgid(void)
{
	return cred_current()->gid;
}

long sys_getegid(void)
{
	return cred_current()->egid;
}

static struct cred *begin(void)
{
	const struct cred *c = cred_current();

	return cred_copy(c, c->group_count);
}

static bool any_root(const struct cred *c)
{
	return c->uid == 0 || c->euid == 0 || c->suid == 0;
}

/* The rights over files that user 0's file-system id brings. */
#define CAP_FS_MASK                                         \
	(1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE |     \
	 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_FOWNER | \
	 1ull << CAP_FSETID | 1ull << CAP_LINUX_IMMUTABLE | \
	 1ull << CAP_MKNOD | 1ull << CAP_MAC_OVERRIDE)

/* Capabilities follow user id 0 (capabilities(7)). */
static void follow_root(const struct cred *old, struct cred *n)
{
	if (any_root(old) && !any_root(n)) {
		if (!(n->securebits & SECBIT_KEEP_CAPS))
			n->cap_permitted = n->cap_effective = 0;
		n->cap_ambient = 0;
	}
	if (old->euid == 0 && n->euid != 0)
		n->cap_effective = 0;
	if (n->euid == 0 && old->euid != 0)
		n->cap_effective = n->cap_permitted;
}

static void follow_fs_root(const struct cred *old, struct cred *n)
{
	if (n->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (old->fsuid == 0 && n->fsuid != 0)
		n->cap_effective &= ~CAP_FS_MASK;
	if (n->fsuid == 0 && old->fsuid != 0)
		n->cap_effective |= n->cap_permitted & CAP_FS_MASK;
}

static long commit(struct cred *n)
{
	const struct cred *old = cred_current();

	if (!(n->securebits & SECBIT_NO_SETUID_FIXUP))
		follow_root(old, n);
	if (n->euid != old->euid || n->egid != old->egid ||
	    n->fsuid != old->fsuid || n->fsgid != old->fsgid) {
		process_current()->dumpable = false;
		task_current()->death_signal = 0;
	}
	thread_current()->cred = n;
	process_current()->uid = n->uid;
	cred_put(old);
	return 0;
}

static bool allowed(uint32_t want, uint32_t a, uint32_t b, uint32_t c, int cap)
{
	return want == KEEP || want == a || want == b || want == c ||
	       cred_capable(cred_current(), cap);
}

long sys_setresuid(uint32_t uid, uint32_t euid, uint32_t suid)
{
	const struct cred *c = cred_current();
	struct cred *n;

	if (!allowed(uid, c->uid, c->euid, c->suid, CAP_SETUID) ||
	    !allowed(euid, c->uid, c->euid, c->suid, CAP_SETUID) ||
	    !allowed(suid, c->uid, c->euid, c->suid, CAP_SETUID))
		return -EPERM;
	n = begin();
	if (!n)
		return -ENOMEM;
	n->uid = uid == KEEP ? n->uid : uid;
	n->euid = euid == KEEP ? n->euid : euid;
	n->suid = suid == KEEP ? n->suid : suid;
	n->fsuid = n->euid;
	return commit(n);
}

long sys_setresgid(uint32_t gid, uint32_t egid, uint32_t sgid)
{
	const struct cred *c = cred_current();
	struct cred *n;

	if (!allowed(gid, c->gid, c->egid, c->sgid, CAP_SETGID) ||
	    !allowed(egid, c->gid, c->egid, c->sgid, CAP_SETGID) ||
	    !allowed(sgid, c->gid, c->egid, c->sgid, CAP_SETGID))
		return -EPERM;
	n = begin();
	if (!n)
		return -ENOMEM;
	n->gid = gid == KEEP ? n->gid : gid;
	n->egid = egid == KEEP ? n->egid : egid;
	n->sgid = sgid == KEEP ? n->sgid : sgid;
	n->fsgid = n->egid;
	return commit(n);
}

long sys_setuid(uint32_t uid)
{
	const struct cred *c = cred_current();

	if (uid == KEEP)
		return -EINVAL;
	if (cred_capable(c, CAP_SETUID))
		return sys_setresuid(uid, uid, uid);
	if (uid != c->uid && uid != c->suid)
		return -EPERM;
	return sys_setresuid(KEEP, uid, KEEP);
}

long sys_setgid(uint32_t gid)
{
	const struct cred *c = cred_current();

	if (gid == KEEP)
		return -EINVAL;
	if (cred_capable(c, CAP_SETGID))
		return sys_setresgid(gid, gid, gid);
	if (gid != c->gid && gid != c->sgid)
		return -EPERM;
	return sys_setresgid(KEEP, gid, KEEP);
}

long sys_setreuid(uint32_t uid, uint32_t euid)
{
	const struct cred *c = cred_current();
	uint32_t suid = KEEP;

	if (!allowed(uid, c->uid, c->euid, c->uid, CAP_SETUID))
		return -EPERM;
	if (uid != KEEP || (euid != KEEP && euid != c->uid))
		suid = euid == KEEP ? c->euid : euid;
	return sys_setresuid(uid, euid, suid);
}

long sys_setregid(uint32_t gid, uint32_t egid)
{
	const struct cred *c = cred_current();
	uint32_t sgid = KEEP;

	if (!allowed(gid, c->gid, c->egid, c->gid, CAP_SETGID))
		return -EPERM;
	if (gid != KEEP || (egid != KEEP && egid != c->gid))
		sgid = egid == KEEP ? c->egid : egid;
	return sys_setresgid(gid, egid, sgid);
}

static long put3(const uint32_t v[3], const uaddr_t to[3])
{
	for (unsigned i = 0; i < 3; i++)
		if (copy_to_user(to[i], &v[i], sizeof(v[i])))
			return -EFAULT;
	return 0;
}

long sys_getresuid(uaddr_t uid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *c = cred_current();

	return put3((uint32_t[]){ c->uid, c->euid, c->suid },
		    (uaddr_t[]){ uid, euid, suid });
}

long sys_getresgid(uaddr_t gid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *c = cred_current();

	return put3((uint32_t[]){ c->gid, c->egid, c->sgid },
		    (uaddr_t[]){ gid, egid, sgid });
}

/* Both return the old value, whatever happens. */
long sys_setfsuid(uint32_t uid)
{
	const struct cred *c = cred_current();
	uint32_t old = c->fsuid;
	struct cred *n;

	if (uid == KEEP || !(uid == c->fsuid || allowed(uid, c->uid, c->euid,
							c->suid, CAP_SETUID)))
		return old;
	n = begin();
	if (n) {
		n->fsuid = uid;
		follow_fs_root(c, n);
		commit(n);
	}
	return old;
}

long sys_setfsgid(uint32_t gid)
{
	const struct cred *c = cred_current();
	uint32_t old = c->fsgid;
	struct cred *n;

	if (gid == KEEP || !(gid == c->fsgid || allowed(gid, c->gid, c->egid,
							c->sgid, CAP_SETGID)))
		return old;
	n = begin();
	if (n) {
		n->fsgid = gid;
		commit(n);
	}
	return old;
}

long sys_getgroups(int size, uaddr_t list)
{
	const struct cred *c = cred_current();

	if (size < 0 || (size > 0 && (uint32_t)size < c->group_count))
		return -EINVAL;
	if (size > 0 &&
	    copy_to_user(list, c->groups, c->group_count * sizeof(uint32_t)))
		return -EFAULT;
	return c->group_count;
}

/* Shell's sort: the kernel keeps groups in order, and programs see it. */
static void sort_groups(uint32_t *g, uint32_t n)
{
	for (uint32_t gap = n / 2; gap; gap /= 2) {
		for (uint32_t i = gap; i < n; i++) {
			uint32_t v = g[i], j = i;

			for (; j >= gap && g[j - gap] > v; j -= gap)
				g[j] = g[j - gap];
			g[j] = v;
		}
	}
}

long sys_setgroups(int size, uaddr_t list)
{
	const struct cred *c = cred_current();
	struct cred *n;

	if (!cred_capable(c, CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > GROUPS_MAX)
		return -EINVAL;
	n = cred_copy(c, (uint32_t)size);
	if (!n)
		return -ENOMEM;
	if (copy_from_user(n->groups, list, (size_t)size * sizeof(uint32_t))) {
		cred_put(n);
		return -EFAULT;
	}
	sort_groups(n->groups, n->group_count);
	return commit(n);
}

#define CAP_VERSION_3 0x20080522

struct cap_header {
	uint32_t version;
	int32_t pid;
};
struct cap_data {
	uint32_t effective, permitted, inheritable;
};

static long cap_begin(uaddr_t header, struct cap_header *h)
{
	if (copy_from_user(h, header, sizeof(*h)))
		return -EFAULT;
	if (h->version != CAP_VERSION_3) {
		uint32_t v = CAP_VERSION_3;

		if (copy_to_user(header, &v, sizeof(v)))
			return -EFAULT;
		return -EINVAL;
	}
	return 0;
}

long sys_capget(uaddr_t header, uaddr_t data)
{
	const struct cred *c = cred_current();
	struct cap_header h;
	struct cap_data d[2];
	long err = cap_begin(header, &h);

	if (err)
		return err == -EINVAL && !data ? 0 : err;
	for (unsigned i = 0; i < 2; i++)
		d[i] = (struct cap_data){
			(uint32_t)(c->cap_effective >> 32 * i),
			(uint32_t)(c->cap_permitted >> 32 * i),
			(uint32_t)(c->cap_inheritable >> 32 * i),
		};
	return copy_to_user(data, d, sizeof(d));
}

long sys_capset(uaddr_t header, uaddr_t data)
{
	const struct cred *c = cred_current();
	struct cap_header h;
	struct cap_data d[2];
	struct cred *n;
	long err = cap_begin(header, &h);
	uint64_t e, p, i;

	if (err)
		return err;
	if (h.pid != 0 && h.pid != thread_current()->tid)
		return -EPERM;
	if (copy_from_user(d, data, sizeof(d)))
		return -EFAULT;
	e = d[0].effective | (uint64_t)d[1].effective << 32;
	p = d[0].permitted | (uint64_t)d[1].permitted << 32;
	i = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	if ((p & ~c->cap_permitted) || (e & ~p) ||
	    (i & ~(c->cap_inheritable | c->cap_permitted |
		   (cred_capable(c, CAP_SETPCAP) ? ~0ull : 0))) ||
	    (i & ~(c->cap_inheritable | c->cap_bounding)))
		return -EPERM;
	n = begin();
	if (!n)
		return -ENOMEM;
	n->cap_effective = e;
	n->cap_permitted = p;
	n->cap_inheritable = i;
	n->cap_ambient &= p & i;
	thread_current()->cred = n;
	cred_put(c);
	return 0;
}
