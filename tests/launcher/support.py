# SPDX-License-Identifier: BSD-2-Clause
"""What the launcher's tests share: running ./dunlin as a user would, and a
stand-in for QEMU (fake_qemu.py) for what must not depend on the kernel."""

import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))  # fmt: skip
HERE = os.path.join(TOP, "tests", "launcher")
DUNLIN = os.path.join(TOP, "dunlin")
LIMIT_S = 60

sys.path.insert(0, os.path.join(TOP, "tools", "launcher"))


def dunlin(*words, limit=LIMIT_S, **how):
    """Runs ./dunlin with WORDS; the CompletedProcess, output as bytes."""
    how.setdefault("stdin", subprocess.DEVNULL)
    if "input" in how:
        del how["stdin"]
    how.setdefault("stdout", subprocess.PIPE)
    how.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([DUNLIN, *words], timeout=limit, **how)


def run(*words, **how):
    """dunlin run with the emulator, as all tests do."""
    return dunlin("run", "--accel", "tcg", *words, **how)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def fake_environment(guest):
    """The environment in which QEMU is fake_qemu.py playing GUEST, and the
    launcher finds a "built" kernel in a variant of its own."""
    folder = os.path.join(TOP, "build", "x86_64-gcc-O2-fake1")
    os.makedirs(os.path.join(folder, "user"), exist_ok=True)
    for name in ("dunlin.elf", "user/init", "built"):
        path = os.path.join(folder, name)
        open(path, "a").close()
        os.utime(path, (1 << 32, 1 << 32))
    tools = os.path.join(folder, "bin")
    os.makedirs(tools, exist_ok=True)
    link = os.path.join(tools, "qemu-system-x86_64")
    if not os.path.islink(link):
        os.symlink(os.path.join(HERE, "fake_qemu.py"), link)
    path = tools + ":" + os.environ["PATH"]
    return {**os.environ, "PATH": path, "FAKE_GUEST": guest}


FAKE = ("--build", "FAKE=1", "--accel", "tcg")


def fake(guest, *words, **how):
    """dunlin run under the stand-in."""
    if not words:
        words = ("--", "true")
    environment = fake_environment(guest)
    return dunlin("run", *FAKE, *words, env=environment, **how)
