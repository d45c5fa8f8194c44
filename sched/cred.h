/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credentials: immutable once published, counted.  A change makes a new one.
 */
#pragma once

#include "arch/atomic.h"
#include "lib/types.h"

#include "sched/rcu.h"
#include "sched/thread.h"

struct cred {
	struct atomic32 refs;
	struct rcu_head rcu;
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint64_t cap_permitted, cap_effective, cap_inheritable, cap_bounding;
	uint64_t cap_ambient;
	uint32_t securebits; /* SECBIT_* */
	uint32_t group_count;
	uint32_t groups[]; /* supplementary */
};

extern struct cred cred_root; /* everything allowed; never freed */

static inline const struct cred *cred_current(void)
{
	return thread_current()->cred;
}
const struct cred *cred_get(const struct cred *c);
void cred_put(const struct cred *c);
/* Another thread's at this moment, referenced. */
const struct cred *cred_of(const struct thread *t);
/* A private copy with room for n groups, refs 1; NULL: no memory. */
struct cred *cred_copy(const struct cred *c, uint32_t n_groups);
bool cred_in_group(const struct cred *c, uint32_t gid);

/* How user 0 and capabilities hang together (capabilities(7)); the bit above
 * each locks it. */
enum {
	SECBIT_NOROOT = 1 << 0,
	SECBIT_NO_SETUID_FIXUP = 1 << 2,
	SECBIT_KEEP_CAPS = 1 << 4,
	SECBIT_NO_CAP_AMBIENT_RAISE = 1 << 6,
	SECBITS_ALL = 0xff,
	SECBITS_LOCKS = 0xaa,
};

enum {
	CAP_CHOWN = 0,
	CAP_DAC_OVERRIDE = 1,
	CAP_DAC_READ_SEARCH = 2,
	CAP_FOWNER = 3,
	CAP_FSETID = 4,
	CAP_KILL = 5,
	CAP_SETGID = 6,
	CAP_SETUID = 7,
	CAP_SETPCAP = 8,
	CAP_LINUX_IMMUTABLE = 9,
	CAP_IPC_LOCK = 14,
	CAP_IPC_OWNER = 15,
	CAP_SYS_RAWIO = 17,
	CAP_SYS_CHROOT = 18,
	CAP_SYS_PTRACE = 19,
	CAP_SYS_ADMIN = 21,
	CAP_SYS_BOOT = 22,
	CAP_SYS_NICE = 23,
	CAP_SYS_RESOURCE = 24,
	CAP_SYS_TIME = 25,
	CAP_SYS_TTY_CONFIG = 26,
	CAP_MKNOD = 27,
	CAP_MAC_OVERRIDE = 32,
	CAP_SYSLOG = 34,
	CAP_LAST = 40,
};
static inline bool cred_capable(const struct cred *c, int cap)
{
	return c->cap_effective >> cap & 1;
}
