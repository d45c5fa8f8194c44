#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# mkoffsets.sh 'CC FLAGS' IN OUT: compiles IN (C, one OFFSET() a line) to
# assembly and keeps the marked constants, for .S files to include.
set -eu
tmp="$3.s"
$1 -DMKOFFSETS -g0 -x c -S -o "$tmp" "$2"
{
	echo "/* Generated from $2. */"
	echo "#pragma once"
	sed -n 's/.*@@ \([A-Za-z0-9_]*\) [$#]*\(-*[0-9]*\).*/#define \1 \2/p' "$tmp"
} > "$3.tmp"
mv "$3.tmp" "$3"
rm -f "$tmp"
