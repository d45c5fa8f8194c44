# SPDX-License-Identifier: BSD-2-Clause
"""Checks that need a compiler.  As checks_source: each takes check's Context
and returns (findings, note)."""
import glob
import os
import re
import subprocess

from checks_source import KERNEL, Check, read

ARCH = 'x86_64'
BUILD = 'build/check'
TABLE_CPU = 'x86_64'  # whose numbers the stub CPU borrows
STUB_CPU = 'armv7'
WARN = ('-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes '
        '-Wvla -Wundef -Werror -Wno-unused-parameter -Wno-sign-compare '
        '-std=gnu11 -ffreestanding -fno-common -fno-pic -fno-pie').split()
# (CC, O, DEBUG, TEST); the first two are what a plain `check` builds.
VARIANTS = [('gcc', '2', 0, 0), ('clang', '0', 1, 1),
            ('gcc', '0', 0, 0), ('gcc', 's', 0, 0), ('clang', '2', 0, 0),
            ('clang', 's', 0, 0), ('clang', '0', 0, 0),
            ('gcc', '2', 1, 0), ('gcc', '2', 0, 1)]
COMPILERS_OWN = re.compile(r'mem(cpy|set|move|cmp)$|__asan_|__ubsan_|'
                           r'__stack_chk_|__aeabi_|__gnu_thumb')
DIVISION = re.compile(r'__(?:aeabi_u?ldivmod|u?divdi3|u?moddi3)$')
JOBS = f'-j{os.cpu_count() or 1}'


def variant_dir(cc, o, debug, test):
    return (f'{BUILD}/{ARCH}-{cc}-O{o}' + ('-debug' if debug else '') +
            ('-test' if test else ''))


def make(ctx, variant, *targets):
    cc, o, debug, test = variant
    return ctx.run(['make', JOBS, '-k', f'ARCH={ARCH}', f'CC={cc}', f'O={o}',
                    f'DEBUG={debug}', f'TEST={test}',
                    f'BUILD={variant_dir(*variant)}', *targets])


def complaints(out):
    """The lines of a build's output that tell what is wrong."""
    lines = out.splitlines()
    told = [x for x in lines
            if re.search(r'(error|warning):|undefined reference|\*\*\*', x)]
    return told or lines[-10:]


def plain(line):
    """A complaint without what differs between compilers."""
    return re.sub(r'^(\S+?:\d+):.*', r'\1', line)


def kernel_touched(ctx):
    return any(f.split('/')[0] in KERNEL or f == 'Makefile' or
               f.startswith('tools/mk') for f in ctx.changed)


def builds(ctx):
    """The whole kernel, warnings as errors, with both compilers."""
    if not kernel_touched(ctx):
        return [], 'nothing of the kernel changed'
    bad, seen = [], set()
    chosen = VARIANTS if ctx.all else VARIANTS[:2]
    for i, variant in enumerate(chosen, 1):
        name = os.path.basename(variant_dir(*variant))
        ctx.tell(f'builds {i}/{len(chosen)}: {name}')
        status, out = make(ctx, variant, 'kernel', 'user')
        if status:
            lines = [x for x in complaints(out) if '***' not in x]
            new = [x for x in lines if plain(x) not in seen]
            seen.update(plain(x) for x in lines)
            bad += [f'{name}: {x}' for x in new or ['the same']]
    return bad, f'{len(chosen)} builds with gcc and clang'


def generated(ctx):
    """Makes the generated headers; (findings, folder)."""
    where = variant_dir(*VARIANTS[0])
    status, out = make(ctx, VARIANTS[0], f'{where}/gen/syscalls_gen.h',
                       f'{where}/gen/arch_offsets.h')
    return complaints(out) if status else [], f'{where}/gen'


def arch_flags(ctx):
    text = read(ctx, f'arch/{ARCH}/arch.mk').replace('\\\n', ' ')
    m = re.search(r'^ARCH_CFLAGS\s*:?=(.*)$', text, re.M)
    return m.group(1).split() if m else []


def alone(ctx):
    """Every header compiles with nothing before it.  One in impl/ is its
    contract's other half, and compiles through that."""
    bad, gen = generated(ctx)
    flags = [*WARN, *arch_flags(ctx), '-DDEBUG=1', '-DTEST=1', '-I.',
             f'-I{gen}', f'-Iarch/{ARCH}', '-fsyntax-only', '-x', 'c']
    headers = [f for f in ctx.files if f.endswith('.h') and
               f.split('/')[0] in KERNEL and
               not f.startswith(f'arch/{STUB_CPU}/') and
               not re.match(rf'abi/(?!{ARCH}/)\w+/', f)]
    halves = {f'arch/{ARCH}/{inc}' for f in headers
              if re.match(r'arch/\w+\.h$', f)
              for inc in re.findall(r'"(impl/\w+\.h)"', read(ctx, f))}
    headers = [f for f in headers if f not in halves]

    def one(header):
        return ctx.run(['gcc', *flags, '-include', header, '/dev/null'])

    for header, (status, out) in zip(headers, ctx.pool.map(one, headers)):
        if status:
            bad += [f'{header}: {x}' for x in complaints(out)[:3]]
    return bad, f'{len(headers)} headers compile alone'


def stub_objects(ctx, gen):
    """(source, command) of everything outside arch/ for the stub CPU."""
    flags = [*WARN, '-O2', '-march=armv7-a', '-marm', '-mfloat-abi=soft',
             '-DDEBUG=0', '-DTEST=0', '-I.', f'-I{gen}',
             f'-Iarch/{STUB_CPU}', '-c']
    for path in ctx.files:
        if not path.endswith('.c') or \
                path.endswith(('_test.c', '_debug.c', 'ktest.c')) or \
                path.split('/')[0] not in KERNEL or path.startswith('arch/'):
            continue
        out = f'{BUILD}/{STUB_CPU}/{path[:-2]}.o'
        os.makedirs(os.path.join(ctx.root, os.path.dirname(out)),
                    exist_ok=True)
        yield path, ['arm-linux-gnueabihf-gcc', *flags, path, '-o', out], out


def portable(ctx):
    """Everything outside arch/ compiles for a 32-bit CPU, against a contract
    of stubs, and divides 64 bits only by helper."""
    if not os.path.isdir(os.path.join(ctx.root, f'arch/{STUB_CPU}/impl')):
        return [f'arch/{STUB_CPU}/impl is not there'], ''
    gen = f'{BUILD}/{STUB_CPU}/gen'
    os.makedirs(os.path.join(ctx.root, gen), exist_ok=True)
    status, out = ctx.run(['python3', '-B', 'tools/mksyscalls.py',
                           f'arch/{TABLE_CPU}/syscalls.tbl',
                           'sys/syscalls.def', f'{gen}/syscalls_gen.h'])
    bad = complaints(out) if status else []
    jobs = list(stub_objects(ctx, gen))

    def one(job):
        status, out = ctx.run(job[1])
        if status:
            return [f'{STUB_CPU}: {x}' for x in complaints(out)[:5]]
        _, names = ctx.run(['nm', '-u', job[2]])
        return [f'{job[0]}: 64-bit division ({n})' for n in names.split()
                if DIVISION.match(n)]

    for some in ctx.pool.map(one, jobs):
        bad += some
    return bad, f'{len(jobs)} files compile for {STUB_CPU}'


class Symbols:
    """Who defines and who wants what, in the objects of one build."""

    def __init__(self, ctx, where, objects):
        self.ctx, self.where = ctx, where
        self.folder_of, self.file_of, self.wants = {}, {}, {}
        self.made = set()  # by the linker script and the table generator
        for folder in KERNEL:
            mine = [x for x in objects if x.startswith(f'{where}/{folder}/')]
            if mine:
                self.folder(folder, sorted(mine))
        for path in glob.glob(os.path.join(ctx.root, where, 'tables*.o')):
            self.made.update(x.split()[-1]
                             for x in self.nm('--defined-only', path))
        self.made |= words_of(ctx, f'arch/{ARCH}/kernel.ld')

    def nm(self, *words):
        _, out = self.ctx.run(['nm', *words])
        return out.splitlines()

    def folder(self, folder, objects):
        whole = f'{self.where}/{folder}.whole.o'
        self.ctx.run(['ld', '-r', '-o', whole, *objects])
        self.wants[folder] = {x.split()[-1]
                              for x in self.nm('-u', whole) if x.strip()}
        for line in self.nm('-A', '-g', '--defined-only', *objects):
            path, rest = line.split(':', 1)
            name = rest.split()[-1]
            path = os.path.relpath(path, self.where)
            self.folder_of[name] = folder
            self.file_of[name] = path[:-2]


def words_of(ctx, path):
    try:
        return set(re.findall(r'[A-Za-z_]\w*', read(ctx, path)))
    except OSError:
        return set()


def entry_names(ctx):
    """The closed list: the functions that core/entry.h declares."""
    text = re.sub(r'/\*.*?\*/', '', read(ctx, 'core/entry.h'), flags=re.S)
    return set(re.findall(r'\b(\w+)\s*\(', text))


def read_grants(ctx):
    grants = {}
    for line in read(ctx, 'tools/layers').splitlines():
        line = line.split('#')[0].strip().lstrip('- ')
        if line:
            folder, may = line.split(':')
            grants[folder.strip()] = may.split()
    return grants


def link_fault(ctx, folder, name, symbols, may):
    """Why `folder` may not want `name`; None when it may."""
    home = symbols.folder_of.get(name)
    if home is None:
        return None if name in symbols.made else 'nobody defines it'
    if '*' in may or home in may:
        return None
    for header in (m for m in may if m.endswith('.h')):
        if name in words_of(ctx, header):
            return None
    return f'defined in {symbols.file_of[name]}'


def link(ctx):
    """Every folder, linked by itself, wants only what it is granted."""
    bad = []
    status, out = make(ctx, VARIANTS[0], 'kernel')
    if status:
        return ['the kernel does not build: see builds'], ''
    # As make tells them: the folder has those of deleted sources as well.
    _, names = make(ctx, VARIANTS[0], '-s', 'names')
    symbols = Symbols(ctx, variant_dir(*VARIANTS[0]),
                      [x for x in names.split() if x.endswith('.o')])
    up, grants, n = entry_names(ctx), read_grants(ctx), 0
    for folder, wants in symbols.wants.items():
        for name in sorted(wants):
            n += 1
            if COMPILERS_OWN.match(name) or name in up:
                continue
            why = link_fault(ctx, folder, name, symbols,
                             grants.get(folder, []))
            if why:
                bad.append(f'{folder} uses {name}: {why}')
    return bad, f'link: {len(symbols.wants)} folders, {n} names wanted'


CHECKS = [
    Check('alone', 'every header compiles alone', alone),
    Check('builds', 'warnings as errors, gcc and clang', builds),
    Check('link', 'calls point down', link),
    Check('portable', 'all but arch/ compiles for 32-bit ARM', portable),
]
