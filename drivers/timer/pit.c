/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mode 0 of Intel's 8254 data sheet: counts down by one from what was written
 * and goes on past zero.  The gate of channel 2 is bit 0 of port 0x61, the
 * speaker's switch bit 1.  Boot only, one CPU, no lock.
 */
#include "drivers/timer/pit.h"

#include "arch/io.h"

enum {
	PORT_CHANNEL2 = 0x42,
	PORT_MODE = 0x43,
	PORT_CONTROL = 0x61,
};

#define MODE_CH2_LOHI_0 0xb0
#define LATCH_CH2       0x80
#define CONTROL_GATE    0x01
#define CONTROL_SPEAKER 0x02

void pit_start_count(void)
{
	uint8_t control = port_read8(PORT_CONTROL) & ~CONTROL_SPEAKER;

	port_write8(PORT_CONTROL, control | CONTROL_GATE);
	port_write8(PORT_MODE, MODE_CH2_LOHI_0);
	port_write8(PORT_CHANNEL2, PIT_COUNT_MAX & 0xff);
	port_write8(PORT_CHANNEL2, PIT_COUNT_MAX >> 8);
}

uint32_t pit_read_count(void)
{
	uint32_t count;

	port_write8(PORT_MODE, LATCH_CH2);
	count = port_read8(PORT_CHANNEL2);
	count |= (uint32_t)port_read8(PORT_CHANNEL2) << 8;
	return (PIT_COUNT_MAX - count) & PIT_COUNT_MAX;
}
