# SPDX-License-Identifier: BSD-2-Clause
"""The words of a command line: a parser small enough to load in no time.

A table maps an option to (field, kind): "flag" sets True, "text" the value,
"list" appends it.  Short options may have their value attached (-m64), long
ones behind an equals sign.  Options end at -- or at the first other word."""

from errors import Fail


class Options:
    """The values found, as attributes; rest is what follows the options."""


def parse(words, table, command):
    found = Options()
    for field, kind in table.values():
        setattr(found, field, {"flag": False, "list": []}.get(kind))
    words = list(words)
    while words and words[0][:1] == "-" and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        name, value = _split(word)
        if name not in table:
            raise Fail(f"{command}: no option {name}; see {command} --help")
        field, kind = table[name]
        if kind == "flag":
            if value is not None:
                raise Fail(f"{command}: {name} takes no value")
            setattr(found, field, True)
            continue
        if value is None:
            if not words:
                raise Fail(f"{command}: {name} wants a value")
            value = words.pop(0)
        if kind == "list":
            getattr(found, field).append(value)
        else:
            setattr(found, field, value)
    found.rest = words
    return found


def _split(word):
    """(option, attached value or None)"""
    if word.startswith("--"):
        name, sign, value = word.partition("=")
        return name, value if sign else None
    return word[:2], word[2:] or None


def size_mib(text):
    """'256', '64M' or '16G' in MiB."""
    units = {"": 1, "M": 1, "G": 1 << 10, "T": 1 << 20}
    number = text.rstrip("MGTmgt")
    unit = text[len(number) :].upper()
    if number.isdigit() and unit in units and int(number):
        return int(number) * units[unit]
    raise Fail(f"-m: {text!r} is no size")


def positive(text, name, kind=int):
    try:
        value = kind(text)
    except ValueError:
        value = 0
    if value > 0 and value < 1e9:
        return value
    raise Fail(f"{name}: {text!r} is not a number above 0")


def names(texts):
    """['a,b', 'c'] as ['a', 'b', 'c']."""
    return [name for text in texts for name in text.split(",") if name]
