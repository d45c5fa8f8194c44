/* SPDX-License-Identifier: BSD-2-Clause */
/* drivers/timer/cmos_rtc against a model of the clock's registers. */
#include <string.h>
#include <time.h>

#include "arch/io.h"

#include "test.h"

static struct {
	uint8_t reg[128], index;
	bool absent;
	unsigned updating; /* reads of register A that still say so */
	unsigned ticks_in; /* reads until the second changes; 0: never */
} rtc;

static uint8_t model_read(uint16_t port)
{
	if (rtc.absent)
		return 0xff;
	if (rtc.index == 0x0a)
		return rtc.updating && rtc.updating-- ? 0xa6 : 0x26;
	if (rtc.ticks_in && --rtc.ticks_in == 0)
		rtc.reg[0]++;
	return rtc.reg[rtc.index];
}

static void model_write(uint16_t port, uint8_t v)
{
	rtc.index = v & 0x7f;
}

#define port_read8  model_read
#define port_write8 model_write
#include "drivers/timer/cmos_rtc.c"

static uint8_t encode(unsigned v, bool binary)
{
	return binary ? v : v / 10 << 4 | v % 10;
}

static void set(const struct tm *tm, uint8_t b)
{
	bool binary = b & 4, pm = !(b & 2) && tm->tm_hour >= 12;
	unsigned h = tm->tm_hour;

	memset(&rtc, 0, sizeof(rtc));
	if (!(b & 2))
		h = h % 12 ? h % 12 : 12;
	rtc.reg[0x0b] = b;
	rtc.reg[0x00] = encode(tm->tm_sec, binary);
	rtc.reg[0x02] = encode(tm->tm_min, binary);
	rtc.reg[0x04] = encode(h, binary) | (pm ? 0x80 : 0);
	rtc.reg[0x07] = encode(tm->tm_mday, binary);
	rtc.reg[0x08] = encode(tm->tm_mon + 1, binary);
	rtc.reg[0x09] = encode(tm->tm_year % 100, binary);
	rtc.reg[0x32] = encode(19 + tm->tm_year / 100, binary);
}

TEST(every_form)
{
	for (int64_t t = 1; t < 7258118400; t += 86399 * 7 + 3661) {
		time_t now = t;
		struct tm tm;

		gmtime_r(&now, &tm);
		for (uint8_t b = 0; b < 8; b += 2) {
			set(&tm, b);
			CHECK_EQ(cmos_rtc_read(), t);
		}
	}
}

TEST(edges)
{
	static const time_t at[] = { 951782399,  951782400,  951868800,
				     946684799,  1078012800, 4107542399,
				     4107542400, 1709251199 };

	for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
		struct tm tm;

		gmtime_r(&at[i], &tm);
		set(&tm, 2);
		CHECK_EQ(cmos_rtc_read(), at[i]);
	}
}

TEST(absent)
{
	memset(&rtc, 0, sizeof(rtc));
	rtc.absent = true;
	CHECK_EQ(cmos_rtc_read(), 0);
}

TEST(nonsense)
{
	time_t now = 1700000000;
	struct tm tm;

	gmtime_r(&now, &tm);
	set(&tm, 2);
	rtc.reg[0x08] = 0x13;
	CHECK_EQ(cmos_rtc_read(), 0);
	set(&tm, 2);
	rtc.reg[0x07] = 0;
	CHECK_EQ(cmos_rtc_read(), 0);
	set(&tm, 2);
	rtc.reg[0x32] = 0; /* no century register: this one */
	CHECK_EQ(cmos_rtc_read(), now);
}

TEST(update_under_way)
{
	time_t now = 1700000000;
	struct tm tm;

	gmtime_r(&now, &tm);
	set(&tm, 2);
	rtc.updating = 1000;
	CHECK_EQ(cmos_rtc_read(), now);
	set(&tm, 2);
	rtc.updating = 100000000; /* it never ends */
	CHECK_EQ(cmos_rtc_read(), 0);
	for (unsigned ticks = 1; ticks < 20; ticks++) {
		set(&tm, 2);
		rtc.ticks_in = ticks;
		/* The ninth read is the second's of the second look. */
		CHECK_EQ(cmos_rtc_read(), now + (ticks <= 9));
	}
}
