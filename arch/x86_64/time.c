/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast the TSC and the local APIC's timer count.
 *
 * A hypervisor or CPUID says it where it can.  Otherwise both are measured
 * against PIT channel 2 over the time that start-up takes anyway, at least
 * CALIBRATE_MIN_NS; pairs of readings that an interruption tore apart are
 * thrown away, and a PIT that does not count is given up on, never waited for.
 */
#include "arch/time.h"

#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/io.h"
#include "arch/x86_64/cpu_priv.h"

#include "core/print.h"
#include "core/timer.h"
#include "impl/msr.h"

#define PIT_HZ              1193182u
#define PIT_CHANNEL2        0x42
#define PIT_COMMAND         0x43
#define PIT_GATE            0x61
#define CALIBRATE_MIN_NS    1200000u
#define CALIBRATE_MAX_READS 100000u
#define FALLBACK_HZ         1000000000u

struct reading {
	uint64_t tsc;
	uint32_t apic;
	uint16_t pit;
};

static uint64_t tsc_hz;

static void pit_start(void)
{
	/* Gate on, speaker off; mode 0 counts down from 65535 once. */
	port_write8(PIT_GATE, (port_read8(PIT_GATE) & ~2) | 1);
	port_write8(PIT_COMMAND, 0xb0);
	port_write8(PIT_CHANNEL2, 0xff);
	port_write8(PIT_CHANNEL2, 0xff);
}

static uint16_t pit_read(void)
{
	uint8_t lo;

	port_write8(PIT_COMMAND, 0x80); /* latch */
	lo = port_read8(PIT_CHANNEL2);
	return (uint16_t)(lo | port_read8(PIT_CHANNEL2) << 8);
}

/* The least torn of a few attempts. */
static struct reading read_all(void)
{
	struct reading best = { 0 };
	uint64_t best_width = UINT64_MAX;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t before = arch_cycles(), width;
		uint16_t pit = pit_read();
		uint32_t apic = apic_timer_count();

		width = arch_cycles() - before;
		if (width >= best_width)
			continue;
		best_width = width;
		best = (struct reading){ before + width / 2, apic, pit };
	}
	return best;
}

/* CPUID's word, from the hypervisor's leaf or the CPU's own; 0: none. */
static uint64_t tsc_hz_told(uint64_t *apic_hz)
{
	struct cpuid r;

	if (cpu_features.hypervisor) {
		r = cpuid_read(0x40000000, 0);
		if (r.a >= 0x40000010 && r.a < 0x40010000) {
			r = cpuid_read(0x40000010, 0);
			*apic_hz = (uint64_t)r.b * 1000;
			return (uint64_t)r.a * 1000;
		}
	}
	if (cpuid_read(0, 0).a >= 0x15) {
		r = cpuid_read(0x15, 0);
		if (r.a && r.b && r.c) {
			*apic_hz = r.c;
			return (uint64_t)r.c * r.b / r.a;
		}
	}
	return 0;
}

static uint64_t rate(uint64_t count, uint32_t pit_ticks)
{
	return count * PIT_HZ / pit_ticks;
}

static void measure(uint64_t *tsc, uint64_t *apic)
{
	const uint32_t want = (uint64_t)CALIBRATE_MIN_NS * PIT_HZ / 1000000000;
	struct reading start, end;
	uint32_t ticks = 0;

	pit_start();
	apic_timer_start_calibration();
	start = read_all();
	for (unsigned i = 0; i < CALIBRATE_MAX_READS && ticks < want; i++) {
		arch_cpu_relax();
		ticks = (uint16_t)(start.pit - pit_read());
		if (i > 1000 && ticks == 0)
			break; /* it does not count */
	}
	end = read_all();
	ticks = (uint16_t)(start.pit - end.pit);
	if (ticks < want || end.tsc <= start.tsc) {
		print("time: no reference clock: assuming 1 GHz\n");
		*tsc = *apic = FALLBACK_HZ;
		return;
	}
	*tsc = rate(end.tsc - start.tsc, ticks);
	*apic = rate(end.apic - start.apic, ticks);
}

static uint64_t tsc_read(void)
{
	return arch_cycles();
}

void arch_time_init(void)
{
	static struct clock_source tsc = {
		.name = "tsc",
		.read = tsc_read,
		.user = true,
	};
	uint64_t apic_hz = 0;

	tsc_hz = tsc_hz_told(&apic_hz);
	if (!tsc_hz || !apic_hz) {
		uint64_t measured;

		measure(&measured, &apic_hz);
		if (!tsc_hz)
			tsc_hz = measured;
	}
	tsc.hz = tsc_hz;
	clock_source_set(&tsc, boot_info.entry_cycles);
	apic_timer_init(apic_hz ? apic_hz : FALLBACK_HZ);
	print("time: tsc %llu kHz, lapic timer %llu kHz\n",
	      (unsigned long long)tsc_hz / 1000,
	      (unsigned long long)apic_hz / 1000);
}
