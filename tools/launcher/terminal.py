# SPDX-License-Identifier: BSD-2-Clause
"""The user's terminal as the guest's: in raw mode while the guest runs, so
that every key goes there, and its size told at the start and at each change.

It is used when standard input and output both are one; standard error joins
when it is one too.  Whatever ends the run, restore() gives the terminal back
as it was."""

import fcntl
import os
import struct
import termios
from _signal import SIG_DFL, SIGWINCH
from _signal import signal as set_signal


def find(fds):
    """The Terminal of descriptors FDS (input, output, error), or None."""
    if not (os.isatty(fds[0]) and os.isatty(fds[1])):
        return None
    return Terminal(fds)


class Terminal:
    """Settings and size of a terminal."""

    def __init__(self, fds):
        self.fd = fds[0]
        self.streams = "".join(
            str(number) for number, fd in enumerate(fds) if os.isatty(fd)
        )
        self._before = termios.tcgetattr(self.fd)
        self._raw = False

    def size(self):
        """Rows and columns, as the guest's init reads them."""
        try:
            data = fcntl.ioctl(self.fd, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return "0 0"
        rows, cols = struct.unpack("HHHH", data)[:2]
        return f"{rows} {cols}"

    def records(self):
        """What /.dunlin/run says of it."""
        return ["tty=" + self.streams, "winsize=" + self.size()]

    def take(self, control):
        """Raw from here on; changes of size go to the port CONTROL."""

        def resized(_number, _frame):
            try:
                control.send(f"winsize {self.size()}\n".encode())
            except OSError:
                pass  # the guest is gone

        set_signal(SIGWINCH, resized)
        mode = termios.tcgetattr(self.fd)
        mode[0] &= ~(
            termios.IGNBRK | termios.BRKINT | termios.PARMRK
            | termios.ISTRIP | termios.INLCR | termios.IGNCR
            | termios.ICRNL | termios.IXON
        )  # fmt: skip
        mode[1] &= ~termios.OPOST
        mode[2] = mode[2] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
        mode[3] &= ~(
            termios.ECHO | termios.ECHONL | termios.ICANON
            | termios.ISIG | termios.IEXTEN
        )  # fmt: skip
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        self._raw = True
        termios.tcsetattr(self.fd, termios.TCSADRAIN, mode)

    def restore(self):
        if not self._raw:
            return
        self._raw = False
        set_signal(SIGWINCH, SIG_DFL)
        try:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self._before)
        except termios.error:
            pass  # it has hung up
