/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/unwind and lib/ksymtab with tables that tools/mktables.py made of this
 * program: chains of sample functions call each other, the innermost walks
 * back up, and the names met must be the chain's.  The same through
 * core/backtrace, which prints.  Then damaged tables and stacks, which may give
 * any answer but a fault.
 */
#include <string.h>

#include "arch/debug.h"
#include "lib/ksymtab.h"
#include "lib/unwind.h"

#include "core/backtrace.h"
#include "core/print.h"
#include "test.h"

#define SAMPLES(f)                                                    \
	f(omit_simple) f(omit_large) f(omit_saves) f(omit_variable)   \
		f(omit_many_arguments) f(omit_aligned) f(keep_simple) \
			f(keep_large) f(keep_saves) f(keep_variable)  \
				f(keep_many_arguments) f(keep_aligned)
#define DECLARE(name) void name(void);
#define ENTRY(name)   { #name, name },

typedef void sample_fn(void);

SAMPLES(DECLARE)
void omit_interrupted(void);
void keep_interrupted(void);
void sample_interrupt(void);
void sample_outermost(sample_fn *fn);
void sample_plain(sample_fn *fn);
void sample_regs(uintptr_t regs[3]);
void sample_walk(uintptr_t regs[3]);
void sample_leaf(void);

static const struct sample {
	const char *name;
	sample_fn *fn;
} samples[] = { SAMPLES(ENTRY) };

extern char kernel_text_start[], kernel_text_end[];
extern const uint8_t ksym_table_start[], ksym_table_end[];
extern const uint8_t unwind_table_start[], unwind_table_end[];

void (*volatile sample_next)(void);
volatile uintptr_t sample_sink;

static const struct sample *chain[12];
static size_t chain_len, chain_at;
static char walked[2048];
static struct unwind_tables tables;
static bool by_core;

/* Words of the real stack, red zones of the sanitizer and all. */
__attribute__((no_sanitize_address, no_sanitize_undefined)) static bool
read_word(void *ctx, uintptr_t addr, uintptr_t *word)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (addr % sizeof(*word) || addr - here > 200000)
		return false;
	*word = *(volatile uintptr_t *)addr;
	return true;
}

static void note(const char *fmt, const char *s)
{
	size_t n = strlen(walked);

	snprintf(walked + n, sizeof(walked) - n, fmt, s);
}

static bool name_of(uintptr_t pc, char name[KSYMTAB_NAME_MAX])
{
	struct ksymtab tab = { ksym_table_start,
			       (size_t)(ksym_table_end - ksym_table_start) };
	uintptr_t offset = pc - (uintptr_t)kernel_text_start;
	uint32_t inside;

	return offset < tables.text_len &&
	       ksymtab_lookup(&tab, (uint32_t)offset, name, &inside);
}

static bool cross_interrupt(struct unwind_state *s)
{
	uintptr_t cs;

	if (!read_word(NULL, s->cfa - 32, &cs) || cs != 0x30 ||
	    !read_word(NULL, s->cfa - 40, &s->pc) ||
	    !read_word(NULL, s->cfa - 16, &s->sp))
		return false;
	s->exact = true;
	note("%s ", "<interrupt>");
	return true;
}

/* What core/backtrace wants of the kernel. */
bool arch_probe_read(void *dst, vaddr_t src, size_t len)
{
	uintptr_t word;

	for (size_t at = 0; at < len; at += sizeof(word)) {
		if (!read_word(NULL, src + at, &word))
			return false;
		memcpy((char *)dst + at, &word, sizeof(word));
	}
	return true;
}

void arch_regs_here(struct arch_regs *r) {}

void arch_frame_regs(const struct frame *f, struct arch_regs *r) {}

void print(const char *fmt, ...)
{
	size_t n = strlen(walked);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(walked + n, sizeof(walked) - n, fmt, ap);
	va_end(ap);
}

/* Called by sample_regs with its own registers at its first instruction. */
void sample_walk(uintptr_t regs[3])
{
	struct unwind_state s = { regs[0], regs[1], regs[2], 0, 0, true };
	char name[KSYMTAB_NAME_MAX];

	if (by_core) {
		backtrace_print(regs[0], regs[1], regs[2]);
		return;
	}
	for (int i = 0; i < 40; i++) {
		enum unwind_result r;

		if (name_of(s.pc - !s.exact, name))
			note("%s ", name);
		r = unwind_step(&tables, &s, read_word, NULL);
		if (r == UNWIND_INTERRUPT && cross_interrupt(&s))
			continue;
		if (r == UNWIND_END)
			note("%s", "end");
		if (r != UNWIND_STEPPED)
			return;
	}
}

void sample_leaf(void)
{
	uintptr_t regs[3];

	sample_regs(regs);
}

static void go_on(void)
{
	if (chain_at == chain_len)
		sample_leaf();
	else
		chain[chain_at++]->fn();
}

/* go_on and sample_leaf, of this file, are outside of the tables' text, and
 * the sanitizer's build keeps frame pointers, so they are walked over by
 * those and not named. */
static void run(void)
{
	walked[0] = 0;
	chain_at = 0;
	sample_next = go_on;
	sample_outermost(go_on);
}

static void start(void)
{
	tables = (struct unwind_tables){
		.text = (uintptr_t)kernel_text_start,
		.text_len = (size_t)(kernel_text_end - kernel_text_start),
		.blob = unwind_table_start,
		.size = (size_t)(unwind_table_end - unwind_table_start),
	};
	chain_len = 0;
}

static void expect(const char *want)
{
	if (strcmp(walked, want))
		test_fail("walked %s, not %s", walked, want);
}

/* Innermost first. */
static void expect_chain(void)
{
	char want[2048] = "sample_regs ";

	for (size_t i = chain_len; i--;) {
		if (strstr(chain[i]->name, "many_arguments"))
			snprintf(want + strlen(want), 40, "%.4s_nine ",
				 chain[i]->name);
		snprintf(want + strlen(want), 40, "%s ", chain[i]->name);
	}
	strcat(want, "sample_outermost end");
	expect(want);
}

TEST(each_kind)
{
	start();
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		chain[0] = &samples[i];
		chain_len = 1;
		run();
		expect_chain();
	}
}

static void random_chain(size_t first)
{
	chain_len = 1 + test_below(ARRAY_SIZE(chain));
	for (size_t i = 0; i < chain_len; i++)
		chain[i] = &samples[first +
				    test_below(ARRAY_SIZE(samples) - first)];
	run();
}

TEST(random_chains)
{
	start();
	for (int round = 0; round < 500; round++) {
		random_chain(0);
		expect_chain();
	}
}

/* With no table at all, what keeps frame pointers is still walked over; the
 * outermost function is not known as such then. */
TEST(frame_pointers_alone)
{
	start();
	tables.size = 0;
	for (int round = 0; round < 100; round++) {
		random_chain(ARRAY_SIZE(samples) / 2);
		walked[0] = 0;
		chain_at = 0;
		sample_next = go_on;
		go_on();
		CHECK(!strncmp(walked, "sample_regs keep_", 17));
		for (size_t i = 0; i < chain_len; i++)
			CHECK(strstr(walked, chain[i]->name));
	}
}

TEST(interrupts)
{
	static const struct sample last[] = {
		{ "omit_interrupted", omit_interrupted },
		{ "keep_interrupted", keep_interrupted },
	};
	char want[256];

	start();
	for (size_t i = 0; i < 2 * ARRAY_SIZE(samples); i++) {
		chain[0] = &samples[i / 2];
		chain[1] = &last[i % 2];
		chain_len = 2;
		run();
		snprintf(want, sizeof(want),
			 "sample_regs sample_interrupt <interrupt> %s ",
			 last[i % 2].name);
		CHECK(!strncmp(walked, want, strlen(want)));
		CHECK(strstr(walked, samples[i / 2].name));
		CHECK(strstr(walked, "sample_outermost end"));
	}
}

static void expect_line(const char **at, const char *name, long inside)
{
	char got[128];
	void *pc;
	int used;

	if (inside < 0) {
		CHECK(!strncmp(*at, name, strlen(name)));
		*at += strlen(name);
		return;
	}
	CHECK_EQ(sscanf(*at, "[%p] %s + %lx\n%n", &pc, got, &inside, &used), 3);
	CHECK(!strcmp(name, got));
	*at += used;
}

/* Lines for functions outside of the tables (they show as ?) are left out. */
static void drop_unknown(char *text)
{
	char *to = text;

	for (char *line = text; *line;) {
		size_t n = strcspn(line, "\n") + 1;

		if (!memmem(line, n, "] ?\n", 4)) {
			memmove(to, line, n);
			to += n;
		}
		line += n;
	}
	*to = 0;
}

TEST(printed)
{
	static const struct sample last = { "keep_interrupted",
					    keep_interrupted };
	const char *at = walked;

	start();
	chain[0] = &samples[2];
	chain[1] = &last;
	chain_len = 2;
	by_core = true;
	run();
	by_core = false;
	drop_unknown(walked);
	expect_line(&at, "Backtrace:\n", -1);
	expect_line(&at, "sample_regs", 0);
	expect_line(&at, "sample_interrupt", 0);
	expect_line(&at,
		    "-----> Next frame returning from interrupt context is "
		    "kernel space <-----\n",
		    -1);
	expect_line(&at, "keep_interrupted", 0);
	expect_line(&at, "omit_saves", 0);
	expect_line(&at, "sample_outermost", 0);
	CHECK(!*at);
}

static void plain(void)
{
	sample_plain(go_on);
}

TEST(functions_without_rows)
{
	start();
	chain_len = 1;
	chain[0] = &samples[2];
	chain_at = 0;
	walked[0] = 0;
	sample_next = go_on;
	sample_outermost(plain);
	expect("sample_regs omit_saves sample_plain sample_outermost end");
}

/* A call through a bad pointer: its return address is all there is. */
TEST(wild_jump)
{
	uintptr_t stack[4] = { (uintptr_t)sample_outermost + 4 };
	struct unwind_state s = { 0, (uintptr_t)stack, 0, 0, 0, true };

	start();
	CHECK_EQ(unwind_step(&tables, &s, read_word, NULL), UNWIND_STEPPED);
	CHECK(s.pc == stack[0] && s.sp == (uintptr_t)&stack[1] && !s.exact);
	CHECK_EQ(unwind_step(&tables, &s, read_word, NULL), UNWIND_END);
	s = (struct unwind_state){ 0x10, 8, 0, 0, 0, true };
	CHECK_EQ(unwind_step(&tables, &s, read_word, NULL), UNWIND_LOST);
	s = (struct unwind_state){ 0x10, 8, 0, stack[0], 0, true };
	CHECK_EQ(unwind_step(&tables, &s, read_word, NULL), UNWIND_STEPPED);
	CHECK(s.pc == stack[0] && s.sp == 8 && !s.lr);
}

TEST(names)
{
	struct ksymtab tab = { ksym_table_start,
			       (size_t)(ksym_table_end - ksym_table_start) };
	char name[KSYMTAB_NAME_MAX];
	uint32_t offset, inside;

	start();
	CHECK(ksymtab_count(&tab) > 16);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		CHECK(ksymtab_find(&tab, samples[i].name, &offset));
		CHECK(kernel_text_start + offset == (char *)samples[i].fn);
		CHECK(ksymtab_lookup(&tab, offset + 1, name, &inside));
		CHECK(!strcmp(name, samples[i].name) && inside == 1);
	}
	CHECK(!ksymtab_find(&tab, "omit_", &offset));
	CHECK(!ksymtab_lookup(&tab, (uint32_t)tables.text_len, name, &inside));
	/* One after the other, they are all there, and rise. */
	for (uint32_t i = 0, last = 0; i < ksymtab_count(&tab); i++) {
		CHECK(ksymtab_at(&tab, i, &offset, name));
		CHECK(offset >= last && *name);
		last = offset;
		CHECK(ksymtab_lookup(&tab, offset, name, &inside) && !inside);
	}
	CHECK(!ksymtab_at(&tab, ksymtab_count(&tab), &offset, name));
	tab.size = 0;
	CHECK(!ksymtab_at(&tab, 0, &offset, name));
	CHECK(!ksymtab_lookup(&tab, 0, name, &inside));
}

static bool read_noise(void *ctx, uintptr_t addr, uintptr_t *word)
{
	*word = test_below(3) ? addr + test_below(64)
			      : tables.text + test_below(tables.text_len);
	return test_below(50);
}

static void walk_noise(void)
{
	struct unwind_state s = { .sp = 0x1000, .fp = 0x1040, .exact = true };

	s.pc = tables.text + test_below(tables.text_len);
	for (int i = 0; i < 300; i++) {
		uintptr_t sp = s.sp;

		if (unwind_step(&tables, &s, read_noise, NULL) !=
		    UNWIND_STEPPED)
			return;
		CHECK(s.sp > sp);
	}
}

TEST(noise_on_the_stack)
{
	start();
	for (int round = 0; round < 20000; round++)
		walk_noise();
}

static void damage(uint8_t *copy, const uint8_t *blob, size_t size)
{
	memcpy(copy, blob, size);
	for (size_t n = 1 + test_below(8); n--;)
		copy[test_below(2) ? test_below(size) : test_below(64)] =
			(uint8_t)test_random();
	memcpy(copy, blob, 4); /* or all stops at the magic */
}

TEST(damaged_tables)
{
	size_t unwind_size = (size_t)(unwind_table_end - unwind_table_start);
	size_t ksym_size = (size_t)(ksym_table_end - ksym_table_start);
	uint8_t *unwind = malloc(unwind_size), *ksym = malloc(ksym_size);
	struct ksymtab tab = { ksym, ksym_size };
	char name[KSYMTAB_NAME_MAX];
	uint32_t inside;

	start();
	tables.blob = unwind;
	for (int round = 0; round < 5000; round++) {
		damage(unwind, unwind_table_start, unwind_size);
		walk_noise();
		damage(ksym, ksym_table_start, ksym_size);
		for (int i = 0; i < 20; i++)
			if (ksymtab_lookup(&tab, (uint32_t)test_below(4096),
					   name, &inside))
				CHECK(strnlen(name, sizeof(name)) <
				      sizeof(name));
		ksymtab_find(&tab, "omit_large", &inside);
	}
	free(unwind);
	free(ksym);
}
