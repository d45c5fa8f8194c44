# SPDX-License-Identifier: BSD-2-Clause
"""usage: results.py MODULE [NAME...]: runs the unittest MODULE of this folder,
or those of its tests whose name contains a NAME, and prints "ok TEST" or "not
ok TEST" with the reason indented below."""

import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.append("/usr/lib/python3/dist-packages")


def name_of(test):
    module, case, method = test.id().rsplit(".", 2)
    return f"{module[5:]}.{case}.{method[5:]}"


class Printer(unittest.TestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print("ok", name_of(test), flush=True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print("ok", name_of(test), flush=True)

    def _bad(self, test, error):
        text = self._exc_info_to_string(error, test)
        print("not ok", name_of(test), "failed")
        print("  " + "\n  ".join(text.splitlines()[-25:]), flush=True)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._bad(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self._bad(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._bad(test, error)


def chosen(suite, names):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from chosen(item, names)
        elif not names or any(
            name == "launcher" or name in "launcher/" + name_of(item)
            for name in names
        ):
            yield item


def main():
    module, *names = sys.argv[1:]
    # What started us may ignore some, and children would inherit that.
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tests = unittest.defaultTestLoader.loadTestsFromName(module)
    result = Printer()
    picked = list(chosen(tests, names))
    unittest.TestSuite(picked).run(result)
    if not picked:
        print("ok none-of-" + module)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
