# SPDX-License-Identifier: BSD-2-Clause
"""What only a whole boot shows: programs that eat, corrupt images, command
lines of nonsense, sizes of memory.  Nothing of it may end the kernel or hang:
each boot ends with a verdict, or by the kernel's own word that there is no
program to start."""

import os
import random
import re
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(__file__))
import machines  # noqa: E402
import serial  # noqa: E402

LIMIT_S = 60
NOTHING = b"no program to start"
OOM = b"Out of memory: Killed process"

# eat.c's kinds: how the child ends (wait's status; None: either way) and
# whether somebody is killed for memory.
EATEN = {
    "malloc": (9, True), "shared": (9, True), "tables": (9, True),
    "tables-read": (9, True), "brk": (9, True), "mremap": (9, True),
    "locked": (9, True), "populate": (9, True), "stack-unlimited": (9, True),
    "pipes": (None, None), "sockets": (None, None), "events": (None, None),
    "epolls": (None, None), "watches": (None, None), "sems": (None, None),
    "msgs": (None, None), "family": (0, True), "stack": (0x0B, False),
    "file-mapped": (0x07, False),
}  # fmt: skip
REFUSED = (
    "mmap", "split", "file", "sparse", "allocate", "files", "dirs", "links",
    "symlinks", "negative", "deep", "chain", "fds", "dup", "fork", "bomb",
    "zombies", "threads", "args", "args-many", "arg-long", "iovec", "limits",
    "signals", "mounts", "xattrs", "exec", "file-max", "shm",
)  # fmt: skip
# As the first process: (status, its answer)
FIRST = {
    "malloc": (137, b""), "file": (0, b"ENOSPC"), "fork": (0, b"EAGAIN"),
    "threads": (0, b"EAGAIN"), "files": (0, b"ENOSPC"),
}  # fmt: skip


class Eater:
    """A child eats, twice; the second time its memory must all come back."""

    def __init__(self, suites, program, kind, end):
        self.suites, self.program, self.kind = suites, program, kind
        self.status, self.killed = end
        self.name = "eat-" + kind

    def check(self):
        done = self.suites.in_guest(["-v", "-m", "64"],
                                    [self.program, "-w", self.kind])  # fmt: skip
        said = re.search(rb"status (\S+), memory is back", done.out)
        killed = done.err.count(OOM)
        wrong = done.status or not said
        if not wrong and self.status is not None:
            wrong = int(said[1], 0) != self.status
        if self.killed is not None and self.kind != "family":
            wrong = wrong or killed != (2 if self.killed else 0)
        return _shown(done) if wrong else None


class First:
    """Process 1 itself eats: its end is told."""

    def __init__(self, suites, program, kind, end):
        self.suites, self.program, self.kind = suites, program, kind
        self.status, self.answer = end
        self.name = "eat-first-" + kind

    def check(self):
        done = self.suites.in_guest(["-v", "-m", "64"],
                                    [self.program, self.kind])  # fmt: skip
        if done.status != self.status or self.answer not in done.out:
            return _shown(done)
        return None


def _shown(done):
    text = done.out[-600:] + done.err[-2500:]
    return f"status {done.status}\n{text.decode(errors='replace')}"


class Bomb:
    """A fork bomb in a shell; what is killed for memory is of the bomb."""

    def __init__(self, suites, program, name, limit, shell):
        self.suites, self.program, self.name = suites, program, "bomb-" + name
        self.limit, self.shell = limit, shell

    def check(self):
        with_it = ["--with", self.shell[0]]
        done = self.suites.in_guest(["-v", "-m", "64", *with_it],
                                    [self.program, self.limit, *self.shell])  # fmt: skip
        lines = done.out.splitlines()
        kills = done.err.count(b"invoked oom-killer")
        fine = (not done.status and b"killed: many" in lines and
                b"the pipeline" in lines and b"memory is back" in done.out and
                kills == done.err.count(OOM) and
                (self.limit == "0" or not kills))  # fmt: skip
        return None if fine else _shown(done)


def bombs(suites):
    program = _program(suites, "bomb")
    shells = {"ash": ["/bin/busybox", "sh"], "bash": ["/bin/bash"]}
    return [Bomb(suites, program, f"{name}-{limit}", limit, words)
            for name, words in shells.items() for limit in ("0", "100")]  # fmt: skip


class Processors:
    """A machine with many processors: all come up and run programs."""

    def __init__(self, suites, machine, count):
        self.suites, self.machine, self.count = suites, machine, count
        self.name = f"processors-{machine}-{count}"

    def check(self):
        done = self.suites.in_guest(
            ["-v", "-m", "128", "--machine", self.machine,
             "-s", str(self.count)],
            ["sh", "-c", "nproc; for i in 1 2 3 4 5 6 7 8; do echo $i & done |"
             " sort | tr -d '\\n'"],
        )  # fmt: skip
        wanted = f"{self.count}\n12345678".encode()
        return _shown(done) if done.status or done.out != wanted else None


class Leaks:
    """Guest tests again and again in one guest: as many pages and objects of
    every kind at the end as before."""

    def __init__(self, suites, program, number, words):
        self.suites, self.program, self.words = suites, program, words
        self.name = f"leaks-{number}"

    def check(self):
        options = []
        for line in self.words:
            path = line.split()[0]
            options += ["--file", path]
        done = self.suites.in_guest(["-m", "256", *options],
                                    [self.program, *self.words])  # fmt: skip
        said = f"0 of {len(self.words)} leak".encode()
        return None if not done.status and said in done.out else _shown(done)


LEAK_GROUPS = 4


def leaks(suites):
    program, lines = _program(suites, "leaks"), []
    folder = os.path.join(suites.TESTS, "user")
    for name in sorted(os.listdir(folder)):
        source = os.path.join(folder, name)
        if not name.endswith(".c"):
            continue
        says = suites.directives(source)
        if says["build"].split()[0] == "static":
            path = suites.compile_test(source, name[:-2], "static")
            lines.append(f"{path} {says['args']}".strip())
    return [Leaks(suites, program, n + 1, lines[n::LEAK_GROUPS])
            for n in range(LEAK_GROUPS)]  # fmt: skip


class Boot:
    """Boots IMAGE, which may be anything, with more on the command line."""

    def __init__(self, suites, name, image, append="", memory=64, wanted=None):
        self.suites, self.name, self.image = suites, name, image
        self.append, self.memory, self.wanted = append, memory, wanted

    def check(self):
        run = self._run()
        text = run.log.text
        if run.log.panic_text() is not None:
            return run.log.panic_text().decode(errors="replace")
        ended = re.search(rb"process 1 ended: exit (\d+)", text)
        status = int(ended[1]) if ended else run.status
        if self.wanted is not None and status != self.wanted:
            return f"status {run.status}\n{_tail(text)}"
        if run.status == 124:
            return "hangs\n" + _tail(text)
        if status == 125 and NOTHING not in text:
            return "ended without a word\n" + _tail(text)
        return None

    def _run(self):
        import build
        import image as images
        import qemu
        from run import Run

        machine = qemu.Machine()
        machine.memory_mib, machine.append = self.memory, self.append
        variant = build.Variant("x86_64", self.suites.VARIABLES)
        run = Run(machine, variant, None, None)
        data = self.image
        if callable(data):
            data = data()

        def made():
            fd = os.memfd_create("image")
            os.write(fd, data) if data else None
            return fd, 0

        run._image = made
        null = os.open(os.devnull, os.O_RDWR)
        run.fds, run.quiet, run.timeout = (null, null, null), True, LIMIT_S
        run.status = run.go()
        os.close(null)
        return run


def _tail(text):
    return text[-1500:].decode(errors="replace")


# -- images ---------------------------------------------------------------

HEADER = 110
FIELDS = ("ino", "mode", "uid", "gid", "nlink", "mtime", "size", "devmajor",
          "devminor", "rdevmajor", "rdevminor", "namesize", "check")  # fmt: skip


class Archive:
    """A small image whose init ends with status 3, and its headers."""

    def __init__(self, init):
        self.data = bytearray()
        self.at = {}  # name: offset of its header
        self.add("d", 0o40755)
        self.add("d/file", 0o100644, b"x" * 5000)
        self.add("d/link", 0o120777, b"file")
        self.add("a", 0o100644, b"linked", nlink=2, ino=77)
        self.add("b", 0o100644, b"linked", nlink=2, ino=77)
        self.add("init", 0o100755, init)
        self.add("TRAILER!!!", 0)

    def add(self, name, mode, body=b"", nlink=1, ino=0):
        self.at[name] = len(self.data)
        raw = name.encode() + b"\0"
        values = [ino or len(self.at), mode, 0, 0, nlink, 0, len(body), 0, 0,
                  0, 0, len(raw), 0]  # fmt: skip
        self.data += b"070701" + b"".join(b"%08X" % v for v in values)
        self.data += raw
        self.pad()
        self.data += body
        self.pad()

    def pad(self):
        self.data += b"\0" * (-len(self.data) % 4)

    def with_field(self, name, field, text):
        data = bytearray(self.data)
        at = self.at[name] + 6 + 8 * FIELDS.index(field)
        data[at : at + 8] = text
        return bytes(data)


def exit_program(status):
    """A static program of two instructions: exit(status)."""
    code = b"\xbf" + struct.pack("<I", status) + b"\xb8\x3c\0\0\0\x0f\x05"
    base = 0x400000
    size = 64 + 56 + len(code)
    head = b"\x7fELF\2\1\1" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + 120, 64, 0, 0, 64,
                        56, 1, 0, 0, 0)  # fmt: skip
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 4096)
    return head + load + code


def gzipped(data, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def images(suites):
    """Boots of images that are wrong in one place each."""
    archive = Archive(exit_program(3))
    good = bytes(archive.data)
    packed = gzipped(good * 20)
    found = {
        "good": (good, 3), "good-gzip": (gzipped(good), 3),
        "none": (b"", 125), "one-byte": (b"0", 125), "zeros": (bytes(9999), 125),
        "text": (b"070701" * 3000, 125),
        "magic-only": (b"070701", 125),
        "gzip-magic": (b"\x1f\x8b", 125),
        "gzip-garbage": (b"\x1f\x8b\x08" + random.Random(1).randbytes(5000),
                         125),
        "gzip-cut": (packed[: len(packed) // 2], None),
        "gzip-no-trailer": (gzipped(good)[:-8], None),
        "gzip-bad-sum": (gzipped(good)[:-8] + bytes(8), None),
        "gzip-bomb": (gzipped(bytes(200 << 20), 9), 125),
        "garbage-behind": (good + random.Random(2).randbytes(3000), 3),
        "two": (good + bytes(100) + good, 3),
        "two-gzip": (gzipped(good) + gzipped(good), 3),
        "other-magic": (good.replace(b"070701", b"070707"), 125),
    }  # fmt: skip
    for cut in (1, 100, 111, 115, 5000, len(good) - 200, len(good) - 4):
        found[f"cut-{cut}"] = (good[:cut], None)
    values = (b"FFFFFFFF", b"00000000", b"80000000", b"7FFFFFFF", b"0000000G")
    dice = random.Random(3)
    for name in ("d", "d/file", "d/link", "b", "init", "TRAILER!!!"):
        for field in FIELDS:
            value = dice.choice(values)
            label = f"{name.replace('/', '-')}-{field}-{value.decode()}"
            found[label.lower()] = (archive.with_field(name, field, value),
                                    None)  # fmt: skip
    for seed in range(16):
        found[f"bits-{seed}"] = (_flipped(good, seed), None)
        found[f"gzip-bits-{seed}"] = (_flipped(gzipped(good), seed), None)
    return [Boot(suites, "image-" + name, data, "init=/init", wanted=status)
            for name, (data, status) in found.items()]  # fmt: skip


def _flipped(data, seed):
    dice = random.Random(seed)
    data = bytearray(data)
    for _ in range(dice.randint(1, 12)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def command_lines(suites):
    dice = random.Random(4)
    garbage = "".join(chr(c) for c in dice.choices(range(33, 127), k=400))
    lines = {
        "long": "x" * 1500, "longer": "y=z " * 1500, "longest": "q" * 100000,
        "garbage": garbage.replace("--", "-").replace(",", ""),
        "quotes": '"""" "a b "=" \'', "bytes": "\x01\x7f\x80\xff=\xfe",
        "equals": "= == =x x= mem= init",
        "mem-zero": "mem=0", "mem-one": "mem=1", "mem-huge": "mem=9999P",
        "mem-over": "mem=99999999999999999999999",
        "mem-minus": "mem=-1", "mem-words": "mem=lots mem=1Q mem=M mem=0x",
        "mem-at": "mem=1G@0 mem=16E@16E mem=1@0xffffffffffffffff",
        "mem-at-top": "mem=4K@0xfffffffffffff000 mem=1M@0x7ffffffffff00000",
        "mem-nowhere": "mem=64M@4G mem=64M@0xd0000000 mem=1G@2G mem=1M@33T",
        "mem-hole": "mem=64K@0xa0000 mem=4K@5T",
        "mem-holes": " ".join(f"mem=4K@{i}G" for i in range(4, 200)),
        "device-nonsense": "virtio_mmio.device=x virtio_mmio.device= "
        "virtio_mmio.device=512@0:0 virtio_mmio.device=1@1:1",
        "device-ram": "virtio_mmio.device=512@0x100000:5",
        "device-line": "virtio_mmio.device=512@0xfeb00e00:99999",
        "device-huge": "virtio_mmio.device=16E@0xfeb00e00:12",
        "device-wrap": "virtio_mmio.device=4K@0xfffffffffffff000:12",
        "device-many": " ".join(["virtio_mmio.device=512@0xfeb00e00:12"] * 80),
        "memblock": "memblock=debug memblock=",
        "dashes": "-- -- a b c",
    }  # fmt: skip
    good = bytes(Archive(exit_program(3)).data)
    found = [Boot(suites, "line-" + name, good, "init=/init " + line, wanted=3)
             for name, line in lines.items()]  # fmt: skip
    inits = {
        "missing": "/no/such", "empty": "", "folder": "/d", "text": "/d/file",
        "long": "/" + "x" * 300, "longer": "/" + "x/" * 800, "relative": "init",
        "device": "/dev/null", "link": "/d/link",
    }  # fmt: skip
    for name, path in inits.items():
        wanted = 3 if name == "relative" else 125
        found.append(Boot(suites, "init-" + name, good, "init=" + path,
                          wanted=wanted))  # fmt: skip
    return found


def first_programs(suites):
    """init itself is wrong: bytes of its ELF headers."""
    good = exit_program(3)
    found = {}
    for at in range(0, 120):
        if at in (4, 5, 16, 18, 24, 32, 54, 56, 64, 72, 80, 96, 104, 112):
            for value in (0, 255):
                data = bytearray(good)
                data[at] = value
                found[f"{at}-{value}"] = bytes(data)
    found["huge"] = good[:104] + struct.pack("<Q", 1 << 46) + good[112:]
    found["cut"] = good[:100]
    return [Boot(suites, "first-" + name, bytes(Archive(data).data),
                 "init=/init") for name, data in found.items()]  # fmt: skip


def sizes(suites):
    good = bytes(Archive(exit_program(3)).data)
    return [Boot(suites, f"memory-{size}", good, "init=/init", size, 3)
            for size in (16, 17, 31, 33, 100, 129, 1000, 3071, 3072, 3073, 3500,
                         4095, 4097, 5000, 16384)]  # fmt: skip


def _program(suites, name):
    source = os.path.join(suites.TESTS, "boot", name + ".c")
    return suites.compile_test(source, name, "static")


def cases(suites):
    program = _program(suites, "eat")
    found = [Eater(suites, program, kind, end) for kind, end in EATEN.items()]
    found += [Eater(suites, program, kind, (0, False)) for kind in REFUSED]
    found += [First(suites, program, kind, end) for kind, end in FIRST.items()]
    found += [Processors(suites, machine, count)
              for machine in ("microvm", "q35", "pc")
              for count in (1, 3, 4, 8, 32)]  # fmt: skip
    return (found + bombs(suites)
            + (leaks(suites) if suites.LONG_RUN else []) + images(suites) + command_lines(suites)
            + first_programs(suites) + sizes(suites)
            + machines.cases(suites) + serial.cases(suites))  # fmt: skip
