/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline (termios(3)): what becomes of characters on their way in
 * and out.  Everything runs with the terminal's lock held, touches nothing but
 * the struct, and never sleeps.
 */
#pragma once

#include "lib/types.h"

struct termios2;
struct tty;

/* Characters from the line; returns how many were used up.  Fewer than len:
 * the input is full.  Adds to tty->signals. */
size_t ldisc_receive_locked(struct tty *tty, const uint8_t *buf, size_t len);
/* Bytes of a program into the output; returns how many fitted. */
size_t ldisc_write_locked(struct tty *tty, const uint8_t *buf, size_t len);
/* Up to len bytes for a reader: in canonical mode one line at most, and
 * *end says that it is complete (or the end of file). */
size_t ldisc_read_locked(struct tty *tty, uint8_t *buf, size_t len, bool *end);

/* Whether read(2) would find something; `want` bytes in raw mode. */
bool ldisc_readable_locked(const struct tty *tty, uint32_t want);
uint32_t ldisc_count_locked(const struct tty *tty); /* for FIONREAD */
/* Whether the line may bring more. */
bool ldisc_has_room_locked(const struct tty *tty);
bool ldisc_out_empty_locked(const struct tty *tty);
uint32_t ldisc_out_room_locked(const struct tty *tty);

void ldisc_set_termios_locked(struct tty *tty, const struct termios2 *t);
void ldisc_flush_in_locked(struct tty *tty);
void ldisc_flush_out_locked(struct tty *tty);
void ldisc_stop_locked(struct tty *tty);
void ldisc_start_locked(struct tty *tty);
/* One character to the line, past everything that waits. */
void ldisc_send_locked(struct tty *tty, uint8_t c);
