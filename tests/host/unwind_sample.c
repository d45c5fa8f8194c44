/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions with frames of many kinds for the unwinder to walk over, compiled
 * once with and once without a frame pointer (NAME says which).
 */
#include <stddef.h>
#include <stdint.h>

#define PASTE_(a, b) a##_##b
#define PASTE(a, b)  PASTE_(a, b)
#define F(name)      PASTE(NAME, name)
#define SEPARATE     __attribute__((noinline, noclone))

extern void (*volatile sample_next)(void);
extern volatile uintptr_t sample_sink;
void sample_interrupt(void);

SEPARATE void F(simple)(void);
SEPARATE void F(large)(void);
SEPARATE void F(saves)(void);
SEPARATE void F(variable)(void);
SEPARATE void F(many_arguments)(void);
SEPARATE void F(interrupted)(void);
SEPARATE void F(aligned)(void);

void F(simple)(void)
{
	sample_next();
	sample_sink++;
}

void F(large)(void)
{
	volatile char space[5000];

	space[4999] = 1;
	sample_next();
	sample_sink += (uintptr_t)space[4999];
}

/* More values over the call than there are registers to save. */
void F(saves)(void)
{
	uintptr_t v[9];

	for (int i = 0; i < 9; i++)
		v[i] = sample_sink;
	sample_next();
	for (int i = 0; i < 9; i++)
		sample_sink += v[i] * (uintptr_t)i;
}

void F(variable)(void)
{
	volatile char *space = __builtin_alloca(16 + (sample_sink & 127));

	space[3] = 7;
	sample_next();
	sample_sink += (uintptr_t)space[3];
}

static SEPARATE uintptr_t F(nine)(uintptr_t a, uintptr_t b, uintptr_t c,
				  uintptr_t d, uintptr_t e, uintptr_t f,
				  uintptr_t g, uintptr_t h, uintptr_t i)
{
	sample_next();
	return a + b + c + d + e + f + g + h + i + sample_sink;
}

void F(many_arguments)(void)
{
	sample_sink += F(nine)(1, 2, 3, 4, 5, 6, 7, 8, sample_sink);
}

/* Only sample_leaf may follow: it stands for what handles the interrupt. */
void F(interrupted)(void)
{
	volatile uintptr_t keep = sample_sink;

	sample_interrupt();
	sample_sink += keep;
}

/* The stack gets realigned: the CFA is no register plus offset. */
void F(aligned)(void)
{
	volatile char space[64] __attribute__((aligned(64)));

	space[0] = 1;
	sample_next();
	sample_sink += (uintptr_t)space[0];
}
