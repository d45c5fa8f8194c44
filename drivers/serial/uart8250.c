/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers are those of National's PC16550D.  The transmitter's FIFO takes 16
 * bytes whenever LSR says that it is empty, so that the status is read once
 * for 16 bytes.  A UART that stops draining must not stop the kernel: the log
 * waits for it within bounds, and what does not fit is lost; the terminal's
 * bytes wait in a ring until it goes on.
 *
 * One lock covers the registers and both rings; a panic walks past it.  There
 * is one port.
 *
 * The interrupt may be edge triggered: its handler leaves only when no cause
 * is left, or makes a new edge.
 */
#include "drivers/serial/uart8250.h"

#include "arch/cpu.h"
#include "arch/io.h"

#include "abi/errno.h"
#include "core/irq.h"
#include "core/panic.h"
#include "core/print.h"
#include "core/spinlock.h"

enum {
	REG_DATA = 0, /* and the divisor's low byte */
	REG_IER = 1,  /* and its high byte */
	REG_IIR = 2,  /* read; written it is ... */
	REG_FCR = 2,
	REG_LCR = 3,
	REG_MCR = 4,
	REG_LSR = 5,
	REG_SCRATCH = 7,
};

#define LCR_8N1        0x03
#define LCR_DLAB       0x80
#define FCR_ENABLE     0x01
#define FCR_CLEAR      0x06
#define FCR_TRIGGER_8  0x80
#define MCR_DTR_RTS    0x03
#define MCR_OUT2       0x08 /* PCs: connects the interrupt line */
#define IIR_NONE       0x01
#define LSR_DATA_READY 0x01
#define LSR_FRAMING    0x08
#define LSR_BREAK      0x10
#define LSR_THR_EMPTY  0x20
#define IER_RECEIVED   0x01
#define IER_THR_EMPTY  0x02

#define DIVISOR_115200 1
#define FIFO_DEPTH     16
/* Polls of LSR before the rest is dropped: longer than 16 bytes take. */
#define WAIT_POLLS 100000
/* Bytes moved at once, and looks for a cause in one interrupt, whatever the
 * line does. */
#define BURST      256
#define ROUNDS_MAX 16
/* The most of a terminal's line that the log waits for. */
#define LINE_REST 256

#define RING_SIZE 1024u /* a power of two */

struct ring {
	uint32_t head, tail; /* bytes ever put in and taken out */
	uint8_t bytes[RING_SIZE];
};

static struct {
	struct spinlock lock;
	/* protected by lock: */
	unsigned room; /* bytes the FIFO takes before the next look at LSR */
	bool stuck;
	bool receiving; /* somebody wants what comes in */
	bool wanted;    /* uart8250_send() had to refuse bytes */
	bool mid_line;  /* the terminal's last byte ended no line */
	uint8_t ier;
	struct ring in, out;

	/* constant after init: */
	uint16_t port; /* 0: no UART */
	void (*news)(void);
} uart = { .lock = SPINLOCK(RANK_UART) };

static uint32_t ring_count(const struct ring *r)
{
	return r->head - r->tail;
}

static void ring_put(struct ring *r, uint8_t c)
{
	r->bytes[r->head++ % RING_SIZE] = c;
}

static uint8_t ring_get(struct ring *r)
{
	return r->bytes[r->tail++ % RING_SIZE];
}

static uint8_t reg_read(unsigned reg)
{
	return port_read8(uart.port + reg);
}

static void reg_write(unsigned reg, uint8_t v)
{
	port_write8(uart.port + reg, v);
}

static bool wait_room(void)
{
	unsigned polls = uart.stuck ? 1 : WAIT_POLLS;

	while (!(reg_read(REG_LSR) & LSR_THR_EMPTY)) {
		if (--polls == 0) {
			uart.stuck = true;
			return false;
		}
		arch_cpu_relax();
	}
	uart.stuck = false;
	uart.room = FIFO_DEPTH;
	return true;
}

static void put(char c)
{
	if (uart.room == 0 && !wait_room())
		return;
	uart.room--;
	reg_write(REG_DATA, c);
}

static uint8_t next_out(void)
{
	uint8_t c = ring_get(&uart.out);

	uart.mid_line = c != '\n';
	return c;
}

/* A line of the log begins where the terminal's ends, if that is near, else
 * it breaks it. */
static void finish_line(void)
{
	unsigned n = MIN(ring_count(&uart.out), (uint32_t)LINE_REST);

	while (uart.mid_line && n-- > 0 && !uart.stuck)
		put((char)next_out());
	if (!uart.mid_line)
		return;
	put('\r');
	put('\n');
	uart.mid_line = false;
}

static void put_text(const char *text, size_t len)
{
	/* An unknown time has passed since the last byte. */
	uart.room = 0;
	finish_line();
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			put('\r');
		put(text[i]);
	}
}

void uart8250_write(const char *text, size_t len)
{
	unsigned long flags;

	if (!uart.port)
		return;
	if (panic_in_progress) {
		put_text(text, len);
		return;
	}
	flags = spin_lock_irqsave(&uart.lock);
	put_text(text, len);
	spin_unlock_irqrestore(&uart.lock, flags);
}

static struct print_console uart_console = {
	.name = "uart8250",
	.write = uart8250_write,
};

/* The scratch register keeps what is written to it; an empty bus does not. */
static bool present(void)
{
	reg_write(REG_SCRATCH, 0x5a);
	if (reg_read(REG_SCRATCH) != 0x5a)
		return false;
	reg_write(REG_SCRATCH, 0xa5);
	return reg_read(REG_SCRATCH) == 0xa5;
}

int uart8250_early_init(uint16_t port)
{
	uart.port = port;
	if (!present()) {
		uart.port = 0;
		return -ENODEV;
	}
	reg_write(REG_IER, 0);
	reg_write(REG_LCR, LCR_DLAB);
	reg_write(REG_DATA, DIVISOR_115200 & 0xff);
	reg_write(REG_IER, DIVISOR_115200 >> 8);
	reg_write(REG_LCR, LCR_8N1);
	reg_write(REG_FCR, FCR_ENABLE | FCR_CLEAR | FCR_TRIGGER_8);
	reg_write(REG_MCR, MCR_DTR_RTS);
	print_console_add(&uart_console);
	return 0;
}

/* The terminal's bytes */

static void set_ier(void)
{
	uint8_t ier = 0;

	if (uart.receiving && ring_count(&uart.in) < RING_SIZE)
		ier |= IER_RECEIVED;
	if (ring_count(&uart.out))
		ier |= IER_THR_EMPTY;
	if (ier != uart.ier)
		reg_write(REG_IER, ier);
	uart.ier = ier;
}

/* Bytes with errors are noise; an overrun has lost those before. */
static void pump_in(void)
{
	uint8_t status, c;

	for (unsigned i = 0; i < BURST; i++) {
		if (!uart.receiving || ring_count(&uart.in) == RING_SIZE)
			break; /* they wait at the sender, or are lost */
		status = reg_read(REG_LSR);
		if (!(status & LSR_DATA_READY))
			break;
		c = reg_read(REG_DATA);
		if (!(status & (LSR_FRAMING | LSR_BREAK)))
			ring_put(&uart.in, c);
	}
}

static void pump_out(void)
{
	for (unsigned i = 0; i < BURST; i++) {
		if (!ring_count(&uart.out))
			break;
		if (i % FIFO_DEPTH == 0 && !(reg_read(REG_LSR) & LSR_THR_EMPTY))
			break;
		reg_write(REG_DATA, next_out());
	}
}

/* Whether the terminal has something to do. */
static bool has_news(void)
{
	uint32_t waiting = ring_count(&uart.out);

	return ring_count(&uart.in) || !waiting ||
	       (uart.wanted && waiting <= RING_SIZE / 2);
}

/* Nobody shares the line; a cause may be gone when its interrupt comes. */
static enum irq_result interrupt(void *ctx)
{
	unsigned rounds = 0;
	bool news = false;

	spin_lock(&uart.lock);
	while (rounds < ROUNDS_MAX && !(reg_read(REG_IIR) & IIR_NONE)) {
		pump_in();
		pump_out();
		set_ier();
		rounds++;
	}
	if (rounds == ROUNDS_MAX) {
		reg_write(REG_IER, 0);
		reg_write(REG_IER, uart.ier);
	}
	if (rounds)
		news = has_news();
	spin_unlock(&uart.lock);
	if (news)
		uart.news();
	return IRQ_DONE;
}

static struct irq_action uart_action = {
	.handler = interrupt,
	.name = "uart8250",
};

int uart8250_start(unsigned line, void (*news)(void))
{
	int err;

	if (!uart.port)
		return -ENODEV;
	uart.news = news;
	err = irq_request(line, &uart_action);
	if (err)
		return err;
	reg_write(REG_MCR, MCR_DTR_RTS | MCR_OUT2);
	return 0;
}

void uart8250_receive(bool on)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);

	uart.receiving = on;
	set_ier();
	spin_unlock_irqrestore(&uart.lock, flags);
}

size_t uart8250_send(const uint8_t *buf, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);
	uint32_t before;
	size_t n = 0;

	do {
		while (n < len && ring_count(&uart.out) < RING_SIZE)
			ring_put(&uart.out, buf[n++]);
		before = ring_count(&uart.out);
		pump_out();
	} while (n < len && ring_count(&uart.out) < before);
	uart.wanted = n < len;
	set_ier();
	spin_unlock_irqrestore(&uart.lock, flags);
	return n;
}

bool uart8250_idle(void)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);
	bool idle = !ring_count(&uart.out);

	spin_unlock_irqrestore(&uart.lock, flags);
	return idle;
}

size_t uart8250_peek(uint8_t *buf, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);
	size_t n = 0;

	for (; n < len && n < ring_count(&uart.in); n++)
		buf[n] = uart.in.bytes[(uart.in.tail + n) % RING_SIZE];
	spin_unlock_irqrestore(&uart.lock, flags);
	return n;
}

void uart8250_drop(size_t n)
{
	unsigned long flags = spin_lock_irqsave(&uart.lock);

	uart.in.tail += n;
	set_ier();
	spin_unlock_irqrestore(&uart.lock, flags);
}
