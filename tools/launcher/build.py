# SPDX-License-Identifier: BSD-2-Clause
"""Builds a variant of the kernel when a source is newer than the last build.

Each set of variables has a folder of its own, build/VARIANT.  Its file "built"
is touched before a build that succeeds: anything newer means make has to run.
A lock on the folder keeps two launchers from building the same variant."""

import os

import paths
from errors import Fail, say
from paths import made_dir

SOURCES = ("abi", "arch", "lib", "core", "mm", "sched", "bpf", "vm", "vfs",
           "block", "fs", "net", "proc", "ipc", "tty", "drivers", "sys",
           "trace", "debug", "init", "user", "Makefile")  # fmt: skip
TOOLS = "tools"
DEFAULTS = {"CC": "gcc", "O": "2", "DEBUG": "0", "TEST": "0"}


class Variant:
    """One set of build variables and where its results lie."""

    def __init__(self, arch, variables):
        self.arch = arch
        self.variables = {**DEFAULTS, **variables}
        self.name = self._name()
        self.folder = os.path.join(paths.BUILD, self.name)
        self.kernel = os.path.join(self.folder, "dunlin.elf")
        self.debug_kernel = os.path.join(self.folder, "dunlin.debug.elf")
        self.init = os.path.join(self.folder, "user", "init")
        self.stamp = os.path.join(self.folder, "built")

    def _name(self):
        """As the Makefile calls it; further variables are appended."""
        rest = dict(self.variables)
        name = f"{self.arch}-{os.path.basename(rest.pop('CC'))}"
        name += f"-O{rest.pop('O')}"
        name += "-debug" if rest.pop("DEBUG") == "1" else ""
        name += "-test" if rest.pop("TEST") == "1" else ""
        for key in sorted(rest):
            value = "".join(c if c.isalnum() else "_" for c in rest[key])
            name += f"-{key.lower()}{value}"
        return name

    def up_to_date(self):
        try:
            built = os.stat(self.stamp).st_mtime_ns
        except OSError:
            return False
        if not (os.path.exists(self.kernel) and os.path.exists(self.init)):
            return False
        return not any(_newer(name, built) for name in SOURCES) and not (
            _files_newer(os.path.join(paths.TOP, TOOLS), built)
        )

    def ensure(self):
        """The kernel and init are built from the sources as they are."""
        if self.up_to_date():
            return self
        import fcntl

        made_dir(self.name)
        with open(os.path.join(self.folder, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.up_to_date():
                self._make()
        return self

    def _make(self):
        import subprocess
        import sys

        say(f"building {self.name}")
        fresh = self.stamp + ".new"
        open(fresh, "w").close()
        command = ["make", "-s", f"-j{os.cpu_count() or 1}"]
        command += [f"ARCH={self.arch}", f"BUILD=build/{self.name}"]
        command += [f"{k}={v}" for k, v in self.variables.items()]
        run = subprocess.run(
            command + ["kernel", "user"],
            cwd=paths.TOP,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )
        if run.returncode:
            raise Fail(f"the build of {self.name} failed")
        os.rename(fresh, self.stamp)


def _newer(name, than):
    """Whether TOP/NAME or anything below it changed after time THAN."""
    folders = [os.path.join(paths.TOP, name)]
    try:
        if os.stat(folders[0]).st_mtime_ns > than:
            return True
    except OSError:
        return False
    if os.path.isfile(folders[0]):
        return False
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_mtime_ns > than:
                    return True
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    return False


def _files_newer(folder, than):
    """The same for the files of FOLDER itself, not those below."""
    with os.scandir(folder) as entries:
        return any(
            entry.is_file() and entry.stat().st_mtime_ns > than
            for entry in entries
        )


def parse(text):
    """'DEBUG=1 O=2' as a dict."""
    variables = {}
    for word in text.split():
        key, sign, value = word.partition("=")
        if not sign or not key.isidentifier():
            raise Fail(f"--build: {word!r} is not NAME=VALUE")
        variables[key] = value
    return variables
