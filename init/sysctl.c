/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: numbers within bounds, and names.  A number is a variable of its
 * owner's, read where it is obeyed and written here; who may write is decided
 * by the file's mode.
 */
#include "init/sysctl.h"

#include "lib/strbuf.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "core/print.h"
#include "proc/exec.h"
#include "proc/process.h"
#include "proc/procfs.h"
#include "sys/klog.h"
#include "sys/uname.h"
#include "vfs/pseudo.h"
#include "vm/reclaim.h"

struct number {
	const char *path;
	int *value;
	int least, most;
};

static const struct number numbers[] = {
	{ "sys/kernel/pid_max", &process_id_max, 301, 4194304 },
	{ "sys/kernel/randomize_va_space", &exec_randomize, 0, 2 },
	{ "sys/kernel/dmesg_restrict", &klog_restricted, 0, 1 },
};

static int show_number(struct strbuf *sb, struct inode *ino)
{
	const struct number *n = procfs_arg(ino);

	strbuf_printf(sb, "%d\n", READ_ONCE(*n->value));
	return 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* A number within bounds, blanks around it; -EINVAL. */
static int must_check parse_number(const char *text, int least, int most,
				   int *out)
{
	long v = 0;

	while (is_space(*text))
		text++;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9' && v <= INT32_MAX; text++)
		v = v * 10 + (*text - '0');
	while (is_space(*text))
		text++;
	if (*text || v < least || v > most)
		return -EINVAL;
	*out = (int)v;
	return 0;
}

static int write_number(struct inode *ino, char *text, size_t len)
{
	const struct number *n = procfs_arg(ino);
	int v, err = parse_number(text, n->least, n->most, &v);

	if (!err)
		WRITE_ONCE(*n->value, v);
	return err;
}

/* 1: pages of files, 2: kernel objects, 4: without a word. */
static int write_drop_caches(struct inode *ino, char *text, size_t len)
{
	static bool silent;
	int v, err = parse_number(text, 1, 4, &v);

	if (err)
		return err;
	reclaim_all(v & 1, v & 2);
	if (!READ_ONCE(silent))
		print("%s (%d): drop_caches: %d\n", thread_current()->name,
		      process_current()->pid, v);
	if (v & 4)
		WRITE_ONCE(silent, true);
	return 0;
}

static void cut_line(char *text)
{
	char *end = strchr(text, '\n');

	if (end)
		*end = '\0';
}

static int show_name(struct strbuf *sb, struct inode *ino)
{
	char name[UNAME_MAX];

	uname_get((enum uname_which)(uintptr_t)procfs_arg(ino), name);
	strbuf_printf(sb, "%s\n", name);
	return 0;
}

static int write_name(struct inode *ino, char *text, size_t len)
{
	cut_line(text);
	uname_set((enum uname_which)(uintptr_t)procfs_arg(ino), text);
	return 0;
}

static const struct pseudo_text number_text = {
	.show = show_number,
	.write = write_number,
};
static const struct pseudo_text name_text = {
	.show = show_name,
	.write = write_name,
};
static const struct pseudo_text drop_caches_text = {
	.write = write_drop_caches,
};

void sysctl_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++)
		procfs_add_text(numbers[i].path, &number_text, 0644,
				(void *)&numbers[i]);
	procfs_add_text("sys/vm/drop_caches", &drop_caches_text, 0200, NULL);
	procfs_add_text("sys/kernel/hostname", &name_text, 0644,
			(void *)UNAME_HOST);
	procfs_add_text("sys/kernel/domainname", &name_text, 0644,
			(void *)UNAME_DOMAIN);
}
