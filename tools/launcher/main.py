# SPDX-License-Identifier: BSD-2-Clause
"""The launcher behind ./dunlin: finds the command, and turns every way it can
end into an exit status.  A signal that ends us ends us by that signal, after
all that was begun has been undone."""

import os
import sys
# The wrapper module "signal" costs every run 4 ms of imports.
from _signal import SIG_DFL, SIG_IGN, SIGHUP, SIGINT, SIGTERM, getsignal
from _signal import signal as set_signal

import paths
from errors import Fail, leave, os_reason, say

HELP = """\
Dunlin: a small kernel that runs Linux programs, and its launcher.

  ./dunlin run [options] [--] PROGRAM [ARG...]
                     run a program of this host inside the guest
  ./dunlin test      all tests, ends with "N passed, N failed"
  ./dunlin check     layers, format, warnings, thresholds of what changed
  ./dunlin bench     the guest's instruction counts beside Linux's

Each command has its --help.  Try:

  ./dunlin run -- /bin/ls -la /
  printf 'b\\na\\n' | ./dunlin run -- sort
  ./dunlin run --package lua5.4 -- lua5.4 -e 'print(6 * 7)'
  ./dunlin run -m 64 -s 2 -v -- busybox sha256sum /bin/busybox

What a command needs is installed from Debian at its first use; everything
that is built lies in build/.
"""

COMMANDS = ("run", "test", "check", "bench")


class Stopped(BaseException):
    """A signal asks us to end."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def _stop(number, _frame):
    for other in (SIGHUP, SIGINT, SIGTERM):
        set_signal(other, SIG_IGN)  # the undoing is not to be undone
    raise Stopped(number)


def _catch_signals():
    for number in (SIGINT, SIGTERM):
        set_signal(number, _stop)
    if getsignal(SIGHUP) != SIG_IGN:  # nohup(1) means it
        set_signal(SIGHUP, _stop)


def _fill_standard_streams():
    """No file of ours may become descriptor 0, 1 or 2 by chance."""
    for fd in range(3):
        try:
            os.fstat(fd)
        except OSError:
            # Opened the wrong way round: use gives the error of a closed one.
            mode = os.O_WRONLY if fd == 0 else os.O_RDONLY
            os.open(os.devnull, mode)


def _tool(name, words):
    """Becomes the program tools/NAME."""
    path = os.path.join(paths.TOP, "tools", name)
    if not os.path.exists(path):
        raise Fail(f"{name}: tools/{name} is missing")
    os.chdir(paths.TOP)
    os.execv(sys.executable, [sys.executable, "-B", path, *words])


def _accept(words):
    """--accept COMMAND WORD...: refuses what the command would refuse of its
    words alone, and does nothing.  Asked before anything is installed."""
    name = words[0]
    if name == "run":
        import cmd_run

        cmd_run.accept(words[1:])
    elif name == "test":
        import cmd_test

        cmd_test.accept(words[1:])
    else:
        return _tool(name, ["--accept", *words[1:]])
    return 0


def _command(words):
    name = words[0] if words else "help"
    if name == "run":
        import cmd_run

        return cmd_run.main(words[1:])
    if name == "test":
        import cmd_test

        return cmd_test.main(words[1:])
    if name in ("check", "bench"):
        return _tool(name, words[1:])
    if name == "--accept" and words[1:2] and words[1] in COMMANDS:
        return _accept(words[1:])
    if name in ("help", "--help", "-h"):
        print(HELP, end="")
        return 0
    raise Fail(f"no command {name!r}; ./dunlin --help lists them")


def main():
    _fill_standard_streams()
    _catch_signals()
    try:
        status = _command(sys.argv[1:])
    except Fail as fail:
        say(str(fail))
        status = fail.status
    except Stopped as stopped:
        set_signal(stopped.number, SIG_DFL)
        os.kill(os.getpid(), stopped.number)
        status = 128 + stopped.number
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        say(name + os_reason(error))
        status = 125
    leave(status)


main()
