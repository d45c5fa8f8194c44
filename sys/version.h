/* SPDX-License-Identifier: BSD-2-Clause */
/* What uname and /proc/version say. */
#pragma once

/* The Linux release whose ABI this is; programs look at the first numbers. */
#define VERSION_RELEASE "6.1.0-dunlin"
#define VERSION_TEXT    "#1 SMP PREEMPT Dunlin 0.1"
