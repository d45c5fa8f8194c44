# bash as a programmer's language: what needs processes, pipes and signals.
# with: diff seq tee wc tail head sha1sum sleep cat mkfifo touch mkdir stat gawk rm grep sort tr
exec 2>&1
set -o pipefail
false | true; echo "pipefail $?"
set +o pipefail
false | true | (exit 7) | cat; echo "statuses ${PIPESTATUS[*]}"
trap 'echo got USR1' USR1; kill -USR1 $$
trap - USR1
cat <<X
here $((1 + 2)) $(echo sub)
X
cat <<'X'
quoted $x
X
cat <<<"string"
cat <<X | wc -c
$(seq 1 40000)
X
coproc CO { while read -r a b; do echo $((a * b)); done; }
pid=$CO_PID
echo 6 7 >&"${CO[1]}"; read -r r <&"${CO[0]}"; echo "coproc $r"
eval "exec ${CO[1]}>&-"; wait "$pid"; echo "coproc ended $?"
diff <(seq 1 5) <(seq 2 6); echo "process substitution $?"
seq 1 1000 | tee >(wc -l >one) >(tail -n 1 >two) | sha1sum
until [[ -s one && -s two ]]; do sleep .02; done; cat one two
sleep 50 & a=$!; (exit 3) & wait -n; echo "wait -n $?"
kill $a; wait $a 2>/dev/null; echo "killed $?"
(exit 4) & p1=$!; wait -n -p who $p1; echo "wait -p $? $((who == p1))"
(exit 5) & (exit 6) & wait $!; echo "last $?"
wait; echo "wait $?"
(ulimit -n 64; ulimit -n; ulimit -Hn 63 || true; ulimit -Hn)
(ulimit -n 16; for f in {10..20}; do eval "exec $f</dev/null" || break; done) 2>&1 | sed 's/.*line [0-9]*: //'
(ulimit -f 4; trap '' XFSZ; head -c 100000 /dev/zero >big; echo "limited $?"; stat -c %s big) 2>&1 | sed 's/^head.*File too large/head: File too large/'
(ulimit -f 4; bash -c 'exec head -c 100000 /dev/zero >big'; echo "limited $?"; stat -c %s big) 2>&1 | sed 's/.*File size/File size/;s/(core dumped) //'
(ulimit -t 1; bash -c 'while :; do :; done'; echo "cpu $?") 2>&1 | sed 's/.*Killed/Killed/;s/.*CPU time/CPU time/;s/(core dumped) //'
(ulimit -c 0; bash -c 'kill -SEGV $$'; echo "segv $?") 2>&1 | sed 's/.*line [0-9]*: *[0-9]* //'
(bash -c 'kill -KILL $$'; echo "kill $?") 2>&1 | sed 's/.*line [0-9]*: *[0-9]* //'
read -r -t 0.1 x < <(sleep 1); echo "read -t $?"
read -r -t 50 x < <(echo quick); echo "read -t $? $x"
read -r -n 3 x <<<abcdef; echo "$x"
kill -l; kill -l 15; kill -l TERM; kill -l 137; kill -l 64
TIMEFORMAT='%0R'; time true
(trap '' TERM; kill -TERM $BASHPID; echo survived)
(trap 'echo int; exit 7' INT; kill -INT $BASHPID; echo no); echo $?
(trap 'echo at exit' EXIT; exit 3); echo $?
bash -c 'trap "echo chld" CHLD; /bin/true; wait'
bash -c 'trap "echo alarm; exit 9" ALRM; (while kill -ALRM $$; do sleep .1; done) 2>/dev/null & wait'; echo $?
(sleep 50 & p=$!; kill -STOP $p; kill -CONT $p; kill $p; wait $p; echo "stopped, killed $?") 2>/dev/null
mapfile -t arr < <(seq 1 5); echo "${#arr[@]} ${arr[*]}"
mkfifo ff; exec 5<>ff; echo through >&5; read -r l <&5; echo "$l"; exec 5>&-
shopt -s globstar extglob nullglob; mkdir -p d/e/f; touch d/e/f/x.c d/y.c
echo **/*.c !(d|job|ff|one|two|big)
(for i in {1..200}; do (echo "$i"); done) | gawk '{s += $1} END {print s}'
printf '%(%Y)T\n' 0
[[ -t 0 ]] && echo terminal || echo none
exec 9>locked; echo x >&9; [[ -s locked && locked -nt d/y.c || locked -ot d/y.c ]] && echo times
umask 027; touch um; stat -c %a um; umask -S
cd d/e && pushd f >/dev/null && dirs +1 | tr / '\n' | tail -n 1; popd >/dev/null; cd -P ..; cd ..
set -m; sleep 50 & jobs -l | sed 's/[0-9]\{2,\}/PID/'; kill %%; wait %% 2>/dev/null; echo $?
(sleep 50 | sleep 51) & kill -- -$!; wait $! 2>/dev/null; echo "group $?"
set +m
exec -a renamed bash -c 'echo $0'
