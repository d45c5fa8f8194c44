/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking the initial RAM disk into the root file system: newc cpio
 * archives, plain or compressed with gzip, one behind the other.
 *
 * What lies page aligned in a plain archive becomes the file's pages where it
 * is; the rest is copied, and every page of the archive that no file took is
 * given to the allocator.  A broken archive costs one line of log; what was
 * unpacked before the break stays.
 */
#pragma once

#include "lib/types.h"

/* The one of boot_info, into the running thread's root.  Once, at boot. */
void initramfs_unpack(void);
