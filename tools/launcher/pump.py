# SPDX-License-Identifier: BSD-2-Clause
"""Moves bytes between the launcher's own streams and the guest's ports, and
watches QEMU until it ends.

Every stream has a thread with blocking reads and writes, so that one that
stands still holds up no other, and the user's descriptors stay as they came:
never made non-blocking, no terminal mode changed.  The end of our input shuts
our half of the port, which the guest sees behind all data.  An output that
cannot be written to closes its port: the guest then gets EPIPE, as it would
from a pipe.  The main thread has the control port, the kernel's log and what
QEMU says."""

import os
import select
import time
# "threading" and "socket" cost every run 10 ms of imports.
from _signal import set_wakeup_fd
from _socket import SHUT_WR
from _thread import allocate_lock, start_new_thread

from errors import say

CHUNK = 1 << 18
LOG_KEPT = 1 << 18
PANIC = b"Terminating Dunlin kernel"
PANIC_GRACE_S = 3  # for the rest of its report
OFF_GRACE_S = 5  # for power-off after the verdict


def _wait(fd, events):
    poll = select.poll()
    poll.register(fd, events)
    poll.poll()


def write_all(fd, data):
    """Writes DATA to FD, also where somebody made it non-blocking."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            _wait(fd, select.POLLOUT)


def _read(fd):
    while True:
        try:
            return os.read(fd, CHUNK)
        except BlockingIOError:
            _wait(fd, select.POLLIN)
        except OSError:
            return b""  # a closed or unreadable input is an empty one


def _feed(fd, port):
    """Standard input to the guest, until either side has enough."""
    try:
        while True:
            data = _read(fd)
            if not data:
                port.shutdown(SHUT_WR)
                return
            port.sendall(data)
    except OSError:
        pass  # the guest is gone


def _drain(port, fd, name):
    """A port of the guest to our descriptor FD."""
    while True:
        try:
            data = port.recv(CHUNK)
        except OSError:
            return
        if not data:
            return
        try:
            write_all(fd, data)
        except BrokenPipeError:
            break
        except OSError as error:
            say(f"{name}: {error.strerror}")
            break
    port.close()


class Output:
    """A port drained by a thread; done() once all of it is written."""

    def __init__(self, port, fd, name):
        self._busy = allocate_lock()
        self._busy.acquire()
        start_new_thread(self._run, (port, fd, name))

    def _run(self, *what):
        try:
            _drain(*what)
        finally:
            self._busy.release()

    def done(self, timeout=None):
        """Waits by the second: a signal that came just before a wait is seen
        only after it."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self._busy.acquire(timeout=1):
            if end is not None and time.monotonic() >= end:
                return


def feed(fd, port):
    start_new_thread(_feed, (fd, port))


class Log:
    """The kernel's log: its end is kept, and it is copied to descriptors."""

    def __init__(self, copies):
        self.text = b""
        self.copies = copies
        self.panicked = False

    def add(self, data):
        data = data.replace(b"\r", b"")
        self.text += data
        if not self.panicked and PANIC in self.text[-len(data) - 64 :]:
            self.panicked = True
        if len(self.text) > 2 * LOG_KEPT:
            self.text = self.text[-LOG_KEPT:]
        for fd in self.copies:
            try:
                write_all(fd, data)
            except OSError:
                self.copies.remove(fd)
                break

    def panic_text(self, before=12):
        """The panic with BEFORE lines of what led to it; None without."""
        at = self.text.find(PANIC)
        if at < 0:
            return None
        for _ in range(before + 1):
            at = self.text.rfind(b"\n", 0, at)
            if at < 0:
                break
        return self.text[at + 1 :].rstrip(b"\n")


def _wakeups():
    """A descriptor that is ready after a signal, so that one that comes just
    before a wait ends it too."""
    ready, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        set_wakeup_fd(writer)
    except ValueError:
        pass  # not the thread that gets signals
    return ready


class Watch:
    """Waits for the end of QEMU; afterwards verdict is the line that the
    kernel wrote to the control port (None without), timed_out whether the
    deadline passed, and said what QEMU complained about."""

    def __init__(self, control, said, log_fd, log):
        self.control, self.said_fd, self.log_fd = control, said, log_fd
        self.log = log
        self.verdict = None
        self.timed_out = False
        self.said = b""
        self._line = b""
        self._deadlines = {}

    def wait(self, timeout):
        """Returns when QEMU is gone or has to be killed."""
        if timeout is not None:
            self._deadlines["timeout"] = time.monotonic() + timeout
        poll = select.poll()
        for fd in (self.control.fileno(), self.said_fd, self.log_fd,
                   _wakeups()):  # fmt: skip
            poll.register(fd, select.POLLIN)
        while True:
            left = self._left()
            if left is not None and left <= 0:
                self.timed_out = "timeout" == min(
                    self._deadlines, key=self._deadlines.get
                )
                return
            ready = poll.poll(None if left is None else left * 1000 + 1)
            for fd, _ in ready:
                if not self._take(fd):
                    poll.unregister(fd)
                    if fd == self.said_fd:
                        self._rest()
                        return

    def _left(self):
        if not self._deadlines:
            return None
        return min(self._deadlines.values()) - time.monotonic()

    def _take(self, fd):
        """Reads what is there; False at the end of FD."""
        try:
            data = os.read(fd, 1 << 16)
        except OSError:
            return False
        if fd == self.log_fd:
            self.log.add(data)
            if self.log.panicked:
                self._deadlines.setdefault(
                    "panic", time.monotonic() + PANIC_GRACE_S
                )
        elif fd == self.said_fd:
            self.said = (self.said + data)[-CHUNK:]
        elif fd == self.control.fileno():
            self._control(data)
        return bool(data)

    def _control(self, data):
        self._line = (self._line + data)[-256:]
        *lines, self._line = self._line.split(b"\n")
        for line in lines:
            self.verdict = self.verdict or line
            self._deadlines = {"off": time.monotonic() + OFF_GRACE_S}

    def _rest(self):
        """QEMU is gone: what it left in the pipes."""
        for fd in (self.control.fileno(), self.log_fd):
            while self._take(fd):
                pass
