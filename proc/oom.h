/* SPDX-License-Identifier: BSD-2-Clause */
/* Who would die when memory is gone. */
#pragma once

struct process;

/* /proc/PID/oom_score: 0 (never) to 2000. */
unsigned oom_score(struct process *p);
