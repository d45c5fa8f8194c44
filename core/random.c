/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fast key erasure: of the first block under a CPU's key one half becomes the
 * next key, the other the answer (when it is short) or the key of a stream for
 * it (when it is long), which then runs with interrupts on.
 *
 * The base key is under one lock.  A CPU's key is used with interrupts off and
 * is remade when the base's generation has moved on.
 */
#include "core/random.h"

#include "arch/cpu.h"
#include "arch/time.h"
#include "lib/chacha.h"
#include "lib/string.h"

#include "core/panic.h"
#include "core/percpu.h"
#include "core/spinlock.h"
#include "core/timer.h"

#define KEY_BYTES     (4 * CHACHA_KEY_WORDS)
#define SEED_ROUNDS   16
#define RESEED_PERIOD 4096 /* uses of a CPU's key */

static struct {
	struct spinlock lock;
	/* protected by lock: */
	uint32_t key[CHACHA_KEY_WORDS];
	uint32_t generation; /* 0: not seeded */
} base = { .lock = SPINLOCK(RANK_RANDOM) };

struct random_cpu {
	uint32_t key[CHACHA_KEY_WORDS];
	uint32_t generation;
	uint32_t uses;
};

static DEFINE_PERCPU(struct random_cpu, random_cpu);

/* Keeps the compiler from leaving out a clearing of what is dead after. */
static void wipe(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ volatile("" : : "r"(p) : "memory");
}

/* Replaces key by the first half of its stream; out gets the other half. */
static void step(uint32_t key[CHACHA_KEY_WORDS], uint32_t out[CHACHA_KEY_WORDS])
{
	uint32_t block[CHACHA_BLOCK_LEN / 4];
	struct chacha c;

	chacha_init(&c, key, 0, NULL);
	chacha_block(&c, block);
	memcpy(key, block, KEY_BYTES);
	memcpy(out, block + CHACHA_KEY_WORDS, KEY_BYTES);
	wipe(block, sizeof(block));
	wipe(&c, sizeof(c));
}

static void mix_locked(const void *data, size_t len)
{
	uint32_t out[CHACHA_KEY_WORDS];
	uint8_t *key = (uint8_t *)base.key;
	const uint8_t *from = data;

	assert_held(&base.lock);
	for (size_t i = 0; i < len; i++) {
		key[i % KEY_BYTES] ^= from[i];
		if (i % KEY_BYTES == KEY_BYTES - 1)
			step(base.key, out);
	}
	step(base.key, out);
	wipe(out, sizeof(out));
	if (++base.generation == 0)
		base.generation = 1;
}

/* Without a generator in the CPU what counts is how long each round took: its
 * memory accesses and interruptions make the low bits of the clock. */
static void mix_cpu_locked(void)
{
	uint64_t seed[3];

	for (unsigned i = 0; i < SEED_ROUNDS; i++) {
		seed[0] = arch_entropy();
		seed[1] = arch_cycles();
		seed[2] = (uint64_t)clock_realtime();
		mix_locked(seed, sizeof(seed));
	}
	wipe(seed, sizeof(seed));
}

static void make_cpu_key(struct random_cpu *cpu)
{
	spin_lock(&base.lock);
	if (base.generation == 0 || cpu->uses >= RESEED_PERIOD)
		mix_cpu_locked();
	step(base.key, cpu->key);
	cpu->generation = base.generation;
	spin_unlock(&base.lock);
	cpu->uses = 0;
}

/* Half a block of this CPU's stream. */
static void draw(uint32_t out[CHACHA_KEY_WORDS])
{
	unsigned long flags = arch_irq_save();
	struct random_cpu *cpu = &this_cpu(random_cpu);

	if (cpu->generation != READ_ONCE(base.generation) ||
	    cpu->generation == 0 || ++cpu->uses >= RESEED_PERIOD)
		make_cpu_key(cpu);
	step(cpu->key, out);
	arch_irq_restore(flags);
}

void random_bytes(void *buf, size_t len)
{
	uint32_t key[CHACHA_KEY_WORDS], block[CHACHA_BLOCK_LEN / 4];
	struct chacha c;
	char *to = buf;

	draw(key);
	if (len <= sizeof(key)) {
		memcpy(buf, key, len);
		wipe(key, sizeof(key));
		return;
	}
	chacha_init(&c, key, 0, NULL);
	while (len) {
		size_t n = MIN(len, sizeof(block));

		chacha_block(&c, block);
		memcpy(to, block, n);
		to += n;
		len -= n;
	}
	wipe(key, sizeof(key));
	wipe(block, sizeof(block));
	wipe(&c, sizeof(c));
}

uint32_t random_u32(void)
{
	uint32_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

void random_add(const void *data, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&base.lock);

	if (base.generation == 0)
		mix_cpu_locked();
	mix_locked(data, len);
	spin_unlock_irqrestore(&base.lock, flags);
}
