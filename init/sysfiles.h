/* SPDX-License-Identifier: BSD-2-Clause */
/* What /sys shows of the whole machine; once at boot, after the drivers. */
#pragma once

void sysfiles_init(void);
