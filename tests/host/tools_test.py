#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The tools that judge the tree, judged: planted faults in small trees must be
found, and only those.  Prints `ok tools/NAME` or `not ok tools/NAME: why`."""
import os
import subprocess
import sys
import tempfile
from types import SimpleNamespace

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
TOOLS = os.path.join(TOP, 'tools')
sys.path.insert(0, TOOLS)
import checks_source as checks  # noqa: E402
import cread  # noqa: E402

failed = False


def result(name, why):
    global failed
    failed |= bool(why)
    print(f'not ok tools/{name}: {why}' if why else f'ok tools/{name}')


def run(words, **how):
    r = subprocess.run(words, stdout=subprocess.PIPE, text=True,
                       stderr=subprocess.STDOUT, **how)
    return r.returncode, r.stdout


def plant(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)


def context(folder, base=None):
    files = [os.path.relpath(os.path.join(where, name), folder)
             for where, _, names in os.walk(folder) for name in names
             if '.git' not in where]
    return SimpleNamespace(
        root=folder, files=sorted(files), changed=sorted(files), base=base,
        run=lambda words: run(words, cwd=folder))


def differ(got, want):
    return '' if got == want else f'got {got!r}, want {want!r}'


LAYERS = {
    'abi/x86_64/stat.h': '', 'lib/a.h': '#include <stdint.h>\n',
    'lib/b.h': '', 'core/c.h': '#include "lib/a.h"\n', 'mm/d.h': '',
    'mm/d_priv.h': '', 'arch/x.h': '#include "impl/x.h"\n',
    'arch/x86_64/impl/x.h': '#include "abi/x86_64/stat.h"\n',
    'arch/armv7/impl/x.h': '',
    'sys/s.c': '#include "syscalls_gen.h"\n#include "mm/d.h"\n',
    'tests/any.c': '#include <stdio.h>\n#include "sys/s.c"\n',
}
UPWARD = [
    ('lib/e.h', '#include "mm/d.h"\n', 'lib may not include mm/d.h'),
    ('core/e.h', '#include "mm/d_priv.h"\n', 'private header mm/d_priv.h'),
    ('mm/e.c', '#include "impl/x.h"\n', 'impl/x.h is for arch/ alone'),
    ('mm/e.c', '#include "abi/x86_64/stat.h"\n', "includes a CPU's own"),
    ('mm/e.c', '#include "syscalls_gen.h"\n', 'belongs to sys/'),
    ('mm/e.c', '#ifdef __x86_64__\n#endif\n', 'names an architecture'),
    ('mm/e.c', '#include <stdio.h>\n', 'is not freestanding'),
    ('mm/e.c', '#include "sys/t.h"\n', 'sys/t.h does not exist'),
    ('init/e.h', '#include "init/e.h"\n', 'header cycle'),
    ('odd/e.h', '', 'folder has no line'),
    ('arch/armv7/e.c', '#include "arch/x86_64/impl/x.h"\n',
     "includes a CPU's own"),
]


def check_layers():
    tool = os.path.join(TOOLS, 'check-layers')
    with tempfile.TemporaryDirectory() as folder:
        plant(folder, LAYERS)
        status, out = run([sys.executable, '-B', tool, folder])
        if status or out:
            return f'a clean tree: {out}'
        for name, text, want in UPWARD:
            plant(folder, {name: text})
            status, out = run([sys.executable, '-B', tool, folder])
            os.unlink(os.path.join(folder, name))
            if not status or want not in out or out.count('\n') != 1:
                return f'{name} {text!r}: {out!r}'
            if name.startswith('odd/'):
                os.rmdir(os.path.join(folder, 'odd'))
    return ''


SAMPLE = r'''
/* A comment with { braces } and
 * "quotes". */
#define LOOP(x) \
	do { if (x) { } } while (0)

struct s {
	int (*f)(int a, int b);
} table[] = { { first }, { second } };

static const struct s one = {
	.f = third,
};

int none(void)
{
	return '{' + "}"[0];
}

static must_check struct s *many(int a, int (*f)(int, int), struct s *b,
				 int c, int d, int e)
{
	for (;;)
		if (a)
			while (b)
				switch (c) {
				case 1:
					break;
				default: {
					f(1, 2);
				}
				}
	if (a) {
	} else if (b) {
	} else if (c) {
		list_for_each (x, y)
			d = (struct s){ 1 }.f ? ({ e; }) : 2;
	}
out:
	return NULL;
}
KTEST(planted)
{
}
'''


def check_cread():
    got = [(f.name, f.lines, f.params, f.nesting)
           for f in cread.functions(SAMPLE)]
    return differ(got, [('none', 1, 0, 0), ('many', 18, 6, 4),
                        ('KTEST', 0, 1, 0)])


def check_sizes():
    deep = ('int deep(int a, int b, int c, int d, int e, int f)\n{\n' +
            '\tif (a)\n' * 4 + '\t;\n' * 117 + '}\n')
    with tempfile.TemporaryDirectory() as folder:
        plant(folder, {'mm/a.c': deep})
        bad = checks.sizes(context(folder))[0]
        found = [w for w in ('121 lines', '6 parameters', 'nesting 4')
                 if any(w in x for x in bad)]
        if len(found) != 3:
            return f'{bad}'
        plant(folder, {checks.EXCEPTIONS:
                       'length mm/a.c:deep a planted one\n'
                       'params mm/a.c:deep so is this\n'
                       'nesting mm/a.c:deep\n'
                       'file mm/a.c not long at all\n'})
        bad = checks.sizes(context(folder))[0]
        bad = [x for x in bad if x.startswith(checks.EXCEPTIONS)]
        return differ([x.split(': ')[-1] for x in bad],
                      ['gives no reason', 'not needed any more'])


def check_shrinks():
    def git(*words):
        return run(['git', '-c', 'user.name=t', '-c', 'user.email=t@t',
                    *words], cwd=folder)

    with tempfile.TemporaryDirectory() as folder:
        entry = 'params mm/a.c:f reason\n'
        plant(folder, {'mm/a.c': '', checks.EXCEPTIONS: entry})
        for words in (['init', '-q'], ['add', '-A'],
                      ['commit', '-q', '-m', 'x']):
            status, out = git(*words)
            if status:
                return out
        plant(folder, {checks.EXCEPTIONS: entry + 'file mm/b.c reason\n'})
        listed = checks.Exceptions(context(folder, 'HEAD'))
        listed.used = set(listed.entries)
        bad = listed.faults(context(folder, 'HEAD'), checks.SIZE_RULES)
        return differ([x.split(': ', 1)[1] for x in bad],
                      ['file mm/b.c: new; the list may only shrink'])


def check_walks():
    text = ('# Reading\nmm/a.c outside\n```walk\nmm/a.c here what it does\n'
            'mm/e.S entry\nmm/a.c gone\nmm/b.c here\n```\n')
    with tempfile.TemporaryDirectory() as folder:
        plant(folder, {'docs/read.md': text, 'mm/e.S': 'entry:\n\tret\n',
                       'mm/a.c': 'int here(void)\n{\n\treturn gone();\n}\n'})
        bad, note = checks.walks(context(folder))
        return differ([x.split(':')[1] for x in bad], ['6', '7'])


def check_docs():
    text = ('# House\n`mm/a.c` `mm/` `nowhere/x` `mm/gone.c`\n'
            '`KTEST(x)` `KTEST(NAME)`\n`KTEST(y)` `if (a/b)` `mm/none/`\n')
    with tempfile.TemporaryDirectory() as folder:
        plant(folder, {'docs/house.md': text, 'mm/a.c': '',
                       'init/ktests.def': 'KTEST(x)\n'})
        bad, note = checks.docs(context(folder))
        return differ([x.split(':')[1:] for x in bad],
                      [['2', ' mm/gone.c', ' no such file'],
                       ['4', ' KTEST(y)', ' no such line'],
                       ['4', ' mm/none/', ' no such file']])


def check_style():
    spdx = '/* SPDX-License-Identifier: BSD-2-Clause */\n'
    with tempfile.TemporaryDirectory() as folder:
        plant(folder, {'mm/a.c': spdx + f'/* {folder}/x */\n#if A\n#endif\n',
                       'mm/a.h': spdx, 'mm/b.h': '#pragma once\n',
                       'arch/x/a.c': spdx + '#if A\n#endif\n',
                       'README': '/home' + '/someone/x\n'})
        bad = checks.style(context(folder))[0]
        return differ(sorted(x.split(': ', 1)[1] for x in bad),
                      ['conditional in a .c file', 'names a place of this '
                       'machine', 'names a place of this machine',
                       'no #pragma once', 'no licence line'])


def check_mksyscalls():
    tool = os.path.join(TOOLS, 'mksyscalls.py')

    def generate(folder, defs):
        plant(folder, {'sys/d.def': defs})
        names = ['arch/a/syscalls.tbl', 'sys/d.def', 'out.h']
        return run([sys.executable, tool,
                    *(os.path.join(folder, n) for n in names)])

    with tempfile.TemporaryDirectory() as folder:
        plant(folder, {'arch/a/syscalls.tbl': '0 one\n2 two # hm\n',
                       'arch/b/syscalls.tbl': '7 three\n'})
        good = 'SYSCALL(one, frame fd off64)\nNOSYS(two, )\n'
        status, out = generate(folder, good + 'SYSCALL(three, int)\n')
        if status:
            return out
        with open(os.path.join(folder, 'out.h')) as f:
            text = f.read()
        for want in ('long sys_one(struct frame *f, int a0, int64_t a1);',
                     'ARCH_ARG64(f, 2)', '[1] = call_nosys',
                     '#define SYSCALL_COUNT 3', 'NR_two = 2'):
            if want not in text:
                return f'{want!r} is missing'
        for more, want in (('NOSYS(four, )', 'no CPU has'),
                           ('NOSYS(two, )', 'seen before'),
                           ('NOSYS(three, quark)', 'unknown type quark'),
                           ('NOSYS(three, int frame)', 'frame stands first'),
                           ('three', 'want SYSCALL')):
            status, out = generate(folder, good + more + '\n')
            if not status or want not in out:
                return f'{more}: {out}'
        status, out = generate(folder, 'NOSYS(two, )\n')
        return '' if status and 'one: no line' in out else out


for name, test in list(globals().items()):
    if name.startswith('check_'):
        result(name[6:], test())
sys.exit(failed)
