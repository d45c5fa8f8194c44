#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds and runs the tests of lib/ on the host, under ASan and UBSan.
# usage: tests/host/run.sh [NAME...]	(list, rbtree ...; all when none given)
# Prints one line per case, `ok NAME` or `not ok NAME: why`; exit status 0 if
# and only if all are ok.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=build/host
mkdir -p "$out"
if ! make -s -j2 -f tests/host/host.mk >"$out/build.log" 2>&1; then
	echo "not ok host/build: see $out/build.log"
	tail -n 20 "$out/build.log" >&2
	exit 1
fi
export ASAN_OPTIONS=detect_leaks=1
status=0
[ $# -gt 0 ] || set -- tests/host/*_test.c tests/host/*/*_test.c mktables tools
for t in "$@"; do
	t=$(basename "$t" .c)
	t=${t%_test}
	if [ -f "tests/host/${t}_test.py" ]; then
		python3 "tests/host/${t}_test.py" "$out" || status=1
		continue
	fi
	if ! timeout 120 "$out/${t}_test" "$t" 2>"$out/$t.err"; then
		status=1
		if [ -s "$out/$t.err" ]; then
			echo "not ok $t: $(grep -m1 -E 'ERROR|runtime error' \
				"$out/$t.err" || echo 'it died')"
			head -n 40 "$out/$t.err" >&2
		fi
	fi
done
exit $status
