# find, xargs, grep, sed, awk, diff, tar and the compressors.
# with: find xargs grep sed gawk diff diff3 sdiff cmp patch tar gzip gunzip bzip2 xz unxz zstd zcat zgrep file seq sort cksum mkdir mkfifo ln touch chmod truncate dd cp mv rm stat head tail cat wc tr ls sleep echo true false cut od ed
# folders: /usr/lib/file /etc/magic /usr/share/misc
exec 2>&1
LC_ALL=C; export LC_ALL; umask 022
say() { echo "== $*"; }
say find and xargs
mkdir -p t/a/b t/c; for i in 1 2 3 4 5; do echo "file $i" >t/a/$i; done; ln -s a/1 t/l; ln t/a/1 t/c/h; mkfifo t/c/p; chmod 4755 t/a/2; touch -d @1000 t/a/3
find t -newer t/a/3 -type f | sort; find t -type f -exec cksum {} + | sort; find t -printf '%p %y %m %n %l\n' | sort; find t -samefile t/a/1 | sort
find t -perm -4000 -o -type p -o -lname 'a*' | sort; find t -name '[1-3]' -execdir echo {} \; | sort; find t -mindepth 2 -maxdepth 2 -not -name 1 -print0 | sort -z | tr '\0' ' '
find t -type f -newermt '1971-01-01' -size -2k -regex '.*/[0-9]' -ok echo {} \; </dev/null 2>/dev/null | wc -l; find t -depth -name 'b' -delete -o -name 5 -delete; find t | sort; find nowhere; echo $?
find t -L 2>/dev/null; find -L t -type f | sort; find t -empty | sort; find t -inum "$(stat -c %i t/a/2)"; find t -links 2 -a -user "$(id -u 2>/dev/null || echo 0)" | wc -l
seq 1 50 | xargs -P 4 -n 5 bash -c 'echo $#: $*' x | sort; seq 3 | xargs -I{} echo a{}b; printf 'a b\0c' | xargs -0 -n1; seq 100000 | xargs echo | wc -lc; echo x | xargs false; echo $?; echo x | xargs none; echo $?; echo 1 255 | xargs -n1 bash -c 'exit $0'; echo $?
say grep and sed
grep -rn 'file [2-4]' t | sort; grep -P '(?<=file )\d$' -o -h t/a/1 t/a/4; grep -c e t/a/[12]; grep -L 1 -r t/a | sort; grep -m1 -A1 -n 5 <(seq 20); grep -z b <<<a | tr '\0' .; seq 100000 | grep -F -f <(seq 90000 7 90100); grep -w --color=always 1 t/a/1; grep x nowhere; echo $?
sed -i.bak -e 's/file/FILE/' t/a/1; cat t/a/1 t/a/1.bak t/c/h; sed -n '$=;/4/{p;q}' <(seq 9); sed -E 's/(.)(.)/\2\1/;y/12/ab/' <<<1234; sed 'N;P;D' <<<$'1\n2'; sed -s -n '1F' t/a/2 t/a/3; sed --in-place 1d t/a/4; wc -c t/a/4; sed 's/.*/echo &/e' <<<run; sed -n 'w out' <<<w; cat out; ed -s out <<<$'a\nmore\n.\n,p\nw\nq'
say awk
gawk 'BEGIN { "echo piped" | getline x; print x; while (("seq 3" | getline y) > 0) s += y; print s; print "b\na" | "sort"; close("sort"); printf "to err\n" > "/dev/stderr"; system("echo sys"); print length(ENVIRON["PATH"]) > 0; exit 3 }'; echo $?
gawk 'BEGIN { c = "sort -n"; print 3 |& c; print 1 |& c; close(c, "to"); while ((c |& getline l) > 0) print "co", l; print strftime("%Y", 0, 1), gensub(/b/, "<&>", "g", "abc"), substr("hello", 2, 3); while ((getline l < "t/a/2") > 0) print l; print PROCINFO["pid"] > 0 }'
seq 1 20000 | gawk '{ a[$1 % 10] += $1 } END { n = asorti(a, b); for (i = 1; i <= n; i++) print b[i], a[b[i]] }'; gawk -F: -v OFS=- '{ $1 = $1; print NF, $0 }' <<<a:b:c; gawk 'NR == FNR { s[$2]; next } $2 in s' t/a/2 t/a/3; gawk -i inplace '{ print "in", $0 }' t/a/3 2>/dev/null; cat t/a/2
say diff
seq 1 30 >d1; sed '5d;20s/$/x/' d1 >d2; seq 2 31 >d3; diff d1 d2; diff -u --label a --label b d1 d2; diff3 -m d1 d2 d3 | cksum; sdiff -w 20 d1 d2 | cksum; diff -rq t t/a | sort; diff -y -W 16 d1 d3 | tail -n 2; cmp d1 d2; diff -u d1 d2 | patch -s d1 - && cmp d1 d2 && echo patched; diff -c --label a --label b d2 d3 | patch -R d3; cat d3* | cksum; echo junk | diff - d2 | wc -l
say tar and compressors
truncate -s 3M sparse; dd if=/dev/zero bs=1 count=1 seek=1M of=sparse conv=notrunc status=none; echo end | dd of=sparse bs=1 seek=2M conv=notrunc status=none; seq 50000 >big; cp -p t/a/2 "t/a/$(printf 'n%.0s' {1..150})"; touch -h -d '1970-01-01 00:00:07.5' t/a/2 t/c/p t/l t/c/h t/a/[1-4] t/a/n*
tar -cf a.tar --format=pax --sparse t sparse big && tar -tf a.tar | sort; mkdir x; tar -xpf a.tar -C x && diff -r --no-dereference t x/t 2>&1 | sed 's/^File.*fifo.*/fifo/'; cmp sparse x/sparse; stat -c '%n %b' x/sparse | head -c 9; echo; (cd x; find t -printf '%p %y %m %n %Ts\n' | grep -v ' d ' | sort)
for f in ustar gnu oldgnu v7; do tar --format=$f -cf - big t/a/1 | tar -xOf - big | cksum; done; tar --format=v7 -cf v7.tar t 2>&1 | sort | cut -c1-60; tar -xOf a.tar t/a/4 | wc -c
for z in gzip bzip2 xz zstd; do XZ_OPT=-0 tar -c --$z -f a.$z big t; tar -tf a.$z | sort | cksum; tar -xf a.$z -O big | cksum; $z -t <a.$z && echo tested; $z -d <a.$z | tar -df - | sort; done
echo new >t/new; tar -rf a.tar t/new; tar -uf a.tar t/new; tar --delete -f a.tar t/later; tar -tf a.tar | tail -n 2; tar -cf i.tar -g snap t | cat; echo x >t/later; tar -cvf i2.tar -g snap t | sort; tar --totals --checkpoint=100 -cf /dev/null big 2>&1 | sed 's/ (.*//'; tar -cf m.tar -M -L 500 -F 'echo "n $TAR_ARCHIVE"; exit 1' big 2>&1 | tail -n 1
tar -xf a.tar --transform 's/^t/moved/' t/a t/c t/l; find moved | sort; tar -xf a.tar -C x --overwrite --keep-newer-files t 2>&1 | wc -l; tar --exclude='*a*' -cf - t | tar -tf - | sort; tar -xf nowhere.tar; echo $?; head -c 5000 a.tar | tar -xf - -C x; echo $?
xz -T2 -k -1 --block-size=200k big; xz -l big.xz | tail -n 1 | tr -s ' ' | cut -d' ' -f 2,3; xz -dc -T0 big.xz | cmp - big; xz -0 -k --format=lzma big; unxz -c big.lzma 2>/dev/null | cksum; xz --robot -lv big.xz | head -n 2 | cut -f 1,2,3
zstd -q -T2 -9 --long big -o b.zst; zstd -q -dc b.zst | cmp - big; zstd -q --rm -f t/new; ls t/new*; zstd -q --train -B500 big -o dict --maxdict=1024; zstd -q -D dict d1 -o d1.zst; zstd -q -D dict -dc d1.zst | cmp - d1 && echo dictionary
gzip -k -n -9 big; cksum <big.gz; gzip -l big.gz | tail -n 1; zcat big.gz | tail -n 1; zgrep -c 99 big.gz; gunzip -f big.gz; cat <(gzip -c d1) <(gzip -c d2) | gzip -d | cmp - <(cat d1 d2); head -c 30000 a.gzip | gzip -dc 2>&1 >/dev/null; echo $?; bzip2 -k big; bzip2 -dc big.bz2 | cmp - big && echo bz; gzip big </dev/null && ls -1 big*; gzip -d big
file -b d1 a.tar a.gzip a.xz a.bzip2 a.zstd t/c t/c/p t/l sparse job dict | sed 's/, last modified.*//;s/, from.*//;s/original size.*//'; file -i big </dev/null; file -b - <a.xz; file -b -L /proc/self/exe | cut -d, -f 1-3; file nowhere
