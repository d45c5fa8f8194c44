#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the kernel's symbol and unwind tables from its first link.

    mktables.py --empty OUT.S      tables without content, for the first link
    mktables.py IN.elf OUT.S       the tables of that kernel
    mktables.py --verify FINAL.elf does the kernel match the tables in it?

The formats are described in lib/ksymtab.h and lib/unwind.h, which read them.
Both count from kernel_text_start.  Call-frame information comes from
.eh_frame, or .debug_frame where there is none, loaded into memory or not.
"""
import bisect
import collections
import struct
import sys
import zlib

KSYM_MAGIC, KSYM_BLOCK = 0x4d59534b, 16
UNWIND_MAGIC, UNWIND_BLOCK = 0x44575755, 32
TOKENS = 128
PADDING = 31    # bytes between functions that are no function of their own
NONE, SP, FP, SP_DEREF, FP_DEREF = range(5)
INTERRUPT, END, RA_SAVED, FP_SAVED = 1, 2, 4, 8
RULE_NONE = (NONE, 0, 0, 0, 0)

# e_machine: DWARF numbers of stack pointer, frame pointer, return address.
REGISTERS = {62: (7, 6, 16), 40: (13, 11, 14)}


class Fail(Exception):
    pass


class Elf:
    """Sections and symbols of a little-endian ELF file."""

    def __init__(self, path):
        self.data = data = open(path, 'rb').read()
        if data[:4] != b'\x7fELF' or data[5] != 1:
            raise Fail(f'{path}: not a little-endian ELF file')
        self.wide = data[4] == 2
        self.word = 8 if self.wide else 4
        self.mask = (1 << 8 * self.word) - 1
        self.machine = struct.unpack_from('<H', data, 18)[0]
        if self.machine not in REGISTERS:
            raise Fail(f'{path}: unknown machine {self.machine}')
        if self.wide:
            shoff, = struct.unpack_from('<Q', data, 40)
            size, count, names = struct.unpack_from('<HHH', data, 58)
        else:
            shoff, = struct.unpack_from('<I', data, 32)
            size, count, names = struct.unpack_from('<HHH', data, 46)
        fmt = '<IIQQQQIIQQ' if self.wide else '<IIIIIIIIII'
        raw = [struct.unpack_from(fmt, data, shoff + i * size)
               for i in range(count)]
        strings = raw[names]
        self.sections = [dict(name=self.string(strings[4], s[0]), type=s[1],
                              flags=s[2], addr=s[3], off=s[4], size=s[5],
                              link=s[6]) for s in raw]

    def string(self, base, at):
        return self.data[base + at:self.data.index(b'\0', base + at)].decode()

    def section(self, name):
        for s in self.sections:
            if s['name'] == name and s['type'] != 8 and s['size']:
                return s
        return None

    def content(self, s):
        return self.data[s['off']:s['off'] + s['size']]

    def symbols(self):
        """(name, value, size, type, binding, section index)"""
        table = self.section('.symtab')
        if not table:
            raise Fail('no symbols')
        strings = self.sections[table['link']]['off']
        step = 24 if self.wide else 16
        for at in range(table['off'], table['off'] + table['size'], step):
            if self.wide:
                name, info, _, shndx, value, size = struct.unpack_from(
                    '<IBBHQQ', self.data, at)
            else:
                name, value, size, info, _, shndx = struct.unpack_from(
                    '<IIIBBH', self.data, at)
            yield (self.string(strings, name), value, size, info & 15,
                   info >> 4, shndx)

    def read_at(self, addr, size):
        for s in self.sections:
            if s['flags'] & 2 and s['type'] != 8 and \
               s['addr'] <= addr and addr + size <= s['addr'] + s['size']:
                at = s['off'] + addr - s['addr']
                return self.data[at:at + size]
        raise Fail(f'nothing at {addr:#x}')


def varint(v):
    out = bytearray()
    while v > 0x7f:
        out.append(v & 0x7f | 0x80)
        v >>= 7
    out.append(v)
    return bytes(out)


# ---------------------------------------------------------------- functions

def text_bounds(elf):
    found = {}
    for name, value, *_ in elf.symbols():
        if name in ('kernel_text_start', 'kernel_text_end'):
            found[name] = value
    if len(found) != 2:
        raise Fail('no kernel_text_start, kernel_text_end')
    return found['kernel_text_start'], found['kernel_text_end']


def functions(elf):
    """Sorted [(offset, name)]: functions, and labels outside of functions."""
    start, end = text_bounds(elf)
    best, labels, sized = {}, {}, []
    for name, value, size, kind, binding, shndx in elf.symbols():
        if elf.machine == 40 and kind == 2:
            value &= ~1         # Thumb
        if not name or not start <= value < end or name[0] in '.$':
            continue
        if not 0 < shndx < len(elf.sections) or \
           not elf.sections[shndx]['flags'] & 4:
            continue
        key = (binding != 1, name.startswith('_'), len(name), name)
        if kind == 2:
            best[value] = min(best.get(value, key), key)
            sized.append((value, value + size))
        elif kind == 0:
            labels[value] = min(labels.get(value, key), key)
    sized.sort()
    starts = [s for s, _ in sized]
    for value, key in labels.items():
        i = bisect.bisect_right(starts, value) - 1
        if value not in best and not (i >= 0 and value < sized[i][1]):
            best[value] = key
    names = ('kernel_text_start', 'kernel_image_start')
    return [(value - start, key[3]) for value, key in sorted(best.items())
            if key[3] not in names], end - start


def train(names):
    """Up to TOKENS letter groups that shorten the names most (byte pairs,
    within the parts that underscores end), as {(left, right): token}."""
    words = collections.Counter()
    for name in names:
        for part in name.replace('_', '_ ').split():
            words[tuple(part.encode())] += 1
    words = [[list(w), n] for w, n in words.items()]
    tokens, pairs = [], collections.Counter()
    where = collections.defaultdict(set)

    def count(i, sign):
        w, n = words[i]
        for pair in zip(w, w[1:]):
            pairs[pair] += sign * n
            where[pair].add(i)

    for i in range(len(words)):
        count(i, 1)
    while len(tokens) < TOKENS and pairs:
        pair, uses = max(pairs.items(), key=lambda p: (p[1], p[0]))
        if uses < 4:
            break
        for i in where.pop(pair):
            count(i, -1)
            words[i][0] = merge(words[i][0], pair, TOKENS + len(tokens))
            count(i, 1)
        del pairs[pair]
        tokens.append(pair)
    return tokens


def merge(word, pair, token):
    out, i = [], 0
    while i < len(word):
        if tuple(word[i:i + 2]) == pair:
            out.append(token)
            i += 2
        else:
            out.append(word[i])
            i += 1
    return out


def spelling(tokens, code):
    if code < TOKENS:
        return bytes([code])
    return b''.join(spelling(tokens, c) for c in tokens[code - TOKENS])


def check_of(funcs, length):
    text = '\n'.join(f'{offset:x} {name}' for offset, name in funcs)
    return zlib.crc32(f'{length:x}\n{text}'.encode())


def encode_names(funcs, tokens):
    known, blocks, names, last = {}, [], bytearray(), 0
    for i, (offset, name) in enumerate(funcs):
        if i % KSYM_BLOCK == 0:
            blocks.append((offset, len(names)))
            last = offset
        code = bytearray()
        for part in name.replace('_', '_ ').split():
            if part not in known:
                word = list(part.encode())
                for n, pair in enumerate(tokens):
                    word = merge(word, pair, TOKENS + n)
                known[part] = bytes(word)
            code += known[part]
        names += varint(offset - last) + varint(len(code)) + code
        last = offset
    return blocks, bytes(names)


def ksym_blob(funcs, length):
    funcs = [(o, n) for o, n in funcs if n.isascii()]
    tokens = train([n for _, n in funcs])
    spelt = [spelling(tokens, TOKENS + i) for i in range(len(tokens))]
    spelt += [b''] * (TOKENS - len(spelt))
    blocks, names = encode_names(funcs, tokens)
    places, letters = [0], b''
    for s in spelt:
        letters += s
        places.append(len(letters))
    body = b''.join(struct.pack('<II', *b) for b in blocks)
    body += struct.pack(f'<{TOKENS + 1}H', *places) + letters
    body += bytes(-len(body) % 4)
    head = struct.pack('<6I', KSYM_MAGIC, len(funcs), len(blocks), length,
                       check_of(funcs, length), 24 + len(body))
    return head + body + names


# ------------------------------------------------------ call-frame information

class Reader:
    def __init__(self, data, at, end):
        self.data, self.at, self.end = data, at, end

    def take(self, fmt):
        v, = struct.unpack_from('<' + fmt, self.data, self.at)
        self.at += struct.calcsize('<' + fmt)
        return v

    def uleb(self):
        v = shift = 0
        while True:
            byte = self.take('B')
            v |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return v

    def sleb(self):
        v = shift = 0
        while True:
            byte = self.take('B')
            v |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return v - (1 << shift) if byte & 0x40 else v

    def string(self):
        end = self.data.index(b'\0', self.at)
        s = self.data[self.at:end].decode()
        self.at = end + 1
        return s

    def block(self):
        n = self.uleb()
        self.at += n
        return self.data[self.at - n:self.at]


class Frames:
    """All FDEs of a section, as rows (address, rule) and ends."""

    def __init__(self, elf, section):
        self.elf, self.addr = elf, section['addr']
        self.eh = section['name'] == '.eh_frame'
        self.data = elf.content(section)
        self.sp, self.fp, self.ra = REGISTERS[elf.machine]
        self.cies = {}

    def pointer(self, r, encoding):
        """A pointer in one of the encodings of the LSB's .eh_frame."""
        at = self.addr + r.at
        kind = encoding & 15
        fmt = {0: 'Q' if self.elf.wide else 'I', 2: 'H', 3: 'I', 4: 'Q',
               10: 'h', 11: 'i', 12: 'q'}.get(kind)
        if fmt is None:
            raise Fail(f'pointer encoding {encoding:#x}')
        v = r.take(fmt)
        if encoding & 0x70 == 0x10:
            v += at
        elif encoding & 0x70:
            raise Fail(f'pointer encoding {encoding:#x}')
        return v & self.elf.mask

    def entries(self):
        """(start of entry, id, place of id, reader behind the id)"""
        at = 0
        while at + 4 <= len(self.data):
            length, = struct.unpack_from('<I', self.data, at)
            if not length:
                if self.eh:
                    at += 4     # a terminator; others may follow it
                    continue
                break
            if length == 0xffffffff:
                raise Fail('64-bit call-frame information')
            end = at + 4 + length
            ident, = struct.unpack_from('<I', self.data, at + 4)
            yield at, ident, at + 4, Reader(self.data, at + 8, end)
            at = end

    def cie(self, at):
        if at in self.cies:
            return self.cies[at]
        length, = struct.unpack_from('<I', self.data, at)
        r = Reader(self.data, at + 8, at + 4 + length)
        c = dict(signal=False, encoding=0, z=False)
        version = r.take('B')
        aug = r.string()
        if version >= 4:
            r.take('B')
            r.take('B')
        c['code'] = r.uleb()
        c['align'] = r.sleb()
        c['ra'] = r.take('B') if version == 1 else r.uleb()
        for letter in aug:
            if letter == 'z':
                c['z'] = True
                r.uleb()
            elif letter == 'R':
                c['encoding'] = r.take('B')
            elif letter == 'S':
                c['signal'] = True
            elif letter == 'P':
                self.pointer(r, r.take('B') & 0x0f)
            elif letter == 'L':
                r.take('B')
            else:
                raise Fail(f'augmentation {aug!r}')
        c['at'], c['end'] = r.at, r.end
        self.cies[at] = c
        return c

    def fdes(self):
        """(start, end, [(address, rule)]) of every function described."""
        for _, ident, place, r in self.entries():
            if ident == (0 if self.eh else 0xffffffff):
                continue
            cie = self.cie(place - ident if self.eh else ident)
            start = self.pointer(r, cie['encoding'])
            length = self.pointer(r, cie['encoding'] & 15)
            if cie['z']:
                r.block()
            yield start, start + length, self.rows(cie, start, r)

    def rows(self, cie, start, r):
        machine = Machine(self, cie, start)
        machine.run(Reader(self.data, cie['at'], cie['end']))
        machine.rows, machine.initial = [], dict(machine.regs)
        machine.run(r)
        machine.row()
        return machine.rows


class Machine:
    """Executes call-frame instructions (DWARF 4, 6.4.2)."""

    def __init__(self, frames, cie, start):
        self.f, self.cie, self.pc = frames, cie, start
        self.cfa, self.regs, self.initial = None, {}, {}
        self.rows, self.stack = [], []

    def row(self):
        rule = self.rule()
        if self.rows and self.rows[-1][0] == self.pc:
            self.rows[-1] = (self.pc, rule)
        else:
            self.rows.append((self.pc, rule))

    def advance(self, by):
        self.row()
        self.pc += by * self.cie['code']

    def run(self, r):
        while r.at < r.end:
            op = r.take('B')
            high, low = op & 0xc0, op & 0x3f
            if high == 0x40:
                self.advance(low)
            elif high == 0x80:
                self.regs[low] = ('at', r.uleb() * self.cie['align'])
            elif high == 0xc0:
                self.restore(low)
            else:
                self.extended(op, r)

    def restore(self, reg):
        if reg in self.initial:
            self.regs[reg] = self.initial[reg]
        else:
            self.regs.pop(reg, None)

    def extended(self, op, r):
        align = self.cie['align']
        if op == 0x00:
            pass
        elif op == 0x01:
            self.row()
            self.pc = self.f.pointer(r, self.cie['encoding'])
        elif op in (0x02, 0x03, 0x04):
            self.advance(r.take({2: 'B', 3: 'H', 4: 'I'}[op]))
        elif op == 0x05:
            reg = r.uleb()
            self.regs[reg] = ('at', r.uleb() * align)
        elif op == 0x06:
            self.restore(r.uleb())
        elif op == 0x07:
            self.regs[r.uleb()] = ('undefined',)
        elif op == 0x08:
            self.regs.pop(r.uleb(), None)
        elif op == 0x09:
            reg = r.uleb()
            self.regs[reg] = ('register', r.uleb())
        elif op == 0x0a:
            self.stack.append((self.cfa, dict(self.regs)))
        elif op == 0x0b:
            self.cfa, self.regs = self.stack.pop()
        elif op in (0x0c, 0x12):
            reg = r.uleb()
            self.cfa = (reg, r.uleb() if op == 0x0c else r.sleb() * align)
        elif op == 0x0d:
            self.cfa = (r.uleb(), self.cfa[1] if self.cfa else 0)
        elif op in (0x0e, 0x13):
            off = r.uleb() if op == 0x0e else r.sleb() * align
            self.cfa = (self.cfa[0], off) if self.cfa else None
        elif op == 0x0f:
            self.cfa = self.expression(r.block())
        elif op in (0x10, 0x16):
            self.regs[r.uleb()] = ('expression', r.block())
        elif op in (0x11,):
            reg = r.uleb()
            self.regs[reg] = ('at', r.sleb() * align)
        elif op in (0x14, 0x15):
            reg = r.uleb()
            self.regs[reg] = ('value', r.uleb())
        elif op == 0x2e:
            r.uleb()
        elif op == 0x2d:
            pass
        else:
            raise Fail(f'call-frame instruction {op:#x}')

    def expression(self, code):
        """*(register + offset), the one form that compilers and we use."""
        r = Reader(code, 0, len(code))
        op = r.take('B') if code else 0
        if not 0x70 <= op <= 0x8f:
            return None
        off = r.sleb()
        if code[r.at:] == b'\x06':
            return (op - 0x70, off, 'deref')
        return None

    def rule(self):
        f, flags, cfa = self.f, 0, self.cfa
        if self.cie['signal']:
            flags |= INTERRUPT
        ra = self.regs.get(self.cie['ra'])
        fp = self.regs.get(f.fp)
        if ra == ('undefined',):
            return (SP, flags | END, 0, 0, 0)
        if cfa is None or cfa[0] not in (f.sp, f.fp):
            return RULE_NONE
        base = SP if cfa[0] == f.sp else FP
        if len(cfa) == 3:
            base = SP_DEREF if base == SP else FP_DEREF
        values = [cfa[1], 0, 0]
        if ra and ra[0] == 'at':
            flags |= RA_SAVED
            values[1] = ra[1]
        elif ra and not flags & INTERRUPT:
            return RULE_NONE
        if fp and fp[0] == 'at':
            flags |= FP_SAVED
            values[2] = fp[1]
        elif fp:
            return RULE_NONE
        if not all(-32768 <= v < 32768 for v in values):
            return RULE_NONE
        return (base, flags, *values)


def unwind_rows(elf):
    """[(offset, rule)], rising, gaps filled with RULE_NONE."""
    start, end = text_bounds(elf)
    section = elf.section('.eh_frame') or elf.section('.debug_frame')
    if not section:
        return []
    fdes = sorted((f for f in Frames(elf, section).fdes()
                   if start <= f[0] < f[1] <= end), key=lambda f: f[0])
    rows, at = [], start
    for first, last, lines in fdes:
        if first < at:
            continue            # folded functions
        if first > at + PADDING:
            rows.append((at - start, RULE_NONE))
        rows += [(pc - start, rule) for pc, rule in lines
                 if first <= pc < last]
        at = last
    rows.append((at - start, RULE_NONE))
    return [r for i, r in enumerate(rows) if not i or rows[i - 1][1] != r[1]]


def unwind_blob(rows, length):
    common = collections.Counter(rule for _, rule in rows)
    rules = [rule for rule, _ in
             sorted(common.items(), key=lambda c: (-c[1], c[0]))]
    index = {rule: i for i, rule in enumerate(rules)}
    blocks, body, last = [], bytearray(), 0
    for i, (offset, rule) in enumerate(rows):
        if i % UNWIND_BLOCK == 0:
            blocks.append((offset, len(body)))
            last = offset
        body += varint(offset - last) + varint(index[rule])
        last = offset
    tables = b''.join(struct.pack('<BBhhh', *rule) for rule in rules)
    tables += b''.join(struct.pack('<II', *b) for b in blocks)
    head = struct.pack('<6I', UNWIND_MAGIC, len(rules), len(blocks), length,
                       24 + len(tables), len(body))
    return head + tables + bytes(body)


# -------------------------------------------------------------------- output

def assembly(name, blob):
    blob += bytes(-len(blob) % 4)
    words = struct.unpack(f'<{len(blob) // 4}I', blob)
    lines = ['\t.long\t' + ','.join(f'{w:#x}' for w in words[i:i + 16])
             for i in range(0, len(words), 16)]
    return '\n'.join([f'\t.balign\t8', f'\t.globl\t{name}_start, {name}_end',
                      f'{name}_start:', *lines, f'{name}_end:', ''])


def write_tables(path, funcs, length, rows):
    with open(path, 'w') as out:
        out.write('/* Made by tools/mktables.py. */\n'
                  '\t.section .rodata.tables, "a"\n')
        out.write(assembly('ksym_table', ksym_blob(funcs, length)))
        out.write(assembly('unwind_table', unwind_blob(rows, length)))
        out.write('\t.section .note.GNU-stack, "", %progbits\n')


def verify(path):
    elf = Elf(path)
    funcs, length = functions(elf)
    where = {n: v for n, v, *_ in elf.symbols() if n == 'ksym_table_start'}
    if not where:
        raise Fail(f'{path}: no ksym_table_start')
    head = struct.unpack('<6I', elf.read_at(where['ksym_table_start'], 24))
    funcs = [f for f in funcs if f[1].isascii()]
    if head[3] != length or head[4] != check_of(funcs, length):
        raise Fail(f'{path}: its functions are not where its tables say')


def main(args):
    if len(args) == 2 and args[0] == '--empty':
        write_tables(args[1], [], 0, [])
    elif len(args) == 2 and args[0] == '--verify':
        verify(args[1])
    elif len(args) == 2 and not args[0].startswith('-'):
        elf = Elf(args[0])
        funcs, length = functions(elf)
        write_tables(args[1], funcs, length, unwind_rows(elf))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    try:
        main(sys.argv[1:])
    except (Fail, OSError) as e:
        sys.exit(f'mktables: {e}')
