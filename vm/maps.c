/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/maps, byte for byte as Linux prints it. */
#include "lib/strbuf.h"

#include "vm/area_priv.h"

/* Where a name starts: behind two addresses, flags, offset, device, inode. */
#define NAME_COLUMN (25 + sizeof(void *) * 6)

static const char *special_name(const struct area *a)
{
	const struct vmspace *vs = a->vs;

	if (a->flags & AREA_VDSO)
		return a->pgoff ? "[vdso]" : "[vvar]";
	if (a->start <= vs->brk && a->end >= vs->brk_start && vs->brk_start)
		return "[heap]";
	if (a->start <= vs->stack_top && a->end >= vs->stack_top &&
	    vs->stack_top)
		return "[stack]";
	return NULL;
}

/* A file's numbers; anonymous memory has none. */
struct file_id {
	unsigned major, minor;
	uint64_t ino;
};

static void show_numbers(struct strbuf *sb, const struct area *a,
			 const struct file_id *id)
{
	strbuf_printf(sb, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ",
		      (unsigned long)a->start, (unsigned long)a->end,
		      a->flags & AREA_R ? 'r' : '-',
		      a->flags & AREA_W ? 'w' : '-',
		      a->flags & AREA_X ? 'x' : '-',
		      a->flags & AREA_SHARED ? 's' : 'p',
		      a->flags & AREA_VDSO
			      ? 0
			      : (unsigned long long)a->pgoff << PAGE_SHIFT,
		      id->major, id->minor, (unsigned long long)id->ino);
}

/* Its numbers come first, so the file is asked twice: the path goes nowhere,
 * then into place. */
static void show_file(struct strbuf *sb, const struct area *a, size_t start)
{
	const struct backing_ops *ops = a->backing->ops;
	struct file_id id = { 0, 0, 0 };
	struct strbuf nowhere;

	strbuf_init(&nowhere, NULL, 0);
	ops->describe(a->backing, &id.major, &id.minor, &id.ino, &nowhere);
	show_numbers(sb, a, &id);
	strbuf_pad(sb, start, NAME_COLUMN);
	ops->describe(a->backing, &id.major, &id.minor, &id.ino, sb);
}

void area_show(struct strbuf *sb, const struct area *a)
{
	/* Shared anonymous memory is a file of an inner tmpfs to Linux. */
	bool shared = a->object && !(a->flags & AREA_VDSO);
	struct file_id id = { 0, shared, 0 };
	const char *name = shared ? "/dev/zero (deleted)" : special_name(a);
	size_t start = sb->len;

	if (a->backing) {
		show_file(sb, a, start);
	} else {
		show_numbers(sb, a, &id);
		if (name) {
			strbuf_pad(sb, start, NAME_COLUMN);
			strbuf_puts(sb, name);
		}
	}
	strbuf_putc(sb, '\n');
}

void vmspace_maps_show(struct vmspace *vs, struct strbuf *sb)
{
	rwlock_read(&vs->map_lock);
	for (struct area *a = area_find(vs, 0); a && !sb->overflow;
	     a = area_next(a))
		area_show(sb, a);
	rwlock_read_end(&vs->map_lock);
}
