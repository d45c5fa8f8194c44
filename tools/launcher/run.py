# SPDX-License-Identifier: BSD-2-Clause
"""One run of the guest: image, QEMU, streams, and the verdict as a status."""

import os
from _signal import SIG_BLOCK, SIG_SETMASK, SIGHUP, SIGINT, SIGTERM
from _signal import pthread_sigmask

import image
import pump
import qemu
from errors import OWN_FAILURE, TIMED_OUT, Fail, say

KILL = 9
KERNEL_NEEDS = 11 << 18  # what must be left of the memory beside the image
LAST_WORDS_S = 1  # for outputs after a guest was killed


class Run:
    """Everything about one run; start with go()."""

    def __init__(self, machine, variant, base, text):
        self.machine, self.variant = machine, variant
        self.base, self.text = base, text
        self.timeout = None
        self.verbose = False
        self.quiet = False  # no word about how it ended
        self.keep = None  # a folder for image, command line and log
        self.fds = (0, 1, 2)
        self.terminal = None  # the user's, if the guest gets one
        self.log = None  # the kernel's, once it ran
        self._pid = None

    def go(self):
        """Runs the guest to its end; returns the launcher's status."""
        initrd, size = self._image()
        need = (size + KERNEL_NEEDS + (1 << 20) - 1) >> 20
        if need > self.machine.memory_mib:
            raise Fail(f"the image needs more memory: at least -m {need}")
        log_read, log_write = os.pipe()
        count = len(qemu.PORTS) + (self.terminal is not None)
        pairs = [qemu.port_pair() for _ in range(count)]
        theirs = [end.fileno() for _, end in pairs]
        words = self.machine.command(
            self.variant.kernel,
            _by_fd(initrd),
            [f"socket,fd={fd}" for fd in theirs],
            _by_fd(log_write),
        )
        try:
            return self._run(words, pairs, log_read,
                             [*theirs, initrd, log_write])  # fmt: skip
        finally:
            if self.terminal:
                self.terminal.restore()
            self._end()

    def _image(self):
        if self.keep:
            fd = os.open(self.keep + "/image",
                         os.O_RDWR | os.O_CREAT | os.O_TRUNC)  # fmt: skip
        else:
            fd = os.memfd_create("dunlin-image")
        return fd, image.assemble(self.base, self.text, fd)

    def _run(self, words, pairs, log_read, inherited):
        copies = [2] if self.verbose else []
        if self.keep:
            copies.append(self._keep())
        with _Unsignalled():
            self._pid, said = qemu.start(words, inherited)
        for fd in inherited[len(pairs) :]:
            os.close(fd)
        for _, end in pairs:
            end.close()
        stdin, stdout, stderr, control, *tty = (ours for ours, _ in pairs)
        self.log = log = pump.Log(copies)
        outputs = [
            pump.Output(stdout, self.fds[1], "standard output"),
            pump.Output(stderr, self.fds[2], "standard error"),
        ]
        if tty:
            self.terminal.take(control)
            outputs.append(pump.Output(tty[0], self.fds[1], "terminal"))
        pump.feed(self.fds[0], tty[0] if tty else stdin)
        watch = pump.Watch(control, said, log_read, log)
        watch.wait(self.timeout)
        self._end()
        patience = None if watch.verdict else LAST_WORDS_S
        for output in outputs:
            output.done(patience)
        return self._status(watch)

    def _keep(self):
        """The command is one that works by hand, on its own streams."""
        import shlex

        ports = ["stdio,signal=off", "file,path=/dev/stdout",
                 "file,path=/dev/stderr",
                 f"file,path={self.keep}/verdict"]  # fmt: skip
        if self.terminal:
            ports = ["file,path=/dev/null"] + ports[1:] + ports[:1]
        words = self.machine.command(self.variant.kernel,
                                     self.keep + "/image", ports,
                                     self.keep + "/log")  # fmt: skip
        with open(self.keep + "/command", "w", encoding="utf-8") as file:
            for word in words:
                file.write(" \\\n  " if word[:1] == "-" else " ")
                file.write(shlex.quote(word))
            file.write("\n")
        say(f"image, command and log are in {self.keep}")
        return os.open(self.keep + "/log",
                       os.O_WRONLY | os.O_CREAT | os.O_TRUNC)  # fmt: skip

    def _end(self):
        """QEMU is no more."""
        if self._pid is None:
            return
        with _Unsignalled():
            pid, self._pid = self._pid, None
            try:
                os.kill(pid, KILL)
            except ProcessLookupError:
                pass
            os.waitpid(pid, 0)

    def _status(self, watch):
        if not self.quiet:
            return self._explain(watch)
        status = _status_of(watch.verdict)
        return OWN_FAILURE if status is None else status

    def _explain(self, watch):
        if watch.timed_out:
            say(f"timed out after {self.timeout:g} s")
            return TIMED_OUT
        status = _status_of(watch.verdict)
        if status is not None:
            return status
        panic = watch.log.panic_text()
        if panic is not None:
            say("the guest's kernel panicked")
            if not self.verbose:
                pump.write_all(2, panic + b"\n")
        elif watch.said.strip():
            lines = watch.said.decode(errors="replace").strip().splitlines()
            say(lines[-1])
        else:
            last = watch.log.text.strip().rpartition(b"\n")[2]
            say("the guest ended without a verdict; it last said: "
                + last.decode(errors="replace"))  # fmt: skip
        return OWN_FAILURE


class _Unsignalled:
    """Signals that end us wait: one that came between a process and the note
    of its number would leave the process behind."""

    def __enter__(self):
        self.before = pthread_sigmask(SIG_BLOCK, [SIGHUP, SIGINT, SIGTERM])

    def __exit__(self, *_what):
        pthread_sigmask(SIG_SETMASK, self.before)


def _by_fd(fd):
    return f"/proc/self/fd/{fd}"


def _status_of(verdict):
    """The status for the kernel's line; None if there is no such line."""
    word, _, number = (verdict or b"").partition(b" ")
    if not number.isdigit():
        return None
    if word == b"exit":
        return int(number) & 0xFF
    if word == b"signal":
        return 128 + (int(number) & 0x7F)
    return None
