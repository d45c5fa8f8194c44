/* SPDX-License-Identifier: BSD-2-Clause */
/* /dev/tty: whatever terminal controls the one who opens it. */
#include "abi/errno.h"
#include "abi/stat.h"
#include "core/print.h"
#include "tty/tty_priv.h"
#include "vfs/devfs.h"

static int open_own(struct inode *ino, struct file *f)
{
	struct tty *tty = tty_job_terminal();
	int err;

	if (!tty)
		return -ENXIO;
	err = tty_open(tty, f);
	tty_put(tty);
	return err;
}

static const struct file_ops own_ops = TTY_FILE_OPS(open_own);

static struct devfs_node node = {
	.name = "tty",
	.type = S_IFCHR,
	.mode = 0666,
	.major = 5,
	.minor = 0,
	.ops = &own_ops,
};

void tty_init(void)
{
	int err = devfs_add(&node);

	if (err)
		print("tty: %d\n", err);
	tty_job_init();
	pty_init();
}
