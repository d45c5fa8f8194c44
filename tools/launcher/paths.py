# SPDX-License-Identifier: BSD-2-Clause
"""Where things lie: the source tree, and build/ for all that is made."""

import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))  # fmt: skip
BUILD = os.path.join(TOP, "build")


def made_dir(*parts):
    """The folder build/PARTS, made if need be."""
    path = os.path.join(BUILD, *parts)
    os.makedirs(path, exist_ok=True)
    return path


class Replaced:
    """A file written beside PATH that takes its place when all went well:
    other launchers see the old one or the new one, never half of it."""

    def __init__(self, path):
        self.path = path
        self.temporary = f"{path}.{os.getpid()}.tmp"

    def __enter__(self):
        self.file = open(self.temporary, "wb")
        return self.file

    def __exit__(self, kind, value, trace):
        self.file.close()
        if kind is None:
            os.rename(self.temporary, self.path)
        else:
            os.unlink(self.temporary)
