#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tools/mktables.py against binutils, on the unwinder's sample: its rows must
be readelf's, its functions nm's, and --verify must notice a moved function.
usage: mktables_test.py BUILD_DIR [KERNEL.elf]"""
import bisect, os, re, subprocess, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'tools'))
import mktables as m

build = sys.argv[1]
path = sys.argv[2] if len(sys.argv) > 2 else f'{build}/unwind_pass1'
elf = m.Elf(path)
start, end = m.text_bounds(elf)
failed = False


def result(name, why):
    global failed
    failed |= bool(why)
    print(f'not ok mktables/{name}: {why}' if why else f'ok mktables/{name}')


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C'})


def readelf_rows():
    """(address, {column: text}, in a signal frame) for each row in the text"""
    cies, columns, signal, last, in_fde = {}, [], False, 0, False
    for line in run('readelf', '--debug-dump=frames-interp', path).stdout.splitlines():
        head = re.match(r'([0-9a-f]{8}) [0-9a-f]+ [0-9a-f]+ (CIE|FDE)', line)
        words = line.split()
        if head:
            in_fde = head[2] == 'FDE'
            if in_fde:
                cie, last = re.search(r'cie=([0-9a-f]+) pc=[0-9a-f]+\.\.([0-9a-f]+)', line).groups()
                signal, last = cies[cie], int(last, 16)
            else:
                cies[head[1]] = 'S' in re.search(r'"(\w*)"', line)[1]
        elif words[:1] == ['LOC']:
            columns = words
        elif in_fde and re.match(r'[0-9a-f]{8,16} ', line):
            addr = int(words[0], 16)
            if start <= addr < min(end, last):
                yield addr, dict(zip(columns, words)), signal


def agrees(rule, want, signal):
    base, flags, cfa, ra, fp = rule
    if want.get('ra') == 'u' and not signal:
        return flags & m.END
    known = re.match(r'(rsp|rbp)([+-]\d+)$', want['CFA'])
    if not known:
        return base in (m.NONE, m.SP_DEREF, m.FP_DEREF)
    saved = lambda column, flag, at: (want.get(column, 'u') == f'c{at:+d}' if flags & flag
                                      else want.get(column, 'u')[0] != 'c')
    return ((base, cfa) == (m.SP if known[1] == 'rsp' else m.FP, int(known[2])) and
            bool(flags & m.INTERRUPT) == signal and
            saved('ra', m.RA_SAVED, ra) and saved('rbp', m.FP_SAVED, fp))


def check_rows():
    rows = m.unwind_rows(elf)
    offsets, count = [offset for offset, _ in rows], 0
    for addr, want, signal in readelf_rows():
        rule = rows[bisect.bisect_right(offsets, addr - start) - 1][1]
        count += 1
        if not agrees(rule, want, signal):
            return f'{addr:#x}: {rule}, readelf says {want}'
    return '' if count > 50 else f'only {count} rows'


def check_functions():
    ours, _ = m.functions(elf)
    ours = {(start + offset, name) for offset, name in ours}
    theirs = {}
    for line in run('nm', path).stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in 'tT' and start <= int(words[0], 16) < end:
            theirs.setdefault(int(words[0], 16), set()).add(words[2])
    for addr, name in ours:
        if name not in theirs.get(addr, ()):
            return f'{name} at {addr:#x} is not in nm'
    for fn in run('readelf', '-sW', path).stdout.splitlines():
        words = fn.split()
        if len(words) == 8 and words[3] == 'FUNC' and start <= int(words[1], 16) < end and \
           int(words[1], 16) not in {addr for addr, _ in ours}:
            return f'{words[7]} is missing'
    return '' if len(ours) > 15 else f'only {len(ours)} functions'


def check_spelling():
    funcs, _ = m.functions(elf)
    tokens = m.train([name for _, name in funcs])
    _, names = m.encode_names(funcs, tokens)
    r, i = m.Reader(names, 0, len(names)), 0
    while r.at < r.end:
        r.uleb()
        got = b''.join(m.spelling(tokens, code) for code in r.block()).decode()
        if got != funcs[i][1]:
            return f'{got}, not {funcs[i][1]}'
        i += 1
    return '' if i == len(funcs) else f'{i} of {len(funcs)} names'


def check_verify():
    tool = m.__file__
    final = f'{build}/unwind_test'
    good = run(sys.executable, tool, '--verify', final)
    if good.returncode:
        return good.stderr
    moved = bytearray(open(final, 'rb').read())
    # Rename one function in the string table: its address now has no name.
    at = moved.rindex(b'omit_large\0')
    moved[at:at + 4] = b'tomi'
    open(f'{build}/moved', 'wb').write(moved)
    if not run(sys.executable, tool, '--verify', f'{build}/moved').returncode:
        return 'a changed function went unnoticed'
    for bad in (path, '/dev/null', f'{build}/build.log'):
        got = run(sys.executable, tool, '--verify', bad)
        if not got.returncode or 'Traceback' in got.stderr:
            return f'{bad}: {got.stderr}'
    return ''


result('rows', check_rows())
result('functions', check_functions())
result('spelling', check_spelling())
result('verify', check_verify())
sys.exit(failed)
