# SPDX-License-Identifier: BSD-2-Clause
"""Debian packages for the guest: fetched by apt, unpacked, never executed.

apt resolves against an empty list of installed packages, so that the answer is
the whole closure whatever the host has.  It works as any user: archives land
in build/debs, only the package lists are the host's.  An unpacked package is
one plain tar file, from which the packer reads owners, modes and data."""

import fcntl
import os
import stat
import subprocess
import sys

from errors import Fail, say
from paths import Replaced, made_dir
from tree import Node, signature

DEB_ARCH = {"x86_64": "amd64", "arm": "armhf"}
LISTS = "/var/lib/apt/lists"


def _apt(arch, arguments, **how):
    debs = made_dir("debs")
    # Its cache stays empty: apt leaves out of its answers what it finds there.
    cache = made_dir("debs", "cache")
    os.makedirs(os.path.join(cache, "partial"), exist_ok=True)
    status = os.path.join(debs, "status")
    if not os.path.exists(status):
        open(status, "w").close()
    options = {
        "Dir::State::status": status,
        "Dir::Cache::archives": cache + "/",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "root",
        "APT::Architecture": DEB_ARCH[arch],
        "APT::Architectures": DEB_ARCH[arch],
        "APT::Install-Recommends": "0",
    }
    command = ["apt-get", "-y", "-q"]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    try:
        return subprocess.run(
            command + arguments, stdin=subprocess.DEVNULL, **how
        )
    except FileNotFoundError:
        raise Fail("apt-get is needed to fetch Debian packages") from None


def _update_lists():
    """Fills the host's package lists if there are none."""
    if any("_Packages" in name for name in os.listdir(LISTS)):
        return
    say("fetching Debian's package lists (apt-get update)")
    command = ["apt-get", "-q", "update"]
    if os.geteuid():
        command.insert(0, "sudo")
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except FileNotFoundError:
        raise Fail("please have root run: apt-get update") from None


def _resolve(names, arch):
    """File names of the archives that NAMES and all they depend on are in."""
    run = _apt(arch, ["--print-uris", "install", *names],
               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    if run.returncode:
        reason = run.stderr.decode(errors="replace").strip().splitlines()
        reason = [line for line in reason if line.startswith("E:")] or ["E:"]
        raise Fail(f"package {','.join(names)}: {reason[-1][2:].strip()}")
    lines = run.stdout.decode(errors="surrogateescape").splitlines()
    return [line.split()[1] for line in lines if line.startswith("'")]


def _closure(names, arch):
    """_resolve(), remembered until the host's lists change."""
    key = f"{arch} {' '.join(names)} {signature(LISTS)}"
    memo = os.path.join(made_dir("debs"), "closure." + "+".join(names))
    try:
        with open(memo, encoding="utf-8") as file:
            if file.readline().rstrip("\n") == key:
                return file.read().split()
    except OSError:
        pass
    _update_lists()
    files = _resolve(names, arch)
    with Replaced(memo) as file:
        file.write("\n".join([key, *files]).encode())
    return files


def fetch(names, arch):
    """The tar files of packages NAMES with all they depend on, in an order in
    which they can be unpacked."""
    files = _closure(names, arch)
    tars = [os.path.join(made_dir("debs"), name[:-4] + ".tar")
            for name in files]  # fmt: skip
    if not all(os.path.exists(tar) for tar in tars):
        with open(os.path.join(made_dir("debs"), "lock"), "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one launcher at a time
            missing = [name for name, tar in zip(files, tars)
                       if not os.path.exists(tar)]  # fmt: skip
            _fetch_files(missing, names, arch)
    return tars


def _fetch_files(files, names, arch):
    """Makes the tar files of archives FILES: NAME_VERSION_ARCH.deb."""
    if not files:
        return
    say(f"fetching {len(files)} Debian packages for {', '.join(names)}")
    wanted = [name.replace("%3a", ":").split("_") for name in files]
    folder = made_dir("debs")
    run = _apt(arch, ["download", *(f"{w[0]}={w[1]}" for w in wanted)],
               stdout=sys.stderr, cwd=folder)  # fmt: skip
    if run.returncode:
        raise Fail(f"apt-get could not fetch {', '.join(names)}")
    for name in files:
        deb = os.path.join(folder, name)
        _unpack(deb, deb[:-4] + ".tar")


def _unpack(deb, tar):
    with Replaced(tar) as file:
        run = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], stdout=file)
        if run.returncode:
            raise Fail(f"{deb}: damaged package")
    os.unlink(deb)
    say(f"unpacked {os.path.basename(deb)[:-4].replace('%3a', ':')}")


def add_package(tree, tar):
    """Adds what the tar file TAR holds to TREE."""
    import tarfile

    tree.note(tar)
    with tarfile.open(tar) as archive:
        for member in archive:
            _add_member(tree, tar, member)


def _add_member(tree, tar, member):
    path = member.name.lstrip("./")
    node = Node(member.mode, uid=member.uid, gid=member.gid,
                mtime=int(member.mtime))  # fmt: skip
    if member.isdir():
        node.mode |= stat.S_IFDIR
        tree.add(tree.resolve(path), node)
    elif member.issym():
        node.mode |= stat.S_IFLNK
        node.target = member.linkname
        tree.add(path, node)
    elif member.islnk():
        first = tree.find(member.linkname.lstrip("./"))
        if first:
            first.same = first.same or (tar, first.offset)
            tree.add(path, first)
    elif member.isreg():
        node.mode |= stat.S_IFREG
        node.host, node.offset = tar, member.offset_data
        node.size = member.size
        tree.add(path, node)


def busybox(arch):
    """The host's path of Debian's static busybox, fetched if need be."""
    path = "/bin/busybox"
    listed = "/var/lib/dpkg/info/busybox-static.list"
    if arch == "x86_64" and os.path.exists(listed) and os.path.exists(path):
        return path
    kept = os.path.join(made_dir("debs"), f"busybox.{arch}")
    if not os.path.exists(kept):
        _extract_busybox(fetch(["busybox-static"], arch), kept)
    return kept


def _extract_busybox(tars, kept):
    import tarfile

    for tar in tars:
        with tarfile.open(tar) as archive:
            for member in archive:
                if member.isreg() and member.name.endswith("bin/busybox"):
                    with Replaced(kept) as file:
                        file.write(archive.extractfile(member).read())
                    os.chmod(kept, 0o755)
                    return
    raise Fail("package busybox-static holds no busybox")
