# SPDX-License-Identifier: BSD-2-Clause
"""Fills the guest's tree.  In this order, later ones winning: the skeleton
(or --root's tree), packages, programs of the host with their libraries, files
asked for; then busybox and such applets as no other program stands for, and
last our init."""

import os
import stat

import debs
from errors import CANNOT_EXECUTE, Fail
from image import HIDDEN, INIT, PATH
from libs import Closure, read_program
from tree import Node, Tree

# Debian's layout since 12: these lead into /usr.
MERGED = ("bin", "sbin", "lib", "lib64")
SHELF = ".dunlin/bin"  # for programs whose own folder is hidden in the guest

ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n"
    "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\ndisk:x:6:\nusers:x:100:\n"
    "nogroup:x:65534:\n",
    "hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost\n",
    "hostname": "dunlin\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "os-release": 'NAME="Dunlin"\nID=dunlin\nPRETTY_NAME="Dunlin"\n',
    "shells": "/bin/sh\n",
}


def build(wanted):
    """Returns (tree, the program's path in the guest or None, warnings)."""
    tree = Tree()
    if wanted.root:
        tree.copy_tree(wanted.root, "", owners=True)
    else:
        _skeleton(tree)
    for folder in ("proc", "sys", "dev"):
        tree.make_dirs(folder)
    if wanted.packages:
        tree.note(debs.LISTS)  # they decide which packages these are
        for tar in debs.fetch(wanted.packages, wanted.arch):
            debs.add_package(tree, tar)
    closure = Closure(tree, wanted.arch)
    program = _in_tree(tree, wanted)
    if wanted.program and not program:
        program = _add_program(tree, closure, wanted.program)
    for path in wanted.extra:
        _add_program(tree, closure, path)
    for host, guest in wanted.files:
        _add_file(tree, host, guest)
    tree.make_dirs(wanted.cwd)
    if not wanted.root:
        _add_busybox(tree, wanted.arch)
    program = program or _in_tree(tree, wanted)
    tree.directory(".dunlin")
    tree.nodes[tree.copy_path(wanted.init, to=INIT)].mtime = 0
    return tree, program, closure.warnings


def _in_tree(tree, wanted):
    """The guest's own program of the name asked for, or None."""
    name = wanted.name
    if not name:
        return None
    if "/" in name:
        folders = [wanted.cwd]
    else:
        folders = PATH.split(":")
    for folder in folders:
        path = os.path.join(folder, name)
        node = tree.find(path)
        if node and stat.S_ISREG(node.mode):
            if "/" in name or node.mode & 0o111:
                return _checked(path, node, wanted.arch)
    return None


def _checked(path, node, arch):
    if not node.mode & 0o111:
        raise Fail(f"{path}: Permission denied", CANNOT_EXECUTE)
    if node.host and not node.offset:
        read_program(node.host, arch)
    return path


def _skeleton(tree):
    for folder in ("bin", "sbin", "lib", "lib64", "local/bin", "share"):
        tree.directory("usr/" + folder)
    for name in MERGED:
        tree.link(name, "usr/" + name)
    for folder in ("etc", "run", "var/log", "var/lib", "mnt", "home"):
        tree.directory(folder)
    tree.directory("root", 0o700)
    tree.directory("tmp", 0o1777)
    tree.directory("var/tmp", 0o1777)
    tree.link("var/run", "/run")
    tree.link("etc/mtab", "../proc/self/mounts")
    for name, text in ETC.items():
        tree.file("etc/" + name, text)
    if os.path.exists("/etc/localtime"):
        tree.copy_path("/etc/localtime")


def _add_program(tree, closure, path):
    """Packs a program; from a folder the guest hides it moves to a shelf, and
    from one outside PATH it is linked into it."""
    path = os.path.abspath(path)
    if path.split("/")[1] in HIDDEN:
        where = f"/{SHELF}/{os.path.basename(path)}"
        closure.add_program(os.path.realpath(path))
        tree.copy_path(path, to=where)
        return where
    closure.add_program(path)
    name = os.path.basename(path)
    if os.path.dirname(path) not in PATH.split(":"):
        link = "usr/local/bin/" + name
        if tree.find(link) is None:
            tree.link(link, path)
    return path


def _add_file(tree, host, guest):
    if os.path.isdir(host):
        tree.copy_tree(host, guest)
    else:
        tree.copy_path(host, to=guest)


def _add_busybox(tree, arch):
    path = debs.busybox(arch)
    where = tree.copy_path(path, to="bin/busybox")
    node = tree.nodes[where]
    node.mode |= 0o111
    node.mtime = 0
    taken = set()
    for folder in PATH.split(":"):
        inside = tree.resolve(folder) + "/"
        for name in tree.nodes:
            if name.startswith(inside):
                taken.add(name[len(inside) :])
    for name in applets(path):
        if name not in taken:
            node = Node(stat.S_IFLNK | 0o777, target="busybox")
            tree.nodes["usr/bin/" + name] = node


def applets(path):
    """The names busybox answers to, read from the sorted table in its
    read-only data, which begins with "[" and "[[". """
    with open(path, "rb") as file:
        data = file.read()
    at = data.find(b"\0[\0[[\0") + 1
    if not at:
        raise Fail(f"{path}: not Debian's busybox", CANNOT_EXECUTE)
    names, last = [], b""
    while True:
        end = data.index(b"\0", at)
        name = data[at:end]
        if name <= last:
            return names
        names.append(os.fsdecode(name))
        last, at = name, end + 1
