/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of file systems. */
#include "fs/filesystems.h"

#include "vfs/super.h"

#define FILESYSTEM(name) extern struct fs_type fs_##name;
#include "fs/filesystems.def"
#undef FILESYSTEM

void filesystems_init(void)
{
#define FILESYSTEM(name) super_type_add(&fs_##name);
#include "fs/filesystems.def"
#undef FILESYSTEM
}
