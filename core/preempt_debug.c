/* SPDX-License-Identifier: BSD-2-Clause */
/* What DEBUG builds say to a sleep where none is allowed. */
#include "core/panic.h"
#include "core/preempt.h"

void might_sleep_at(const char *file, int line)
{
	if (preempt_atomic() && !panic_in_progress)
		panic("%s:%d: may sleep where it must not", file, line);
}
