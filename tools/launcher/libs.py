# SPDX-License-Identifier: BSD-2-Clause
"""Finds what a program of the host's needs to start: interpreter of a script
or of an ELF file, and shared libraries, as ld.so(8) would find them.  Nothing
is executed; LD_LIBRARY_PATH is no part of it, since the guest has none."""

import os

import elf
from errors import CANNOT_EXECUTE, NOT_FOUND, Fail, os_reason

TRIPLETS = {"x86_64": "x86_64-linux-gnu", "arm": "arm-linux-gnueabihf"}
SCRIPTS_MAX = 4
EXIT_NAMES = (b"\0pthread_exit\0", b"\0pthread_cancel\0")


def default_dirs(arch):
    """Where ld.so looks without any configuration."""
    triplet = TRIPLETS[arch]
    return [f"/lib/{triplet}", f"/usr/lib/{triplet}", "/lib", "/usr/lib"]


def conf_dirs(path="/etc/ld.so.conf", depth=4):
    """The directories that ld.so.conf and its includes name, in order."""
    found = []
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return found
    for line in lines:
        words = line.split("#")[0].split()
        if words[:1] == ["include"] and depth:
            import glob

            base = os.path.dirname(path)
            for pattern in words[1:]:
                for name in sorted(glob.glob(os.path.join(base, pattern))):
                    found += conf_dirs(name, depth - 1)
        elif words and words[0].startswith("/"):
            found.append(words[0].rstrip("/"))
    return found


def read_program(path, arch):
    """What kind of program the host's PATH is: an Elf, or the words of its
    #! line as a list.  Fails with the status a shell would give."""
    try:
        with open(path, "rb") as file:
            head = file.read(256)
    except OSError as error:
        raise Fail(f"{path}: {os_reason(error)}", CANNOT_EXECUTE) from None
    if head[:2] == b"#!":
        line = head[2:].split(b"\n")[0].strip(b" \t")
        words = [os.fsdecode(word) for word in line.split(None, 1)]
        if not words:
            raise Fail(f"{path}: names no interpreter", CANNOT_EXECUTE)
        return words
    try:
        file = elf.Elf(path)
    except elf.NotElf:
        raise Fail(
            f"{path}: neither an ELF file nor a script", CANNOT_EXECUTE
        ) from None
    if file.machine != arch or file.type not in (2, 3):
        raise Fail(f"{path}: not a program for {arch}", CANNOT_EXECUTE)
    return file


def find_in_path(name, search):
    """The host's executable NAME in the list SEARCH, or None."""
    for folder in search:
        path = os.path.join(folder or ".", name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


def host_path():
    return os.environ.get("PATH", os.defpath).split(":")


def locate(name, search=None):
    """The absolute path of the host's program NAME: a path, or a name to be
    looked up.  Fails with the status a shell would give."""
    if "/" not in name:
        path = find_in_path(name, host_path() if search is None else search)
        if path is None:
            raise Fail(f"{name}: not found", NOT_FOUND)
        return path
    if not os.path.exists(name):
        raise Fail(f"{name}: No such file or directory", NOT_FOUND)
    if os.path.isdir(name):
        raise Fail(f"{name}: Is a directory", CANNOT_EXECUTE)
    if not os.access(name, os.X_OK):
        raise Fail(f"{name}: Permission denied", CANNOT_EXECUTE)
    return os.path.join(os.getcwd(), name)


class Closure:
    """Adds programs with all they need to a tree.

    warnings collects what is missing on the host: the program may do without,
    and if not, its own ld.so says so in the guest."""

    def __init__(self, tree, arch):
        self.tree, self.arch = tree, arch
        self.dirs = None
        self.done = set()
        self.warnings = []

    def add_program(self, path, depth=0):
        """Packs the host's PATH; returns its path in the guest."""
        program = read_program(path, self.arch)
        where = "/" + self.tree.copy_path(path)
        if isinstance(program, list):
            self._add_interpreter(path, program, depth)
        else:
            self._add_elf(program, path)
        return where

    def _add_interpreter(self, path, words, depth):
        if depth >= SCRIPTS_MAX:
            raise Fail(f"{path}: too many interpreters", CANNOT_EXECUTE)
        try:
            self.add_program(locate(words[0]), depth + 1)
        except Fail as fail:
            raise Fail(f"{path}: interpreter {fail}", fail.status) from None
        if os.path.basename(words[0]) != "env" or len(words) < 2:
            return
        names = [w for w in words[1].split() if w[0] != "-" and "=" not in w]
        if names:
            self.add_program(locate(names[0]), depth + 1)

    def _add_elf(self, program, path):
        if not program.interp:
            return
        musl = os.path.basename(program.interp).startswith("ld-musl")
        try:
            self.tree.copy_path(program.interp)
        except OSError:
            self.warnings.append(f"{path} needs {program.interp}")
            return
        loader = elf.Elf(os.path.realpath(program.interp))
        have = {loader.soname, os.path.basename(program.interp)}
        if musl:
            have.add("libc.so")
        if any(name in program.names for name in EXIT_NAMES):
            program.needed.append("libgcc_s.so.1")
        program.path = os.path.realpath(path)
        self._add_needed(program, have, musl)

    def _add_needed(self, program, have, musl):
        """Breadth first, as ld.so does; CHAIN gives each its loaders."""
        queue = [(program, [])]
        while queue:
            user, chain = queue.pop(0)
            for name in user.needed:
                if name in have:
                    continue
                have.add(name)
                found = self._find(name, user, chain, musl)
                if found is None:
                    self.warnings.append(f"{user.path} needs {name}")
                    continue
                queue.append((found, [user] + chain))

    def _find(self, name, user, chain, musl):
        """The Elf of library NAME, packed; None if the host has it not."""
        if "/" in name:
            return self._try(name)
        for folder in self._private_dirs(user, chain):
            found = self._try(os.path.join(folder, name))
            if found:
                return found
        for folder in self._public_dirs(musl):
            found = self._try(os.path.join(folder, name))
            if found:
                self._make_findable(folder, name, musl)
                return found
        return None

    def _private_dirs(self, user, chain):
        owners = [user] if user.runpath else [user] + chain
        for owner in owners:
            dirs = owner.runpath if owner is user else []
            if not owner.runpath:
                dirs = owner.rpath
            origin = os.path.dirname(owner.path)
            for folder in dirs:
                for word in ("$ORIGIN", "${ORIGIN}"):
                    folder = folder.replace(word, origin)
                for word in ("$LIB", "${LIB}"):
                    folder = folder.replace(word, "lib/" + TRIPLETS[self.arch])
                if folder.startswith("/"):
                    yield os.path.normpath(folder)

    def _public_dirs(self, musl):
        if musl:
            return ["/lib", "/usr/local/lib", "/usr/lib"]
        if self.dirs is None:
            self.tree.note("/etc/ld.so.cache")
            self.dirs = conf_dirs() + default_dirs(self.arch)
        return self.dirs

    def _try(self, path):
        try:
            library = elf.Elf(path)
        except (OSError, elf.NotElf):
            return None
        if library.machine != self.arch:
            return None
        if path not in self.done:
            self.done.add(path)
            self.tree.copy_path(path)
        return library

    def _make_findable(self, folder, name, musl):
        """The guest has no ld.so.cache: a library from elsewhere gets a link
        where ld.so looks anyway."""
        defaults = default_dirs(self.arch)
        if musl or folder in defaults:
            return
        where = f"{defaults[1]}/{name}"
        if self.tree.find(where) is None:
            self.tree.link(where, f"{folder}/{name}")
