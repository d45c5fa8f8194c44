/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to other CPUs.  With one CPU there is nobody to ask. */
#pragma once

#include "lib/types.h"

/* Makes that CPU look at its run queue. */
void ipi_reschedule(unsigned cpu);
