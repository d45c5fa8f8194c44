/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: the ring holds what programs will read.  [in_tail, in_canon) is
 * complete lines, [in_canon, in_head) the line being typed, which can still be
 * edited; in raw mode all of it can be read.  A set bit in `marks` says that
 * the character ends a line; a marked NUL is an end of file and is not read.
 *
 * Positions run freely and are masked on use.  See tty/ldisc_edit.c for
 * erasing.
 */
#include "tty/ldisc.h"

#include "lib/string.h"

#include "abi/signal.h"
#include "core/panic.h"
#include "tty/ldisc_priv.h"
#include "tty/tty.h"

#define IN_MAX   (TTY_IN_SIZE - 1)
#define XOFF_AT  (TTY_IN_SIZE - 128)
#define XON_AT   128
#define EOF_MARK 0
#define NO_CHAR  0 /* _POSIX_VDISABLE */

static void set_mark(struct tty *tty, uint32_t at, bool on)
{
	uint64_t bit = 1ull << (at % 64);
	uint64_t *word = &tty->marks[at % TTY_IN_SIZE / 64];

	*word = on ? *word | bit : *word & ~bit;
}

static bool has_mark(const struct tty *tty, uint32_t at)
{
	return tty->marks[at % TTY_IN_SIZE / 64] >> (at % 64) & 1;
}

/* Output */

uint32_t ldisc_out_room_locked(const struct tty *tty)
{
	return TTY_OUT_SIZE - (tty->out_head - tty->out_tail);
}

bool ldisc_out_empty_locked(const struct tty *tty)
{
	return tty->out_head == tty->out_tail;
}

static void put_out(struct tty *tty, uint8_t c)
{
	if (ldisc_out_room_locked(tty))
		tty->out[tty->out_head++ % TTY_OUT_SIZE] = c;
}

void ldisc_send_locked(struct tty *tty, uint8_t c)
{
	put_out(tty, c);
}

static void put_tab(struct tty *tty)
{
	uint32_t spaces = 8 - (tty->column & 7);

	tty->column += spaces;
	if ((tty->termios.oflag & TABDLY) != XTABS) {
		put_out(tty, '\t');
		return;
	}
	while (spaces--)
		put_out(tty, ' ');
}

static void put_newline(struct tty *tty)
{
	uint32_t oflag = tty->termios.oflag;

	if (oflag & (ONLRET | ONLCR))
		tty->column = 0;
	if (oflag & ONLCR)
		put_out(tty, '\r');
	put_out(tty, '\n');
	tty->canon_column = tty->column;
}

static void put_return(struct tty *tty)
{
	uint32_t oflag = tty->termios.oflag;

	if ((oflag & ONOCR) && tty->column == 0)
		return;
	if (oflag & OCRNL) {
		if (oflag & ONLRET)
			tty->canon_column = tty->column = 0;
		put_out(tty, '\n');
		return;
	}
	tty->canon_column = tty->column = 0;
	put_out(tty, '\r');
}

static bool continues(const struct tty *tty, uint8_t c)
{
	return (tty->termios.iflag & IUTF8) && (c & 0xc0) == 0x80;
}

void ldisc_put(struct tty *tty, uint8_t c)
{
	if (!(tty->termios.oflag & OPOST)) {
		put_out(tty, c);
		return;
	}
	switch (c) {
	case '\n': put_newline(tty); return;
	case '\r': put_return(tty); return;
	case '\t': put_tab(tty); return;
	case '\b':
		if (tty->column)
			tty->column--;
		break;
	default:
		if (ldisc_is_control(c))
			break;
		if ((tty->termios.oflag & OLCUC) && c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (!continues(tty, c))
			tty->column++;
	}
	put_out(tty, c);
}

size_t ldisc_write_locked(struct tty *tty, const uint8_t *buf, size_t len)
{
	size_t n = 0;

	assert_held(&tty->lock);
	/* The longest that a character becomes is a tab's spaces. */
	while (n < len && ldisc_out_room_locked(tty) >= 8)
		ldisc_put(tty, buf[n++]);
	return n;
}

void ldisc_stop_locked(struct tty *tty)
{
	if (tty->stopped)
		return;
	tty->stopped = true;
	if (tty->ops->packet)
		tty->ops->packet(tty, TIOCPKT_STOP);
}

void ldisc_start_locked(struct tty *tty)
{
	if (!tty->stopped)
		return;
	tty->stopped = false;
	if (tty->ops->packet)
		tty->ops->packet(tty, TIOCPKT_START);
}

void ldisc_flush_in_locked(struct tty *tty)
{
	tty->in_tail = tty->in_canon = tty->in_head = 0;
	memset(tty->marks, 0, sizeof(tty->marks));
	tty->lnext = tty->erasing = false;
	if (tty->ops->packet)
		tty->ops->packet(tty, TIOCPKT_FLUSHREAD);
}

void ldisc_flush_out_locked(struct tty *tty)
{
	tty->out_tail = tty->out_head;
	if (tty->ops->packet)
		tty->ops->packet(tty, TIOCPKT_FLUSHWRITE);
}

/* Input */

static bool is_canonical(const struct tty *tty)
{
	return tty->termios.lflag & ICANON;
}

bool ldisc_has_room_locked(const struct tty *tty)
{
	/* A line that nobody can end would stop for ever: see store(). */
	return tty->in_head - tty->in_tail < IN_MAX ||
	       (is_canonical(tty) && tty->in_canon == tty->in_tail);
}

static void store(struct tty *tty, uint8_t c)
{
	/* The last character of an overlong line gives way. */
	if (tty->in_head - tty->in_tail >= TTY_IN_SIZE)
		tty->in_head--;
	set_mark(tty, tty->in_head, false);
	tty->in[tty->in_head++ % TTY_IN_SIZE] = c;
}

static void store_end(struct tty *tty, uint8_t c)
{
	store(tty, c);
	set_mark(tty, tty->in_head - 1, true);
	tty->in_canon = tty->in_head;
}

static bool is_char(const struct tty *tty, unsigned which, uint8_t c)
{
	return c != NO_CHAR && tty->termios.cc[which] == c;
}

static bool is_extra(const struct tty *tty, unsigned which, uint8_t c)
{
	return (tty->termios.lflag & IEXTEN) && is_char(tty, which, c);
}

/* ^S and ^Q; true: it was one. */
static bool take_flow(struct tty *tty, uint8_t c)
{
	if (!(tty->termios.iflag & IXON))
		return false;
	if (is_char(tty, VSTART, c)) {
		ldisc_start_locked(tty);
		return true;
	}
	if (is_char(tty, VSTOP, c)) {
		ldisc_stop_locked(tty);
		return true;
	}
	return false;
}

static bool take_signal(struct tty *tty, uint8_t c)
{
	static const struct {
		uint8_t which, sig;
	} keys[] = { { VINTR, SIGINT },
		     { VQUIT, SIGQUIT },
		     { VSUSP, SIGTSTP } };
	uint32_t lflag = tty->termios.lflag;

	if (!(lflag & ISIG))
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!is_char(tty, keys[i].which, c))
			continue;
		tty->signals |= SIGSET(keys[i].sig);
		if (!(lflag & NOFLSH)) {
			ldisc_flush_in_locked(tty);
			ldisc_flush_out_locked(tty);
		}
		if (tty->termios.iflag & IXON)
			ldisc_start_locked(tty);
		if (lflag & ECHO)
			ldisc_echo(tty, c);
		return true;
	}
	return false;
}

static void reprint(struct tty *tty, uint8_t c)
{
	ldisc_finish_erasing(tty);
	ldisc_echo(tty, c);
	ldisc_put(tty, '\n');
	for (uint32_t at = tty->in_canon; at != tty->in_head; at++)
		ldisc_echo(tty, tty->in[at % TTY_IN_SIZE]);
}

static void begin_literal(struct tty *tty)
{
	tty->lnext = true;
	if (!(tty->termios.lflag & ECHO))
		return;
	ldisc_finish_erasing(tty);
	if (tty->termios.lflag & ECHOCTL) {
		ldisc_put(tty, '^');
		ldisc_put(tty, '\b');
	}
}

static void echo_typed(struct tty *tty, uint8_t c)
{
	ldisc_finish_erasing(tty);
	if (c == '\n') {
		ldisc_put(tty, '\n');
		return;
	}
	if (tty->in_canon == tty->in_head)
		tty->canon_column = tty->column;
	ldisc_echo(tty, c);
}

/* Characters that edit the line; true: it was one. */
static bool take_edit(struct tty *tty, uint8_t c)
{
	if (is_char(tty, VERASE, c) || is_char(tty, VKILL, c) ||
	    is_extra(tty, VWERASE, c)) {
		ldisc_erase(tty, c);
		return true;
	}
	if (is_extra(tty, VLNEXT, c)) {
		begin_literal(tty);
		return true;
	}
	if (is_extra(tty, VREPRINT, c) && (tty->termios.lflag & ECHO)) {
		reprint(tty, c);
		return true;
	}
	return false;
}

/* Characters that end the line; true: it was one. */
static bool take_end(struct tty *tty, uint8_t c)
{
	uint32_t lflag = tty->termios.lflag;

	if (c == '\n') {
		if (lflag & (ECHO | ECHONL))
			ldisc_put(tty, '\n');
		store_end(tty, c);
		return true;
	}
	if (is_char(tty, VEOF, c)) {
		store_end(tty, EOF_MARK);
		return true;
	}
	if (is_char(tty, VEOL, c) || is_extra(tty, VEOL2, c)) {
		if (lflag & ECHO)
			echo_typed(tty, c);
		store_end(tty, c);
		return true;
	}
	return false;
}

static void take_plain(struct tty *tty, uint8_t c)
{
	if (tty->termios.lflag & ECHO)
		echo_typed(tty, c);
	if (c == 0xff && (tty->termios.iflag & PARMRK))
		store(tty, c);
	store(tty, c);
}

/* Replaces carriage returns and newlines; false: it is dropped. */
static bool translate(const struct tty *tty, uint8_t *c)
{
	uint32_t iflag = tty->termios.iflag;

	if (*c == '\r') {
		if (iflag & IGNCR)
			return false;
		if (iflag & ICRNL)
			*c = '\n';
	} else if (*c == '\n' && (iflag & INLCR)) {
		*c = '\r';
	}
	return true;
}

static void take(struct tty *tty, uint8_t c)
{
	uint32_t iflag = tty->termios.iflag;

	if (iflag & ISTRIP)
		c &= 0x7f;
	if (tty->lnext) {
		tty->lnext = false;
		take_plain(tty, c);
		return;
	}
	if ((iflag & IUCLC) && (tty->termios.lflag & IEXTEN) && c >= 'A' &&
	    c <= 'Z')
		c += 'a' - 'A';
	if (take_flow(tty, c) || take_signal(tty, c))
		return;
	if (tty->stopped && (iflag & IXON) && (iflag & IXANY))
		ldisc_start_locked(tty);
	if (!translate(tty, &c))
		return;
	if (is_canonical(tty) && (take_edit(tty, c) || take_end(tty, c)))
		return;
	take_plain(tty, c);
}

/* Asks the line to pause or go on (IXOFF). */
static void balance(struct tty *tty)
{
	uint32_t used = tty->in_head - tty->in_tail;
	unsigned which;

	if (!(tty->termios.iflag & IXOFF))
		return;
	if (tty->xoff_sent ? used > XON_AT : used < XOFF_AT)
		return;
	tty->xoff_sent = !tty->xoff_sent;
	which = tty->xoff_sent ? VSTOP : VSTART;
	ldisc_send_locked(tty, tty->termios.cc[which]);
}

size_t ldisc_receive_locked(struct tty *tty, const uint8_t *buf, size_t len)
{
	size_t n = 0;

	assert_held(&tty->lock);
	while (n < len && ldisc_has_room_locked(tty))
		take(tty, buf[n++]);
	if (n < len)
		tty->full = true;
	balance(tty);
	return n;
}

/* Reading */

bool ldisc_readable_locked(const struct tty *tty, uint32_t want)
{
	if (is_canonical(tty))
		return tty->in_canon != tty->in_tail;
	return tty->in_head - tty->in_tail >= want;
}

uint32_t ldisc_count_locked(const struct tty *tty)
{
	uint32_t at, n = 0;

	if (!is_canonical(tty))
		return tty->in_head - tty->in_tail;
	for (at = tty->in_tail; at != tty->in_canon; at++)
		if (tty->in[at % TTY_IN_SIZE] != EOF_MARK || !has_mark(tty, at))
			n++;
	return n;
}

static size_t read_line(struct tty *tty, uint8_t *buf, size_t len, bool *end)
{
	size_t n = 0;

	while (!*end && tty->in_tail != tty->in_canon) {
		uint8_t c = tty->in[tty->in_tail % TTY_IN_SIZE];
		bool mark = has_mark(tty, tty->in_tail);
		bool eof = mark && c == EOF_MARK;

		if (n == len && !(eof && n))
			break;
		if (!eof)
			buf[n++] = c;
		tty->in_tail++;
		*end = mark;
	}
	return n;
}

size_t ldisc_read_locked(struct tty *tty, uint8_t *buf, size_t len, bool *end)
{
	size_t n = 0;

	assert_held(&tty->lock);
	*end = false;
	if (is_canonical(tty)) {
		n = read_line(tty, buf, len, end);
	} else {
		while (n < len && tty->in_tail != tty->in_head)
			buf[n++] = tty->in[tty->in_tail++ % TTY_IN_SIZE];
		if ((int32_t)(tty->in_canon - tty->in_tail) < 0)
			tty->in_canon = tty->in_tail;
	}
	balance(tty);
	return n;
}

/* What was typed under the other rules becomes one line, or plain bytes. */
static void change_mode(struct tty *tty, bool canonical)
{
	memset(tty->marks, 0, sizeof(tty->marks));
	tty->in_canon = tty->in_tail;
	if (canonical && tty->in_head != tty->in_tail) {
		set_mark(tty, tty->in_head - 1, true);
		tty->in_canon = tty->in_head;
	}
	tty->lnext = tty->erasing = false;
}

void ldisc_set_termios_locked(struct tty *tty, const struct termios2 *t)
{
	uint32_t changed = tty->termios.lflag ^ t->lflag;
	bool had_flow = tty->termios.iflag & IXON;

	assert_held(&tty->lock);
	tty->termios = *t;
	if (changed & ICANON)
		change_mode(tty, t->lflag & ICANON);
	if (had_flow && !(t->iflag & IXON))
		ldisc_start_locked(tty);
}
