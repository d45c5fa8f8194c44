/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors of writing that are told by a signal, too. */
#pragma once

#include "lib/types.h"

#include "abi/errno.h"

/* SIGPIPE for a broken pipe, SIGXFSZ for RLIMIT_FSIZE. */
void written_failed(long error);

static inline long written(long n)
{
	if (unlikely(n == -EPIPE || n == -EFBIG))
		written_failed(n);
	return n;
}
