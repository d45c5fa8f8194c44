# SPDX-License-Identifier: BSD-2-Clause
"""Reads what the dynamic linker would read of an ELF file, and nothing runs.

An Elf holds: machine (arch name or None), interp (path or None), needed
(library names in order), runpath and rpath (lists of directories, $ORIGIN
still in them), soname, and names (the dynamic string table, for those who
look for a symbol)."""

import os
import struct

MACHINES = {(2, 62): "x86_64", (1, 40): "arm"}

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME = 1, 5, 10, 14
DT_RPATH, DT_RUNPATH = 15, 29
PART_MAX = 64 << 20  # of any one table; more is damage


class NotElf(Exception):
    """The file is no ELF file that could be loaded."""


class Elf:
    def __init__(self, path):
        self.path = path
        self.interp = self.soname = None
        self.needed, self.rpath, self.runpath = [], [], []
        self.names = b""
        with open(path, "rb") as file:
            self._file = file
            try:
                self._read()
            except (struct.error, ValueError, IndexError) as error:
                raise NotElf(f"{path}: damaged ELF file") from error
        del self._file

    def _at(self, offset, size):
        if not (0 <= offset < 1 << 62 and 0 <= size <= PART_MAX):
            raise ValueError("no such part")
        data = os.pread(self._file.fileno(), size, offset)
        if len(data) != size:
            raise ValueError("short")
        return data

    def _read(self):
        ident = os.pread(self._file.fileno(), 16, 0)
        if ident[:4] != b"\x7fELF" or len(ident) < 16:
            raise NotElf(f"{self.path}: not an ELF file")
        self.wide = ident[4] == 2
        self._order = ">" if ident[5] == 2 else "<"
        head = self._at(16, 48 if self.wide else 36)
        form = "HHIQQQIHHHHHH" if self.wide else "HHIIIIIHHHHHH"
        field = struct.unpack(self._order + form, head)
        self.type, machine = field[0], field[1]
        self.machine = None
        if self._order == "<":
            self.machine = MACHINES.get((ident[4], machine))
        self._headers(field[4], field[8], field[9])

    def _headers(self, offset, size, count):
        form = "IIQQQQQQ" if self.wide else "IIIIIIII"
        want = struct.calcsize(self._order + form)
        self._loads, dynamic = [], None
        for i in range(count):
            field = struct.unpack(
                self._order + form, self._at(offset + i * size, want)
            )
            if self.wide:
                where, vaddr, filesz = field[2], field[3], field[5]
            else:
                where, vaddr, filesz = field[1], field[2], field[4]
            if field[0] == PT_LOAD:
                self._loads.append((vaddr, where, filesz))
            elif field[0] == PT_INTERP and 0 < filesz <= 4096:
                text = self._at(where, filesz)
                self.interp = os.fsdecode(text.split(b"\0")[0])
            elif field[0] == PT_DYNAMIC:
                dynamic = (where, filesz)
        if dynamic:
            self._dynamic(*dynamic)

    def _file_offset(self, vaddr):
        for start, where, size in self._loads:
            if start <= vaddr < start + size:
                return vaddr - start + where
        raise ValueError("address outside the file")

    def _dynamic(self, offset, size):
        form = self._order + ("qQ" if self.wide else "iI")
        step = struct.calcsize(form)
        data = self._at(offset, size - size % step)
        tags = []
        for tag, value in struct.iter_unpack(form, data):
            if tag == 0:
                break
            tags.append((tag, value))
        first = dict(reversed(tags))
        if DT_STRTAB not in first:
            return
        length = first.get(DT_STRSZ, 0)
        self.names = self._at(self._file_offset(first[DT_STRTAB]), length)
        for tag, value in tags:
            if tag == DT_NEEDED:
                self.needed.append(self._name(value))
            elif tag == DT_SONAME:
                self.soname = self._name(value)
            elif tag == DT_RPATH:
                self.rpath = self._name(value).split(":")
            elif tag == DT_RUNPATH:
                self.runpath = self._name(value).split(":")

    def _name(self, offset):
        if offset >= len(self.names):
            raise ValueError("name outside the table")
        return os.fsdecode(
            self.names[offset : self.names.index(b"\0", offset)]
        )
