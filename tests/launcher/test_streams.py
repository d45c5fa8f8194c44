# SPDX-License-Identifier: BSD-2-Clause
"""Streams, verdicts and ways to end, with a stand-in for QEMU."""

import os
import signal
import subprocess
import time
import unittest

from support import DUNLIN, FAKE, LIMIT_S, children_of, fake
from support import fake_environment

BIG = os.urandom(10_000_000)


def start(guest, **how):
    command = [DUNLIN, "run", *FAKE, "--", "true"]
    return subprocess.Popen(command, env=fake_environment(guest), **how)


class Streams(unittest.TestCase):
    def test_bytes_are_exact(self):
        done = fake("cat", input=BIG)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == BIG)
        self.assertEqual(done.stderr, b"")

    def test_output_and_error_are_apart(self):
        done = fake("both")
        self.assertEqual(
            (done.returncode, done.stdout, done.stderr), (3, b"out\n", b"err\n")
        )

    def test_files_as_streams(self):
        with open("/dev/shm/dunlin-test", "w+b") as file:
            os.unlink("/dev/shm/dunlin-test")
            file.write(BIG)
            file.seek(0)
            done = fake("cat", stdin=file)
        self.assertTrue(done.stdout == BIG)

    def test_ends_while_input_is_open(self):
        child = start("early", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(child.stdout.read(), b"bye\n")
        self.assertEqual(child.wait(LIMIT_S), 0)
        child.stdin.close()
        child.stdout.close()

    def test_reader_goes_away(self):
        child = start("flood", stdout=subprocess.PIPE)
        child.stdout.read(10)
        child.stdout.close()
        self.assertEqual(child.wait(LIMIT_S), 128 + 13)

    def test_full_device(self):
        with open("/dev/full", "wb") as full:
            done = fake("flood", stdout=full)
        self.assertEqual(done.returncode, 128 + 13)
        self.assertIn(b"No space left", done.stderr)

    def test_closed_streams(self):
        command = [DUNLIN, "run", *FAKE, "--", "true"]
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&- >&-', "sh", *command],
            env=fake_environment("cat"), timeout=LIMIT_S,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0)

    def test_descriptors_stay_blocking(self):
        read, write = os.pipe()
        child = start("cat", stdin=read, stdout=subprocess.DEVNULL)
        time.sleep(0.3)
        self.assertTrue(os.get_blocking(read))
        os.close(write)
        self.assertEqual(child.wait(LIMIT_S), 0)
        os.close(read)

    def test_nonblocking_output_of_others(self):
        read, write = os.pipe()
        os.set_blocking(write, False)
        child = start("cat", stdin=subprocess.PIPE, stdout=write)
        os.close(write)
        feeder = subprocess.Popen(["head", "-c", "3000000", "/dev/zero"],
                                  stdout=child.stdin)  # fmt: skip
        child.stdin.close()
        with open(read, "rb") as file:
            self.assertEqual(len(file.read()), 3_000_000)
        self.assertEqual(child.wait(LIMIT_S), 0)
        feeder.wait()


class Verdicts(unittest.TestCase):
    def one_line(self, done, status, *parts):
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith(b"dunlin: "), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_signal(self):
        self.assertEqual(fake("killed").returncode, 128 + 11)

    def test_no_verdict(self):
        self.one_line(fake("silent"), 125, b"verdict")

    def test_qemu_fails(self):
        self.one_line(fake("complain"), 125, b"no such thing")

    def test_timeout(self):
        began = time.monotonic()
        done = fake("hang", "--timeout", "0.5", "--", "true")
        self.one_line(done, 124, b"timed out")
        self.assertLess(time.monotonic() - began, 5)

    def test_panic(self):
        done = fake("panic")
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"\none\ntwo\nTerminating Dunlin kernel: a test\n"
                      b"Backtrace:\n", done.stderr)  # fmt: skip

    def test_panic_that_hangs(self):
        done = fake("panic_hang")
        self.assertEqual(done.returncode, 125)
        self.assertIn(b"Terminating Dunlin kernel", done.stderr)

    def test_log_only_when_asked(self):
        self.assertEqual(fake("log_lines").stderr, b"")
        done = fake("log_lines", "-v", "--", "true")
        self.assertEqual(done.stderr, b"kernel says\n")


class Signals(unittest.TestCase):
    def check(self, number):
        child = start("hang", stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + LIMIT_S
        while not children_of(child.pid):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        (qemu,) = children_of(child.pid)
        child.send_signal(number)
        self.assertEqual(child.wait(LIMIT_S), -number)
        self.assertFalse(os.path.exists(f"/proc/{qemu}"))

    def test_int(self):
        self.check(signal.SIGINT)

    def test_term(self):
        self.check(signal.SIGTERM)

    def test_hup(self):
        self.check(signal.SIGHUP)

    def test_guest_dies_with_a_killed_launcher(self):
        child = start("hang", stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + LIMIT_S
        while not children_of(child.pid):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        (qemu,) = children_of(child.pid)
        time.sleep(0.3)
        child.kill()
        child.wait()
        while os.path.exists(f"/proc/{qemu}"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
