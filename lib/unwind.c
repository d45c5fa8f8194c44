/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unwinder: find the rule for a pc, compute the CFA, read what was saved.
 * The table is only ever read inside its bounds, whatever it contains, and
 * every step but the one over an interrupt raises the stack pointer.
 */
#include "lib/unwind.h"

#include "lib/string.h"
#include "lib/varint.h"

#define WORD sizeof(uintptr_t)

struct header {
	uint32_t magic, rules, blocks, text_len, rows_off, rows_len;
};

struct block {
	uint32_t offset, row;
};

/* The table, taken apart and found to lie inside the blob. */
struct view {
	struct header h;
	const struct unwind_rule *rules;
	const struct block *blocks;
	const uint8_t *rows;
};

static bool open_table(const struct unwind_tables *tab, struct view *v)
{
	const uint8_t *p = tab->blob;
	size_t at = sizeof(v->h);

	if (!p || tab->size < at)
		return false;
	memcpy(&v->h, p, sizeof(v->h));
	if (v->h.magic != UNWIND_MAGIC || v->h.rows_off > tab->size ||
	    v->h.rows_off < at || v->h.rows_len > tab->size - v->h.rows_off)
		return false;
	if (v->h.rules > (v->h.rows_off - at) / sizeof(*v->rules))
		return false;
	v->rules = (const void *)(p + at);
	at += v->h.rules * sizeof(*v->rules);
	if (v->h.blocks > (v->h.rows_off - at) / sizeof(*v->blocks))
		return false;
	v->blocks = (const void *)(p + at);
	v->rows = p + v->h.rows_off;
	return true;
}

/* The last block that begins at OFFSET or below; NULL when none does. */
static const struct block *find_block(const struct view *v, uint32_t offset)
{
	uint32_t low = 0, high = v->h.blocks;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (v->blocks[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &v->blocks[low - 1] : NULL;
}

bool unwind_find(const struct unwind_tables *tab, uint32_t offset,
		 struct unwind_rule *rule)
{
	const struct block *block;
	const uint8_t *p, *end;
	uint32_t at, found = UINT32_MAX;
	struct view v;

	if (!open_table(tab, &v) || offset >= v.h.text_len)
		return false;
	block = find_block(&v, offset);
	if (!block || block->row > v.h.rows_len)
		return false;
	p = v.rows + block->row;
	end = v.rows + v.h.rows_len;
	at = block->offset;
	for (unsigned i = 0; i < UNWIND_BLOCK && p < end; i++) {
		at += varint_read(&p, end);
		if (at > offset)
			break;
		found = varint_read(&p, end);
	}
	if (found >= v.h.rules)
		return false;
	*rule = v.rules[found];
	return rule->base != UNWIND_BASE_NONE;
}

/* Becomes the state of the caller at PC, with the stack at SP. */
static enum unwind_result arrive(struct unwind_state *s, uintptr_t pc,
				 uintptr_t sp, uintptr_t fp)
{
	bool risen = sp > s->sp || (sp == s->sp && s->lr);

	if (!pc)
		return UNWIND_END;
	if (!risen)
		return UNWIND_LOST;
	s->cfa = sp;
	s->pc = pc;
	s->sp = sp;
	s->fp = fp;
	s->lr = 0;
	s->exact = false;
	return UNWIND_STEPPED;
}

/* [fp] is the caller's frame pointer, the word above the return address. */
static enum unwind_result step_by_fp(struct unwind_state *s, unwind_read *read,
				     void *ctx)
{
	uintptr_t fp, pc;

	if (s->fp < s->sp || s->fp % WORD || s->fp + 2 * WORD < s->fp)
		return UNWIND_LOST;
	if (!read(ctx, s->fp, &fp) || !read(ctx, s->fp + WORD, &pc))
		return UNWIND_LOST;
	return arrive(s, pc, s->fp + 2 * WORD, fp);
}

/* A jump to nowhere, by a call: its return address is where calls leave it. */
static enum unwind_result step_wild(const struct unwind_tables *tab,
				    struct unwind_state *s, unwind_read *read,
				    void *ctx)
{
	uintptr_t pc = s->lr, sp = s->sp;

	if (!pc && read(ctx, sp, &pc))
		sp += WORD;
	if (pc - tab->text < tab->text_len)
		return arrive(s, pc, sp, s->fp);
	return step_by_fp(s, read, ctx);
}

static bool find_cfa(const struct unwind_rule *rule,
		     const struct unwind_state *s, uintptr_t *cfa,
		     unwind_read *read, void *ctx)
{
	bool by_sp = rule->base == UNWIND_BASE_SP ||
		     rule->base == UNWIND_BASE_SP_DEREF;

	*cfa = (by_sp ? s->sp : s->fp) + (uintptr_t)(intptr_t)rule->cfa;
	if (rule->base == UNWIND_BASE_SP_DEREF ||
	    rule->base == UNWIND_BASE_FP_DEREF)
		return read(ctx, *cfa, cfa);
	return true;
}

static enum unwind_result step_by_rule(const struct unwind_rule *rule,
				       struct unwind_state *s,
				       unwind_read *read, void *ctx)
{
	uintptr_t cfa, pc = s->lr, fp = s->fp;

	if (rule->flags & UNWIND_FLAG_END)
		return UNWIND_END;
	if (!find_cfa(rule, s, &cfa, read, ctx))
		return UNWIND_LOST;
	if ((rule->flags & UNWIND_FLAG_FP_SAVED) &&
	    !read(ctx, cfa + (uintptr_t)(intptr_t)rule->fp, &fp))
		return UNWIND_LOST;
	if (rule->flags & UNWIND_FLAG_INTERRUPT) {
		s->cfa = cfa;
		s->fp = fp;
		return UNWIND_INTERRUPT;
	}
	if ((rule->flags & UNWIND_FLAG_RA_SAVED) &&
	    !read(ctx, cfa + (uintptr_t)(intptr_t)rule->ra, &pc))
		return UNWIND_LOST;
	return arrive(s, pc, cfa, fp);
}

enum unwind_result unwind_step(const struct unwind_tables *tab,
			       struct unwind_state *s, unwind_read *read,
			       void *ctx)
{
	/* A return address may stand behind its function's last call. */
	uintptr_t offset = s->pc - !s->exact - tab->text;
	struct unwind_rule rule;

	if (offset >= tab->text_len)
		return s->exact ? step_wild(tab, s, read, ctx)
				: step_by_fp(s, read, ctx);
	if (offset <= UINT32_MAX && unwind_find(tab, (uint32_t)offset, &rule))
		return step_by_rule(&rule, s, read, ctx);
	return step_by_fp(s, read, ctx);
}
