/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers the types of fs/filesystems.def.  Once at boot, after mm. */
#pragma once

void filesystems_init(void);
