/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * argv and envp on their way from the old program to the new: one kernel
 * buffer that grows as strings come.  Limits are Linux's: 128 KiB a string, a
 * quarter of the stack limit (at most 6 MiB) for all.
 */
#include "lib/string.h"

#include "abi/errno.h"
#include "mm/vmap.h"
#include "proc/exec_priv.h"
#include "proc/process.h"
#include "vm/usercopy.h"

#define STRING_MAX (32 * PAGE_SIZE)
#define TOTAL_MAX  (6u << 20)
#define TOTAL_MIN  STRING_MAX
#define FIRST_SIZE (2 * PAGE_SIZE)

int exec_args_init(struct exec_args *a)
{
	uint64_t stack = process_current()->limit[RLIMIT_STACK].cur / 4;

	*a = (struct exec_args){
		.size = FIRST_SIZE,
		.limit = MAX(MIN(stack, (uint64_t)TOTAL_MAX), TOTAL_MIN),
	};
	a->text = vmap_alloc(a->size, PAGE_SIZE, 0);
	return a->text ? 0 : -ENOMEM;
}

void exec_args_free(struct exec_args *a)
{
	if (a->text)
		vmap_free(a->text);
	a->text = NULL;
}

/* Room for `more` bytes. */
static int grow(struct exec_args *a, size_t more)
{
	size_t size = a->size;
	char *bigger;

	if (a->used + more <= size)
		return 0;
	while (size < a->used + more)
		size *= 2;
	bigger = vmap_alloc(size, PAGE_SIZE, 0);
	if (!bigger)
		return -ENOMEM;
	memcpy(bigger, a->text, a->used);
	vmap_free(a->text);
	a->text = bigger;
	a->size = size;
	return 0;
}

static size_t pointer_bytes(const struct exec_args *a)
{
	return (a->argc + a->envc + 1) * sizeof(uaddr_t);
}

/* Appends the string at user address `from`. */
static int add_user(struct exec_args *a, uaddr_t from)
{
	for (size_t chunk = 256;; chunk = MIN(chunk * 4, STRING_MAX)) {
		ssize_t n;
		int err = grow(a, chunk);

		if (err)
			return err;
		n = arch_copy_string_user(a->text + a->used, from, chunk);
		if (n < 0)
			return (int)n;
		if ((size_t)n < chunk) {
			a->used += (size_t)n + 1;
			return 0;
		}
		if (chunk == STRING_MAX)
			return -E2BIG;
	}
}

static int add_kernel(struct exec_args *a, const char *s)
{
	size_t len = strlen(s) + 1;
	int err = len > STRING_MAX ? -E2BIG : grow(a, len);

	if (err)
		return err;
	memcpy(a->text + a->used, s, len);
	a->used += len;
	return 0;
}

/* The i-th pointer of the user's vector: 1 there, 0 the end, -EFAULT. */
static int user_pointer(const struct exec_strings *s, uint32_t i, uaddr_t *p)
{
	if (copy_from_user(p, s->user + i * sizeof(*p), sizeof(*p)))
		return -EFAULT;
	return *p != 0;
}

int exec_args_copy(struct exec_args *a, const struct exec_strings *s,
		   uint32_t *count)
{
	for (uint32_t i = 0;; i++) {
		int err;

		if (s->kernel) {
			if (!s->kernel[i])
				return 0;
			err = add_kernel(a, s->kernel[i]);
		} else {
			uaddr_t p;

			/* Linux takes a NULL vector for an empty one. */
			err = s->user ? user_pointer(s, i, &p) : 0;
			if (err <= 0)
				return err;
			err = add_user(a, p);
		}
		if (err)
			return err;
		++*count;
		if (a->used + pointer_bytes(a) > a->limit)
			return -E2BIG;
	}
}

int exec_args_shift(struct exec_args *a, const char *const *front, unsigned n)
{
	size_t old = a->argc ? strlen(a->text) + 1 : 0, new = 0;
	int err;

	for (unsigned i = 0; i < n; i++)
		new += strlen(front[i]) + 1;
	err = new > old ? grow(a, new - old) : 0;
	if (err)
		return err;
	memmove(a->text + new, a->text + old, a->used - old);
	a->used += new - old;
	a->env_start += new - old;
	a->argc += n - (a->argc ? 1 : 0);
	for (unsigned i = 0, at = 0; i < n; i++) {
		size_t len = strlen(front[i]) + 1;

		memcpy(a->text + at, front[i], len);
		at += len;
	}
	return 0;
}
