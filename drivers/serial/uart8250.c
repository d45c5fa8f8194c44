/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers are those of National's PC16550D.  The transmitter's FIFO takes 16
 * bytes whenever LSR says that it is empty, so that the status is read once
 * for 16 bytes.  A UART that stops draining must not stop the kernel: every
 * wait is bounded, and what does not fit is lost.
 *
 * One lock covers the registers; a panic walks past it.  There is one port.
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
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY  0x20
#define IER_RECEIVED   0x01

#define DIVISOR_115200 1
#define FIFO_DEPTH     16
/* Polls of LSR before the rest is dropped: longer than 16 bytes take. */
#define WAIT_POLLS 100000
/* Bytes taken in one interrupt, whatever the line does. */
#define RECEIVE_MAX 256

static struct {
	struct spinlock lock;
	/* protected by lock: */
	unsigned room; /* bytes the FIFO takes before the next look at LSR */
	bool stuck;

	/* constant after init: */
	uint16_t port; /* 0: no UART */
	void (*received)(char c);
} uart = { .lock = SPINLOCK(RANK_UART) };

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

static void put_text(const char *text, size_t len)
{
	/* An unknown time has passed since the last byte. */
	uart.room = 0;
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

static enum irq_result interrupt(void *ctx)
{
	enum irq_result result = IRQ_NOT_MINE;

	(void)ctx;
	for (unsigned i = 0; i < RECEIVE_MAX; i++) {
		if (!(reg_read(REG_LSR) & LSR_DATA_READY))
			break;
		uart.received((char)reg_read(REG_DATA));
		result = IRQ_DONE;
	}
	return result;
}

static struct irq_action uart_action = {
	.handler = interrupt,
	.name = "uart8250",
};

int uart8250_input_start(unsigned line, void (*received)(char c))
{
	int err;

	if (!uart.port)
		return -ENODEV;
	uart.received = received;
	err = irq_request(line, &uart_action);
	if (err)
		return err;
	reg_write(REG_MCR, MCR_DTR_RTS | MCR_OUT2);
	reg_write(REG_IER, IER_RECEIVED);
	return 0;
}
