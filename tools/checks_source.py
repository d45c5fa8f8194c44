# SPDX-License-Identifier: BSD-2-Clause
"""Checks that read the sources.  Each takes check's Context and returns
(findings, note): a list of lines, empty when clean, and one line to show."""
import os
import re
import statistics
import subprocess
from collections import namedtuple

import cread

Check = namedtuple('Check', 'name what function')

KERNEL = ('abi', 'lib', 'arch', 'core', 'mm', 'sched', 'bpf', 'vm', 'vfs',
          'block', 'fs', 'net', 'proc', 'ipc', 'tty', 'drivers', 'sys',
          'debug', 'trace', 'init')
EXCEPTIONS = 'tools/check-exceptions'
READ_MD = 'docs/read.md'
# Thresholds (docs/house.md).  A function's length is what stands between its
# braces.
FUNCTION_MEDIAN, FUNCTION_P95, FUNCTION_MAX = 12, 50, 120
FILE_AVERAGE, FILE_MAX = 350, 900
PARAMS_MAX, NESTING_MAX = 5, 3
HEADERS_MEDIAN, HEADERS_MAX = 15, 40
SIZE_RULES = ('length', 'params', 'nesting', 'file')
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)


def read(ctx, path):
    with open(os.path.join(ctx.root, path), errors='replace') as f:
        return f.read()


def c_files(files, kernel=False):
    return [f for f in files if f.endswith(('.c', '.h')) and
            (not kernel or f.split('/')[0] in KERNEL)]


def layers(ctx):
    status, out = ctx.run(['python3', '-B', 'tools/check-layers', '.'])
    return out.splitlines() if status else [], ''


def batches(items, size=16):
    return [items[i:i + size] for i in range(0, len(items), size)]


def clang_format(ctx):
    files = c_files(ctx.changed)

    def one(some):
        if ctx.fix:
            return ctx.run(['clang-format', '-i', *some])
        return ctx.run(['clang-format', '--dry-run', '-Werror',
                        '--ferror-limit=1', *some])

    bad = []
    for status, out in ctx.pool.map(one, batches(files)):
        if status:
            bad += [line for line in out.splitlines() if ': error:' in line]
    return bad, f'clang-format: {len(files)} files'


def script_kind(ctx, path):
    """'sh', 'python' or '' by name or first line."""
    if path.endswith('.sh'):
        return 'sh'
    if path.endswith('.py'):
        return 'python'
    if '.' in os.path.basename(path) and not path.startswith('.ci/'):
        return ''
    try:
        with open(os.path.join(ctx.root, path), 'rb') as f:
            first = f.readline(80)
    except OSError:
        return ''
    if not first.startswith(b'#!'):
        return ''
    if b'python' in first:
        return 'python'
    return 'sh' if re.search(rb'/(ba|da)?sh\b|env (ba|da)?sh\b', first) else ''


def shell(ctx):
    files = [f for f in ctx.changed if script_kind(ctx, f) == 'sh']
    if not files:
        return [], 'no shell scripts'
    status, out = ctx.run(['shellcheck', '-x', '-f', 'gcc', *files])
    return out.splitlines() if status else [], f'shellcheck: {len(files)} files'


def python(ctx):
    files = [f for f in ctx.changed if script_kind(ctx, f) == 'python']
    bad = []
    for path in files:
        try:
            compile(read(ctx, path), path, 'exec')
        except SyntaxError as e:
            bad.append(f'{path}:{e.lineno}: {e.msg}')
    return bad, f'python syntax: {len(files)} files'


def own_places(root):
    """Folders of this machine that no file may name."""
    usual = {'/', '/root', '/home', '/tmp', '/usr', '/srv', '/opt', '/var',
             '/mnt', '/build'}
    places, here = set(), os.path.realpath(root)
    while here not in usual:
        places.add(here)
        here = os.path.dirname(here)
    home = os.path.expanduser('~')
    if home not in usual:
        places.add(home)
    return places


def style(ctx):
    """What a formatter does not see."""
    places = '|'.join(re.escape(p) for p in sorted(own_places(ctx.root)))
    place = re.compile(rf'(?<![\w./$}}-])(?:{places or "(?!)"}|/home/\w+)'
                       rf'(?=/)')
    condition = re.compile(r'^[ \t]*#[ \t]*(?:if|ifdef|ifndef)\b', re.M)
    bad = []
    for path in ctx.changed:
        text = read(ctx, path)
        for m in place.finditer(text):
            line = text.count('\n', 0, m.start()) + 1
            bad.append(f'{path}:{line}: names a place of this machine')
        if not path.endswith(('.c', '.h', '.S')):
            continue
        if 'SPDX-License-Identifier: BSD-2-Clause' not in text[:200]:
            bad.append(f'{path}:1: no licence line')
        top = path.split('/')[0]
        if path.endswith('.h') and '#pragma once' not in text:
            bad.append(f'{path}:1: no #pragma once')
        if path.endswith('.c') and top in KERNEL and top != 'arch':
            for m in condition.finditer(text):
                line = text.count('\n', 0, m.start()) + 1
                bad.append(f'{path}:{line}: conditional in a .c file')
    return bad, ''


class Exceptions:
    """tools/check-exceptions: who may break a threshold (rules length,
    params, nesting, file and headers)."""

    def __init__(self, ctx):
        self.entries, self.used = {}, set()
        try:
            text = read(ctx, EXCEPTIONS)
        except OSError:
            text = ''
        self.entries = self.parse(text)

    @staticmethod
    def parse(text):
        out = {}
        for line in text.splitlines():
            words = line.split('#')[0].split(None, 2)
            if words:
                out[tuple(words[:2])] = len(words) == 3
        return out

    def allows(self, rule, where):
        key = (rule, where)
        self.used.add(key)
        return key in self.entries

    def faults(self, ctx, rules):
        """What is wrong with the list itself, as far as `rules` go."""
        mine = {k: v for k, v in self.entries.items() if k[0] in rules}
        bad = [f'{EXCEPTIONS}: {" ".join(key)}: gives no reason'
               for key, reason in mine.items() if not reason]
        bad += [f'{EXCEPTIONS}: {" ".join(key)}: not needed any more'
                for key in mine if key not in self.used]
        if ctx.base is None:
            return bad
        status, old = ctx.run(['git', 'show', f'{ctx.base}:{EXCEPTIONS}'])
        if status == 0:
            bad += [f'{EXCEPTIONS}: {" ".join(key)}: new; the list may only '
                    'shrink' for key in mine
                    if key not in self.parse(old)]
        return bad


def percentile(values, part):
    values = sorted(values)
    return values[min(int(len(values) * part), len(values) - 1)]


def function_faults(path, f, allows):
    where, at = f'{path}:{f.name}', f'{path}:{f.line}: {f.name}'
    if f.lines > FUNCTION_MAX and not allows('length', where):
        yield f'{at}: {f.lines} lines, {FUNCTION_MAX} at most'
    if f.params > PARAMS_MAX and not f.name.startswith('sys_') and \
            not allows('params', where):
        yield f'{at}: {f.params} parameters, {PARAMS_MAX} at most'
    if f.nesting > NESTING_MAX and not allows('nesting', where):
        yield f'{at}: nesting {f.nesting}, {NESTING_MAX} at most'


def sizes(ctx):
    allowed, bad, lengths, files = Exceptions(ctx), [], [], []
    for path in c_files(ctx.files, kernel=True):
        text = read(ctx, path)
        files.append(text.count('\n'))
        if files[-1] > FILE_MAX and not allowed.allows('file', path):
            bad.append(f'{path}: {files[-1]} lines, {FILE_MAX} at most')
        for f in cread.functions(text):
            if path.endswith('.c'):
                lengths.append(f.lines)
            bad += function_faults(path, f, allowed.allows)
    if not lengths:
        return bad, 'no functions'
    median, p95 = statistics.median(lengths), percentile(lengths, .95)
    average = statistics.mean(files)
    if median > FUNCTION_MEDIAN:
        bad.append(f'functions: median {median}, {FUNCTION_MEDIAN} at most')
    if p95 > FUNCTION_P95:
        bad.append(f'functions: 95% {p95}, {FUNCTION_P95} at most')
    if average > FILE_AVERAGE:
        bad.append(f'files: average {average:.0f}, {FILE_AVERAGE} at most')
    note = (f'{len(lengths)} functions: median {median:.0f}, 95% {p95}, most '
            f'{max(lengths)}; {len(files)} files: average {average:.0f}, most '
            f'{max(files)}')
    return bad + allowed.faults(ctx, SIZE_RULES), note


def resolve(ctx, inc, known):
    """The file behind an include's name; None: the compiler's own."""
    if inc in known:
        return inc
    for path in known:
        if path.startswith('arch/x86_64/') and path[12:] == inc:
            return path
    return None


def header_graph(ctx):
    known = {f for f in c_files(ctx.files, kernel=True)}
    graph = {}
    for path in known:
        names = INCLUDE.findall(read(ctx, path))
        graph[path] = {resolve(ctx, n, known) for n in names} - {None}
    return graph


def is_half(path):
    """A contract's CPU side counts as one header with the contract."""
    return path.startswith(('arch/x86_64/impl/', 'abi/x86_64/'))


def reached(graph, path):
    seen, todo = set(), list(graph.get(path, ()))
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += graph.get(name, ())
    return {name for name in seen if not is_half(name)}


def fan_in(ctx):
    """How many headers of ours a .c file drags in."""
    graph, allowed = header_graph(ctx), Exceptions(ctx)
    counts = {p: len(reached(graph, p)) for p in graph
              if p.endswith('.c') and not p.endswith('_test.c')}
    if not counts:
        return [], 'no files'
    bad = [f'{p}: drags in {n} headers, {HEADERS_MAX} at most'
           for p, n in sorted(counts.items())
           if n > HEADERS_MAX and not allowed.allows('headers', p)]
    median = statistics.median(counts.values())
    most = max(counts, key=counts.get)
    return bad + allowed.faults(ctx, ('headers',)), (
        f'headers of a .c file: median {median:.0f} ({HEADERS_MEDIAN} is '
        f'meant), most {counts[most]}')


def comments(ctx):
    code = comment = 0
    for path in c_files(ctx.files, kernel=True):
        text = read(ctx, path)
        comment += cread.comment_lines(text)
        code += cread.code_lines(text)
    ratio = comment / code if code else 0
    return [], f'comment to code {ratio:.2f} (.15 to .35 is meant)'


def stands(ctx, path, name, cache):
    """Whether the function `name` is defined in `path`."""
    if path not in cache:
        try:
            text = read(ctx, path)
        except OSError:
            return False
        if path.endswith('.S'):
            names = set(re.findall(r'^\s*(?:FUNC\s+|(?=\w+:))([A-Za-z_]\w*)',
                                   text, re.M))
        else:
            names = {f.name for f in cread.functions(text)}
            names |= set(re.findall(r'^SYSCALL\((\w+)', text, re.M))
        cache[path] = names
    return name in cache[path]


def pages(ctx):
    """README.md and what lies in docs/."""
    return [f for f in ctx.files if f.endswith('.md') and
            (f == 'README.md' or f.startswith('docs/'))]


def walk_steps(text):
    """(line number, words) of each step of a page's ```walk blocks."""
    for block in re.finditer(r'^```walk\n(.*?)^```', text, re.M | re.S):
        first = text.count('\n', 0, block.start(1)) + 1
        for i, line in enumerate(block.group(1).splitlines(), first):
            words = line.split()
            if words and not words[0].startswith('#'):
                yield i, words


def walks(ctx):
    """Fenced blocks that open with ```walk hold one step a line, `FILE
    FUNCTION` and any words behind; each function must be defined in that file
    (a label, in assembly)."""
    bad, steps, cache = [], 0, {}
    for page in pages(ctx):
        for i, words in walk_steps(read(ctx, page)):
            steps += 1
            if len(words) < 2 or not stands(ctx, words[0], words[1], cache):
                bad.append(f'{page}:{i}: {" ".join(words)}: does not stand '
                           'there')
        if page == READ_MD and not steps:
            bad.append(f'{page}: no ```walk block')
    return bad, f'{steps} steps'


DOC_CODE = re.compile(r'`([^`\n]+)`')
DOC_WORDS = {  # a table's macro, and where each must have a line
    'SYSCALL': 'sys/syscalls.def', 'DRIVER': 'drivers/drivers.def',
    'FILESYSTEM': 'fs/filesystems.def', 'PROCFILE': 'init/procfiles.def',
    'KTEST': 'init/ktests.def'}


def doc_path(ctx, word, tops):
    """Whether a word that looks like a path of the tree names one."""
    if not re.fullmatch(r'[\w.+-]+(/[\w.+-]*)+', word) or \
            word.split('/')[0] not in tops:
        return True
    path = word.rstrip('/')
    return path in ctx.files or any(f.startswith(path + '/')
                                    for f in ctx.files)


def doc_line(ctx, word):
    """Whether a line of a table that a page shows stands in that table."""
    m = re.fullmatch(r'([A-Z]+)\((.+)\)', word)
    if not m or m.group(1) not in DOC_WORDS or m.group(2).isupper():
        return True
    return word in read(ctx, DOC_WORDS[m.group(1)])


def docs(ctx):
    """Paths of the tree and lines of tables that the pages
    put in backquotes exist."""
    tops, bad, count = {f.split('/')[0] for f in ctx.files}, [], 0
    for page in pages(ctx):
        for i, line in enumerate(read(ctx, page).splitlines(), 1):
            for word in DOC_CODE.findall(line):
                count += 1
                if not doc_path(ctx, word, tops):
                    bad.append(f'{page}:{i}: {word}: no such file')
                elif not doc_line(ctx, word):
                    bad.append(f'{page}:{i}: {word}: no such line')
    return bad, f'{count} names'


CHECKS = [
    Check('layers', 'includes point down', layers),
    Check('format', 'clang-format', clang_format),
    Check('style', 'licence, #if, places of this machine', style),
    Check('sizes', 'functions, files, parameters, nesting', sizes),
    Check('headers', 'how many headers a .c file drags in', fan_in),
    Check('comments', 'comment to code', comments),
    Check('walks', 'pages name functions where they are', walks),
    Check('docs', 'pages name files and lines that exist', docs),
    Check('shell', 'shellcheck', shell),
    Check('python', 'python syntax', python),
]
