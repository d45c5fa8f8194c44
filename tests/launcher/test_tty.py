# SPDX-License-Identifier: BSD-2-Clause
"""The guest's terminal: the launcher on a pty, and keys typed there."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
import unittest

from support import DUNLIN

LIMIT_S = 60
PROMPT = b"~ # "


class Session:
    """./dunlin run WORDS on a pty of 30 rows and 100 columns."""

    def __init__(self, *words):
        words = [DUNLIN, "run", "--accel", "tcg", "--timeout", str(LIMIT_S),
                 *words]  # fmt: skip
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))
            os.execv(DUNLIN, words)
        self.seen = b""

    def read(self, limit):
        """More of the output; False at its end."""
        ready, _, _ = select.select([self.fd], [], [], max(0, limit))
        if not ready:
            raise TimeoutError(f"nothing more after {self.seen[-500:]!r}")
        try:
            data = os.read(self.fd, 4096)
        except OSError:
            return False
        self.seen += data
        return bool(data)

    def until(self, text):
        """All up to and with TEXT."""
        deadline = time.monotonic() + LIMIT_S
        while text not in self.seen:
            if not self.read(deadline - time.monotonic()):
                raise EOFError(f"ended after {self.seen[-500:]!r}")
        at = self.seen.index(text) + len(text)
        out, self.seen = self.seen[:at], self.seen[at:]
        return out

    def type(self, text):
        os.write(self.fd, text.encode())

    def ask(self, line):
        """Types LINE at the prompt; its output."""
        self.type(line + "\r")
        out = self.until(PROMPT)
        return out.partition(b"\n")[2][: -len(PROMPT)].decode()

    def end(self):
        """The launcher's status, once it has ended."""
        deadline = time.monotonic() + LIMIT_S
        while self.read(deadline - time.monotonic()):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def close(self):
        os.close(self.fd)


class Shell(unittest.TestCase):
    def start(self, *words):
        session = Session(*words)
        self.addCleanup(session.close)
        return session

    def test_shell(self):
        s = self.start()
        s.until(PROMPT)
        self.assertEqual(s.ask("echo a; tty; stty size"),
                         "a\r\n/dev/hvc0\r\n30 100\r\n")  # fmt: skip
        self.assertIn("isig icanon iexten echo", s.ask("stty -a"))
        s.type("sleep 100\r")
        time.sleep(1)
        s.type("\3")
        s.until(PROMPT)
        self.assertEqual(s.ask("echo $?"), "130\r\n")
        s.type("sleep 3\r")
        time.sleep(1)
        s.type("\32")
        s.until(b"Stopped")
        s.until(PROMPT)
        self.assertEqual(s.ask("fg; echo $?"), "sleep 3\r\n0\r\n")
        fcntl.ioctl(s.fd, termios.TIOCSWINSZ, struct.pack("4H", 20, 60, 0, 0))
        time.sleep(1)
        s.type("stty size\r")  # the shell may have shown its prompt anew
        s.until(b"\n20 60\r\n")
        s.until(PROMPT)
        s.type("cat\r")
        time.sleep(1)
        s.type("on\177ff\r")
        s.until(b"\noff\r\n")
        s.type("\4")
        s.until(PROMPT)
        s.type("exit 7\r")
        self.assertEqual(s.end(), 7)

    def test_end_of_input_leaves(self):
        s = self.start()
        s.until(PROMPT)
        s.type("\4")
        self.assertEqual(s.end(), 0)

    def test_program(self):
        s = self.start("--", "sh", "-c", "test -t 0 && test -t 2 && kill -9 $$")
        self.assertEqual(s.end(), 137)

    def test_restored(self):
        """The launcher leaves the terminal as it was."""
        s = self.start("--", "true")
        before = termios.tcgetattr(s.fd)
        self.assertEqual(s.end(), 0)
        self.assertEqual(termios.tcgetattr(s.fd), before)


if __name__ == "__main__":
    unittest.main()
