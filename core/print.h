/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel log.  Every line goes into one buffer from the first
 * instruction's on and to each registered console.  Callable in any context,
 * interrupts on or off; long lines are cut at PRINT_LINE_MAX.
 */
#pragma once

#include <stdarg.h>

#include "lib/types.h"

#define PRINT_LINE_MAX 256

/* One or more whole lines; format as lib/fmt.h.  A missing final newline is
 * added. */
void print(const char *fmt, ...) printf_like(1, 2);
void print_args(const char *fmt, va_list ap);

/* A sink for log text: polled, never sleeps, safe in any context. */
struct print_console {
	const char *name;
	void (*write)(const char *text, size_t len);
	struct print_console *next; /* owned by print.c */
};

/* Adds a console; it first gets the log so far. */
void print_console_add(struct print_console *c);

/* Copies the log from byte position *pos on (0 = oldest); returns the bytes
 * copied and moves *pos. */
size_t print_log_read(uint64_t *pos, char *buf, size_t len);

/* Panic: ignores the lock from now on, whoever holds it. */
void print_break_lock(void);

/* At most `burst` lines per `interval`, for messages that user space can
 * provoke.  Returns whether to print. */
struct ratelimit {
	nsec_t since;
	unsigned count;
};
bool print_ratelimit(struct ratelimit *r);
