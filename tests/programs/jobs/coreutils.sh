# coreutils, nearly every tool with a task; what needs root or mounts is in
# root.sh.
# with: arch b2sum base32 base64 basename basenc cat chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr true truncate tsort tty uname unexpand uniq unlink vdir wc who whoami yes [ cmp sed
# files: sleeper
# folders: /usr/libexec/coreutils
exec 2>&1
LC_ALL=C; export LC_ALL; umask 022
say() { echo "== $*"; }
say sort of much, with temporary files
seq 1 30000 | shuf --random-source=<(yes) >big
sort -n -S 200k -T . --parallel=2 big | cksum
sort -R --random-source=<(yes) big | sort -rn -k1,1 -S 300k | head -n 3
sort -c big; echo $?; sort -m <(seq 1 2 9) <(seq 2 2 8) | tr '\n' ' '; sort -u -V <<<$'v10\nv9\nv9\nv1'
sort -o big big; head -n 2 big; ls | wc -l
say split and join
split -n l/4 -d big part.; wc -l part.*; cat part.* | cmp - big && echo whole
split -b 100k --filter='cksum >$FILE.sum' big f.; cat f.*.sum; split -n 2/3 big | cksum
csplit -z -f c. big '/^3000$/' '/^5/' '{1}'; wc -l c.*
join <(seq 1 2 20 | sort) <(seq 1 3 20 | sort); paste -d, <(seq 3) <(seq 4 6); comm -12 <(seq 1 9) <(seq 5 12) | tr '\n' ' '
say text
seq 1 12 | pr -3 -t -l 4; fmt -w 20 <<<"some words that do not fit into one line of twenty"; fold -w 7 <<<abcdefghijklmnop
nl -ba <<<$'a\n\nb'; tac <<<$'1\n2\n3'; expand <<<$'a\tb'; unexpand -a <<<"a       b"; tsort <<<"a b b c a d"
ptx -G <<<"one two"; numfmt --to=iec 1536 1048576; numfmt --from=si 2K; factor 1234567890123; uniq -d <<<$'a\na\nb'
od -An -tx2 -N16 <<<"hello, world"; tr -dc 0-9 <<<a1b2; cut -c2-3 <<<abcd; expr length abc + 2; basenc --base2msbf <<<x; base32 <<<x
printf '%q %b %08.3f\n' "a b" 'x\ty' 3.14159; env printf '%s %d\n' a 0x10; seq -s, 0.5 0.25 1.5; date -u -d 2020-02-29+1year +%F
for s in md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum; do $s <big; done; sha1sum big >sums; sha1sum -c sums
say files
mkdir -p -m 750 t/a/b; touch -d '2001-02-03 04:05:06.789 UTC' t/f; touch -r t/f t/g; ln -s f t/s; ln t/f t/h; mkfifo -m 640 t/p
touch -h -d @1000 t/s; touch -a -d @2000 t/g; touch -d @3000 t/a t/p; TZ=UTC stat -c '%n %F %a %h %.9Y' t/*; stat -c %x t/g; readlink t/s; readlink -f t/s/../a | sed "s|$PWD||"
TZ=UTC ls -l --time-style=full-iso -G t/[b-z]* | sed 's/root/USER/g'; ls -F t; ls -i t | wc -l; ls -1s --block-size=1 big; ls -lS --time-style=+ big part.00 | cut -d' ' -f1,2,5-; dir t; vdir -dg --time-style=+ t/f
realpath --relative-to=t/a big; realpath -m t/x/../y | sed "s|$PWD||"; basename -s .c a/b.c; dirname a/b/c; pathchk -p 'a b' ; pathchk -p a; mktemp -u -p . XX.tmpXXXX | wc -c
d=$(mktemp -d); stat -c %a "$d"; rmdir "$d"; f=$(mktemp --suffix=.x); stat -c %a "$f"; rm "$f"
truncate -s 1M sparse; dd if=/dev/urandom of=sparse bs=4k seek=100 count=1 conv=notrunc status=none; stat -c '%s %b %B' sparse
cp --sparse=always sparse sp2; stat -c '%s %b' sp2; cp --sparse=never sparse sp3; stat -c %s sp3; cmp sparse sp2 && cmp sparse sp3 && cp --reflink=auto sparse sp4 && cmp sparse sp4 && echo same; cp --reflink=always sparse sp5 2>/dev/null; echo $?
cp -a t t2; cp -al t t3; stat -c '%n %h %.9Y' t2/f t2/s t3/f; cp -ru t t2; cp --parents t/a/b -r t2; ls -R t2; cp -b big part.00; ls part.00*; cp -n big part.01; cmp part.01 big >/dev/null; echo $?
cp -p --attributes-only big empty; stat -c %s empty; cp t/f t/f; mv -n t/f t/g; mv -b t/g t/h; ls t; mv t/h t/a/b; mv t/a t2/new; mv t2 t2/new; ls t2/new
install -D -m 711 big inst/a/b; stat -c '%a %s' inst/a/b; install -d -m 700 inst/d; stat -c %a inst/d; ln -sf big lnk; ln -sfr t3/f t3/a/rel; readlink t3/a/rel; ln -T big lnk; echo $?; link big big2; unlink big2
chmod u=rwx,g+s,o-r inst/a/b; stat -c %A inst/a/b; chmod -R a+X inst; chmod 4755 inst/a/b; stat -c %A inst/a/b; chmod --reference=big inst/a/b; chgrp "$(id -g)" big; chown "$(id -u)" big; rm -v lnk; rm -f none; rm t3; echo $?; rm -rI t3 </dev/null; ls t3/a >/dev/null && rm -rf t3; rmdir -p --ignore-fail-on-non-empty t/x 2>/dev/null; echo $?
shred -n 2 -z -u part.02; ls part.02; echo $?; dd if=/dev/zero bs=1000 count=3 2>/dev/null | dd bs=512 conv=sync of=ddout 2>&1 | sed 3d; dd if=big of=/dev/null bs=1k skip=10 count=2 2>&1 | sed 3d; dd if=big bs=7 count=3 iflag=fullblock,skip_bytes skip=100 status=none | od -c | head -n 2
echo abc | dd conv=ucase,swab status=none; dd if=big of=trunc oflag=append conv=notrunc bs=64k status=none; dd if=big of=direct iflag=count_bytes count=100000 conv=fsync status=none; cmp -n 100000 direct big && echo ok
du -s --apparent-size -B1 inst/a/b; du -ac sub 2>&1; mkdir du; head -c 5000 big >du/x; head -c 20000 big >du/y; ln du/y du/z; du -k du/x du/y; df --output=target /proc | tail -n 1; stat -f -c %T /proc; sync; sync big; echo synced $?
test -s big -a -x inst && [ big -nt t2 ] || [ -p t2/new/b/h ]; echo $?; test -t 1; echo $?; [ -S big -o -O big ]; echo $?
say processes
timeout .1 sleep 60; echo $?; timeout -s KILL .1 sleep 60 | cat; echo ${PIPESTATUS[0]}; timeout -k .1 .1 bash -c 'trap "" TERM; while :; do read -rt 9 <&1; done' | cat; timeout 60 false; echo $?; timeout --preserve-status -s INT .1 ./sleeper; echo $?
nohup echo hup >nohup.file </dev/null; cat nohup.file; nice -n 5 nice; nice -n 3 nice -n 4 nice; stdbuf -oL bash -c 'echo $_STDBUF_O'; stdbuf -o0 printf 'un%s\n' buffered
: >grow; (seq 5; sleep .1; seq 6 8) >>grow & tail ---disable-inotify -n +1 -f --pid=$! -s .05 grow; wait
: >grow; tail -n 1 ---disable-inotify -s .05 -F grow & t=$!; until kill -0 $t; do :; done; for i in 1 2 3; do echo "line $i" >>grow; done; sleep .5; kill $t; wait $t 2>/dev/null; echo tail $?
yes | head -n 100000 | wc -c; yes word | tee >(cksum >tee.out) | head -c 65536 | cksum; echo "${PIPESTATUS[0]}"
seq 1 9 | tee -a all >/dev/full; echo $?; wc -l all; cat <>/dev/full >/dev/full | :; echo x >/dev/full; echo $?
env -i A=1 bash -c 'echo $A ${HOME-none}'; env -S 'B=2 bash -c "echo \$B"'; env -C / pwd; env -u HOME printenv HOME; echo $?; env --block-signal=TERM bash -c 'kill -TERM $$; echo blocked'; env --ignore-signal=INT bash -c 'kill -INT $$; echo ignored'; env none; echo $?
tty; echo $?; stty -a; echo $?; whoami >/dev/null; echo $?; who | wc -l; id -u | wc -l; nproc >/dev/null; uname -s; arch; hostid | wc -c; printenv PATH >/dev/null; groups >/dev/null; logname >/dev/null; echo $?; dircolors -b | wc -l; pwd -P | wc -l; [ "$(nproc --all)" -ge 1 ] && echo cpus
seq 1 3 | xargs -n1 true 2>/dev/null; sleep 0.01 0.01; true; false; echo $?; shuf -i 1-5 -n 5 | sort | tr '\n' ' '; seq 10 | shuf -n 0 | wc -l; echo
