/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: a ring of text in .bss, so that it exists before anything else,
 * and a list of consoles that are fed under the same lock.  A line is
 * formatted outside the lock, then appended and written in one piece, so
 * lines of different CPUs never mix.
 */
#include "core/print.h"

#include "lib/div.h"
#include "lib/fmt.h"
#include "lib/string.h"

#include "core/panic.h"
#include "core/spinlock.h"
#include "core/timer.h"

#define LOG_SIZE 65536u /* a power of two */

static struct spinlock log_lock = SPINLOCK(RANK_LOG);
/* protected by log_lock: */
static char log_text[LOG_SIZE];
static uint64_t log_end; /* bytes ever written */
static struct print_console *consoles;

static bool lock_broken;

static unsigned long log_acquire(void)
{
	if (lock_broken)
		return arch_irq_save();
	return spin_lock_irqsave(&log_lock);
}

static void log_release(unsigned long flags)
{
	if (lock_broken)
		arch_irq_restore(flags);
	else
		spin_unlock_irqrestore(&log_lock, flags);
}

static void append(const char *text, size_t len)
{
	for (size_t done = 0; done < len;) {
		size_t at = log_end % LOG_SIZE;
		size_t n = MIN(len - done, LOG_SIZE - at);

		memcpy(log_text + at, text + done, n);
		log_end += n;
		done += n;
	}
}

void print_args(const char *fmt, va_list ap)
{
	char line[PRINT_LINE_MAX];
	nsec_t now = clock_monotonic();
	unsigned long flags;
	uint32_t rem;
	unsigned sec = (unsigned)div_u64_rem((uint64_t)now, NSEC_PER_SEC, &rem);
	int n = fmt_snprintf(line, sizeof(line), "[%5u.%06u] ", sec,
			     rem / (unsigned)NSEC_PER_USEC);

	n += fmt_vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	flags = log_acquire();
	append(line, n);
	for (struct print_console *c = consoles; c; c = c->next)
		c->write(line, n);
	log_release(flags);
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_args(fmt, ap);
	va_end(ap);
}

void print_console_add(struct print_console *c)
{
	unsigned long flags = log_acquire();
	uint64_t pos = log_end > LOG_SIZE ? log_end - LOG_SIZE : 0;

	while (pos < log_end) {
		size_t at = pos % LOG_SIZE;
		size_t n = MIN(log_end - pos, (uint64_t)(LOG_SIZE - at));

		c->write(log_text + at, n);
		pos += n;
	}
	c->next = consoles;
	consoles = c;
	log_release(flags);
}

size_t print_log_read(uint64_t *pos, char *buf, size_t len)
{
	unsigned long flags = log_acquire();
	uint64_t oldest = log_end > LOG_SIZE ? log_end - LOG_SIZE : 0;
	size_t done = 0;

	if (*pos < oldest)
		*pos = oldest;
	while (done < len && *pos < log_end) {
		size_t at = *pos % LOG_SIZE;
		size_t n = MIN((uint64_t)(len - done), log_end - *pos);

		n = MIN(n, LOG_SIZE - at);
		memcpy(buf + done, log_text + at, n);
		done += n;
		*pos += n;
	}
	log_release(flags);
	return done;
}

void print_break_lock(void)
{
	lock_broken = true;
}

#define RATE_BURST    10
#define RATE_INTERVAL (5 * NSEC_PER_SEC)

bool print_ratelimit(struct ratelimit *r)
{
	nsec_t now = clock_monotonic();

	/* Unlocked: a race prints a line more or less. */
	if (now - r->since > RATE_INTERVAL) {
		r->since = now;
		r->count = 0;
	}
	return r->count++ < RATE_BURST;
}
