# dash and busybox sh run the same script.
# with: dash seq cat sleep wc tr rm mkfifo
exec 2>&1
cat >script <<'EOS'
set -eu
trap 'echo leaving $?' EXIT
i=0
while [ $i -lt 3 ]; do i=$((i + 1)); echo "$i"; done | tr 1-3 a-c
x=$(seq 1 20000 | wc -c); echo "$((x))"
cat <<E
$(cat <<F
nested $i
F
)
E
trap 'echo term' TERM; kill -TERM $$
trap - TERM; sleep 50 & p=$!; kill $p; wait $p || echo "killed $?"
f() { local a=$1; shift; echo "$a ${1-none} $#"; }
f a b c; f 'x  y'
set -- $(echo one two three); echo "$# $3"
case abc in a?c) echo matched;; *) echo not;; esac
IFS=:; for w in $PATH; do echo x; done | wc -l | tr -d ' '; unset IFS
mkfifo pipe; (echo fifo >pipe) & read -r line <pipe; echo "$line"; rm pipe
exec 3>out; echo three >&3; exec 3>&-; cat <out; rm out
printf '%s|%5d|%-4s|%x\n' text 42 ab 255
echo "${line#f} ${line%o} ${#line} ${none:-default}"
(exit 3) || echo "status $?"
false
EOS
for shell in dash "busybox sh"; do
	$shell ./script; echo "$shell: $?"
done
