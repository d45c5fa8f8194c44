/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount options of tmpfs: words with commas between them, tmpfs(5). */
#include "lib/cmdline.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "fs/tmpfs/tmpfs_priv.h"
#include "mm/page.h"

struct option {
	const char *key, *value;
	size_t key_len, value_len;
};

/* The next word of *pos; false at the end. */
static bool next_option(const char **pos, struct option *o)
{
	const char *p = *pos, *end;

	while (*p == ',')
		p++;
	if (!*p)
		return false;
	for (end = p; *end && *end != ','; end++)
		;
	*pos = end;
	o->key = p;
	while (p < end && *p != '=')
		p++;
	o->key_len = p - o->key;
	o->value = p < end ? p + 1 : end;
	o->value_len = end - o->value;
	return true;
}

/* A number with a suffix; *percent: one of memory. */
static bool parse_number(const struct option *o, uint64_t *n)
{
	size_t used = cmdline_parse_size(o->value, o->value_len, n);

	return used && used == o->value_len;
}

static bool parse_octal(const struct option *o, uint32_t *mode)
{
	size_t i;

	for (*mode = 0, i = 0; i < o->value_len; i++) {
		if (o->value[i] < '0' || o->value[i] > '7')
			return false;
		*mode = *mode * 8 + (o->value[i] - '0');
	}
	*mode &= S_IALLUGO;
	return i > 0;
}

static bool parse_size(const struct option *o, uint64_t total, uint64_t *pages)
{
	uint64_t n;
	size_t used = cmdline_parse_size(o->value, o->value_len, &n);

	if (used && used + 1 == o->value_len && o->value[used] == '%') {
		*pages = n > 100 ? total : total * n / 100;
		return true;
	}
	*pages = ALIGN_UP(n, PAGE_SIZE) / PAGE_SIZE;
	return used && used == o->value_len;
}

static bool is(const struct option *o, const char *key)
{
	return str_equal(o->key, o->key_len, key);
}

static bool parse_id(const struct option *o, uint32_t *id)
{
	uint64_t n;

	if (!parse_number(o, &n) || n >= UINT32_MAX)
		return false;
	*id = n;
	return true;
}

static bool parse_one(const struct option *w, uint64_t total,
		      struct tmpfs_options *o)
{
	if (is(w, "size"))
		return parse_size(w, total, &o->pages);
	if (is(w, "nr_blocks"))
		return parse_number(w, &o->pages);
	if (is(w, "nr_inodes"))
		return parse_number(w, &o->inodes);
	if (is(w, "mode"))
		return parse_octal(w, &o->mode);
	if (is(w, "uid"))
		return parse_id(w, &o->uid);
	if (is(w, "gid"))
		return parse_id(w, &o->gid);
	/* Accepted as Linux has them; nothing to do here. */
	return is(w, "huge") || is(w, "mpol") || is(w, "inode64") ||
	       is(w, "inode32");
}

int tmpfs_parse(const char *data, struct tmpfs_options *o)
{
	struct page_stats s;
	struct option w;

	page_stats(&s);
	*o = (struct tmpfs_options){
		.pages = s.total / 2,
		.inodes = s.total / 2,
		.mode = S_ISVTX | 0777,
	};
	while (data && next_option(&data, &w))
		if (!parse_one(&w, s.total, o))
			return -EINVAL;
	return 0;
}
