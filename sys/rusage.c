/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process, a thread or its children have used. */
#include "sys/rusage.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "proc/process.h"
#include "sys/syscalls.h"
#include "sys/timespec.h"
#include "vm/usercopy.h"
#include "vm/vmspace.h"

struct rusage {
	long utime[2], stime[2];
	long maxrss, ixrss, idrss, isrss, minflt, majflt, nswap;
	long inblock, oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};

static void set_times(struct rusage *ru, const struct thread_times *t)
{
	timeval_words(t->user, ru->utime);
	timeval_words(t->system, ru->stime);
}

long rusage_put(uaddr_t out, const struct thread_times *times)
{
	struct rusage ru = { 0 };

	if (!out)
		return 0;
	set_times(&ru, times);
	return copy_to_user(out, &ru, sizeof(ru));
}

long sys_getrusage(int who, uaddr_t out)
{
	struct process *p = process_current();
	struct vmspace *vs = thread_current()->vmspace;
	struct rusage ru = { 0 };
	struct thread_times times;

	switch (who) {
	case RUSAGE_SELF: process_times(p, &times); break;
	case RUSAGE_THREAD: thread_times(thread_current(), &times); break;
	case RUSAGE_CHILDREN: times = p->children_times; break;
	default: return -EINVAL;
	}
	set_times(&ru, &times);
	ru.maxrss = (long)((atomic_long_load(&vs->anon_pages) +
			    atomic_long_load(&vs->file_pages)) *
			   (PAGE_SIZE / 1024));
	ru.minflt = (long)p->min_faults;
	ru.nvcsw = (long)thread_current()->switches;
	return copy_to_user(out, &ru, sizeof(ru));
}
