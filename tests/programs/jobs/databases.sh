# sqlite3 with a write-ahead log from two processes, openssl, lua.
# folders: /usr/lib/ssl
# with: sqlite3 openssl lua5.4 seq cmp ls wc tr cut head cat dd sort rm sed
exec 2>&1
sqlite3 w.db 'pragma journal_mode=wal; create table t(p, n);'
add() { for n in 1 2 3 4 5 6 7 8; do sqlite3 -cmd '.timeout 60000' w.db "begin immediate; insert into t values($1, $n); insert into t select $1, n + 100 from t where p = $1 limit 3; commit;"; done; }
add 1 & add 2 & wait
sqlite3 w.db 'select p, count(*), sum(n) from t group by p; pragma integrity_check; pragma wal_checkpoint(truncate);'
(seq 1 3000 | sed 's/.*/insert into u values(&, randomblob(200));/'; echo 'commit;') | sqlite3 -cmd 'create table u(a integer primary key, b)' -cmd 'begin' w.db; sqlite3 w.db 'select count(*), sum(length(b)) from u; delete from u where a % 2; vacuum; select count(*) from u' '.tables' 'pragma mmap_size=1000000; select sum(a) from u'
sqlite3 a.db 'create table x(y); insert into x values(1)'; sqlite3 w.db "attach 'a.db' as a; begin; insert into a.x values(2); commit; select * from a.x" '.backup copy.db'; sqlite3 copy.db .dump | wc -l; ls *.db*; sqlite3 -readonly w.db 'insert into t values(1,1)'; echo $?
seq 100000 >data; openssl dgst -sha256 data; openssl dgst -blake2b512 -hmac key data | cut -c -80; for c in aes-256-cbc chacha20 aes-128-ctr camellia-192-cbc; do openssl enc -$c -pbkdf2 -pass pass:secret -in data -out enc && openssl enc -d -$c -pbkdf2 -pass pass:secret -in enc | cmp - data && echo $c; done
openssl enc -base64 -in data | openssl enc -d -base64 | cmp - data; openssl genpkey -algorithm ed25519 -out k; openssl pkey -in k -pubout -out pub; openssl pkeyutl -sign -inkey k -rawin -in data -out sig; openssl pkeyutl -verify -pubin -inkey pub -rawin -in data -sigfile sig; openssl req -x509 -key k -subj /CN=x -days 1 -out crt -config /dev/null 2>&1 | head -n 3; openssl rand 100 | wc -c; openssl prime 1000003; openssl ecparam -name prime256v1 -genkey -noout | openssl ec -check 2>&1 | tr '\n' ' ' | cut -c 1-60
openssl speed -seconds 1 -bytes 1024 sha256 2>/dev/null | sed -n 's/^sha256 .*[0-9]k$/speed measured/p'
lua5.4 -e 'local f = io.popen("cat", "w"); f:write("popen\n"); print(f:close()); local t = os.tmpname(); for l in io.open("data"):lines() do if l == "77" then print(l) end end print(os.remove(t), os.getenv("HOME") ~= nil, os.execute("exit 4"), os.rename("none", "x")) local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co()) print(pcall(error, "e"), string.format("%5.2f", math.pi), #string.rep("x", 1e6))'
