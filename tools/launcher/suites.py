# SPDX-License-Identifier: BSD-2-Clause
"""The suites of ./dunlin test.

Each is a function of (report, jobs) that calls report.add() for every test.
Every process has a limit and is killed with all its children behind it."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import build
import image
import paths
import qemu
from errors import Fail

RUN_LIMIT_S = 90  # one guest
CPUS = "2"  # of a guest that does not say
SUITE_LIMIT_S = 400  # a script that runs many tests
KERNEL_LIMIT_S = 300
DUNLIN = os.path.join(paths.TOP, "dunlin")
TESTS = os.path.join(paths.TOP, "tests")

VARIABLES = {}  # of the kernel under test: dunlin test --build
LONG_RUN = False  # dunlin test --long
_running = set()


class Done:
    """How a process ended: status as a shell gives it, out, err."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def spawn(words, limit, data=b"", **how):
    """Runs WORDS to its end or LIMIT; a late one has status 124.  Signals
    that whoever started us ignores are not ignored there."""
    child = subprocess.Popen(
        ["env", "--default-signal", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True, **how,
    )  # fmt: skip
    _running.add(child)
    # What it leaves behind would hold its outputs open.
    Thread(target=lambda: (child.wait(), _kill(child)), daemon=True).start()
    try:
        out, err = child.communicate(data, timeout=limit)
        status = child.returncode
    except subprocess.TimeoutExpired:
        _kill(child)
        out, err = _rest(child)
        status = 124
    finally:
        _running.discard(child)
    return Done(128 - status if status < 0 else status, out, err)


def _rest(child):
    """What a killed CHILD wrote.  One that it started in a session of its own
    may live on and hold the outputs open: that one is not waited for."""
    try:
        return child.communicate(timeout=5)
    except subprocess.TimeoutExpired as late:
        return late.output or b"", late.stderr or b""


def _kill(child):
    """Ends CHILD and all of its process group.  The launcher takes its guest
    along when it is told to end."""
    try:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(3)
    except (ProcessLookupError, subprocess.TimeoutExpired):
        pass
    try:  # its children may block the polite one
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def stop_all():
    for child in list(_running):
        _kill(child)


def _lines(report, done, name):
    """Results that a script printed: ok NAME, not ok NAME WHY; what it
    indents belongs to the line before."""
    text = done.out.decode(errors="replace")
    pending, count = None, 0
    for line in text.splitlines():
        words = line.split(None, 2 if line.startswith("not ") else 1)
        if words[:1] == ["ok"] or words[:2] == ["not", "ok"]:
            if pending:
                report.add(*pending)
            count += 1
            if words[0] == "ok":
                pending = (words[1], None)
            else:
                test, _, why = words[2].partition(" ")
                pending = (test, why or "failed")
        elif pending and pending[1] and line[:1] in " \t":
            pending = (pending[0], pending[1] + "\n" + line.strip())
    if pending:
        report.add(*pending)
    failed = done.status and not any(
        line.startswith("not ok") for line in text.splitlines()
    )
    if failed or not count:
        tail = (done.out[-500:] + done.err[-4000:]).decode(errors="replace")
        last = "\n".join(tail.splitlines()[-35:])
        report.add(name, f"status {done.status}\n{last}")


# -- host ---------------------------------------------------------------


def host(report, _jobs):
    script = os.path.join(TESTS, "host", "run.sh")
    if not os.path.exists(script):
        raise Fail("tests/host/run.sh is missing")
    done = spawn(["sh", script], SUITE_LIMIT_S, cwd=paths.TOP)
    _lines(report, done, "run.sh")


# -- kernel -------------------------------------------------------------


def kernel(report, _jobs):
    """The kernel's own tests print on its log: ktest: ok NAME, ktest: FAIL
    NAME: why, and last ktest: done P passed F failed."""
    from run import Run

    variant = build.Variant("x86_64", {**VARIABLES, "TEST": "1"}).ensure()
    machine = qemu.Machine()
    machine.append, machine.cpus = "ktest", 2
    base = image.get(image.Wanted("x86_64", variant.init))
    orders = image.orders("/bin/busybox", "/", ["true"], [])
    run = Run(machine, variant, base, orders)
    null = os.open(os.devnull, os.O_RDWR)
    run.fds, run.quiet, run.timeout = (null, null, null), True, KERNEL_LIMIT_S
    run.go()
    os.close(null)
    text = run.log.text.decode(errors="replace")
    ended = False
    for line in text.splitlines():
        what, _, rest = line.partition("ktest: ")[2].partition(" ")
        if what == "ok":
            report.add(rest.strip())
        elif what == "FAIL":
            name, _, why = rest.partition(":")
            report.add(name.strip(), why.strip() or "failed")
        ended = ended or what == "done"
    if not ended:
        report.add("end", "the kernel ended early:\n" + text[-3000:])


# -- guest --------------------------------------------------------------

COMPILERS = {
    "static": ["gcc", "-static"],
    "pie": ["gcc", "-static-pie"],
    "dynamic": ["gcc"],
    "musl": ["musl-gcc", "-static"],
}


def directives(path):
    """Lines "key: words" in the head of a test program, before its first
    include: build (some of COMPILERS; static), args, options (of dunlin run), stdin (text)."""
    found = {"build": "static", "args": "", "options": "", "stdin": ""}
    with open(path, encoding="utf-8") as file:
        head = file.read().partition("\n#")[0]
        head = file_head(head)
    for line in head:
        key, sign, value = line.partition(": ")
        if sign and key in found:
            found[key] = value.strip()
    return found


def file_head(text):
    return [line.strip(" \t*/") for line in text.splitlines()]


class Case:
    """A program to run here and there: words on the host, in folder; words in
    the guest with options; what goes in."""

    def __init__(self, name, host, guest, options, data=b"", folder="/"):
        self.name, self.host, self.guest = name, host, guest
        self.options, self.data, self.folder = options, data, folder
        self.sort = False  # the order of lines is free
        self.prepare = None  # to be called before the host's run

    def check(self):
        """None, or why it is not the same."""
        if self.prepare:
            self.prepare()
        here = spawn(self.host, RUN_LIMIT_S, self.data, cwd=self.folder,
                     env=environment())  # fmt: skip
        there = in_guest(self.options, self.guest, self.data)
        return difference(here, there, self.sort)


def environment():
    """The host's program sees what the guest's does."""
    return {"PATH": image.PATH, "HOME": "/root", "TERM": "dumb"}


def in_guest(options, words, data=b"", limit=RUN_LIMIT_S, variables=None):
    variables = VARIABLES if variables is None else variables
    command = [DUNLIN, "run", "--accel", "tcg", "-e", "TERM=dumb"]
    command += ["--build", " ".join(f"{k}={v}" for k, v in variables.items())]
    command += ["-s", CPUS, "--timeout", str(limit - 10), *options]
    command += ["--", *words]
    return spawn(command, limit, data)


def difference(here, there, sort=False):
    if here.status == 124:
        return "the host's run timed out"
    if here.status != there.status:
        return (f"status {there.status}, on the host {here.status}\n"
                + (there.out[-500:] + there.err[-1500:])
                .decode(errors="replace"))  # fmt: skip
    ours, theirs = there.out, here.out
    if sort:
        ours, theirs = (sorted(x.splitlines()) for x in (ours, theirs))
    if ours == theirs:
        return None
    import difflib

    def text(done):
        return done.out[:20000].decode(errors="replace").splitlines()

    lines = difflib.unified_diff(text(here), text(there), "host", "guest",
                                 n=1, lineterm="")  # fmt: skip
    return "output differs\n" + "\n".join(list(lines)[:30])


def _run_cases(report, cases, jobs):
    cases = [case for case in cases if report.wants(report.suite, case.name)]
    with ThreadPoolExecutor(jobs) as pool:
        futures = [(case, pool.submit(case.check)) for case in cases]
        try:
            for case, future in futures:
                report.add(case.name, future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise


def guest(report, jobs):
    folder = os.path.join(TESTS, "user")
    names = sorted(n for n in os.listdir(folder) if n.endswith(".c"))
    cases = []
    for name in names:
        source = os.path.join(folder, name)
        says = directives(source)
        for kind in says["build"].split():
            test = name[:-2] if kind == "static" else f"{name[:-2]}-{kind}"
            if not report.wants("guest", test):
                continue
            try:
                program = compile_test(source, test, kind)
            except Fail as fail:
                report.add(test, fail)
                continue
            words = [program, *says["args"].split()]
            data = says["stdin"].encode().decode("unicode_escape").encode()
            cases.append(Case(test, words, words, says["options"].split(),
                              data))  # fmt: skip
    build.Variant("x86_64", VARIABLES).ensure()
    _run_cases(report, cases, jobs)


def compile_test(source, test, kind):
    """The program of SOURCE, compiled again when something changed."""
    program = os.path.join(paths.made_dir("tests"), test)
    folder = os.path.dirname(source)
    inputs = [source] + [os.path.join(folder, n) for n in os.listdir(folder)
                         if n.endswith(".h")]  # fmt: skip
    newest = max(os.stat(path).st_mtime for path in inputs)
    if os.path.exists(program) and os.stat(program).st_mtime > newest:
        return program
    command = [*COMPILERS[kind], "-std=gnu11", "-O2", "-Wall", "-Werror",
               "-pthread", "-o", program, source]  # fmt: skip
    done = spawn(command, RUN_LIMIT_S, cwd=paths.TOP)
    if done.status:
        raise Fail(done.err.decode(errors="replace"))
    return program


# -- programs -----------------------------------------------------------


def _run_table(report, jobs, folder):
    path = os.path.join(TESTS, folder, "table.py")
    spec = importlib.util.spec_from_file_location("table", path)
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    build.Variant("x86_64", VARIABLES).ensure()
    _run_cases(report, table.cases(sys.modules[__name__]), jobs)


def programs(report, jobs):
    _run_table(report, jobs, "programs")


# -- boot ---------------------------------------------------------------


def boot(report, jobs):
    _run_table(report, jobs, "boot")


# -- fuzz ---------------------------------------------------------------


def fuzz(report, jobs):
    _run_table(report, jobs, "fuzz")


# -- boots --------------------------------------------------------------

BOOTS, BOOTS_LONG = 3, 100
BOOT_KINDS = ("microvm", "q35-qboot", "q35-seabios", "pc-qboot", "pc-seabios")


class Busy:
    """All of the host's processors have something else to do."""

    def __enter__(self):
        loop = ["setpriv", "--pdeathsig", "KILL", "--", "sh", "-c",
                "while :; do :; done"]  # fmt: skip
        self.loops = [subprocess.Popen(loop, start_new_session=True)
                      for _ in range(os.cpu_count() or 1)]  # fmt: skip

    def __exit__(self, *_what):
        for loop in self.loops:
            loop.kill()
            loop.wait()


def boots(report, _jobs):
    """One boot after the other, each with two processors."""
    build.Variant("x86_64", VARIABLES).ensure()
    kinds = [kind for kind in BOOT_KINDS if report.wants("boots", kind)]
    with Busy():
        for kind in kinds:
            report.add(kind, _boot_often(report, kind))


def _boot_often(report, kind):
    """None, or what the first boot that went wrong said."""
    machine, _, firmware = kind.partition("-")
    options = ["-v", "-s", "2", "--machine", machine]
    options += ["--firmware", firmware] if firmware else []
    count = BOOTS_LONG if LONG_RUN else BOOTS
    good, slowest, wrong, cpus = 0, 0.0, None, set()
    for number in range(1, count + 1):
        began = time.monotonic()
        done = in_guest(options, ["cat", "/proc/cpuinfo"])
        slowest = max(slowest, time.monotonic() - began)
        found = done.out.count(b"processor\t")
        cpus.add(found)
        if done.status == 0 and found:
            good += 1
        elif not wrong:
            text = (done.out[-300:] + done.err[-2500:]).decode(errors="replace")
            wrong = f"boot {number}: status {done.status}\n{text}"
    report.clear()
    seen = " or ".join(str(n) for n in sorted(cpus))
    print(f"boots/{kind}: {good} of {count}, {seen} processors seen, "
          f"slowest {slowest:.1f} s", flush=True)  # fmt: skip
    if not wrong and len(cpus) > 1:
        return f"now {seen} processors came up"
    return wrong


# -- launcher -----------------------------------------------------------


def launcher(report, jobs):
    folder = os.path.join(TESTS, "launcher")
    build_error = None
    try:
        build.Variant("x86_64", VARIABLES).ensure()
    except Fail as fail:
        build_error = fail
    if build_error:
        report.add("build", build_error)
    modules = sorted(n[:-3] for n in os.listdir(folder)
                     if n.startswith("test_") and n.endswith(".py"))
    words = [sys.executable, os.path.join(folder, "results.py")]

    def one(module):
        return spawn([*words, module, *report.names], SUITE_LIMIT_S)

    with ThreadPoolExecutor(jobs) as pool:
        for module, done in zip(modules, pool.map(one, modules)):
            _lines(report, done, module)


ALL = (
    ("host", host),
    ("kernel", kernel),
    ("guest", guest),
    ("programs", programs),
    ("boot", boot),
    ("fuzz", fuzz),
    ("launcher", launcher),
    ("boots", boots),
)
LONG = ("boots",)  # run only with --long, or when named
