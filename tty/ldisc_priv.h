/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the line discipline's files; the terminal's lock is held. */
#pragma once

#include "lib/types.h"

struct tty;

static inline bool ldisc_is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* One character to the output, after OPOST's rules. */
void ldisc_put(struct tty *tty, uint8_t c);
/* The same as echo: control characters as ^X with ECHOCTL. */
void ldisc_echo(struct tty *tty, uint8_t c);
/* The character erases one, a word, or the line. */
void ldisc_erase(struct tty *tty, uint8_t c);
void ldisc_finish_erasing(struct tty *tty);
