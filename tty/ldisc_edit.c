/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Echo, and erasing in the line that is being typed, [in_canon, in_head).
 * What is on the screen is not stored: the width of what goes is worked out
 * from the characters, and a tab's from the column where the line began.
 */
#include "abi/termios.h"
#include "tty/ldisc_priv.h"
#include "tty/tty.h"

void ldisc_echo(struct tty *tty, uint8_t c)
{
	if ((tty->termios.lflag & ECHOCTL) && ldisc_is_control(c) &&
	    c != '\t') {
		ldisc_put(tty, '^');
		ldisc_put(tty, c ^ 0100);
		return;
	}
	ldisc_put(tty, c);
}

void ldisc_finish_erasing(struct tty *tty)
{
	if (!tty->erasing)
		return;
	ldisc_put(tty, '/');
	tty->erasing = false;
}

static uint8_t char_at(const struct tty *tty, uint32_t at)
{
	return tty->in[at % TTY_IN_SIZE];
}

static void wipe(struct tty *tty)
{
	ldisc_put(tty, '\b');
	ldisc_put(tty, ' ');
	ldisc_put(tty, '\b');
}

/* Goes back over a tab whose place in the line is at in_head. */
static void wipe_tab(struct tty *tty)
{
	uint32_t at = tty->in_head, width = 0;
	bool after_tab = false;

	while (at != tty->in_canon) {
		uint8_t c = char_at(tty, --at);

		if (c == '\t') {
			after_tab = true;
			break;
		}
		if (ldisc_is_control(c))
			width += tty->termios.lflag & ECHOCTL ? 2 : 0;
		else if (!(tty->termios.iflag & IUTF8) || (c & 0xc0) != 0x80)
			width++;
	}
	if (!after_tab)
		width += tty->canon_column;
	for (uint32_t back = 8 - (width & 7); back; back--)
		ldisc_put(tty, '\b');
}

/* Shows that c, which was the last character, is gone. */
static void show_erased(struct tty *tty, uint8_t c, uint8_t key)
{
	uint32_t lflag = tty->termios.lflag;

	if (lflag & ECHOPRT) {
		if (!tty->erasing)
			ldisc_put(tty, '\\');
		tty->erasing = true;
		ldisc_echo(tty, c);
	} else if (key == VERASE && !(lflag & ECHOE)) {
		ldisc_echo(tty, tty->termios.cc[VERASE]);
	} else if (c == '\t') {
		wipe_tab(tty);
	} else if (!ldisc_is_control(c)) {
		wipe(tty);
	} else if (lflag & ECHOCTL) {
		wipe(tty);
		wipe(tty);
	}
}

/* Removes the last character with all its bytes; its first one, or -1 when
 * only a torn piece is there. */
static int drop_last(struct tty *tty)
{
	uint32_t head = tty->in_head;
	uint8_t c;

	do {
		c = char_at(tty, --head);
	} while ((tty->termios.iflag & IUTF8) && (c & 0xc0) == 0x80 &&
		 head != tty->in_canon);
	if ((tty->termios.iflag & IUTF8) && (c & 0xc0) == 0x80)
		return -1;
	tty->in_head = head;
	return c;
}

static bool in_word(uint8_t c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static void erase_chars(struct tty *tty, uint8_t key)
{
	bool seen_word = false;

	while (tty->in_head != tty->in_canon) {
		uint32_t head = tty->in_head;
		int c = drop_last(tty);

		if (c < 0)
			return;
		if (key == VWERASE) {
			if (in_word((uint8_t)c)) {
				seen_word = true;
			} else if (seen_word) {
				tty->in_head = head;
				return;
			}
		}
		if (tty->termios.lflag & ECHO)
			show_erased(tty, (uint8_t)c, key);
		if (key == VERASE)
			return;
	}
}

void ldisc_erase(struct tty *tty, uint8_t c)
{
	const uint8_t *cc = tty->termios.cc;
	uint32_t lflag = tty->termios.lflag;
	uint8_t key = c == cc[VERASE]  ? VERASE
		      : c == cc[VKILL] ? VKILL
				       : VWERASE;

	if (tty->in_head == tty->in_canon)
		return;
	if (key == VKILL && !(lflag & ECHO)) {
		tty->in_head = tty->in_canon;
		return;
	}
	if (key == VKILL &&
	    !((lflag & ECHOK) && (lflag & ECHOKE) && (lflag & ECHOE))) {
		tty->in_head = tty->in_canon;
		ldisc_finish_erasing(tty);
		ldisc_echo(tty, c);
		if (lflag & ECHOK)
			ldisc_put(tty, '\n');
		return;
	}
	erase_chars(tty, key);
	if (tty->in_head == tty->in_canon && (lflag & ECHO))
		ldisc_finish_erasing(tty);
}
