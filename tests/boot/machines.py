# SPDX-License-Identifier: BSD-2-Clause
"""The machines that have PCI, with either firmware: what a user does first,
every size of memory around the holes below 4 GiB, and devices in places."""

import re

KINDS = [(m, f) for m in ("q35", "pc") for f in ("qboot", "seabios")]

# Virtio devices behind bridges, one without MSI-X (not for us), and others
# that only have BARs: the first virtio device is the launcher's.
BRIDGES = {
    "pc": "-device pci-bridge,id=b1,chassis_nr=1",
    "q35": "-device pcie-root-port,id=rp,chassis=9 "
    "-device virtio-rng-pci,bus=rp "
    "-device pci-bridge,id=b1,chassis_nr=1",
}
DEVICES = (
    "-device virtio-rng-pci,bus=b1,addr=3 -device virtio-rng-pci,bus=b1,addr=4 "
    "-device pci-bridge,id=b2,chassis_nr=2,bus=b1,addr=5 "
    "-device virtio-rng-pci,bus=b2,addr=1,disable-legacy=on "
    "-device virtio-rng-pci,multifunction=on,addr=9.0 "
    "-device virtio-rng-pci,addr=9.3 -device virtio-rng-pci,vectors=1 "
    "-device virtio-rng-pci,vectors=0 -device e1000 -device VGA "
    "-device pci-testdev,membar=256M -device edu,bus=b2,addr=2"
)
FOUND = {"pc": 7, "q35": 8}  # virtio devices in use

# Ports whose queues share one or two vectors; writing waits for interrupts.
PORTS = (
    "-chardev file,path=/dev/null,id=n1 "
    "-chardev file,path=/dev/null,id=n2 "
    "-device virtio-serial-pci,vectors=1,id=s1 "
    "-device virtserialport,bus=s1.0,nr=2,chardev=n1,name=one "
    "-device virtio-serial-pci,vectors=2,id=s2,disable-legacy=on "
    "-device virtserialport,bus=s2.0,nr=1,chardev=n2,name=two"
)
WRITE_PORTS = """
for port in one two; do
	head -c 1000000 /dev/zero >/dev/virtio-ports/$port || exit 1
done
echo all
"""

STEPS = """
[ "$(cat)" = "in" ] || exit 1
echo out; echo err >&2
sh -c 'kill -SEGV $$'; [ $? = 139 ] || exit 2
[ "$(head -c 100000 /dev/zero | wc -c)" = 100000 ] || exit 3
exit 42
"""


class OnMachine:
    """One run on a machine: status, and what its output must match."""

    def __init__(self, suites, kind, name, words, **more):
        self.suites, self.words = suites, words
        self.name = f"{kind[0]}-{kind[1]}-{name}"
        self.options = ["--machine", kind[0], "--firmware", kind[1]]
        self.options += more.get("options", [])
        self.status = more.get("status", 0)
        self.data, self.out = more.get("data", b""), more.get("out", b"")
        self.err = more.get("err", b"")
        self.judge = more.get("judge")

    def check(self):
        done = self.suites.in_guest(self.options, self.words, self.data)
        wrong = None
        if done.status != self.status:
            wrong = f"status {done.status}"
        elif not re.fullmatch(self.out, done.out, re.S):
            wrong = "output"
        elif self.err not in done.err:
            wrong = "standard error"
        elif self.judge:
            wrong = self.judge(done)
        if not wrong:
            return None
        text = done.out[-1500:] + done.err[-1500:]
        return f"{wrong}\n{text.decode(errors='replace')}"


def _memory(suites, kind, size):
    """Nearly all of it is there."""

    def judge(done):
        total = int(re.search(rb"MemTotal: +(\d+)", done.out)[1])
        least = size * 1024 * 98 // 100 - 1024
        return None if total >= least else f"only {total} kB"

    return OnMachine(suites, kind, f"memory-{size}",
                     ["cat", "/proc/meminfo"], options=["-m", str(size)],
                     out=b".*MemTotal.*", judge=judge)  # fmt: skip


def _devices(suites, kind):
    """Every virtio device that can be used has interrupts."""

    def judge(done):
        names = set(re.findall(rb"virtio\d+", done.out))
        wanted = FOUND[kind[0]]
        return None if len(names) == wanted else f"{len(names)} of {wanted}"

    line = f"{BRIDGES[kind[0]]} {DEVICES}"
    return OnMachine(suites, kind, "devices", ["cat", "/proc/interrupts"],
                     options=["-v", "--qemu", line], out=b".*timer.*",
                     err=b"virtio without MSI-X is not used",
                     judge=judge)  # fmt: skip


def _crowd(suites):
    """More devices than can have a vector for each queue: all work."""
    line = " ".join(f"-device virtio-rng-pci,addr={n // 8 + 4}.{n % 8},"
                    "multifunction=on" for n in range(35))  # fmt: skip

    def judge(done):
        names = set(re.findall(rb"virtio\d+", done.out))
        return None if len(names) == 36 else f"{len(names)} of 36"

    return OnMachine(suites, ("pc", "qboot"), "crowd",
                     ["cat", "/proc/interrupts"], options=["--qemu", line],
                     out=b".*timer.*", judge=judge)  # fmt: skip


def cases(suites):
    found = [_crowd(suites)]
    for kind in KINDS:
        found.append(OnMachine(suites, kind, "core", ["sh", "-c", STEPS],
                               status=42, data=b"in", out=b"out\n",
                               err=b"err"))  # fmt: skip
        found.append(OnMachine(suites, kind, "killed",
                               ["sh", "-c", "kill -SEGV $$"],
                               status=139))  # fmt: skip
        found.append(OnMachine(suites, kind, "shell", [], data=b"echo $((6*7))",
                               out=b"42\n"))  # fmt: skip
        found.append(OnMachine(suites, kind, "few-vectors",
                               ["sh", "-c", WRITE_PORTS], out=b"all\n",
                               options=["--qemu", PORTS]))  # fmt: skip
        found.append(OnMachine(suites, kind, "least", ["/bin/echo", "hi"],
                               options=["-m", "8"], out=b"hi\n"))  # fmt: skip
        found += [_memory(suites, kind, size) for size in (16, 3500, 5000)]
        found.append(_devices(suites, kind))
    return found
