# SPDX-License-Identifier: BSD-2-Clause
"""The packer: archives that cpio(1) reads too, page-aligned data, libraries
found as ld.so finds them."""

import os
import shutil
import stat
import subprocess
import tempfile
import unittest

from support import TOP

import cpio
import elf
import image
import libs
import paths
import rootfs
import tree



def read_archive(data):
    """[(name, mode, size, offset of the data, ino, nlink)] of a newc file."""
    found, at = [], 0
    while at < len(data):
        if data[at] == 0:
            at += 4
            continue
        assert data[at : at + 6] == b"070701", at
        field = [int(data[at + 6 + 8 * i : at + 14 + 8 * i], 16)
                 for i in range(13)]  # fmt: skip
        name = data[at + 110 : at + 110 + field[11]].split(b"\0")[0].decode()
        start = (at + 110 + field[11] + 3) & ~3
        if name != "TRAILER!!!":
            found.append((name, field[1], field[6], start, field[0], field[4]))
        assert field[11] <= 4096, (name, field[11])
        at = (start + field[6] + 3) & ~3
    return found


def pack(made):
    with tempfile.TemporaryFile() as file:
        cpio.write_tree(file, made)
        file.seek(0)
        return file.read()


class Temporary(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def compile(self, output, text, *flags):
        subprocess.run(
            ["gcc", "-x", "c", "-", "-o", self.path(output), *flags],
            input=text.encode(), check=True,
        )  # fmt: skip


class Cpio(Temporary):
    def test_alignment_and_content(self):
        made = tree.Tree()
        for i in range(0, 9000, 97):
            made.file(f"d/{'n' * (i % 200)}{i}", os.urandom(i))
        data = pack(made)
        self.assertEqual(len(data) % 4096, 0)
        for name, mode, size, start, _, _ in read_archive(data):
            if stat.S_ISREG(mode):
                want = made.nodes[name].data
                self.assertEqual(data[start : start + size], want)
                if size >= 1024:
                    self.assertEqual(start % 4096, 0, name)

    def test_cpio_program_reads_it(self):
        made = tree.Tree()
        made.file("a/big", b"x" * 5000, 0o600)
        made.file("a/little", b"hello")
        made.link("a/link", "little")
        made.directory("a/sticky", 0o1777)
        data = pack(made)
        subprocess.run(["cpio", "-idm", "--quiet"], input=data, check=True,
                       cwd=self.folder)  # fmt: skip
        with open(self.path("a/big"), "rb") as file:
            self.assertEqual(file.read(), b"x" * 5000)
        self.assertEqual(os.readlink(self.path("a/link")), "little")
        self.assertEqual(os.stat(self.path("a/sticky")).st_mode & 0o7777,
                         0o1777)  # fmt: skip

    def test_whole_tree(self):
        os.makedirs(self.path("in/sub"))
        with open(self.path("in/sub/one"), "w") as file:
            file.write("1" * 2000)
        os.link(self.path("in/sub/one"), self.path("in/two"))
        os.symlink("sub/one", self.path("in/three"))
        os.mkfifo(self.path("in/fifo"), 0o640)
        made = tree.Tree()
        made.copy_tree(self.path("in"), "", owners=True)
        entries = {entry[0]: entry for entry in read_archive(pack(made))}
        one, two = entries["sub/one"], entries["two"]
        self.assertEqual(one[4], two[4])
        self.assertEqual((one[5], two[5]), (2, 2))
        self.assertEqual((one[2], two[2]), (0, 2000))
        self.assertTrue(stat.S_ISFIFO(entries["fifo"][1]))

    @unittest.skipIf(os.geteuid(), "device nodes need root")
    def test_device_nodes_and_owners(self):
        os.mknod(self.path("zero"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.chown(self.path("zero"), 7, 8)
        made = tree.Tree()
        made.copy_tree(self.folder, "", owners=True)
        data = pack(made)
        out = subprocess.run(["cpio", "-itvn", "--quiet"], input=data,
                             stdout=subprocess.PIPE, check=True)  # fmt: skip
        self.assertRegex(out.stdout.decode(), r"crw.* 7 +8 +1, +5 .*zero")


class Tree(Temporary):
    def test_links_of_the_guest_are_followed(self):
        made = tree.Tree()
        made.directory("usr/bin")
        made.link("bin", "usr/bin")
        made.file("bin/x", "x")
        self.assertIn("usr/bin/x", made.nodes)
        self.assertIs(made.find("/bin/x"), made.nodes["usr/bin/x"])

    def test_loop_of_links_ends(self):
        made = tree.Tree()
        made.link("a", "b")
        made.link("b", "a")
        self.assertIsNotNone(made.resolve("a/c"))

    def test_host_links_are_kept(self):
        os.makedirs(self.path("real"))
        with open(self.path("real/prog"), "w") as file:
            file.write("x")
        os.symlink("real", self.path("alias"))
        made = tree.Tree()
        where = made.copy_path(self.path("alias/prog"))
        self.assertEqual("/" + where, os.path.realpath(self.path("real/prog")))
        self.assertEqual(made.nodes[self.path("alias")[1:]].target, "real")


class Libraries(Temporary):
    def closure(self, program):
        made = tree.Tree()
        found = libs.Closure(made, "x86_64")
        found.add_program(program)
        return made, found

    def test_same_as_the_dynamic_linker(self):
        made, found = self.closure("/usr/bin/sqlite3")
        self.assertEqual(found.warnings, [])
        out = subprocess.run(["ldd", "/usr/bin/sqlite3"], check=True,
                             stdout=subprocess.PIPE, text=True)  # fmt: skip
        for line in out.stdout.splitlines():
            words = [word for word in line.split() if word.startswith("/")]
            for word in words:
                self.assertIsNotNone(made.find(word), word)

    def test_runpath_and_origin(self):
        os.mkdir(self.path("lib"))
        self.compile("lib/libmine.so", "int f(void) { return 7; }", "-shared",
                     "-fPIC", "-Wl,-soname,libmine.so")  # fmt: skip
        self.compile("prog", "int f(void); int main() { return f(); }",
                     "-L" + self.path("lib"), "-lmine",
                     "-Wl,-rpath,$ORIGIN/lib")  # fmt: skip
        made, found = self.closure(self.path("prog"))
        self.assertEqual(found.warnings, [])
        self.assertIsNotNone(made.find(self.path("lib/libmine.so")))

    def test_missing_library_is_a_warning(self):
        self.compile("libgone.so", "int f(void) { return 7; }", "-shared",
                     "-fPIC", "-Wl,-soname,libgone.so")  # fmt: skip
        self.compile("prog", "int f(void); int main() { return f(); }",
                     "-L" + self.folder, "-lgone")  # fmt: skip
        os.unlink(self.path("libgone.so"))
        _, found = self.closure(self.path("prog"))
        self.assertEqual(len(found.warnings), 1)
        self.assertIn("libgone.so", found.warnings[0])

    def test_script_brings_its_interpreter(self):
        with open(self.path("script"), "w") as file:
            file.write("#!/usr/bin/env -S awk -f\n")
        os.chmod(self.path("script"), 0o755)
        made, _ = self.closure(self.path("script"))
        self.assertIsNotNone(made.find("/usr/bin/env"))
        self.assertIsNotNone(made.find(shutil.which("awk")))

    def test_damaged_files_never_surprise(self):
        with open("/bin/true", "rb") as file:
            good = file.read()
        for length in list(range(0, 900, 7)) + [len(good) // 2]:
            with open(self.path("bad"), "wb") as file:
                file.write(good[:length])
            with self.assertRaises(elf.NotElf):
                elf.Elf(self.path("bad"))
                raise elf.NotElf("cut behind all that is read")
        for at in range(16, 1200, 3):
            with open(self.path("bad"), "wb") as file:
                file.write(good[:at] + b"\xff\xff\xff" + good[at + 3 :])
            try:
                elf.Elf(self.path("bad"))
            except elf.NotElf:
                pass


class Images(Temporary):
    def setUp(self):
        super().setUp()
        paths.BUILD, self.saved = self.folder, paths.BUILD
        self.addCleanup(setattr, paths, "BUILD", self.saved)
        self.init = shutil.copy("/bin/true", self.path("init"))

    def wanted(self, program="/bin/true"):
        wanted = image.Wanted("x86_64", self.init)
        wanted.program = program
        return wanted

    def test_reproducible_and_cached(self):
        first = image.get(self.wanted())
        again = image.get(self.wanted())
        self.assertTrue(os.path.sameopenfile(first.fd, again.fd))
        os.utime(self.init)
        third = image.get(self.wanted())
        self.assertFalse(os.path.sameopenfile(first.fd, third.fd))
        sizes = [os.fstat(made.fd).st_size for made in (first, third)]
        self.assertEqual(*sizes)
        data = [os.pread(made.fd, sizes[0], 0) for made in (first, third)]
        self.assertTrue(data[0] == data[1])

    def test_a_run_keeps_an_image_that_others_drop(self):
        made = image.get(self.wanted())
        for name in os.listdir(paths.made_dir("images")):
            path = os.path.join(paths.BUILD, "images", name)
            if os.path.sameopenfile(made.fd, os.open(path, os.O_RDONLY)):
                os.unlink(path)
        with tempfile.TemporaryFile() as file:
            size = image.assemble(made, b"x", file.fileno())
        self.assertGreater(size, os.fstat(made.fd).st_size)
        self.assertIsNotNone(image.get(self.wanted()))

    def test_change_is_noticed(self):
        with open(self.path("p"), "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(self.path("p"), 0o755)
        first = image.get(self.wanted(self.path("p")))
        with open(self.path("p"), "a") as file:
            file.write("echo\n")
        second = image.get(self.wanted(self.path("p")))
        self.assertFalse(os.path.sameopenfile(first.fd, second.fd))

    def test_applets_yield_to_programs(self):
        made, program, _ = rootfs.build(self.wanted("/usr/bin/sort"))
        self.assertEqual(program, "/usr/bin/sort")
        self.assertIsNotNone(made.nodes["usr/bin/sort"].host)
        self.assertEqual(made.nodes["usr/bin/ls"].target, "busybox")
        self.assertEqual(made.nodes["bin"].target, "usr/bin")
        self.assertIsNotNone(made.find("/lib64/ld-linux-x86-64.so.2"))

    def test_orders_follow_the_files(self):
        found = image.get(self.wanted())
        orders = image.orders("/bin/true", "/", ["true", "a b"], ["A=1"])
        with tempfile.TemporaryFile() as file:
            size = image.assemble(found, orders, file.fileno())
            file.seek(0)
            data = file.read()
        self.assertEqual((len(data), size % 4096), (size, 0))
        entry = [e for e in read_archive(data) if e[0] == ".dunlin/run"]
        self.assertEqual(len(entry), 1)
        start, size = entry[0][3], entry[0][2]
        self.assertEqual(data[start : start + size],
                         b"exe=/bin/true\0cwd=/\0arg=true\0arg=a b\0env=A=1\0")

    def test_tmpfs_of_the_guest_hides_nothing(self):
        self.assertNotIn("tmp", image.HIDDEN)
        with open(os.path.join(TOP, "user", "init.c")) as file:
            self.assertNotIn('"/tmp"', file.read())


if __name__ == "__main__":
    unittest.main()
