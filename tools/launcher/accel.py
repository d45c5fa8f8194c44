# SPDX-License-Identifier: BSD-2-Clause
"""Which accelerator --accel means.

auto is KVM only if the real kernel ran on it: a device node that opens proves
little (nested and restricted hosts).  It is tried once for every kernel, QEMU
and host, and the answer kept in build/accel."""

import os
import platform

import image
import paths
import qemu
from errors import Fail
from run import Run
from tree import signature

TRY_S = 10


def choose(wish, machine, variant):
    """Sets machine.accel for WISH (auto, tcg or kvm)."""
    machine.accel = "tcg" if wish == "auto" else wish
    if wish != "auto" or not _opens():
        return
    machine.accel = "kvm" if _works(machine, variant) else "tcg"


def _opens():
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
        return True
    except OSError:
        return False


def _works(machine, variant):
    binary = qemu.find(qemu.BINARY[machine.arch]) or ""
    key = (f"{signature(variant.kernel)} {signature(binary)} "
           f"{platform.node()} {platform.release()}")  # fmt: skip
    memo = os.path.join(paths.BUILD, "accel")
    try:
        with open(memo, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line[4:] == key:
            return line[:3] == "kvm"
    answer = _try(machine, variant)
    with paths.Replaced(memo) as file:
        line = ("kvm " if answer else "tcg ") + key
        file.write("\n".join([line, *lines[:7]]).encode() + b"\n")
    return answer


def _try(machine, variant):
    """Whether the kernel runs a program to its end on KVM."""
    trial = qemu.Machine()
    trial.arch, trial.machine = machine.arch, machine.machine
    trial.firmware = machine.firmware
    trial.accel = "kvm"
    wanted = image.Wanted(machine.arch, variant.init)
    orders = image.orders("/bin/busybox", "/", ["true"], [])
    run = Run(trial, variant, image.get(wanted), orders)
    null = os.open(os.devnull, os.O_RDWR)
    run.fds = (null, null, null)
    run.quiet = True
    run.timeout = TRY_S
    try:
        return run.go() == 0
    except Fail:
        return False
    finally:
        os.close(null)
