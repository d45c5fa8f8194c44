/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's names: uname(2) and who sets them. */
#include "sys/uname.h"

#include "arch/info.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/spinlock.h"
#include "sched/cred.h"
#include "sys/syscalls.h"
#include "sys/version.h"
#include "vm/usercopy.h"

#define NAME_LEN 65

struct uts {
	char sysname[NAME_LEN], nodename[NAME_LEN], release[NAME_LEN];
	char version[NAME_LEN], machine[NAME_LEN], domainname[NAME_LEN];
};

static struct spinlock uts_lock = SPINLOCK(RANK_SIGNAL);
/* protected by uts_lock: */
static char nodename[NAME_LEN] = "dunlin", domainname[NAME_LEN] = "(none)";

long sys_uname(uaddr_t out)
{
	struct uts u = { .sysname = "Linux" };

	str_copy(u.release, VERSION_RELEASE, NAME_LEN);
	str_copy(u.version, VERSION_TEXT, NAME_LEN);
	str_copy(u.machine, arch_machine, NAME_LEN);
	spin_lock(&uts_lock);
	memcpy(u.nodename, nodename, NAME_LEN);
	memcpy(u.domainname, domainname, NAME_LEN);
	spin_unlock(&uts_lock);
	return copy_to_user(out, &u, sizeof(u));
}

static long set_uts(char *field, uaddr_t name, int len)
{
	char new[NAME_LEN] = "";

	if (!cred_capable(cred_current(), CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len >= NAME_LEN)
		return -EINVAL;
	if (copy_from_user(new, name, (size_t)len))
		return -EFAULT;
	spin_lock(&uts_lock);
	memcpy(field, new, NAME_LEN);
	spin_unlock(&uts_lock);
	return 0;
}

void uname_get(enum uname_which which, char out[UNAME_MAX])
{
	spin_lock(&uts_lock);
	memcpy(out, which == UNAME_HOST ? nodename : domainname, NAME_LEN);
	spin_unlock(&uts_lock);
}

void uname_set(enum uname_which which, const char *name)
{
	char new[NAME_LEN] = { 0 };

	str_copy(new, name, NAME_LEN);
	spin_lock(&uts_lock);
	memcpy(which == UNAME_HOST ? nodename : domainname, new, NAME_LEN);
	spin_unlock(&uts_lock);
}

long sys_sethostname(uaddr_t name, int len)
{
	return set_uts(nodename, name, len);
}

long sys_setdomainname(uaddr_t name, int len)
{
	return set_uts(domainname, name, len);
}
