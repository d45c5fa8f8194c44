#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes gzip streams made by zlib, and what is in them, for inflate_test:
mkstreams.py DIR makes DIR/NAME.gz and DIR/NAME.raw, and DIR/list last."""
import gzip, io, os, random, struct, sys, zlib

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
rnd = random.Random(1951)
words = [bytes(rnd.choices(b'etaoinshrdlu', k=rnd.randint(1, 9))) for _ in range(800)]
text = b' '.join(rnd.choices(words, k=40000))
noise = rnd.randbytes(70000)
data = {
    'empty': b'', 'one': b'x', 'hello': b'hello, hello, hello world',
    'zeros': bytes(300000), 'text': text, 'noise': noise,
    'far': noise[:32768] + noise[:32768] + noise[5:400],
    'mixed': b''.join(text[i:i + 500] + noise[i:i + 300] for i in range(0, 60000, 700)),
    'runs': b''.join(bytes([rnd.randrange(4)]) * rnd.randint(1, 600) for _ in range(900)),
}

def member(raw, level, strategy, head=b'\x1f\x8b\x08\x00' + bytes(6)):
    z = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return head + z.compress(raw) + z.flush() + struct.pack('<II', zlib.crc32(raw), len(raw) & 0xffffffff)

names = []
def put(name, gz, raw):
    open(f'{out}/{name}.gz', 'wb').write(gz)
    open(f'{out}/{name}.raw', 'wb').write(raw)
    names.append(name)

for name, raw in data.items():
    for level in (0, 1, 6, 9):
        put(f'{name}-{level}', member(raw, level, zlib.Z_DEFAULT_STRATEGY), raw)
    put(f'{name}-fixed', member(raw, 9, zlib.Z_FIXED), raw)
    put(f'{name}-huffman', member(raw, 9, zlib.Z_HUFFMAN_ONLY), raw)
head = b'\x1f\x8b\x08\x1e' + bytes(6) + struct.pack('<H', 5) + b'extra' + b'a name\0' + b'a comment\0' + b'\x12\x34'
put('header', member(text, 6, 0, head), text)
buf = io.BytesIO()
with gzip.GzipFile('file.txt', 'wb', mtime=1, fileobj=buf) as f:
    f.write(text)
put('gzipfile', buf.getvalue(), text)
flushed = zlib.compressobj(6, zlib.DEFLATED, -15)
body = b''.join(flushed.compress(text[i:i + 999]) + flushed.flush(zlib.Z_FULL_FLUSH) for i in range(0, 50000, 999))
raw = text[:50949]
put('flushed', b'\x1f\x8b\x08\x00' + bytes(6) + body + flushed.flush() + struct.pack('<II', zlib.crc32(raw), len(raw)), raw)
open(f'{out}/list', 'w').write('\n'.join(names) + '\n')
