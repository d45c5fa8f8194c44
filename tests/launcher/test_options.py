# SPDX-License-Identifier: BSD-2-Clause
"""The command line: what is accepted, what is refused and with what status."""

import os
import shutil
import subprocess
import tempfile
import unittest

from support import DUNLIN, TOP, dunlin, fake


class Help(unittest.TestCase):
    def test_pages(self):
        for words in ([], ["--help"], ["run", "--help"], ["test", "--help"],
                      ["check", "--help"], ["bench", "--help"], ["help"]):
            done = dunlin(*words)
            self.assertEqual((done.returncode, done.stderr), (0, b""), words)
            lines = done.stdout.decode().splitlines()
            self.assertIn("dunlin", done.stdout.decode())
            self.assertLessEqual(len(lines), 40, words)
            self.assertLessEqual(max(map(len, lines)), 80, words)


class Refused(unittest.TestCase):
    def refused(self, status, *words, fragment=""):
        done = fake("both", *words)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
        self.assertIn(fragment, done.stderr.decode())

    def test_usage(self):
        for words in (
            ["--nonsense", "true"], ["-m", "x", "true"], ["-s", "0", "true"],
            ["-m"], ["-e", "novalue", "true"], ["-a", "vax", "true"],
            ["--machine", "pdp11", "true"], ["--accel", "warp", "true"],
            ["--machine", "q35", "--firmware", "openfirmware", "true"],
            ["--firmware", "qboot", "true"],
            ["--build", "what", "true"], ["--timeout", "never", "true"],
            ["--qemu", "'open", "true"], ["--file", "/no/such", "true"],
            ["--root", "/no/such", "true"], ["--keep=yes", "true"],
        ):  # fmt: skip
            with self.subTest(words=words):
                self.refused(125, *words)

    def test_other_commands(self):
        for words in (
            ["frobnicate"], ["--frobnicate"], ["test", "--what"],
            ["test", "-j", "x"],
            ["check", "--what"], ["bench", "--what"],
            ["bench", "no-such-line"],
        ):  # fmt: skip
            with self.subTest(words=words):
                done = dunlin(*words)
                self.assertEqual(done.returncode, 125, done.stderr)
                self.assertEqual(done.stdout, b"")
                self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)

    def test_not_found(self):
        self.refused(127, "--", "no-such-program-here", fragment="not found")
        self.refused(127, "--", "/no/such/program")
        self.refused(125, "--with", "no-such-program-here", "--", "true")

    def test_not_executable(self):
        self.refused(126, "--", "/etc/passwd", fragment="Permission denied")
        self.refused(126, "--", "/etc", fragment="directory")

    def test_wrong_kind_of_file(self):
        with tempfile.TemporaryDirectory() as folder:
            text = os.path.join(folder, "text")
            shutil.copy("/etc/passwd", text)
            os.chmod(text, 0o755)
            self.refused(126, "--", text)
            foreign = os.path.join(folder, "foreign")
            with open("/bin/true", "rb") as file:
                data = bytearray(file.read())
            data[18] = 183  # AArch64
            with open(foreign, "wb") as file:
                file.write(data)
            os.chmod(foreign, 0o755)
            self.refused(126, "--", foreign, fragment="x86_64")

    def test_image_larger_than_memory(self):
        self.refused(125, "-m", "4", "--", "true", fragment="memory")


class Passed(unittest.TestCase):
    def words(self, *options):
        done = fake("show", *options, "--", "true")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode().splitlines()

    def test_machine(self):
        words = self.words("-m64", "-s", "3", "--append", "one two")
        self.assertEqual(words[words.index("-m") + 1], "64M")
        self.assertEqual(words[words.index("-smp") + 1], "3")
        self.assertEqual(words[words.index("-append") + 1],
                         "init=/.dunlin/init one two")  # fmt: skip
        self.assertEqual(words[words.index("-accel") + 1], "tcg")

    def test_pci_machines(self):
        words = self.words("--machine", "q35")
        self.assertEqual(words[words.index("-M") + 1], "q35")
        self.assertIn("qboot", words[words.index("-bios") + 1])
        self.assertIn("virtio-serial-pci", " ".join(words))
        words = self.words("--machine", "pc", "--firmware", "seabios")
        self.assertEqual(words[words.index("-M") + 1], "pc")
        self.assertNotIn("-bios", words)
        self.assertNotIn("-bios", self.words())

    def test_large_memory_is_not_reserved(self):
        words = self.words("-m", "100000G")
        self.assertIn("reserve=off", " ".join(words))

    def test_qemu_words_are_split_and_last(self):
        words = self.words("--qemu", "-icount 'shift=0,sleep=off' -seed 1")
        self.assertEqual(words[-4:], ["-icount", "shift=0,sleep=off",
                                      "-seed", "1"])  # fmt: skip
        words = self.words("--qemu", "-accel tcg,thread=single")
        self.assertEqual(words.count("-accel"), 1)

    def orders(self, *options):
        done = fake("orders", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode().splitlines()

    def test_orders(self):
        lines = self.orders("-e", "A=1", "-e", "TERM=x", "--cwd", "/var",
                            "--", "sort", "-r", "a b", "--help")  # fmt: skip
        self.assertEqual(lines[0], "exe=" + shutil.which("sort"))
        self.assertEqual(lines[1], "cwd=/var")
        self.assertEqual(lines[2:6],
                         ["arg=sort", "arg=-r", "arg=a b", "arg=--help"])
        self.assertIn("env=A=1", lines)
        self.assertIn("env=HOME=/root", lines)
        self.assertIn("env=TERM=x", lines)
        self.assertTrue(any(line.startswith("env=PATH=") for line in lines))

    def test_applet_without_a_program_on_the_host(self):
        done = fake("orders", "--", "ash", "-c", "x")
        self.assertIn(b"exe=/", done.stdout)

    def test_options_end_at_the_program(self):
        lines = self.orders("sort", "-m", "x")
        self.assertEqual(lines[2:5], ["arg=sort", "arg=-m", "arg=x"])

    def test_keep(self):
        done = fake("log_lines", "--keep", "--", "true")
        folder = done.stderr.decode().split(" in ")[1].strip()
        self.addCleanup(shutil.rmtree, folder)
        self.assertEqual(sorted(os.listdir(folder)),
                         ["command", "image", "log"])  # fmt: skip
        with open(os.path.join(folder, "log")) as file:
            self.assertEqual(file.read(), "kernel says\n")


class FirstStage(unittest.TestCase):
    def test_from_anywhere(self):
        with tempfile.TemporaryDirectory() as folder:
            link = os.path.join(folder, "a link")
            os.symlink(DUNLIN, link)
            for how in ([link], ["sh", DUNLIN]):
                done = subprocess.run([*how, "--help"], cwd=folder,
                                      stdout=subprocess.PIPE)  # fmt: skip
                self.assertEqual(done.returncode, 0, how)
        done = subprocess.run(["sh", "dunlin", "--help"], cwd=TOP,
                              stdout=subprocess.DEVNULL)  # fmt: skip
        self.assertEqual(done.returncode, 0)

    def bare(self, *words):
        """With neither tools nor apt-get in PATH."""
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.run(
                ["/bin/sh", DUNLIN, *words], env={"PATH": folder},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip

    def test_refuses_before_it_installs(self):
        for words in (["run", "--what"], ["run", "-s", "0", "true"],
                      ["test", "--what"], ["test", "-j", "x"],
                      ["check", "what"], ["bench", "what"]):  # fmt: skip
            done = self.bare(*words)
            self.assertEqual((done.returncode, done.stdout), (125, b""), words)
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
            self.assertNotIn(b"please install", done.stderr, words)

    def test_names_what_is_missing(self):
        done = self.bare("run", "--", "true")
        self.assertEqual(done.returncode, 125)
        self.assertEqual(done.stdout, b"")
        for name in (b"make", b"gcc", b"binutils", b"qemu-system-x86"):
            self.assertIn(name, done.stderr)


if __name__ == "__main__":
    unittest.main()
