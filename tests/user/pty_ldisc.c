/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line discipline through a pty: what is typed at the master, and what
 * the slave reads and the master sees.  The pty is in blocking mode; every
 * read is one that has something to read.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "scratch.h"

static int master, slave;

static void print_bytes(const char *what, const char *buf, ssize_t n)
{
	printf("%s %zd:", what, n);
	for (ssize_t i = 0; i < n; i++) {
		unsigned char c = buf[i];

		if (c < 0x20 || c >= 0x7f)
			printf("<%02x>", c);
		else
			putchar(c);
	}
	if (n < 0)
		printf(" %s", error_name(errno));
	printf("\n");
}

static void type(const char *s)
{
	size_t len = strlen(s);

	if (write(master, s, len) != (ssize_t)len)
		printf("short write\n");
	usleep(10000); /* Linux takes it in by and by */
}

static void slave_reads(size_t max)
{
	char buf[256];

	print_bytes("slave", buf, read(slave, buf, max));
}

/* All that comes within a moment: echo and output may be several pieces. */
static void master_reads(void)
{
	struct pollfd p = { .fd = master, .events = POLLIN };
	char buf[1024];
	ssize_t n = 0, got;

	while (poll(&p, 1, 50) > 0 && (p.revents & POLLIN)) {
		got = read(master, buf + n, sizeof(buf) - n);
		if (got <= 0)
			break;
		n += got;
	}
	print_bytes("master", buf, n);
}

static void open_pair(void)
{
	int n, off = 0;
	char name[32];

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (ioctl(master, TIOCGPTN, &n) || ioctl(master, TIOCSPTLCK, &off)) {
		perror("ptmx");
		exit(1);
	}
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	slave = open(name, O_RDWR | O_NOCTTY);
	if (slave < 0) {
		perror(name);
		exit(1);
	}
}

static void close_pair(void)
{
	close(slave);
	close(master);
}

static void change(tcflag_t off, tcflag_t on)
{
	struct termios t;

	tcgetattr(slave, &t);
	t.c_lflag = (t.c_lflag & ~off) | on;
	tcsetattr(slave, TCSANOW, &t);
}

static void defaults(void)
{
	struct termios t;

	TRY(tcgetattr(slave, &t));
	printf("%o %o %o %o\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
	print_bytes("cc", (char *)t.c_cc, 17);
	TRY(tcgetattr(master, &t));
	TRY(isatty(slave));
	TRY(isatty(master));
}

static void lines(void)
{
	type("one\ntwo\n");
	slave_reads(200);
	slave_reads(2);
	slave_reads(200);
	master_reads();
	type("part\4");
	slave_reads(200);
	type("\4");
	slave_reads(200);
	type("full\4");
	slave_reads(4);
	type("next\n");
	slave_reads(200);
	master_reads();
	type("carriage\r");
	slave_reads(200);
	master_reads();
}

static void editing(void)
{
	type("helxx\177\177lo\n");
	slave_reads(200);
	master_reads();
	type("gone\25here\n");
	slave_reads(200);
	master_reads();
	type("two words  \27one\n");
	slave_reads(200);
	master_reads();
	type("a\tb\t\177\177c\n");
	slave_reads(200);
	master_reads();
	type("x\1\2\177\n");
	slave_reads(200);
	master_reads();
	type("lit\26\3\26\177\n");
	slave_reads(200);
	master_reads();
	type("again\22!\n");
	slave_reads(200);
	master_reads();
	type("\177\177ok\n");
	slave_reads(200);
	master_reads();
}

static void echoes(void)
{
	change(ECHO, 0);
	type("silent\n");
	slave_reads(200);
	master_reads();
	change(0, ECHONL);
	type("newline\n");
	slave_reads(200);
	master_reads();
	change(ECHOCTL | ECHONL | ECHOE, ECHO);
	type("a\1b\177c\25d\n");
	slave_reads(200);
	master_reads();
	change(ECHOK | ECHOKE, ECHOCTL | ECHOE);
	type("kill\25d\n");
	slave_reads(200);
	master_reads();
	change(0, ECHOK | ECHOPRT);
	type("abc\177\177d\n");
	slave_reads(200);
	master_reads();
}

static void output(void)
{
	struct termios t;

	TRY(write(slave, "a\tb\nc\n", 6));
	master_reads();
	tcgetattr(slave, &t);
	t.c_oflag |= XTABS | OCRNL;
	tcsetattr(slave, TCSANOW, &t);
	TRY(write(slave, "a\tb\rc\n", 6));
	master_reads();
	t.c_oflag &= ~OPOST;
	tcsetattr(slave, TCSANOW, &t);
	TRY(write(slave, "a\tb\rc\n", 6));
	master_reads();
}

static void raw(void)
{
	struct termios t;
	char buf[16];
	int n;

	tcgetattr(slave, &t);
	cfmakeraw(&t);
	tcsetattr(slave, TCSANOW, &t);
	type("a\3\r\n\177\4");
	slave_reads(200);
	master_reads();
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	tcsetattr(slave, TCSANOW, &t);
	slave_reads(10);
	t.c_cc[VTIME] = 1;
	tcsetattr(slave, TCSANOW, &t);
	slave_reads(10);
	t.c_cc[VMIN] = 3;
	tcsetattr(slave, TCSANOW, &t);
	type("xy");
	slave_reads(10);
	type("wxyz");
	TRY(ioctl(slave, FIONREAD, &n));
	printf("%d waiting\n", n);
	slave_reads(2);
	slave_reads(2);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	TRY(read(slave, buf, 1));
	fcntl(slave, F_SETFL, 0);
	/* What was typed raw is a line once lines are wanted. */
	type("left");
	t.c_lflag |= ICANON;
	tcsetattr(slave, TCSANOW, &t);
	slave_reads(10);
}

static void input_flags(void)
{
	struct termios t;

	tcgetattr(slave, &t);
	t.c_iflag = INLCR | ISTRIP;
	t.c_lflag &= ~ECHO;
	t.c_cc[VEOL] = '!';
	tcsetattr(slave, TCSANOW, &t);
	type("\xe1x!");
	slave_reads(10);
	type("a\nb!");
	slave_reads(10);
	t.c_iflag = IGNCR;
	tcsetattr(slave, TCSANOW, &t);
	type("a\rb\n");
	slave_reads(10);
}

static void flow(void)
{
	char buf[8];

	fcntl(slave, F_SETFL, O_NONBLOCK);
	type("\23");
	TRY(write(slave, "held", 4));
	type("\21");
	TRY(write(slave, "free", 4));
	master_reads();
	tcflow(slave, TCOOFF);
	TRY(write(slave, "x", 1));
	tcflow(slave, TCOON);
	TRY(write(slave, "y", 1));
	master_reads();
	change(ECHO, 0);
	type("dropped");
	TRY(tcflush(slave, TCIFLUSH));
	type("\n");
	slave_reads(8);
	TRY(read(slave, buf, 8));
	fcntl(slave, F_SETFL, 0);
	master_reads();
}

static void overlong(void)
{
	static char text[5000], back[5000];
	ssize_t n;

	change(ECHO, 0);
	memset(text, 'x', sizeof(text));
	if (write(master, text, 4200) < 0)
		perror("write");
	type("\n");
	n = read(slave, back, sizeof(back));
	printf("%zd bytes, the last %02x\n", n, n > 0 ? back[n - 1] : 0);
}

static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&p, 1, 0);
	return p.revents;
}

static void ends(void)
{
	char buf[8];

	printf("poll %x %x\n", events_of(master), events_of(slave));
	type("z\n");
	printf("poll %x %x\n", events_of(master), events_of(slave));
	slave_reads(8);
	master_reads();
	TRY(write(slave, "last", 4));
	close(slave);
	printf("poll %x\n", events_of(master));
	print_bytes("master", buf, read(master, buf, 8));
	TRY(read(master, buf, 8));
	printf("poll %x\n", events_of(master));
	close(master);
	open_pair();
	close(master);
	printf("poll %x\n", events_of(slave));
	TRY(read(slave, buf, 8));
	TRY(write(slave, "x", 1));
	TRY(tcflush(slave, TCIFLUSH));
	close(slave);
}

static void packets(void)
{
	int on = 1;

	TRY(ioctl(master, TIOCPKT, &on));
	TRY(write(slave, "data", 4));
	master_reads();
	TRY(tcflush(slave, TCIFLUSH));
	master_reads();
	TRY(tcflow(slave, TCOOFF));
	master_reads();
	TRY(tcflow(slave, TCOON));
	master_reads();
}

static void sizes(void)
{
	struct winsize ws = { 24, 80, 0, 0 };

	TRY(ioctl(master, TIOCSWINSZ, &ws));
	ws.ws_row = 0;
	TRY(ioctl(slave, TIOCGWINSZ, &ws));
	printf("%d rows, %d columns\n", ws.ws_row, ws.ws_col);
}

int main(void)
{
	static void (*const parts[])(void) = {
		defaults,    lines, editing,  echoes,  output, raw,
		input_flags, flow,  overlong, packets, sizes,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		printf("-- part %zu\n", i);
		open_pair();
		parts[i]();
		close_pair();
	}
	printf("-- ends\n");
	open_pair();
	ends();
	return 0;
}
