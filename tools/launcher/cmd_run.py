# SPDX-License-Identifier: BSD-2-Clause
"""dunlin run: a program of the host's inside the guest."""

import os

import build
import image
import options
import qemu
from errors import NOT_FOUND, Fail, os_reason, say

HELP = """\
usage: dunlin run [options] [--] [PROGRAM [ARG...]]

Runs PROGRAM, a path or a name in PATH, inside the guest.  Its libraries are
packed with it; a static busybox provides the usual commands, and the shell
that runs without PROGRAM.  On a terminal the guest has one too.

  -e NAME=VALUE       add to its environment
  --cwd DIR           where it starts (/root)
  --with NAME[,...]   pack these programs of the host too
  --package NAME[,..] unpack these Debian packages with what they depend on
  --file HOST[:GUEST] add a file or folder
  --root DIR          this whole tree as root instead
  -m SIZE             memory; a bare number is MB (256)
  -s CPUS             processors (1)
  -a ARCH             x86_64
  --machine NAME      microvm, q35 or pc (microvm)
  --firmware NAME     of q35 and pc: qboot or seabios (qboot)
  --accel NAME        auto, tcg or kvm (auto)
  --append 'WORDS'    more for the kernel's command line
  --qemu 'ARGS'       more for QEMU, placed last
  --build 'VAR=VAL..' a build variant: DEBUG=1 O=0 CC=clang
  --timeout SEC       end it after SEC seconds, with status 124
  --keep              keep image, command line and log; say where
  -v                  the kernel's log on standard error

Status: the program's; 128+N if signal N ended it; 124 timed out; 125 the
launcher or the kernel failed; 126 cannot be executed; 127 not found.
"""

TABLE = {
    "-e": ("env", "list"),
    "-m": ("memory", "text"),
    "-s": ("cpus", "text"),
    "-a": ("arch", "text"),
    "-v": ("verbose", "flag"),
    "-h": ("help", "flag"),
    "--help": ("help", "flag"),
    "--cwd": ("cwd", "text"),
    "--with": ("extra", "list"),
    "--package": ("packages", "list"),
    "--file": ("files", "list"),
    "--root": ("root", "text"),
    "--machine": ("machine", "text"),
    "--firmware": ("firmware", "text"),
    "--accel": ("accel", "text"),
    "--append": ("append", "list"),
    "--qemu": ("qemu", "list"),
    "--build": ("build", "list"),
    "--timeout": ("timeout", "text"),
    "--keep": ("keep", "flag"),
}


def accept(words):
    """(options, machine, time limit, build variables) that the words ask
    for."""
    given = options.parse(words, TABLE, "dunlin run")
    timeout = None
    if given.timeout is not None:
        timeout = options.positive(given.timeout, "--timeout", float)
    return given, _machine(given), timeout, build.parse(" ".join(given.build))


def main(words):
    given, machine, timeout, variables = accept(words)
    if given.help:
        print(HELP, end="")
        return 0
    wanted = image.Wanted(machine.arch, None)
    _fill(wanted, given)
    environment = _environment(given.env)
    variant = build.Variant(machine.arch, variables)
    variant.ensure()
    wanted.init = variant.init
    packed = image.get(wanted)
    for warning in packed.warnings:
        say(f"warning: {warning}, which is not on this host")
    if packed.program is None:
        raise Fail(f"{wanted.name}: not found", NOT_FOUND)
    terminal = _terminal()
    text = image.orders(packed.program, wanted.cwd, given.rest or ["sh"],
                        environment,
                        terminal.records() if terminal else ())  # fmt: skip
    return _go(given, machine, variant, packed, text, timeout, terminal)


def _terminal():
    """The terminal that the guest gets, or None."""
    if not (os.isatty(0) and os.isatty(1)):
        return None
    import terminal

    return terminal.find((0, 1, 2))


def _go(given, machine, variant, packed, text, timeout, terminal):
    import accel
    from run import Run

    accel.choose(given.accel or "auto", machine, variant)
    run = Run(machine, variant, packed, text)
    run.terminal = terminal
    run.timeout = timeout
    run.verbose = given.verbose
    if given.keep:
        import paths

        run.keep = paths.made_dir("runs", str(os.getpid()))
    return run.go()


def _machine(given):
    machine = qemu.Machine()
    if given.arch:
        machine.arch = given.arch
    if machine.arch not in qemu.BINARY:
        raise Fail(f"-a: no architecture {machine.arch!r}")
    if given.machine:
        machine.machine = given.machine
    if machine.machine not in qemu.MACHINES:
        raise Fail(f"--machine: {machine.machine!r} is none of "
                   + ", ".join(qemu.MACHINES))  # fmt: skip
    if given.firmware:
        machine.firmware = given.firmware
    if machine.firmware not in qemu.FIRMWARE:
        raise Fail(f"--firmware: {machine.firmware!r} is none of "
                   + ", ".join(qemu.FIRMWARE))  # fmt: skip
    if given.firmware and machine.machine == "microvm":
        raise Fail("--firmware: microvm has its own; --machine q35 or pc has "
                   "a choice")  # fmt: skip
    if given.accel not in (None, "auto", "tcg", "kvm"):
        raise Fail(f"--accel: {given.accel!r} is none of auto, tcg, kvm")
    if given.memory:
        machine.memory_mib = options.size_mib(given.memory)
    if given.cpus:
        machine.cpus = options.positive(given.cpus, "-s")
    machine.append = " ".join(given.append)
    if given.qemu:
        import shlex

        try:
            machine.extra = shlex.split(" ".join(given.qemu))
        except ValueError as error:
            raise Fail(f"--qemu: {error}") from None
    return machine


def _fill(wanted, given):
    """What goes into the image; the host's programs are looked up now."""
    import libs

    if given.cwd:
        wanted.cwd = os.path.normpath("/" + given.cwd.lstrip("/"))
    wanted.packages = sorted(set(options.names(given.packages)))
    if given.root:
        if not os.path.isdir(given.root):
            raise Fail(f"--root: {given.root} is no directory")
        wanted.root = os.path.realpath(given.root)
    wanted.files = [_file_pair(text, wanted.cwd) for text in given.files]
    for name in options.names(given.extra):
        try:
            wanted.extra.append(libs.locate(name))
        except Fail as fail:
            raise Fail(f"--with {fail}") from None
    if not given.rest:
        wanted.name = "sh" if wanted.root else "busybox"
        return
    name = given.rest[0]
    if wanted.root or wanted.packages:
        wanted.name = name
    if not wanted.root:
        wanted.program = _on_host(name, bool(wanted.packages))
    if wanted.program is None:
        wanted.name = name


def _on_host(name, forgive):
    """The host's program NAME; None if only the guest may have it."""
    import libs

    try:
        return libs.locate(name)
    except Fail as fail:
        if forgive or (fail.status == NOT_FOUND and "/" not in name):
            return None
        raise


def _file_pair(text, cwd):
    """HOST[:GUEST]; a relative GUEST counts from the guest's directory."""
    host, sign, guest = text.rpartition(":")
    if not sign or not host or (os.path.exists(text) and
                                not os.path.exists(host)):  # fmt: skip
        host, guest = text, ""
    try:
        os.stat(host)
    except OSError as error:
        raise Fail(f"--file {host}: {os_reason(error)}") from None
    if not guest:
        guest = host
        if ".." in host.split("/"):
            guest = os.path.basename(os.path.abspath(host))
    elif guest.endswith("/"):
        guest += os.path.basename(os.path.abspath(host))
    return os.path.abspath(host), os.path.normpath(os.path.join(cwd, guest))


def _environment(pairs):
    """The guest's environment, NAME=VALUE each; later ones win."""
    values = {
        "PATH": image.PATH,
        "HOME": "/root",
        "TERM": os.environ.get("TERM", "dumb"),
    }
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise Fail(f"-e: {pair!r} is not NAME=VALUE")
        values[name] = value
    return [f"{name}={value}" for name, value in values.items()]
