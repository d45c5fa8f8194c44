/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's function names: lib/ksymtab over the table that the second link
 * put into the image. */
#include "core/ksyms.h"

#include "arch/boot.h"

/* tables.S, from tools/mktables.py */
extern const uint8_t ksym_table_start[], ksym_table_end[];

static struct ksymtab table(void)
{
	return (struct ksymtab){
		.blob = ksym_table_start,
		.size = (size_t)(ksym_table_end - ksym_table_start),
	};
}

bool ksyms_is_text(vaddr_t addr)
{
	return addr >= (vaddr_t)kernel_text_start &&
	       addr < (vaddr_t)kernel_text_end;
}

const char *ksyms_lookup(vaddr_t addr, char name[KSYMTAB_NAME_MAX],
			 uint32_t *offset)
{
	struct ksymtab tab = table();

	if (!ksyms_is_text(addr))
		return NULL;
	return ksymtab_lookup(&tab,
			      (uint32_t)(addr - (vaddr_t)kernel_text_start),
			      name, offset)
		       ? name
		       : NULL;
}

vaddr_t ksyms_address(const char *name)
{
	struct ksymtab tab = table();
	uint32_t offset;

	if (!ksymtab_find(&tab, name, &offset))
		return 0;
	return (vaddr_t)kernel_text_start + offset;
}

bool ksyms_at(uint32_t index, vaddr_t *addr, char name[KSYMTAB_NAME_MAX])
{
	struct ksymtab tab = table();
	uint32_t offset;

	if (!ksymtab_at(&tab, index, &offset, name))
		return false;
	*addr = (vaddr_t)kernel_text_start + offset;
	return true;
}
