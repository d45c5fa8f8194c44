# SPDX-License-Identifier: BSD-2-Clause
"""Writes a tree as a cpio archive of the "newc" kind.

The kernel uses file pages where they lie, so the data of every regular file of
ALIGN_FROM bytes or more starts on a page of the archive: the name of its header
is padded with NULs, which readers of the format take as the end of the name.
A name field stays within NAME_MAX (a limit of other readers); where it would
not, an entry that says the root directory once more takes up the space.

Archives may follow each other: the image of a run is a cached archive, and
behind it a small one with the run's orders."""

import os
import stat

PAGE = 4096
ALIGN_FROM = 1024
HEADER = 110
NAME_MAX = 4096
TRAILER = "TRAILER!!!"
BLOCK = 1 << 20


class TooBig(Exception):
    """A file does not fit the format's 32-bit length."""


class Writer:
    """Archive entries go to the binary file OUT, from its offset 0 mod PAGE."""

    def __init__(self, out):
        self.out = out
        self.at = 0
        self.ino = 0
        self.root = None

    def _write(self, data):
        self.out.write(data)
        self.at += len(data)

    def _header(self, name, node, size, ino, nlink, name_size):
        if size > 0xFFFFFFFF:
            raise TooBig(name)
        rdev = node.rdev
        fields = (ino, node.mode, node.uid, node.gid, nlink,
                  max(0, min(node.mtime, 0xFFFFFFFF)), size, 0, 0,
                  os.major(rdev), os.minor(rdev), name_size, 0)  # fmt: skip
        self._write(b"070701" + b"".join(b"%08X" % f for f in fields))
        self._write(os.fsencode(name).ljust(name_size, b"\0"))
        self._pad(4)

    def _pad(self, to):
        self._write(b"\0" * (-self.at % to))

    def _name_size(self, name):
        """The size of a name field after which data starts on a page."""
        least = self.at + HEADER + len(os.fsencode(name)) + 1
        return (least + PAGE - 1) // PAGE * PAGE - self.at - HEADER

    def _filler(self):
        """Moves on to the next page with an entry that changes nothing."""
        space = -self.at % PAGE
        if self.root and space >= HEADER + 2:
            self._header(".", self.root, 0, 0, 2, space - HEADER)

    def entry(self, name, node, ino=None, nlink=1, with_data=True):
        if ino is None:
            self.ino += 1
            ino = self.ino
        if not name:
            name, self.root = ".", node
        if stat.S_ISDIR(node.mode):
            nlink = 2
        if stat.S_ISLNK(node.mode):
            target = os.fsencode(node.target)
            self._start(name, node, len(target), ino, nlink)
            self._write(target)
        elif stat.S_ISREG(node.mode) and with_data and node.size:
            self._start(name, node, node.size, ino, nlink)
            self._data(node)
        else:
            self._start(name, node, 0, ino, nlink)
        self._pad(4)

    def _start(self, name, node, size, ino, nlink):
        name_size = len(os.fsencode(name)) + 1
        if stat.S_ISREG(node.mode) and size >= ALIGN_FROM:
            name_size = self._name_size(name)
            if name_size > NAME_MAX:
                self._filler()
                name_size = self._name_size(name)
        self._header(name, node, size, ino, nlink, name_size)

    def _data(self, node):
        if node.data is not None:
            self._write(node.data)
            return
        left = node.size
        with open(node.host, "rb", buffering=0) as file:
            file.seek(node.offset)
            while left:
                data = file.read(min(left, BLOCK))
                if not data:  # it shrank under us: keep the length promised
                    data = b"\0" * min(left, BLOCK)
                self._write(data)
                left -= len(data)

    def finish(self):
        """The end mark, then zeros up to a whole page."""
        mark = _Mark()
        self._header(TRAILER, mark, 0, 0, 1, len(TRAILER) + 1)
        self._pad(PAGE)


class _Mark:
    mode = uid = gid = mtime = rdev = 0


def write_tree(out, tree):
    """Writes all of TREE; hard links bear their data with the last name."""
    writer = Writer(out)
    names = sorted(tree.nodes, key=lambda path: path.split("/"))
    last, count, ino = {}, {}, {}
    for name in names:
        same = tree.nodes[name].same
        if same:
            last[same] = name
            count[same] = count.get(same, 0) + 1
    for name in names:
        node = tree.nodes[name]
        same = node.same
        if same and count[same] > 1:
            if same not in ino:
                writer.ino += 1
                ino[same] = writer.ino
            writer.entry(name, node, ino[same], count[same],
                         last[same] == name)  # fmt: skip
        else:
            writer.entry(name, node)
    writer.finish()
    return writer.at
