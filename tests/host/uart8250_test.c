/* SPDX-License-Identifier: BSD-2-Clause */
/* drivers/serial/uart8250 and irqchip/pic8259 against models of the chips. */
#include <string.h>

#include "arch/io.h"

#include "core/irq.h"
#include "core/panic.h"
#include "core/print.h"
#include "core/spinlock.h"
#include "test.h"

bool panic_in_progress;

/* One UART at 0x3f8 with a FIFO that drains only when the status is read. */
static struct {
	bool absent, stuck;
	uint8_t lcr, fcr, scratch, ier, mcr;
	uint16_t divisor;
	unsigned fifo, status_reads, lost;
	/* the receiver's error bits of byte in_bad */
	uint8_t errors;
	size_t in_bad;
	char out[16384], in[8192];
	size_t out_len, in_len, in_at;
	/* the two 8259A: in-service bits, ends of interrupt */
	uint8_t isr[2], select[2], mask[2];
	unsigned eoi[2];
} chip;

static uint8_t uart_status(void)
{
	uint8_t v = 0;

	chip.status_reads++;
	if (!chip.stuck)
		chip.fifo = 0;
	if (!chip.fifo)
		v |= 0x60;
	if (chip.in_at < chip.in_len)
		v |= 0x01 | (chip.in_at == chip.in_bad ? chip.errors : 0);
	return v;
}

/* The cause of highest priority that is enabled. */
static uint8_t uart_cause(void)
{
	if ((chip.ier & 1) && chip.in_at < chip.in_len)
		return 0xc4;
	return (chip.ier & 2) && !chip.fifo ? 0xc2 : 0xc1;
}

static uint8_t model_read(uint16_t port)
{
	if (port == 0x20 || port == 0xa0)
		return chip.isr[port == 0xa0];
	if (chip.absent)
		return 0xff;
	switch (port - 0x3f8) {
	case 0: return chip.in_at < chip.in_len ? chip.in[chip.in_at++] : 0;
	case 2: return uart_cause();
	case 5: return uart_status();
	case 7: return chip.scratch;
	default: return 0;
	}
}

static void uart_data(uint8_t v)
{
	if (chip.lcr & 0x80)
		chip.divisor = (chip.divisor & 0xff00) | v;
	else if (chip.fifo++ >= 16)
		chip.lost++;
	else if (chip.out_len < sizeof(chip.out))
		chip.out[chip.out_len++] = v;
}

static void model_write(uint16_t port, uint8_t v)
{
	switch (port) {
	case 0x20: chip.eoi[0] += v == 0x20; break;
	case 0xa0: chip.eoi[1] += v == 0x20; break;
	case 0x21: chip.mask[0] = v; break;
	case 0xa1: chip.mask[1] = v; break;
	case 0x3f8: uart_data(v); break;
	case 0x3f9:
		if (chip.lcr & 0x80)
			chip.divisor = (chip.divisor & 0xff) | v << 8;
		else
			chip.ier = v;
		break;
	case 0x3fa: chip.fcr = v; break;
	case 0x3fb: chip.lcr = v; break;
	case 0x3fc: chip.mcr = v; break;
	case 0x3ff: chip.scratch = v; break;
	}
}

#define port_read8                       model_read
#define port_write8                      model_write
#define spin_lock(l)                     ((void)(l))
#define spin_unlock(l)                   ((void)(l))
#define spin_lock_irqsave(l)             ((void)(l), 0ul)
#define spin_unlock_irqrestore(l, flags) ((void)(l), (void)(flags))
#include "drivers/irqchip/pic8259.c"
#include "drivers/serial/uart8250.c"

static struct irq_action *requested;
static unsigned news_count;

void print_console_add(struct print_console *c) {}

int irq_request(unsigned line, struct irq_action *action)
{
	requested = action;
	return line == 4 ? 0 : -EINVAL;
}

static void news(void)
{
	news_count++;
}

static void type(const void *text, size_t len)
{
	memcpy(chip.in, text, len);
	chip.in_at = 0;
	chip.in_len = len;
	chip.in_bad = SIZE_MAX;
}

/* An interrupt, after the time that the FIFO takes. */
static void trap(void)
{
	if (!chip.stuck)
		chip.fifo = 0;
	CHECK_EQ(requested->handler(requested->ctx), IRQ_DONE);
}

/* What the terminal would get now. */
static bool got(const char *want, size_t len)
{
	uint8_t buf[8192];
	size_t n = uart8250_peek(buf, sizeof(buf));

	uart8250_drop(n);
	return n == len && !memcmp(buf, want, len);
}

TEST(setup)
{
	memset(&chip, 0, sizeof(chip));
	CHECK_EQ(uart8250_early_init(0x3f8), 0);
	CHECK_EQ(chip.divisor, 1);
	CHECK_EQ(chip.lcr, 3);
	CHECK(chip.fcr & 1);
	CHECK_EQ(chip.ier, 0);
}

TEST(output)
{
	char text[1000], want[1010];

	memset(text, 'x', sizeof(text));
	text[999] = '\n';
	memcpy(want, text, 999);
	memcpy(want + 999, "\r\n", 2);
	chip.out_len = chip.status_reads = 0;
	uart8250_write(text, sizeof(text));
	CHECK_EQ(chip.out_len, 1001);
	CHECK(!memcmp(chip.out, want, 1001));
	CHECK_EQ(chip.lost, 0);
	CHECK(chip.status_reads <= 1001 / 16 + 2);
}

/* Bytes are lost, time is not: the second wait is short. */
TEST(stuck_transmitter)
{
	char text[100] = "";

	chip.stuck = true;
	chip.fifo = 16;
	chip.status_reads = 0;
	uart8250_write(text, sizeof(text));
	CHECK(chip.status_reads <= WAIT_POLLS + sizeof(text));
	chip.status_reads = 0;
	uart8250_write(text, sizeof(text));
	CHECK(chip.status_reads <= sizeof(text));
	chip.stuck = false;
	chip.out_len = 0;
	uart8250_write("ok", 2);
	CHECK_EQ(chip.out_len, 2);
}

TEST(input)
{
	CHECK_EQ(uart8250_start(4, news), 0);
	CHECK(chip.mcr & 8);
	CHECK_EQ(chip.ier, 0);
	type("hello", 5);
	trap(); /* nobody's */
	CHECK_EQ(news_count, 0);
	uart8250_receive(true);
	CHECK_EQ(chip.ier, 1);
	trap();
	CHECK_EQ(news_count, 1);
	CHECK(got("hello", 5));
	trap(); /* an edge that came too late */
	CHECK(got("", 0));
	CHECK_EQ(chip.ier, 1);
}

/* A break or a byte that is none goes; an overrun's own byte counts. */
TEST(input_errors)
{
	static const struct {
		uint8_t errors;
		const char *want;
	} lines[] = { { 0x10, "ac" }, { 0x08, "ac" }, { 0x02, "abc" } };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		type("abc", 3);
		chip.in_bad = 1;
		chip.errors = lines[i].errors;
		trap();
		CHECK(got(lines[i].want, strlen(lines[i].want)));
	}
}

/* A full ring stops the receiver, room starts it again; nothing is lost, and
 * no interrupt goes on for ever. */
TEST(input_full)
{
	static char text[6000];
	size_t n = 0;
	uint8_t c;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + i / 256);
	type(text, sizeof(text));
	for (unsigned i = 0; i < 10; i++)
		trap();
	CHECK_EQ(chip.in_at, RING_SIZE);
	CHECK_EQ(chip.ier, 0);
	while (n < sizeof(text) && uart8250_peek(&c, 1) == 1) {
		CHECK_EQ(c, (uint8_t)text[n]);
		uart8250_drop(1);
		n++;
		if (chip.ier)
			trap();
	}
	CHECK_EQ(n, sizeof(text));
}

static void send(const char *text, size_t want)
{
	CHECK_EQ(uart8250_send((const uint8_t *)text, strlen(text)), want);
}

TEST(sending)
{
	static uint8_t text[6000];
	size_t n;

	chip.out_len = 0;
	send("as it is\n", 9);
	CHECK_EQ(chip.out_len, 9);
	CHECK(!memcmp(chip.out, "as it is\n", 9));
	CHECK(uart8250_idle());
	CHECK_EQ(chip.ier, 1);
	/* The line stands still, then goes on. */
	chip.stuck = true;
	chip.fifo = 16;
	chip.out_len = 0;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\n';
	n = uart8250_send(text, sizeof(text));
	CHECK_EQ(n, RING_SIZE);
	CHECK(!uart8250_idle());
	CHECK_EQ(chip.ier, 3);
	chip.stuck = false;
	chip.fifo = 0;
	news_count = 0;
	for (unsigned i = 0; i < 20 && !uart8250_idle(); i++)
		trap();
	CHECK(news_count > 0);
	CHECK_EQ(uart8250_send(text + n, sizeof(text) - n), sizeof(text) - n);
	while (!uart8250_idle())
		trap();
	CHECK_EQ(chip.out_len, sizeof(text));
	CHECK_EQ(chip.lost, 0);
	CHECK_EQ(chip.ier, 1);
}

static bool shown(const char *want)
{
	size_t len = strlen(want);

	return chip.out_len == len && !memcmp(chip.out, want, len);
}

/* The log waits for the end of the terminal's line, or makes one. */
TEST(log_between)
{
	chip.out_len = 0;
	send("prompt> ", 8);
	uart8250_write("log\n", 4);
	CHECK(shown("prompt> \r\nlog\r\n"));
	chip.out_len = 0;
	uart8250_write("log\n", 4);
	CHECK(shown("log\r\n"));
	chip.out_len = 0;
	send("be", 2);
	chip.stuck = true;
	chip.fifo = 16;
	send("gun\nnext\n", 9);
	chip.stuck = false;
	uart8250_write("log\n", 4);
	CHECK(shown("begun\nlog\r\n"));
	while (!uart8250_idle())
		trap();
	CHECK(shown("begun\nlog\r\nnext\n"));
}

TEST(no_uart)
{
	chip.absent = true;
	CHECK_EQ(uart8250_early_init(0x3f8), -ENODEV);
	uart8250_write("x", 1);
	CHECK_EQ(uart8250_start(4, news), -ENODEV);
}

static void expect_pic(unsigned irq, uint8_t isr0, uint8_t isr1, bool spurious,
		       unsigned eoi0, unsigned eoi1)
{
	memset(&chip, 0, sizeof(chip));
	chip.isr[0] = isr0;
	chip.isr[1] = isr1;
	CHECK_EQ(pic8259_spurious(irq), spurious);
	CHECK_EQ(chip.eoi[0], eoi0);
	CHECK_EQ(chip.eoi[1], eoi1);
}

TEST(pic)
{
	memset(&chip, 0, sizeof(chip));
	pic8259_init();
	CHECK_EQ(chip.mask[0], 0xff);
	CHECK_EQ(chip.mask[1], 0xff);
	expect_pic(7, 0x00, 0x00, true, 0, 0);
	expect_pic(7, 0x80, 0x00, false, 1, 0);
	/* The cascade input was served either way. */
	expect_pic(15, 0x04, 0x00, true, 1, 0);
	expect_pic(15, 0x04, 0x80, false, 1, 1);
}
