/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking up the kernel's function names: a binary search for the block, then
 * at most KSYMTAB_BLOCK entries are read through.  Names are spelled out from
 * tokens into the caller's buffer.
 */
#include "lib/ksymtab.h"

#include "lib/string.h"
#include "lib/varint.h"

#define TOKENS 128u

struct header {
	uint32_t magic, count, blocks, text_len, check, names_off;
};

struct block {
	uint32_t offset, pos;
};

struct view {
	struct header h;
	const struct block *blocks;
	const uint16_t *tokens; /* TOKENS + 1 positions in letters */
	const uint8_t *letters;
	const uint8_t *names, *end;
};

/* One function, as read from the names. */
struct entry {
	uint32_t offset;
	const uint8_t *name;
	size_t len;
};

static bool open_table(const struct ksymtab *tab, struct view *v)
{
	const uint8_t *p = tab->blob;
	size_t at = sizeof(v->h), tokens = (TOKENS + 1) * sizeof(uint16_t);

	if (!p || tab->size < at)
		return false;
	memcpy(&v->h, p, at);
	if (v->h.magic != KSYMTAB_MAGIC || !v->h.count ||
	    v->h.names_off > tab->size || v->h.names_off < at + tokens ||
	    v->h.blocks > (v->h.names_off - at - tokens) / sizeof(*v->blocks))
		return false;
	v->blocks = (const void *)(p + at);
	at += v->h.blocks * sizeof(*v->blocks);
	v->tokens = (const void *)(p + at);
	v->letters = p + at + tokens;
	v->names = p + v->h.names_off;
	v->end = p + tab->size;
	return true;
}

/* Read the entry at *P, which moves on; E holds the one before. */
static bool read_entry(const struct view *v, const uint8_t **p, struct entry *e)
{
	if (*p >= v->end)
		return false;
	e->offset += varint_read(p, v->end);
	e->len = varint_read(p, v->end);
	if (e->len > (size_t)(v->end - *p))
		return false;
	e->name = *p;
	*p += e->len;
	return true;
}

static size_t put(char name[KSYMTAB_NAME_MAX], size_t at, const uint8_t *s,
		  size_t len)
{
	len = MIN(len, KSYMTAB_NAME_MAX - 1 - at);
	memcpy(name + at, s, len);
	return at + len;
}

static void spell(const struct view *v, const struct entry *e,
		  char name[KSYMTAB_NAME_MAX])
{
	size_t room = (size_t)(v->names - v->letters), at = 0;

	for (size_t i = 0; i < e->len; i++) {
		unsigned token = e->name[i] - TOKENS, from, to;

		if (e->name[i] < TOKENS) {
			at = put(name, at, e->name + i, 1);
			continue;
		}
		from = v->tokens[token];
		to = v->tokens[token + 1];
		if (from <= to && to <= room)
			at = put(name, at, v->letters + from, to - from);
	}
	name[at] = '\0';
}

/* The last block holds the rest. */
static uint32_t block_entries(const struct view *v, uint32_t block)
{
	uint32_t before = block * KSYMTAB_BLOCK;

	return before < v->h.count ? MIN(KSYMTAB_BLOCK, v->h.count - before)
				   : 0;
}

/* The last block that begins at OFFSET or below; v->h.blocks if none does. */
static uint32_t find_block(const struct view *v, uint32_t offset)
{
	uint32_t low = 0, high = v->h.blocks;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (v->blocks[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : v->h.blocks;
}

/* Where a block's entries begin; the end when that is out of bounds. */
static const uint8_t *block_names(const struct view *v, uint32_t block)
{
	uint32_t pos = v->blocks[block].pos;

	return pos < (size_t)(v->end - v->names) ? v->names + pos : v->end;
}

bool ksymtab_lookup(const struct ksymtab *tab, uint32_t offset,
		    char name[KSYMTAB_NAME_MAX], uint32_t *inside)
{
	struct entry next, found = { .name = NULL };
	const uint8_t *p;
	uint32_t block;
	struct view v;

	if (!open_table(tab, &v) || offset >= v.h.text_len)
		return false;
	block = find_block(&v, offset);
	if (block == v.h.blocks)
		return false;
	p = block_names(&v, block);
	next.offset = v.blocks[block].offset;
	for (uint32_t i = 0; i < block_entries(&v, block); i++) {
		if (!read_entry(&v, &p, &next) || next.offset > offset)
			break;
		found = next;
	}
	if (!found.name)
		return false;
	spell(&v, &found, name);
	*inside = offset - found.offset;
	return true;
}

bool ksymtab_find(const struct ksymtab *tab, const char *name, uint32_t *offset)
{
	char each[KSYMTAB_NAME_MAX];
	struct view v;

	if (!open_table(tab, &v))
		return false;
	for (uint32_t b = 0; b < v.h.blocks; b++) {
		const uint8_t *p = block_names(&v, b);
		struct entry e = { .offset = v.blocks[b].offset };

		for (uint32_t i = 0; i < block_entries(&v, b); i++) {
			if (!read_entry(&v, &p, &e))
				break;
			spell(&v, &e, each);
			if (strcmp(each, name))
				continue;
			*offset = e.offset;
			return true;
		}
	}
	return false;
}

bool ksymtab_at(const struct ksymtab *tab, uint32_t index, uint32_t *offset,
		char name[KSYMTAB_NAME_MAX])
{
	uint32_t block = index / KSYMTAB_BLOCK;
	struct entry e = { .name = NULL };
	const uint8_t *p;
	struct view v;

	if (!open_table(tab, &v) || index >= v.h.count || block >= v.h.blocks)
		return false;
	p = block_names(&v, block);
	e.offset = v.blocks[block].offset;
	for (uint32_t i = 0; i <= index % KSYMTAB_BLOCK; i++)
		if (!read_entry(&v, &p, &e))
			return false;
	spell(&v, &e, name);
	*offset = e.offset;
	return true;
}

uint32_t ksymtab_count(const struct ksymtab *tab)
{
	struct view v;

	return open_table(tab, &v) ? v.h.count : 0;
}
