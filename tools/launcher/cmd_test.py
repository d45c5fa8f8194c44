# SPDX-License-Identifier: BSD-2-Clause
"""dunlin test: all suites in turn, whatever fails."""

import os
import signal
import time

import options
from errors import Fail, say

HELP = """\
usage: dunlin test [options] [NAME...]

Runs the tests and ends with "N passed, N failed"; status 0 if none failed.
NAME chooses a suite, or the tests whose SUITE/TEST contains it:

  host      lib/ on this host, under the address and behaviour sanitizers
  kernel    tests inside the kernel, beside the code they test
  guest     programs of tests/user: the guest must print what the host does
  programs  programs from Debian, likewise
  boot      what only a whole boot shows: eaters, corrupt images, sizes
  fuzz      nonsense calls, on a plain and on a DEBUG kernel; each run prints
            its seed, DUNLIN_FUZZ_SEED=N repeats one
  launcher  this launcher as a user would use it
  boots     each machine with two processors, many times, on a busy host;
            runs only when it is named (3 times each) or with --long (100)

  --long    take the time: many repetitions, and the suites only meant for it
  -j N      runs side by side (the number of processors, 4 at most)
  --build 'VAR=VAL..'  a build variant, as of run, for kernel, guest, programs
            and fuzz
  -v        name every test as it passes
"""

LIMIT_S = 1080  # of all suites together
LONG_LIMIT_S = 4 * 3600  # the same with --long

TABLE = {
    "-h": ("help", "flag"),
    "--help": ("help", "flag"),
    "-v": ("verbose", "flag"),
    "-j": ("jobs", "text"),
    "--long": ("long", "flag"),
    "--build": ("build", "list"),
}


class Report:
    """Counts results and prints them as they come."""

    def __init__(self, suites, names, verbose):
        self.suites, self.names, self.verbose = suites, names, verbose
        self.passed = self.failed = 0
        self.suite = None
        self.live = os.isatty(2)  # a line of progress that is written over

    def wants_suite(self, suite):
        """A name that is no suite's may stand for a test of any."""
        heads = [name.partition("/")[0] for name in self.names]
        return not heads or suite in heads or any(
            head not in self.suites for head in heads
        )

    def wants(self, suite, test):
        full = f"{suite}/{test}"
        return not self.names or any(n == suite or n in full
                                     for n in self.names)  # fmt: skip

    def add(self, test, failure=None):
        """One result; FAILURE says why, in any number of lines."""
        if not self.wants(self.suite, test):
            return
        self.clear()
        if failure is None:
            self.passed += 1
            if self.verbose:
                print(f"ok      {self.suite}/{test}", flush=True)
        else:
            self.fail(test, failure)
        if self.live:
            os.write(2, f"{self.passed + self.failed} done".encode())

    def fail(self, test, failure):
        self.failed += 1
        print(f"FAILED  {self.suite}/{test}", flush=True)
        for line in str(failure).splitlines()[:40]:
            print(f"        {line}", flush=True)

    def clear(self):
        if self.live:
            os.write(2, b"\r\33[K")


def accept(words):
    """(options, number of jobs, build variables) that the words ask for."""
    import build

    given = options.parse(words, TABLE, "dunlin test")
    jobs = min(os.cpu_count() or 1, 4)
    if given.jobs:
        jobs = options.positive(given.jobs, "-j")
    return given, jobs, build.parse(" ".join(given.build))


def main(words):
    given, jobs, variables = accept(words)
    if given.help:
        print(HELP, end="")
        return 0
    import suites

    suites.LONG_RUN = given.long
    suites.VARIABLES.update(variables)
    signal.signal(signal.SIGALRM, _out_of_time)
    limit = LONG_LIMIT_S if given.long else LIMIT_S
    end = time.monotonic() + limit
    report = Report([name for name, _ in suites.ALL], given.rest, given.verbose)
    try:
        for name, run in suites.ALL:
            named = any(n.partition("/")[0] == name for n in given.rest)
            if name in suites.LONG and not given.long and not named:
                continue
            if report.wants_suite(name):
                left = max(1, int(end - time.monotonic()))
                signal.alarm(left)
                _suite(report, name, run, jobs)
    finally:
        signal.alarm(0)
        suites.stop_all()
    if given.rest and not report.passed + report.failed:
        raise Fail(f"test: nothing is called {' or '.join(given.rest)}")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def _out_of_time(_number, _frame):
    raise Fail("the tests did not end in time")


def _suite(report, name, run, jobs):
    """One suite and its line; a suite that cannot run is one failure."""
    before = report.passed, report.failed
    began = time.monotonic()
    report.suite = name
    say(f"{name} tests")
    try:
        run(report, jobs)
    except (Fail, OSError, AssertionError, ValueError, KeyError,
            ImportError, RuntimeError) as error:  # fmt: skip
        report.clear()
        report.fail("suite", f"{type(error).__name__}: {error}")
    report.clear()
    passed, failed = report.passed - before[0], report.failed - before[1]
    if passed or failed:
        print(f"{name}: {passed} passed, {failed} failed, "
              f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
