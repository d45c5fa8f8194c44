# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's command line and process.

The four virtio ports are socket pairs whose far ends QEMU inherits; the UART
goes to a pipe.  QEMU runs in a session of its own, away from the terminal and
its signals, and the kernel of the host kills it should the launcher vanish
(setpriv --pdeathsig)."""

import os
# The wrapper module "socket" costs every run 5 ms of imports.
from _socket import AF_UNIX, SO_RCVBUF, SO_SNDBUF, SOCK_STREAM, SOL_SOCKET
from _socket import socketpair

from errors import Fail

PORTS = ("stdin", "stdout", "stderr", "control")
TTY = "tty"  # a fifth one when there is a terminal
SOCKET_BUFFER = 1 << 20
BINARY = {"x86_64": "qemu-system-x86_64"}
MACHINES = {
    "microvm": "microvm,acpi=off,pit=on,pic=on,rtc=on,isa-serial=on",
    "q35": "q35",
    "pc": "pc",
}
# What QEMU takes when it is not told; microvm has its own and only that.
FIRMWARE = {"qboot": "/usr/share/qemu/qboot.rom", "seabios": None}
# QEMU reserves all of a guest's memory unless told otherwise; above this part
# of the host's it is told otherwise.
RESERVE_BELOW = 0.5


class Machine:
    """What the guest is given."""

    def __init__(self):
        self.arch = "x86_64"
        self.machine = "microvm"
        self.firmware = "qboot"
        self.memory_mib = 256
        self.cpus = 1
        self.append = ""
        self.accel = "tcg"
        self.extra = []  # further words for QEMU, last

    def command(self, kernel, initrd, ports, log):
        """PORTS are character devices in the order of PORTS, LOG a path."""
        words = [BINARY[self.arch], "-nodefaults", "-no-user-config"]
        words += ["-M", MACHINES[self.machine] + self._memory_option()]
        words += self._firmware() + self._accel() + self._cpu()
        words += self._memory()
        words += ["-display", "none", "-no-reboot"]
        words += ["-kernel", kernel, "-initrd", initrd]
        words += ["-append", f"init=/.dunlin/init {self.append}".strip()]
        words += ["-chardev", f"file,id=log,path={log}"]
        words += ["-serial", "chardev:log"]
        words += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        words += self._serial()
        for number, (name, port) in enumerate(zip((*PORTS, TTY), ports), 1):
            words += ["-chardev", f"{port},id=port{number}"]
            kind = "virtconsole" if name == TTY else "virtserialport"
            words += ["-device", f"{kind},chardev=port{number},"
                      f"nr={number},name=dunlin.{name}"]  # fmt: skip
        return words + self.extra

    def _firmware(self):
        rom = FIRMWARE[self.firmware]
        return ["-bios", rom] if rom and self.machine != "microvm" else []

    def _serial(self):
        """The virtio device whose ports we talk through."""
        if self.machine == "microvm":
            return ["-global", "virtio-mmio.force-legacy=false",
                    "-device", "virtio-serial-device,max_ports=8"]
        return ["-device", "virtio-serial-pci,disable-legacy=on,max_ports=8,vectors=19"]

    def _accel(self):
        if "-accel" in self.extra or "--accel" in self.extra:
            return []
        accel = self.accel
        if "-icount" in self.extra or "--icount" in self.extra:
            accel = "tcg"
        return ["-accel", accel]

    def _cpu(self):
        return ["-cpu", "max", "-smp", str(self.cpus)]

    def _big(self):
        host = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return (self.memory_mib << 20) > host * RESERVE_BELOW

    def _memory_option(self):
        return ",memory-backend=ram" if self._big() else ""

    def _memory(self):
        size = f"{self.memory_mib}M"
        words = ["-m", size]
        if self._big():
            words += ["-object",
                      f"memory-backend-ram,id=ram,size={size},reserve=off"]
        return words  # fmt: skip


def port_pair():
    """(ours, QEMU's) ends of a port.  Large buffers save wake-ups."""
    ours, theirs = socketpair(AF_UNIX, SOCK_STREAM)
    for end in (ours, theirs):
        for option in (SO_SNDBUF, SO_RCVBUF):
            end.setsockopt(SOL_SOCKET, option, SOCKET_BUFFER)
    return ours, theirs


def find(name):
    for folder in os.get_exec_path():
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    return None


def start(words, inherited):
    """Starts QEMU with descriptors INHERITED; its own complaints go to the
    descriptor that is returned with the process id."""
    path = find(words[0])
    if path is None:
        raise Fail(f"{words[0]} is not installed")
    words = [path] + words[1:]
    guard = find("setpriv")
    if guard:
        words = [guard, "--pdeathsig", "KILL", "--"] + words
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    said, saying = os.pipe()
    for fd in inherited:
        os.set_inheritable(fd, True)
    actions = [
        (os.POSIX_SPAWN_DUP2, null, 0),
        (os.POSIX_SPAWN_DUP2, saying, 1),
        (os.POSIX_SPAWN_DUP2, saying, 2),
    ]
    try:
        pid = os.posix_spawn(
            words[0],
            words,
            os.environ,
            file_actions=actions,
            setsid=True,
            setsigmask=[],
            setsigdef=[1, 2, 3, 13, 15],
        )
    finally:
        os.close(null)
        os.close(saying)
        for fd in inherited:
            os.set_inheritable(fd, False)
    return pid, said
