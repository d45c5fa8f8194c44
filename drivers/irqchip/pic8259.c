/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Intel's 8259A data sheet: four initialisation words, then the mask.  The
 * controller answers a request that vanished before it was acknowledged with
 * its lowest priority, IRQ 7 (15 on the second one), without setting the bit
 * in service; one end of interrupt too many would then finish somebody
 * else's.  A spurious IRQ 15 did go through the first controller's input 2,
 * which has to be ended.
 *
 * No lock: initialised once; afterwards only with interrupts off on CPU 0,
 * the only one the 8259A is wired to.
 */
#include "drivers/irqchip/pic8259.h"

#include "arch/io.h"

enum {
	MASTER_CMD = 0x20,
	MASTER_DATA = 0x21,
	SLAVE_CMD = 0xa0,
	SLAVE_DATA = 0xa1,
};

#define ICW1_INIT     0x10
#define ICW1_ICW4     0x01
#define ICW4_8086     0x01
#define OCW2_EOI      0x20
#define OCW3_READ_ISR 0x0b
#define CASCADE_INPUT 2

static void init_one(uint16_t cmd, uint16_t data, uint8_t base, uint8_t cascade)
{
	port_write8(cmd, ICW1_INIT | ICW1_ICW4);
	port_write8(data, base);
	port_write8(data, cascade);
	port_write8(data, ICW4_8086);
	port_write8(data, 0xff);
}

void pic8259_init(void)
{
	init_one(MASTER_CMD, MASTER_DATA, PIC8259_VECTOR_BASE,
		 1 << CASCADE_INPUT);
	init_one(SLAVE_CMD, SLAVE_DATA, PIC8259_VECTOR_BASE + 8, CASCADE_INPUT);
}

static bool in_service(unsigned irq)
{
	uint16_t cmd = irq < 8 ? MASTER_CMD : SLAVE_CMD;

	port_write8(cmd, OCW3_READ_ISR);
	return port_read8(cmd) >> (irq & 7) & 1;
}

bool pic8259_spurious(unsigned irq)
{
	bool real = in_service(irq);

	if (irq >= 8) {
		if (real)
			port_write8(SLAVE_CMD, OCW2_EOI);
		port_write8(MASTER_CMD, OCW2_EOI);
	} else if (real) {
		port_write8(MASTER_CMD, OCW2_EOI);
	}
	return !real;
}
