# SPDX-License-Identifier: BSD-2-Clause
"""Real runs of the guest: what a user relies on."""

import hashlib
import os
import pty
import shutil
import signal
import stat
import subprocess
import tempfile
import termios
import time
import unittest

from support import DUNLIN, LIMIT_S, TOP, children_of, run


def traces(pid):
    """What launcher PID might have left behind, files and processes."""
    found = [name for name in os.listdir(TOP + "/build/images")
             if f".{pid}." in name]  # fmt: skip
    if os.path.exists(f"{TOP}/build/runs/{pid}"):
        found.append("run")
    return found


class Streams(unittest.TestCase):
    def test_sort_from_a_pipe(self):
        done = run("--", "/usr/bin/sort", input=b"b\na\n")
        self.assertEqual((done.stdout, done.stderr), (b"a\nb\n", b""))
        self.assertEqual(done.returncode, 0)

    def test_ten_megabytes_are_exact(self):
        data = os.urandom(10_000_000)
        done = run("--", "cat", input=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout == data)

    def test_output_and_error_are_apart(self):
        done = run("--", "cat", "/etc/hostname", "/no-such-file")
        self.assertEqual(done.stdout, b"dunlin\n")
        self.assertIn(b"No such file", done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_large_error_stream(self):
        done = run("--", "sh", "-c", "cat </dev/stdin >&2", input=b"x" * 99999)
        self.assertEqual(len(done.stderr) + len(done.stdout), 99999)

    def test_empty_input(self):
        self.assertEqual(run("--", "wc", "-c").stdout, b"0\n")

    def test_ends_while_input_is_open(self):
        child = subprocess.Popen(
            [DUNLIN, "run", "--accel", "tcg", "--", "head", "-c", "3"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        child.stdin.write(b"abcdef\n")
        child.stdin.flush()
        self.assertEqual(child.wait(LIMIT_S), 0)
        self.assertEqual(child.stdout.read(), b"abc")
        child.stdin.close()
        child.stdout.close()

    def test_reader_goes_away(self):
        child = subprocess.Popen(
            [DUNLIN, "run", "--accel", "tcg", "--", "yes"],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        self.assertEqual(child.stdout.read(2), b"y\n")
        child.stdout.close()
        self.assertIn(child.wait(LIMIT_S), (1, 128 + 13))

    def megabytes_a_second(self, *words, data=None, want=None):
        """The best of three runs, their start included."""
        best = 0
        for _ in range(3):
            began = time.monotonic()
            done = run("--", *words, input=data or b"")
            took = time.monotonic() - began
            self.assertTrue(done.stdout == want, words)
            best = max(best, len(data or want) / took / 1e6)
        return best

    def test_more_than_twenty_megabytes_a_second(self):
        data = os.urandom(1 << 20) * 40
        zeros = bytes(len(data))
        count = b"%d\n" % len(data)
        speed = self.megabytes_a_second
        self.assertGreater(speed("cat", data=data, want=data), 20)
        self.assertGreater(speed("wc", "-c", data=data, want=count), 20)
        self.assertGreater(
            speed("head", "-c", str(len(zeros)), "/dev/zero", want=zeros), 20
        )

    def test_error_stream_is_as_exact(self):
        data = os.urandom(1_000_000)
        done = run("--", "sh", "-c", "cat >&2", input=data)
        self.assertEqual(done.stdout, b"")
        self.assertTrue(done.stderr == data)

    def test_both_outputs_at_once(self):
        text = "i=0; while [ $i -lt 2000 ]; do echo o$i; echo e$i >&2; " \
               "i=$((i+1)); done"  # fmt: skip
        done = run("--", "sh", "-c", text)
        for stream, letter in ((done.stdout, "o"), (done.stderr, "e")):
            want = "".join(f"{letter}{i}\n" for i in range(2000))
            self.assertEqual(stream.decode(), want)

    def test_more_output_than_input_is_read(self):
        """Neither waits for the other: nobody reads the input here."""
        data = b"z" * 5_000_000
        done = run("--", "head", "-c", "5000000", "/dev/zero", input=data)
        self.assertEqual(len(done.stdout), 5_000_000)

    def test_input_in_pieces(self):
        """A line reaches the program when it was sent, not at the end."""
        child = subprocess.Popen(
            [DUNLIN, "run", "--accel", "tcg", "--", "cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        for word in (b"one\n", b"two\n"):
            os.write(child.stdin.fileno(), word)
            self.assertEqual(child.stdout.readline(), word)
        child.stdin.close()
        self.assertEqual(child.wait(LIMIT_S), 0)
        child.stdout.close()


class Status(unittest.TestCase):
    def test_of_the_program(self):
        self.assertEqual(run("--", "true").returncode, 0)
        self.assertEqual(run("--", "false").returncode, 1)
        self.assertEqual(run("--", "sh", "-c", "exit 77").returncode, 77)

    def test_killed_by_a_signal(self):
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "crash")
            subprocess.run(["gcc", "-x", "c", "-static", "-o", program, "-"],
                           input=b"int main(void) { *(volatile int *)8 = 1; }",
                           check=True)  # fmt: skip
            done = run("--", program)
        self.assertEqual(done.returncode, 128 + signal.SIGSEGV, done.stderr)

    def test_timeout(self):
        began = time.monotonic()
        read, write = os.pipe()
        done = run("--timeout", "2", "--", "cat", stdin=read)
        self.assertEqual(done.returncode, 124)
        os.close(read)
        os.close(write)
        done = run("--timeout", "2", "--", "sh", "-c", "while :; do :; done")
        self.assertEqual(done.returncode, 124)
        self.assertLess(time.monotonic() - began, 30)

    def test_script_without_its_interpreter(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "script")
            with open(script, "w") as file:
                file.write("#!/no/such/interpreter\n")
            os.chmod(script, 0o755)
            self.assertEqual(run("--", script).returncode, 127)

    def test_panic(self):
        done = run("--", "sh", "-c", "echo c > /proc/sysrq-trigger")
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertIn(b"Terminating Dunlin kernel", done.stderr)
        self.assertIn(b"a crash was asked for", done.stderr)
        self.assertIn(b"Backtrace:", done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_signals_end_the_guest(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            child = subprocess.Popen(
                [DUNLIN, "run", "--accel", "tcg", "--", "cat"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            os.write(child.stdin.fileno(), b"up\n")
            self.assertEqual(child.stdout.readline(), b"up\n")
            (qemu,) = children_of(child.pid)
            child.send_signal(number)
            self.assertEqual(child.wait(LIMIT_S), -number)
            self.assertFalse(os.path.exists(f"/proc/{qemu}"))
            self.assertEqual(traces(child.pid), [])
            child.stdin.close()
            child.stdout.close()

    def test_programs_own_high_status(self):
        for status in (124, 127, 255):
            done = run("--", "sh", "-c", f"exit {status}")
            self.assertEqual((done.returncode, done.stderr), (status, b""))

    def test_killed_by_its_own_hand(self):
        done = run("--", "sh", "-c", "sh -c 'kill -9 $$'")
        self.assertEqual(done.returncode, 128 + 9, done.stderr)


class Terminal(unittest.TestCase):
    """All three streams on a terminal."""

    def start(self, *words):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(DUNLIN, [DUNLIN, "run", "--accel", "tcg", "--", *words])
        self.addCleanup(os.close, fd)
        return pid, fd

    def status(self, pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def read_until(self, fd, text):
        data = b""
        while text not in data:
            data += os.read(fd, 1000)
        return data

    def test_modes_come_back(self):
        pid, fd = self.start("sh", "-c", "echo ready; read x; echo got $x")
        before = termios.tcgetattr(fd)
        self.read_until(fd, b"ready\r\n")
        os.write(fd, b"line\r")
        self.read_until(fd, b"got line\r\n")
        self.assertEqual(self.status(pid), 0)
        self.assertEqual(termios.tcgetattr(fd), before)

    def test_interrupt_key_is_the_guests(self):
        pid, fd = self.start("sh", "-c", "trap 'echo caught; exit 7' INT; "
                             "echo ready; while :; do sleep 1; done")
        self.read_until(fd, b"ready\r\n")
        os.write(fd, b"\3")
        self.read_until(fd, b"caught\r\n")
        self.assertEqual(self.status(pid), 7)

    def test_modes_come_back_after_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            pid, fd = self.start("sh", "-c", "echo ready; cat")
            before = termios.tcgetattr(fd)
            self.read_until(fd, b"ready\r\n")
            self.assertNotEqual(termios.tcgetattr(fd), before)
            os.kill(pid, number)
            self.assertEqual(self.status(pid), -number)
            self.assertEqual(termios.tcgetattr(fd), before)

    def test_each_stream_is_judged_by_itself(self):
        """Only the output is a terminal: no terminal for the guest."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        done = run("--", "sh", "-c", "tty; cat; echo no >&2", input=b"in\n",
                   stdout=theirs)  # fmt: skip
        os.close(theirs)
        text = self.read_until(ours, b"in\r\n")
        self.assertEqual(text, b"not a tty\r\nin\r\n")
        self.assertEqual((done.returncode, done.stderr), (0, b"no\n"))


class Contents(unittest.TestCase):
    def test_script(self):
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "a script")
            with open(script, "w") as file:
                file.write('#!/bin/sh\necho "script: $1, $#"\nexit 3\n')
            os.chmod(script, 0o755)
            done = run("--", script, "x y", "z")
        self.assertEqual(done.stdout, b"script: x y, 2\n", done.stderr)
        self.assertEqual(done.returncode, 3)

    def test_environment_and_folder(self):
        done = run("-e", "COLOUR=dun", "--cwd", "/var", "--", "sh", "-c",
                   'echo "$COLOUR $HOME $PWD"')  # fmt: skip
        self.assertEqual(done.stdout, b"dun /root /var\n", done.stderr)

    def test_file_and_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "d/e"))
            with open(os.path.join(folder, "d/e/f"), "w") as file:
                file.write("inside\n")
            os.symlink("f", os.path.join(folder, "d/e/link"))
            done = run("--file", folder + "/d:/data", "--",
                       "cat", "/data/e/link")  # fmt: skip
            self.assertEqual(done.stdout, b"inside\n", done.stderr)
            done = run("--file", folder + "/d/e/f:/root/", "--", "cat", "f")
            self.assertEqual(done.stdout, b"inside\n", done.stderr)

    def test_with(self):
        done = run("--with", "sha256sum", "--", "ls", "/usr/bin/sha256sum")
        self.assertEqual(done.stdout, b"/usr/bin/sha256sum\n", done.stderr)

    def test_package(self):
        done = run("--package", "mawk", "--", "/usr/bin/mawk",
                   "BEGIN { print 6 * 7 }", limit=300)  # fmt: skip
        self.assertEqual(done.stdout, b"42\n", done.stderr)

    def test_root(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "bin"))
            shutil.copy("/bin/busybox", os.path.join(folder, "bin"))
            os.symlink("busybox", os.path.join(folder, "bin/ls"))
            done = run("--root", folder, "--", "ls", "/")
        self.assertEqual(done.returncode, 0, done.stderr)
        names = done.stdout.decode().split()
        self.assertIn("bin", names)
        self.assertNotIn("usr", names)

    @unittest.skipIf(os.geteuid(), "device nodes and owners need root")
    def test_root_is_kept_as_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(folder + "/bin")
            shutil.copy("/bin/busybox", folder + "/bin")
            os.mknod(folder + "/null", stat.S_IFCHR, os.makedev(1, 3))
            os.chmod(folder + "/null", 0o620)
            with open(folder + "/twin", "w") as file:
                file.write("twins\n")
            os.chown(folder + "/twin", 12, 34)
            os.chmod(folder + "/twin", 0o4751)
            os.link(folder + "/twin", folder + "/other")
            os.symlink("/twin", folder + "/link")
            os.mkfifo(folder + "/fifo", 0o600)
            done = run("--root", folder, "--", "/bin/busybox", "stat", "-c",
                       "%n %a %u %g %h %F %t %T", "/null", "/twin", "/other",
                       "/link", "/fifo")  # fmt: skip
        self.assertEqual(done.stdout.decode().splitlines(), [
            "/null 620 0 0 1 character special file 1 3",
            "/twin 4751 12 34 2 regular file 0 0",
            "/other 4751 12 34 2 regular file 0 0",
            "/link 777 0 0 1 symbolic link 0 0",
            "/fifo 600 0 0 1 fifo 0 0",
        ], done.stderr)  # fmt: skip

    def test_large_file_is_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "big")
            data = os.urandom(3_333_333)
            with open(path, "wb") as file:
                file.write(data)
            done = run("--file", path + ":/big", "--", "sha256sum", "/big")
        want = hashlib.sha256(data).hexdigest()
        self.assertEqual(done.stdout.split()[0].decode(), want)


class Machine(unittest.TestCase):
    def test_little_memory(self):
        done = run("-m", "16", "--", "echo", "small")
        self.assertEqual(done.stdout, b"small\n", done.stderr)

    def test_least_memory_that_the_readme_names(self):
        done = run("-m", "8", "--", "/bin/ls", "-la", "/")
        self.assertIn(b" tmp\n", done.stdout, done.stderr)
        self.assertEqual(done.returncode, 0)

    def test_image_may_fill_most_of_memory(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(os.urandom(1 << 20) * 24)
            file.flush()
            done = run("-m", "33", "--file", file.name + ":/big", "--",
                       "sh", "-c", "md5sum </big; cat /dev/zero >/more")
            want = subprocess.run(["md5sum"], stdin=open(file.name),
                                  stdout=subprocess.PIPE)  # fmt: skip
        self.assertEqual(done.stdout, want.stdout, done.stderr)
        self.assertIn(b"No space left", done.stderr)

    def test_much_memory(self):
        done = run("-m", "16G", "--", "cat", "/proc/meminfo")
        self.assertEqual(done.returncode, 0, done.stderr)
        total = int(done.stdout.split()[1])
        self.assertGreater(total, 15_500_000)

    def test_more_processors(self):
        done = run("-s", "4", "--", "echo", "four")
        self.assertEqual(done.stdout, b"four\n", done.stderr)

    def test_log_when_asked(self):
        done = run("-v", "--", "true")
        self.assertGreater(len(done.stderr), 0)
        self.assertEqual(done.stdout, b"")

    def test_debug_build(self):
        done = run("--build", "DEBUG=1", "--", "echo", "slow", limit=400)
        self.assertEqual(done.stdout, b"slow\n", done.stderr)

    def test_kept_command_runs_again(self):
        done = run("--keep", "--", "echo", "again")
        folder = done.stderr.decode().split(" in ")[1].strip()
        self.addCleanup(shutil.rmtree, folder)
        done = subprocess.run(["sh", folder + "/command"], timeout=LIMIT_S,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE)  # fmt: skip
        self.assertEqual(done.stdout, b"again\n", done.stderr)

    def test_counted_instructions(self):
        done = run("--qemu", "-icount shift=0,sleep=off", "--", "echo", "x")
        self.assertEqual(done.stdout, b"x\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
