/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of /proc/sys that can be written: settings that the kernel obeys.
 * Those that cannot stand in init/procfiles.def. */
#pragma once

void sysctl_init(void);
