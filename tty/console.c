/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal is looked for at each open: drivers add theirs later. */
#include "tty/console.h"

#include "arch/boot.h"
#include "lib/cmdline.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "core/print.h"
#include "core/timer.h"
#include "tty/port.h"
#include "tty/tty_priv.h"
#include "vfs/devfs.h"

#define CONSOLE_MAJOR 5
#define CONSOLE_MINOR 1

/* "ttyS0,115200n8" names ttyS0. */
static struct tty_port *named(const struct cmdline_arg *arg)
{
	size_t len = 0;

	while (len < arg->value_len && arg->value[len] != ',')
		len++;
	return tty_port_find(arg->value, len);
}

static struct tty_port *console_port(void)
{
	const char *pos = boot_info.cmdline;
	struct tty_port *found = NULL, *p;
	struct cmdline_arg arg;

	while (cmdline_next(&pos, &arg)) {
		if (!cmdline_is(&arg, "console") || !arg.value)
			continue;
		p = named(&arg);
		if (p)
			found = p;
	}
	return found ? found : tty_port_find(NULL, 0);
}

static int console_open(struct inode *ino, struct file *f)
{
	struct tty_port *p = console_port();

	if (!p)
		return -ENODEV;
	f->flags |= O_NOCTTY; /* dropped when open is done */
	return tty_open(p->tty, f);
}

static const struct file_ops console_ops = TTY_FILE_OPS(console_open);

static struct devfs_node node = {
	.name = "console",
	.type = S_IFCHR,
	.mode = 0600,
	.major = CONSOLE_MAJOR,
	.minor = CONSOLE_MINOR,
	.ops = &console_ops,
};

void console_init(void)
{
	int err = devfs_add(&node);

	if (err)
		print("console: %d\n", err);
}

void console_drain(nsec_t timeout)
{
	struct tty_port *p = console_port();

	if (p && tty_drain_until(p->tty, clock_monotonic() + timeout))
		print("console: not all was taken\n");
}
