#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands in for QEMU: speaks on the ports like the guest that FAKE_GUEST
names.  Each guest is a function below; it has the ports by name, the kernel's
log, and the words of the command line."""

import os
import re
import signal
import socket
import sys
import time


class Guest:
    def __init__(self, words):
        self.words = words
        text = " ".join(words)
        self.port = {}
        for number, name in re.findall(
            r"chardev=port(\d+),nr=\d+,name=dunlin\.(\w+)", text
        ):
            fd = int(re.search(rf"fd=(\d+),id=port{number}", text).group(1))
            self.port[name] = socket.socket(fileno=fd)
        log = re.search(r"id=log,path=(\S+)", text).group(1)
        self.log = open(log, "wb", buffering=0)

    def verdict(self, line):
        self.port["control"].sendall(line.encode() + b"\n")

    def read_all(self):
        parts = []
        while True:
            data = self.port["stdin"].recv(1 << 16)
            if not data:
                return b"".join(parts)
            parts.append(data)


def cat(guest):
    while True:
        data = guest.port["stdin"].recv(1 << 16)
        if not data:
            break
        guest.port["stdout"].sendall(data)
    guest.verdict("exit 0")


def both(guest):
    guest.port["stdout"].sendall(b"out\n")
    guest.port["stderr"].sendall(b"err\n")
    guest.verdict("exit 3")


def early(guest):
    """Ends while its input is still open."""
    guest.port["stdout"].sendall(b"bye\n")
    guest.verdict("exit 0")


def killed(guest):
    guest.verdict("signal 11")


def silent(_guest):
    pass


def hang(_guest):
    time.sleep(1000)


def panic(guest):
    guest.log.write(b"one\r\ntwo\r\nTerminating Dunlin kernel: a test\r\n"
                    b"Backtrace:\r\n")  # fmt: skip


def panic_hang(guest):
    panic(guest)
    time.sleep(1000)


def complain(_guest):
    sys.stderr.write("qemu: no such thing\n")
    sys.exit(1)


def flood(guest):
    """Writes until the port is closed."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        while True:
            guest.port["stdout"].sendall(b"y\n" * 5000)
    except OSError:
        guest.verdict("signal 13")


def show(guest):
    """Prints the command line."""
    guest.port["stdout"].sendall("\n".join(guest.words).encode() + b"\n")
    guest.verdict("exit 0")


def orders(guest):
    """Prints the orders at the end of the image, and the image's size."""
    path = guest.words[guest.words.index("-initrd") + 1]
    with open(path, "rb") as file:
        image = file.read()
    at = image.rindex(b"exe=")
    text = image[at : image.index(b"070701", at)].rstrip(b"\0")
    guest.port["stdout"].sendall(text.replace(b"\0", b"\n") + b"\n")
    guest.verdict("exit 0")


def log_lines(guest):
    guest.log.write(b"kernel says\r\n")
    guest.verdict("exit 0")


globals()[os.environ["FAKE_GUEST"]](Guest(sys.argv[1:]))
