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
		return "[vdso]";
	if (a->start <= vs->brk && a->end >= vs->brk_start && vs->brk_start)
		return "[heap]";
	if (a->start <= vs->stack_top && a->end >= vs->stack_top &&
	    vs->stack_top)
		return "[stack]";
	return NULL;
}

/* What the inode's line says of a file; anonymous: all zero. */
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
		      (unsigned long long)a->pgoff << PAGE_SHIFT, id->major,
		      id->minor, (unsigned long long)id->ino);
}

static void show(struct strbuf *sb, const struct area *a)
{
	char path[256];
	struct strbuf name;
	struct file_id id = { 0, 0, 0 };
	size_t start = sb->len;

	strbuf_init(&name, path, sizeof(path));
	if (a->backing) {
		a->backing->ops->describe(a->backing, &id.major, &id.minor,
					  &id.ino, &name);
	} else if (a->object) {
		id.minor = 1; /* of Linux's internal tmpfs */
		strbuf_puts(&name, "/dev/zero (deleted)");
	} else if (special_name(a)) {
		strbuf_puts(&name, special_name(a));
	}
	show_numbers(sb, a, &id);
	if (name.len) {
		strbuf_pad(sb, start, NAME_COLUMN);
		strbuf_write(sb, name.data, name.len);
	}
	strbuf_putc(sb, '\n');
}

void vmspace_maps_show(struct vmspace *vs, struct strbuf *sb)
{
	rwlock_read(&vs->map_lock);
	for (struct area *a = area_find(vs, 0); a && !sb->overflow;
	     a = area_next(a))
		show(sb, a);
	rwlock_read_end(&vs->map_lock);
}
