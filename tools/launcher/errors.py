# SPDX-License-Identifier: BSD-2-Clause
"""How a command of the launcher ends early: one exception, one line, one
status.  The statuses are those of env(1) and timeout(1)."""

import os
import sys

TIMED_OUT = 124
OWN_FAILURE = 125
CANNOT_EXECUTE = 126
NOT_FOUND = 127


class Fail(Exception):
    """Ends the launcher with STATUS after one line MESSAGE on stderr."""

    def __init__(self, message, status=OWN_FAILURE):
        super().__init__(message)
        self.status = status


def os_reason(error):
    """The reason alone of an OSError, as perror(3) would print it."""
    return error.strerror or str(error)


def say(message):
    """One line of the launcher's own; never on standard output."""
    try:
        os.write(2, b"dunlin: " + os.fsencode(message) + b"\n")
    except OSError:
        pass  # nobody reads our stderr


def leave(status):
    """Ends the process at once: pump threads may sit in a read for ever."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # closed by whoever started us
                stream.flush()
        except (OSError, ValueError):
            status = status or OWN_FAILURE
    os._exit(status)
