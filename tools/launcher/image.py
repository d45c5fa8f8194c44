# SPDX-License-Identifier: BSD-2-Clause
"""What the guest finds as its root, and the image of one run.

The image is two archives one behind the other.  The first holds every file
and is kept in build/images, under the text of all that decided about it, with
the list of the host's files that went in; it is used again while none of them
changed.  The second holds the run's orders alone (/.dunlin/run, see
user/init.c) and is made for every run."""

import os
import stat
import time
import zlib

import paths
from errors import Fail
from tree import signature

ORDERS = ".dunlin/run"
INIT = ".dunlin/init"
PATH = ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
HIDDEN = ("proc", "sys", "dev")  # mounted over in the guest
FORMAT = "3"  # raise when the packer makes something else of the same input
RUN_MAX, WORDS_MAX = 1 << 20, 1 << 14  # user/init.c
KEEP_BYTES = 1 << 30
STALE_S = 3600


class Wanted:
    """All that decides what is in the image, orders aside."""

    def __init__(self, arch, init):
        self.arch, self.init = arch, init
        self.program = None  # absolute path on the host, or None
        self.name = ""  # to be looked up in the guest's tree
        self.extra = []  # absolute paths of further programs
        self.packages = []  # names
        self.root = None  # a whole tree instead
        self.files = []  # (host path, guest path)
        self.cwd = "/root"

    def text(self):
        """Equal for equal images, as long as no file changes."""
        parts = [FORMAT, self.arch, self.init, self.program or "",
                 self.name, self.cwd, self.root or "", "\2".join(self.extra),
                 "\2".join(self.packages),
                 "\2".join("\3".join(pair) for pair in self.files)]  # fmt: skip
        return "\1".join(parts)


class Image:
    """A cached archive: the open file (another launcher may drop its name),
    the program's path in the guest (or None), and what packing warned of."""

    def __init__(self, fd, program, warnings):
        self.fd, self.program, self.warnings = fd, program, warnings


def get(wanted):
    """The Image of WANTED, from the cache or packed now."""
    text = wanted.text()
    key = f"{zlib.crc32(os.fsencode(text)):08x}"
    base = os.path.join(paths.BUILD, "images", key)
    image = _cached(base, text)
    return image or _pack(wanted, base, text)


def _cached(base, text):
    """An index is: text, guest program, warnings, and then a line for every
    file of the host, signature first; fields end in NUL."""
    try:
        with open(base + ".index", "rb") as file:
            fields = os.fsdecode(file.read()).split("\0")
        if len(fields) < 4 or fields[0] != text:
            return None
        for field in fields[3:-1]:
            sign, _, path = field.partition(" ")
            if signature(path) != sign:
                return None
        fd = os.open(base, os.O_RDONLY | os.O_CLOEXEC)
        os.utime(fd)
    except OSError:
        return None
    warnings = fields[2].split("\n") if fields[2] else []
    return Image(fd, fields[1] or None, warnings)


def _pack(wanted, base, text):
    import cpio
    import rootfs

    paths.made_dir("images")
    try:
        tree, program, warnings = rootfs.build(wanted)
        with paths.Replaced(base) as out:
            cpio.write_tree(out, tree)
            fd = os.open(out.name, os.O_RDONLY | os.O_CLOEXEC)
    except cpio.TooBig as error:
        raise Fail(f"{error}: larger than an image can hold") from None
    except OSError as error:
        name = error.filename or "image"
        raise Fail(f"{name}: {error.strerror}") from None
    fields = [text, program or "", "\n".join(warnings)]
    fields += [f"{sign} {path}" for path, sign in tree.seen.items()]
    with paths.Replaced(base + ".index") as out:
        out.write(os.fsencode("\0".join(fields + [""])))
    _drop_old()
    return Image(fd, program, warnings)


def _drop_old():
    """Keeps the cache small: the images used least recently go, and what a
    launcher that was killed left half made."""
    now = time.time()
    room = KEEP_BYTES
    for changed, path, size in sorted(_images(), reverse=True):
        room -= size
        if path.endswith(".tmp"):
            if now - changed > STALE_S:
                _remove(path)
        elif room < 0 and now - changed > 1:
            _remove(path)
            _remove(path + ".index")


def _images():
    for entry in os.scandir(os.path.join(paths.BUILD, "images")):
        try:
            st = entry.stat()
        except FileNotFoundError:
            continue  # another launcher was faster
        if not entry.name.endswith(".index"):
            yield st.st_mtime, entry.path, st.st_size


def _remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def orders(exe, cwd, words, environment, more=()):
    """The text of /.dunlin/run; MORE are further records."""
    records = ["exe=" + exe, "cwd=" + cwd, *more]
    records += ["arg=" + word for word in words]
    records += ["env=" + pair for pair in environment]
    text = os.fsencode("".join(record + "\0" for record in records))
    if len(text) > RUN_MAX or len(records) > WORDS_MAX:
        raise Fail("arguments and environment are too long")
    return text


def assemble(image, text, fd):
    """Writes the image of one run, IMAGE and the orders TEXT, to FD; returns
    its size."""
    left = size = os.fstat(image.fd).st_size
    while left:
        done = os.sendfile(fd, image.fd, size - left, left)
        if not done:
            raise Fail("the image became shorter")
        left -= done
    tail = _orders_archive(text)
    while tail:
        tail = tail[os.write(fd, tail) :]
    return os.fstat(fd).st_size


def _orders_archive(text):
    import io

    import cpio
    from tree import Node

    out = io.BytesIO()
    writer = cpio.Writer(out)
    # Its number must not be that of another file, or it would be a link.
    node = Node(stat.S_IFREG | 0o444, data=text)
    writer.entry(ORDERS, node, ino=0x7FFFFFFF)
    writer.finish()
    return out.getvalue()
