#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""mksyscalls.py TBL DEF OUT: joins numbers and types into one header.

TBL is arch/ARCH/syscalls.tbl, lines `NUMBER NAME`; DEF is sys/syscalls.def,
lines `SYSCALL(name, types)` for a call that has code and `NOSYS(name, types)`
for one that has none.  A type is one word:

  fd dirfd int flags sig pid clock key   int
  uint uid gid mode                      unsigned
  long ulong                             a register, signed or not
  size                                   size_t
  off64 u64                              64 bits: two registers, the first
                                         one even, where ARCH_SYSCALL_PAIR64
  uptr path str                          uaddr_t (a user address; a name of a
                                         file; another string)
  frame                                  the saved registers; only as the
                                         first, takes no register

OUT has the prototypes of the sys_ functions and the numbers NR_name; and with
SYSCALLS_DEFINE_TABLE defined, for one file alone, the wrappers that take the
arguments out of a frame, syscall_fn[] (by number, never NULL: call_nosys
where there is no code) and syscall_table[] (name NULL where the CPU has no
such number).  A name that no CPU has, a call of this CPU without a line, a
line twice or an unknown type is an error.
"""
import glob
import os
import re
import sys

C_TYPE = {
    'fd': 'int', 'dirfd': 'int', 'int': 'int', 'flags': 'int', 'sig': 'int',
    'pid': 'int', 'clock': 'int', 'key': 'int',
    'uint': 'unsigned', 'uid': 'unsigned', 'gid': 'unsigned',
    'mode': 'unsigned',
    'long': 'long', 'ulong': 'unsigned long', 'size': 'size_t',
    'off64': 'int64_t', 'u64': 'uint64_t',
    'uptr': 'uaddr_t', 'path': 'uaddr_t', 'str': 'uaddr_t',
    'frame': 'struct frame *',
}
WIDE = ('off64', 'u64')
LINE = re.compile(r'^(SYSCALL|NOSYS)\((\w+),\s*([\w ]*)\)\s*(?:/\*.*\*/)?$')
MAX_NUMBER = 1 << 16
errors = []


def error(where, what):
    errors.append(f'{where}: {what}')


def read_table(path):
    """{name: number} of one CPU's table."""
    numbers, seen = {}, {}
    for i, line in enumerate(open(path), 1):
        words = line.split('#')[0].split()
        if not words:
            continue
        where = f'{path}:{i}'
        if len(words) != 2 or not words[0].isdigit():
            error(where, 'want NUMBER NAME')
            continue
        number, name = int(words[0]), words[1]
        if number >= MAX_NUMBER:
            error(where, f'number {number} is out of range')
        elif number in seen or name in numbers:
            error(where, f'{number} {name}: seen before')
        else:
            seen[number] = name
            numbers[name] = number
    return numbers


def check_types(where, types):
    for i, t in enumerate(types):
        if t not in C_TYPE:
            error(where, f'unknown type {t}')
        elif t == 'frame' and i:
            error(where, 'frame stands first or not at all')
    if len([t for t in types if t != 'frame']) > 6:
        error(where, 'more than six arguments')


def read_def(path, known):
    """{name: (implemented, types)} in the order of the file."""
    calls = {}
    comment = False
    for i, line in enumerate(open(path), 1):
        line = line.strip()
        comment = comment or line.startswith('/*')
        if comment:
            comment = not line.endswith('*/')
            continue
        if not line:
            continue
        where = f'{path}:{i}'
        m = LINE.match(line)
        if not m:
            error(where, 'want SYSCALL(name, types) or NOSYS(name, types)')
            continue
        name, types = m[2], m[3].split()
        if name in calls:
            error(where, f'{name}: seen before')
        elif name not in known:
            error(where, f'{name}: no CPU has a call of that name')
        check_types(where, types)
        calls[name] = (m[1] == 'SYSCALL', types)
    return calls


def arguments(types, pairs):
    """C expressions of a call's arguments, and how many registers."""
    out, reg = [], 0
    for t in types:
        if t == 'frame':
            out.append('f')
            continue
        if t in WIDE and pairs:
            reg += reg & 1
            out.append(f'({C_TYPE[t]})ARCH_ARG64(f, {reg})')
            reg += 2
            continue
        cast = '' if t == 'ulong' else f'({C_TYPE[t]})'
        out.append(f'{cast}arch_frame_arg(f, {reg})')
        reg += 1
    return out


def prototype(name, types):
    if not types:
        return f'long sys_{name}(void);'
    params, i = [], 0
    for t in types:
        if t == 'frame':
            params.append('struct frame *f')
            continue
        params.append(f'{C_TYPE[t]} a{i}')
        i += 1
    return f'long sys_{name}({", ".join(params)});'


def wrapper(name, types):
    def body(pairs):
        return f'\treturn sys_{name}({", ".join(arguments(types, pairs))});'
    head = f'static long call_{name}(struct frame *f)\n{{\n'
    if not any(t in WIDE for t in types):
        return f'{head}{body(False)}\n}}'
    return (f'{head}#if ARCH_SYSCALL_PAIR64\n{body(True)}\n#else\n'
            f'{body(False)}\n#endif\n}}')


def table_entry(number, name, call):
    implemented, types = call
    fn = f'.fn = call_{name}, ' if implemented else ''
    return (f'\t[{number}] = {{ {fn}.name = "{name}", '
            f'.types = "{" ".join(types)}", '
            f'.implemented = {int(implemented)} }},')


def render(tbl, numbers, calls):
    by_number = sorted((n, name) for name, n in numbers.items())
    coded = [(n, name) for n, name in by_number if calls[name][0]]
    out = ['/* SPDX-License-Identifier: BSD-2-Clause */',
           f'/* Generated by tools/mksyscalls.py from {tbl} and the list of',
           ' * types.  Not to be edited. */',
           '#pragma once', '', '#include "lib/types.h"', '',
           'struct frame;', '',
           f'#define SYSCALL_COUNT {by_number[-1][0] + 1}', '',
           'struct syscall_entry {',
           '\tlong (*fn)(struct frame *f); /* NULL: no code */',
           '\tconst char *name; /* NULL: this CPU has no such number */',
           '\tconst char *types; /* words of sys/syscalls.def */',
           '\tbool implemented;', '};', '',
           'enum {']
    out += [f'\tNR_{name} = {n},' for n, name in by_number]
    out += ['};', '']
    out += [prototype(name, types)
            for name, (implemented, types) in calls.items() if implemented]
    out += ['', '#ifdef SYSCALLS_DEFINE_TABLE', '',
            '#include "abi/errno.h"', '#include "arch/syscall.h"', '',
            '#if ARCH_SYSCALL_PAIR64',
            '#define ARCH_ARG64(f, i) \\',
            '\t((uint64_t)arch_frame_arg(f, i) | \\',
            '\t (uint64_t)arch_frame_arg(f, (i) + 1) << 32)', '#endif', '',
            'static long call_nosys(struct frame *f)', '{',
            '\treturn -ENOSYS;', '}']
    for _, name in coded:
        out += ['', wrapper(name, calls[name][1])]
    out += ['', 'static long (*const syscall_fn[SYSCALL_COUNT])'
            '(struct frame *) = {']
    have = {n: name for n, name in coded}
    out += [f'\t[{n}] = call_{have.get(n, "nosys")},'
            for n in range(by_number[-1][0] + 1)]
    out += ['};', '',
            'static const struct syscall_entry syscall_table[SYSCALL_COUNT]'
            ' = {']
    out += [table_entry(n, name, calls[name]) for n, name in by_number]
    out += ['};', '', '#endif', '']
    return '\n'.join(out)


def known_names(tbl, numbers):
    """Names in any CPU's table."""
    known = set(numbers)
    root = os.path.dirname(os.path.dirname(os.path.abspath(tbl)))
    for other in glob.glob(os.path.join(root, '*', 'syscalls.tbl')):
        if not os.path.samefile(other, tbl):
            known.update(read_table(other))
    return known


def stop_on_errors():
    for e in errors:
        print(f'mksyscalls: {e}', file=sys.stderr)
    if errors:
        sys.exit(1)


def main():
    if len(sys.argv) != 4:
        sys.exit('usage: mksyscalls.py TBL DEF OUT')
    tbl, defs, out = sys.argv[1:]
    numbers = read_table(tbl)
    if not numbers:
        error(tbl, 'empty')
    calls = read_def(defs, known_names(tbl, numbers))
    for name in numbers:
        if name not in calls:
            error(defs, f'{name}: no line (number {numbers[name]})')
    stop_on_errors()
    with open(out + '.tmp', 'w') as f:
        f.write(render(tbl, numbers, calls))
    os.replace(out + '.tmp', out)


if __name__ == '__main__':
    main()
