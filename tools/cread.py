# SPDX-License-Identifier: BSD-2-Clause
"""cread: reads formatted C well enough to measure it.

Not a compiler: comments, strings and preprocessor lines are blanked (line
numbers stay), the rest is cut into tokens, and braces, parentheses and the
statement keywords tell functions, parameters and nesting.

  functions(text) -> list of Function, in order
  blank(text)     -> the text without comments, strings, directives
  comment_lines(text), code_lines(text) -> counts of lines
"""
import re
from collections import namedtuple

Function = namedtuple('Function', 'name line lines params nesting')

SKIP = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'
                  r"'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.M)
TOKEN = re.compile(r'[A-Za-z_]\w*|\d[\w.]*|\S')
BLOCKS = {'if', 'for', 'while', 'switch'}


def _newlines(match):
    s = match.group(0)
    if s[0] in '"\'':
        return s[0] * 2
    return '\n' * s.count('\n') or ' '


def blank(text):
    return DIRECTIVE.sub(_newlines, SKIP.sub(_newlines, text))


def _tokens(text):
    line, at, out = 1, 0, []
    for m in TOKEN.finditer(text):
        line += text.count('\n', at, m.start())
        at = m.start()
        out.append((m.group(0), line))
    return out


class _Body:
    """Deepest nesting of control statements in a function's tokens."""

    def __init__(self, tokens, at):
        self.t, self.i, self.deepest = tokens, at, 0

    def peek(self, ahead=0):
        i = self.i + ahead
        return self.t[i][0] if i < len(self.t) else '}'

    def group(self):
        """Steps over one bracketed group."""
        depth = 0
        while self.i < len(self.t):
            c = self.t[self.i][0]
            self.i += 1
            depth += (c in '([{') - (c in ')]}')
            if depth == 0:
                return

    def block(self, depth):
        """self.i stands behind '{'; ends behind its '}'."""
        while self.i < len(self.t) and self.peek() != '}':
            self.statement(depth)
        self.i += 1

    def labels(self):
        while True:
            if self.peek() in ('case', 'default'):
                while self.peek() != ':':
                    self.group() if self.peek() in '([{' else self.skip()
                self.i += 1
            elif self.peek(1) == ':' and self.peek().isidentifier():
                self.i += 2
            else:
                return

    def skip(self):
        self.i += 1

    def inner(self, depth):
        self.deepest = max(self.deepest, depth + 1)
        self.statement(depth + 1)

    def statement(self, depth):
        self.labels()
        word = self.peek()
        if word == '}':
            return
        if word == '{':
            self.i += 1
            self.block(depth)
        elif word == 'do':
            self.i += 1
            self.inner(depth)
            self.plain()
        elif word in BLOCKS or 'for_each' in word and self.peek(1) == '(':
            self.i += 1
            self.group()
            self.inner(depth)
            self.otherwise(depth)
        else:
            self.plain()

    def otherwise(self, depth):
        if self.peek() != 'else':
            return
        self.i += 1
        if self.peek() == 'if':
            self.statement(depth)
        else:
            self.inner(depth)

    def plain(self):
        while self.i < len(self.t):
            c = self.peek()
            if c in '([{':
                self.group()
            elif c == ';':
                self.i += 1
                return
            elif c == '}':
                return
            else:
                self.i += 1


def _closing(tokens, at):
    depth = 0
    for i in range(at, len(tokens)):
        c = tokens[i][0]
        depth += (c in '([{') - (c in ')]}')
        if depth == 0:
            return i
    return len(tokens) - 1


def _head(tokens):
    """(name, number of parameters) when `tokens` opens a function."""
    words = [t for t, _ in tokens]
    if ')' not in words or '=' in words or words[0] == 'typedef':
        return None
    i, found = 0, None
    while i < len(words):
        if words[i] != '(':
            i += 1
            continue
        end = _closing(tokens, i)
        name = words[i - 1] if i else ''
        if name.isidentifier() and name not in ('__attribute__', 'alignas'):
            found = (name, _count(tokens[i + 1:end]))
            break
        i = end + 1
    tail = words[end + 1:] if found else []
    return found if all(w not in ('struct', 'enum') for w in tail) else None


def _count(params):
    words = [t for t, _ in params]
    if not words or words == ['void']:
        return 0
    depth, n = 0, 1
    for c in words:
        depth += (c in '([{') - (c in ')]}')
        n += c == ',' and depth == 0
    return n


def functions(text):
    tokens, out, start, i = _tokens(blank(text)), [], 0, 0
    while i < len(tokens):
        c = tokens[i][0]
        if c == ';':
            start = i + 1
        elif c == '{':
            end = _closing(tokens, i)
            head = _head(tokens[start:i]) if i > start else None
            if head:
                body = _Body(tokens, i + 1)
                body.block(0)
                lines = max(tokens[end][1] - tokens[i][1] - 1, 0)
                out.append(Function(head[0], tokens[start][1], lines,
                                    head[1], body.deepest))
                start = end + 1
            i = end
        elif c in '([':
            i = _closing(tokens, i)
        i += 1
    return out


def comment_lines(text):
    """Lines of comments, without the licence line and bare delimiters."""
    n = 0
    for m in re.finditer(r'/\*.*?\*/|//[^\n]*', text, re.S):
        for line in m.group(0).split('\n'):
            n += bool(line.strip(' \t/*')) and 'SPDX' not in line
    return n


def code_lines(text):
    text = SKIP.sub(lambda m: _newlines(m) if m.group(0)[0] == '/' else 's',
                    text)
    return sum(1 for line in text.split('\n') if line.strip())
