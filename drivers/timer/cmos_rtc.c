/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Motorola's MC146818A data sheet.  The registers change under the reader
 * once a second, announced by the update-in-progress bit; a time counts when
 * it was read twice the same with no update announced before.  Every loop is
 * bounded.  Read once at boot, no lock.
 */
#include "drivers/timer/cmos_rtc.h"

#include "arch/io.h"
#include "lib/string.h"

enum {
	PORT_INDEX = 0x70, /* bit 7 would keep NMIs out; it stays clear */
	PORT_DATA = 0x71,
};

enum {
	REG_SECOND = 0x00,
	REG_MINUTE = 0x02,
	REG_HOUR = 0x04,
	REG_DAY = 0x07,
	REG_MONTH = 0x08,
	REG_YEAR = 0x09,
	REG_A = 0x0a,
	REG_B = 0x0b,
	REG_CENTURY = 0x32, /* where ACPI's FADT puts it on nearly every PC */
};

#define A_UPDATING 0x80
#define B_BINARY   0x04
#define B_24H      0x02
#define HOUR_PM    0x80

#define UPDATE_POLLS 20000 /* an update takes 2 ms; a port read ~0.5 us */
#define READ_TRIES   5

struct rtc_time {
	uint8_t second, minute, hour, day, month, year, century;
};

static uint8_t reg_read(uint8_t reg)
{
	port_write8(PORT_INDEX, reg);
	return port_read8(PORT_DATA);
}

static bool wait_update(void)
{
	for (unsigned i = 0; i < UPDATE_POLLS; i++) {
		if (!(reg_read(REG_A) & A_UPDATING))
			return true;
	}
	return false;
}

static void read_raw(struct rtc_time *t)
{
	*t = (struct rtc_time){
		.second = reg_read(REG_SECOND),
		.minute = reg_read(REG_MINUTE),
		.hour = reg_read(REG_HOUR),
		.day = reg_read(REG_DAY),
		.month = reg_read(REG_MONTH),
		.year = reg_read(REG_YEAR),
		.century = reg_read(REG_CENTURY),
	};
}

static bool read_stable(struct rtc_time *t)
{
	struct rtc_time again;

	for (unsigned i = 0; i < READ_TRIES; i++) {
		if (!wait_update())
			return false;
		read_raw(t);
		read_raw(&again);
		if (!memcmp(t, &again, sizeof(again)))
			return true;
	}
	return false;
}

static unsigned number(uint8_t v, uint8_t reg_b)
{
	return reg_b & B_BINARY ? v : (v >> 4) * 10 + (v & 0xf);
}

static unsigned hour(uint8_t v, uint8_t reg_b)
{
	unsigned h;

	if (reg_b & B_24H)
		return number(v, reg_b);
	h = number(v & ~HOUR_PM, reg_b) % 12;
	return v & HOUR_PM ? h + 12 : h;
}

/* Days since 1970-01-01 of the Gregorian calendar.  Years are counted from
 * March, so that the leap day comes last; year is 1970 or later. */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
	unsigned y = month > 2 ? year : year - 1;
	unsigned m = month > 2 ? month - 3 : month + 9;

	return (int64_t)365 * y + y / 4 - y / 100 + y / 400 +
	       (153 * m + 2) / 5 + day - 1 - 719468;
}

int64_t cmos_rtc_read(void)
{
	struct rtc_time t;
	unsigned year, century, month, day, h, m, s;
	uint8_t b = reg_read(REG_B);

	if (!read_stable(&t))
		return 0;
	century = number(t.century, b);
	if (century < 19 || century > 22)
		century = 20;
	year = century * 100 + number(t.year, b);
	month = number(t.month, b);
	day = number(t.day, b);
	h = hour(t.hour, b);
	m = number(t.minute, b);
	s = number(t.second, b);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    h > 23 || m > 59 || s > 60)
		return 0;
	return ((days(year, month, day) * 24 + h) * 60 + m) * 60 + s;
}
