# SPDX-License-Identifier: BSD-2-Clause
"""A machine booted by hand: no virtio device, a shell on the serial line.
Somebody types; whatever is waited for comes or the test fails, so that a slow
host makes it slow and nothing else."""

import os
import re
import select
import socket
import subprocess
import time

LIMIT_S = 60  # for any one answer
KINDS = [("microvm", None), ("q35", "qboot"), ("q35", "seabios"),
         ("pc", "qboot"), ("pc", "seabios")]  # fmt: skip
# Machines with parts missing, or with all that QEMU adds by itself.
PARTS = {
    "microvm-bare": "-M microvm,pit=off,pic=off,rtc=off,acpi=off -nodefaults",
    "microvm-full": "-M microvm",
    "pc-bare": "-M pc,acpi=off,hpet=off -nodefaults",
    "pc-full": "-M pc",
    "q35-bare": "-M q35,sata=off,smbus=off,hpet=off -nodefaults -cpu qemu64",
    "q35-full": "-M q35 -smp 2",
}


class Missing(Exception):
    """What was waited for did not come."""


class Typist:
    """The far end of the serial line."""

    def __init__(self, end):
        self.end, self.seen, self.at = end, b"", 0

    def type(self, data):
        """Input that the guest has no room for waits, as its output does."""
        while data:
            ready, room, _ = select.select([self.end], [self.end], [], LIMIT_S)
            if ready:
                self._read()
            if room:
                data = data[self.end.send(data[:1024]) :]
            if not ready and not room:
                raise Missing("the line takes nothing")

    def wait(self, pattern):
        """Waits for PATTERN behind what was found last; returns the match."""
        end = time.monotonic() + LIMIT_S
        while True:
            found = re.compile(pattern).search(self.seen, self.at)
            if found:
                self.at = found.end()
                return found
            left = end - time.monotonic()
            if left <= 0 or not self._wait(left):
                raise Missing(f"no {pattern!r}")

    def ask(self, command, pattern):
        self.type(command + b"\n")
        return self.wait(pattern)

    def _wait(self, left):
        ready, _, _ = select.select([self.end], [], [], left)
        return bool(ready) and self._read()

    def _read(self):
        data = self.end.recv(65536)
        self.seen += data
        return bool(data)


def job_control(t):
    """cat answers, so it is in the foreground when the key comes."""
    t.type(b"cat\none\n")
    t.wait(rb"one\r\n")
    t.type(b"\x03")
    t.wait(rb"\r\n")  # cat may read what follows too soon
    t.ask(b"echo status=$?", rb"status=130\r\n")
    t.type(b"cat\ntwo\n")
    t.wait(rb"two\r\n")
    t.type(b"\x1a")
    t.wait(rb"Stopped +cat")
    t.ask(b"jobs", rb"Stopped +cat")
    t.type(b"fg\nthree\n")
    t.wait(rb"three\r\n")
    t.type(b"\x04")
    t.ask(b"echo status=$?", rb"status=0\r\n")


def settings(t):
    t.ask(b"stty erase x; stty -a", rb"erase = x")
    t.ask(b"stty 115200; stty speed", rb"115200\r\n")
    t.ask(b"stty 9600; stty speed", rb"9600\r\n")
    t.ask(b"stty erase ^?; ls -l /dev/console /dev/ttyS0",
          rb" 5, +1 .*console\r\n.* 4, +64 .*ttyS0\r\n")  # fmt: skip
    t.ask(b"cut -d' ' -f7 /proc/self/stat", rb"1088\r\n")  # 4:64
    # Stopped and let go on; what was typed meanwhile is not lost.
    t.type(b"\x13echo held\n\x11")
    t.wait(rb"held\r\n")


def bulk(t):
    """More than any buffer holds, each way."""
    lines = b"".join(b"%059d\n" % n for n in range(500))
    t.type(b"wc -c\n" + lines + b"\x04")
    t.wait(rb"30000\r\n")
    t.type(b"seq 100000 110000\n")
    t.wait(rb"100000\r\n")
    t.wait(rb"110000\r\n")
    text = t.seen[t.seen.rindex(b"100000\r\n") : t.at]
    wanted = b"".join(b"%d\r\n" % n for n in range(100000, 110001))
    if text != wanted:
        raise Missing("all numbers in their order")


def log_between(t):
    """The log and a program at the same time."""
    t.type(b"seq 20000 23000 & for i in 1 2 3 4 5 6 7 8 9; do "
           b"echo kmsg-$i-end >/dev/kmsg; done; wait; echo all''done\n")  # fmt: skip
    start = t.at
    t.wait(rb"alldone\r\n")
    text = t.seen[start : t.at]
    line = rb"(?m)^\[ *\d+\.\d+\] kmsg-(\d)-end\r\n"
    if re.findall(line, text) != [b"%d" % n for n in range(1, 10)]:
        raise Missing("nine whole lines of the log")
    # One of them may have broken a line, but nothing is lost.
    numbers = re.sub(line, b"", text).replace(b"\r\n", b"")
    wanted = b"".join(b"%d" % n for n in range(20000, 23001)) + b"alldone"
    if wanted not in numbers:
        raise Missing("everything of the program")


def quit_shell(t):
    t.type(b"exit 5\n")
    t.wait(rb"process 1 ended: exit 5\r\n")


class Serial:
    """One boot by hand with one or more steps."""

    def __init__(self, variant, base, name, machine, steps):
        self.variant, self.base, self.steps = variant, base, steps
        self.name, self.machine = "serial-" + name, machine

    def check(self):
        ours, theirs = socket.socketpair()
        child = subprocess.Popen(
            self._words(theirs.fileno()), pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "QEMU_AUDIO_DRV": "none"},
        )  # fmt: skip
        theirs.close()
        typist = Typist(ours)
        try:
            # No echo: what is seen is an answer.  The prompt stays.
            typist.wait(rb"[#$] ")
            typist.ask(b"stty -echo; PS1=; echo rea''dy", rb"ready\r\n")
            for step in self.steps:
                step(typist)
            child.wait(LIMIT_S)
        except (Missing, OSError, subprocess.TimeoutExpired) as error:
            return f"{error}\n" + typist.seen[-1500:].decode(errors="replace")
        finally:
            child.kill()
            child.wait()
            ours.close()
        return None

    def _words(self, fd):
        """The command of the README, but for the line's other end."""
        import image
        import paths
        import qemu

        path = os.path.join(paths.made_dir("tests"), f"{self.name}.image")
        text = image.orders("/bin/busybox", "/root", ["sh"],
                            ["TERM=dumb", "PATH=" + image.PATH])  # fmt: skip
        with open(path, "wb+") as file:
            image.assemble(self.base, text, file.fileno())
        words = [qemu.BINARY["x86_64"], *self.machine.split()]
        words += ["-display", "none", "-m", "256", "-accel", "tcg"]
        words += ["-kernel", self.variant.kernel, "-initrd", path]
        words += ["-append", "init=/.dunlin/init console=ttyS0"]
        words += ["-chardev", f"socket,id=line,fd={fd}"]
        return words + ["-serial", "chardev:line"]


def cases(suites):
    import build
    import image
    import qemu

    variant = build.Variant("x86_64", suites.VARIABLES)
    base = image.get(image.Wanted("x86_64", variant.init))
    found = []
    steps = [job_control, settings, bulk, log_between, quit_shell]
    for name, firmware in KINDS:
        machine = f"-M {qemu.MACHINES[name]} -nodefaults -cpu max"
        if firmware:
            rom = qemu.FIRMWARE[firmware]
            machine += f" -bios {rom}" if rom else ""
            name += "-" + firmware
        if name == "microvm":
            machine += " -no-reboot"  # the others can be turned off
        found.append(Serial(variant, base, name, machine, steps))
    for name, machine in PARTS.items():
        found.append(Serial(variant, base, name, machine + " -no-reboot",
                            [job_control, quit_shell]))  # fmt: skip
    return found
