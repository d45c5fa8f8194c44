# SPDX-License-Identifier: BSD-2-Clause
"""The guest's file tree as it will be packed.

Tree.nodes maps a path without leading slash ("" is the root) to a Node.  Every
path is kept canonical: its parent directories are directories of the tree,
never links, so that /bin/ls lands in usr/bin where /bin leads to it.  Host
files that were looked at are noted in Tree.seen with their signature; a packed
image is still true while they all are unchanged."""

import os
import stat

LINKS_MAX = 40


class Node:
    """One file: mode with its type bits, and one of host (a file that holds
    the data, from offset on), data (bytes) and target (of a link).  Nodes of
    equal same are hard links of one another."""

    __slots__ = ("mode", "uid", "gid", "mtime", "host", "offset", "data",
                 "target", "rdev", "size", "same")  # fmt: skip

    def __init__(self, mode, **parts):
        self.mode = mode
        self.uid = self.gid = self.mtime = 0
        self.rdev = self.size = self.offset = 0
        self.host = self.data = self.target = self.same = None
        for name, value in parts.items():
            setattr(self, name, value)
        if self.data is not None:
            self.size = len(self.data)


def signature(path):
    """What changes when the file does; '-' if there is none."""
    try:
        st = os.lstat(path)
    except OSError:
        return "-"
    return f"{st.st_mode:x}.{st.st_size}.{st.st_mtime_ns}.{st.st_ino}"


def _node_of(path, st, owners):
    """A Node like the host's PATH; root owns it unless OWNERS are kept."""
    node = Node(st.st_mode, mtime=int(st.st_mtime))
    if owners:
        node.uid, node.gid = st.st_uid, st.st_gid
    if stat.S_ISREG(st.st_mode):
        node.host, node.size = path, st.st_size
        if st.st_nlink > 1:
            node.same = (st.st_dev, st.st_ino)
    elif stat.S_ISLNK(st.st_mode):
        node.target = os.readlink(path)
    elif stat.S_ISCHR(st.st_mode) or stat.S_ISBLK(st.st_mode):
        node.rdev = st.st_rdev
    return node


class Tree:
    def __init__(self):
        self.nodes = {"": Node(stat.S_IFDIR | 0o755)}
        self.seen = {}

    # -- looking --------------------------------------------------------

    def resolve(self, path, follow=True):
        """The canonical name of PATH, links followed (the last one if
        FOLLOW).  Parts that do not exist are taken as they stand."""
        done, todo, links = "", path.strip("/").split("/"), 0
        while todo:
            part = todo.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                done = done.rpartition("/")[0]
                continue
            here = f"{done}/{part}" if done else part
            node = self.nodes.get(here)
            if node and node.target is not None and (todo or follow):
                links += 1
                if links > LINKS_MAX:
                    return here
                if node.target.startswith("/"):
                    done = ""
                todo = node.target.split("/") + todo
            else:
                done = here
        return done

    def find(self, path):
        """The Node that PATH leads to, or None."""
        return self.nodes.get(self.resolve(path))

    # -- adding by hand -------------------------------------------------

    def add(self, path, node):
        """Puts NODE at PATH in place of what is there; returns the canonical
        path.  A directory over a directory only changes its attributes."""
        where = self.resolve(path, follow=False)
        self.make_dirs(where.rpartition("/")[0])
        old = self.nodes.get(where)
        if old and stat.S_ISDIR(old.mode) and not stat.S_ISDIR(node.mode):
            self._forget(where)
        self.nodes[where] = node
        return where

    def _forget(self, where):
        inside = where + "/"
        for path in [p for p in self.nodes if p.startswith(inside)]:
            del self.nodes[path]

    def make_dirs(self, path):
        """PATH and what leads to it are directories; returns its name."""
        where = self.resolve(path)
        while where and where not in self.nodes:
            self.nodes[where] = Node(stat.S_IFDIR | 0o755)
            where = where.rpartition("/")[0]
        return self.resolve(path)

    def directory(self, path, mode=0o755):
        self.nodes[self.make_dirs(path)].mode = stat.S_IFDIR | mode

    def file(self, path, data, mode=0o644):
        if isinstance(data, str):
            data = data.encode()
        self.add(path, Node(stat.S_IFREG | mode, data=data))

    def link(self, path, target):
        self.add(path, Node(stat.S_IFLNK | 0o777, target=target))

    # -- adding from the host -------------------------------------------

    def note(self, path):
        self.seen[path] = signature(path)

    def copy_path(self, path, to=None):
        """Adds the host's file PATH under that very name, with the links and
        directories that lead to it.  With TO, the file itself under TO."""
        if to is not None:
            real = os.path.realpath(path)
            self.note(path)
            self.note(real)
            return self.add(to, _node_of(real, os.stat(real), False))
        done, todo = "", path.split("/")
        while todo:
            part = todo.pop(0)
            if part in ("", "."):
                continue
            if part == "..":
                done = os.path.dirname(done)
                continue
            done = f"{done}/{part}"
            st = os.lstat(done)
            if stat.S_ISLNK(st.st_mode):
                target = os.readlink(done)
                self._copy_link(done, st)
                done = "" if target.startswith("/") else os.path.dirname(done)
                todo = target.split("/") + todo
            elif stat.S_ISDIR(st.st_mode):
                self._copy_dir(done, st)
            else:
                self.note(done)
                self.add(done, _node_of(done, st, False))
        return self.resolve(path)

    def _copy_link(self, path, st):
        where = self.resolve(path, follow=False)
        old = self.nodes.get(where)
        if old and stat.S_ISDIR(old.mode):
            return  # a directory of ours, such as usr/bin: keep it
        self.note(path)
        if not (old and old.target is not None):
            self.add(path, _node_of(path, st, False))

    def _copy_dir(self, path, st):
        where = self.resolve(path)
        if where not in self.nodes:
            self.add(where, _node_of(path, st, False))

    def copy_tree(self, host, guest, owners=False):
        """Adds the folder HOST and all below it at GUEST."""
        top = self.make_dirs(guest)
        self._copy_entry(host, top, owners)
        folders = [(host, top)]
        while folders:
            host, guest = folders.pop()
            with os.scandir(host) as entries:
                names = sorted(entry.name for entry in entries)
            for name in names:
                inside = f"{guest}/{name}" if guest else name
                path = os.path.join(host, name)
                if self._copy_entry(path, inside, owners):
                    folders.append((path, self.resolve(inside)))

    def _copy_entry(self, host, guest, owners):
        """Returns whether HOST is a directory."""
        st = os.lstat(host)
        self.note(host)
        old = self.find(guest)
        folder = stat.S_ISDIR(st.st_mode)
        if folder and old and stat.S_ISDIR(old.mode):
            guest = self.resolve(guest)
        self.add(guest, _node_of(host, st, owners))
        return folder
