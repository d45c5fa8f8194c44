/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message-signalled interrupts (SDM vol. 3, 11.11): the address holds the
 * local APIC that is meant, the data its vector, fixed and edge triggered.
 *
 * A line is one vector on all CPUs and its message goes to one of them, so
 * there are as many lines as vectors.
 */
#include "arch/atomic.h"
#include "arch/irq.h"

#include "impl/desc.h"

#define MESSAGE_ADDRESS 0xfee00000u
#define TARGET_SHIFT    12

static_assert(VECTOR_IRQ + ARCH_MESSAGE_LINE + ARCH_MESSAGE_LINES ==
		      VECTOR_LAPIC_TIMER,
	      "every vector is a line's or the CPU's");

static struct atomic32 taken[ARCH_MESSAGE_LINES];

static unsigned take_line(void)
{
	for (unsigned i = 0; i < ARCH_MESSAGE_LINES; i++) {
		uint32_t nobody = 0;

		if (atomic32_cmpxchg(&taken[i], &nobody, 1))
			return ARCH_MESSAGE_LINE + i;
	}
	return 0;
}

unsigned arch_message_alloc(unsigned cpu, struct arch_message *msg)
{
	unsigned line = take_line();

	if (!line)
		return 0;
	*msg = (struct arch_message){
		.address = MESSAGE_ADDRESS | arch_irq_target(cpu)
						     << TARGET_SHIFT,
		.data = arch_irq_vector(line),
	};
	return line;
}

void arch_message_free(unsigned line)
{
	atomic32_store_release(&taken[line - ARCH_MESSAGE_LINE], 0);
}
