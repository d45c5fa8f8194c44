# SPDX-License-Identifier: BSD-2-Clause
"""Nonsense calls on a plain and on a DEBUG kernel, which checks its locks;
each run with a new seed, which is printed, unless DUNLIN_FUZZ_SEED has one.
The kernel must report nothing, the shell must work afterwards, and what the
calls made must be gone (tests/fuzz/fuzz.h)."""

import importlib.util
import os
import random
import re

# What a kernel that is well never says; OOM kills and faults of programs are
# no reports.
REPORT = re.compile(rb"Terminating|panic|Backtrace|spinlock 0x|nobody handles")
SECONDS, SECONDS_LONG = 25, 1500  # of each run
RUNS = (  # name, build, processors, memory
    ("plain", {}, 2, 256),
    ("small", {}, 2, 28),
    ("debug", {"DEBUG": "1"}, 2, 256),
    ("debug-one", {"DEBUG": "1"}, 1, 256),
    ("debug-four", {"DEBUG": "1"}, 4, 256),
)
ONLY_LONG = ("small", "debug-one", "debug-four")


def grammar(top):
    """calls.c: sys/syscalls.def as the fuzzer's grammar, by number."""
    path = os.path.join(top, "tools", "mksyscalls.py")
    spec = importlib.util.spec_from_file_location("mksyscalls", path)
    mk = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mk)
    tbl = os.path.join(top, "arch", "x86_64", "syscalls.tbl")
    numbers = mk.read_table(tbl)
    calls = mk.read_def(os.path.join(top, "sys", "syscalls.def"),
                        mk.known_names(tbl, numbers))  # fmt: skip
    mk.stop_on_errors()
    lines = ['#include "fuzz.h"', "const struct call calls[] = {"]
    for name, number in sorted(numbers.items(), key=lambda item: item[1]):
        kinds = ["K_" + kind for kind in calls[name][1] if kind != "frame"]
        kinds = ", ".join(kinds or ["K_NONE"])
        coded = int(calls[name][0])
        lines.append(f'\t{{ {number}, "{name}", {coded}, {{ {kinds} }} }},')
    lines.append("};")
    lines.append("const unsigned call_count = sizeof(calls) / sizeof(*calls);")
    return "\n".join(lines) + "\n"


def program(suites):
    folder = os.path.join(suites.TESTS, "fuzz")
    made = suites.paths.made_dir("tests")
    calls = os.path.join(made, "fuzz_calls.c")
    with open(calls, "w", encoding="utf-8") as file:
        file.write(grammar(suites.paths.TOP))
    sources = [os.path.join(folder, n) for n in sorted(os.listdir(folder))
               if n.endswith(".c")]  # fmt: skip
    out = os.path.join(made, "fuzz")
    done = suites.spawn(["gcc", "-static", "-std=gnu11", "-O2", "-Wall",
                         "-Wextra", "-Werror", "-fno-stack-protector",
                         "-Wno-missing-field-initializers", "-I" + folder,
                         "-o", out, *sources, calls], 120)  # fmt: skip
    if done.status:
        raise suites.Fail(done.err.decode(errors="replace"))
    return out


class Fuzz:
    """One run of the program."""

    def __init__(self, suites, words, run):
        self.suites, self.program = suites, words
        self.name, self.variables, self.cpus, self.memory = run
        seed = os.environ.get("DUNLIN_FUZZ_SEED")
        self.seed = int(seed) if seed else random.getrandbits(32)
        self.seconds = SECONDS_LONG if suites.LONG_RUN else SECONDS

    def check(self):
        print(f"fuzz/{self.name}: seed {self.seed}", flush=True)
        script = ('/fuzz --seed %d --seconds %d; status=$?; '
                  "echo the shell works; exit $status"
                  % (self.seed, self.seconds))  # fmt: skip
        done = self.suites.in_guest(
            ["-v", "-s", str(self.cpus), "-m", str(self.memory),
             "--file", self.program + ":/fuzz"],
            ["sh", "-c", script], variables=self.variables,
            limit=self.seconds + 120)  # fmt: skip
        well = (done.status == 0 and b"got through\nthe shell works" in done.out
                and not REPORT.search(done.err))  # fmt: skip
        if well:
            return None
        text = done.out[-1500:] + done.err[-3500:]
        return (f"seed {self.seed}, status {done.status}\n"
                + text.decode(errors="replace"))  # fmt: skip


def cases(suites):
    words = program(suites)
    found = []
    for name, variables, cpus, memory in RUNS:
        if name in ONLY_LONG and not suites.LONG_RUN:
            continue
        variables = {**suites.VARIABLES, **variables}
        suites.build.Variant("x86_64", variables).ensure()
        run = (name, variables, cpus, memory)
        found.append(Fuzz(suites, words, run))
    return found
