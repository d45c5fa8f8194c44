import asyncio, contextlib, ctypes, errno, fcntl, io, mmap, multiprocessing as mp, os, pty, resource, select, selectors, shutil, signal, socket, sqlite3, stat, struct, subprocess, sys, tempfile, termios, threading, time, concurrent.futures as cf, queue, pathlib, zlib, hashlib, pickle, array

def say(*what):
    print(*what, flush=True)

def sub():
    say("== subprocess")
    r = subprocess.run(["cat"], input=b"through " * 50000, capture_output=True)
    say(r.returncode, len(r.stdout), r.stderr)
    say(subprocess.run("echo out; echo err >&2; exit 3", shell=True, capture_output=True))
    p = subprocess.Popen(["sleep", "60"]); p.send_signal(signal.SIGINT); say(p.wait())
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(["sleep", "60"], timeout=0.05); say("?")
    try: subprocess.run(["/none"])
    except FileNotFoundError as e: say(e)
    a = subprocess.Popen(["seq", "9"], stdout=subprocess.PIPE); b = subprocess.Popen(["tac"], stdin=a.stdout, stdout=subprocess.PIPE)
    a.stdout.close(); say(b.communicate()[0].split())
    p = subprocess.Popen(["sh", "-c", "pwd; echo $X; ulimit -n"], cwd="/", env={"X": "y", "PATH": os.environ["PATH"]}, start_new_session=True, stdout=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50)))
    say(p.communicate()[0]); r, w = os.pipe()
    say(subprocess.run(["sh", "-c", f"echo passed >&{w}"], pass_fds=[w]).returncode, os.read(r, 99)); say(os.waitstatus_to_exitcode(os.spawnvp(os.P_WAIT, "true", ["true"])), os.posix_spawn("/bin/true", ["true"], {}) > 0, os.wait()[1])

def threads():
    say("== threading")
    n, lock = [0], threading.Lock()
    def add():
        for _ in range(1000):
            with lock: n[0] += 1
    ts = [threading.Thread(target=add) for _ in range(8)]; [t.start() for t in ts]; [t.join() for t in ts]; say(n[0])
    q, done = queue.Queue(3), []
    t = threading.Thread(target=lambda: [done.append(x) for x in iter(q.get, None)]); t.start(); [q.put(i) for i in range(200)]; q.put(None); t.join(); say(sum(done))
    b = threading.Barrier(4); got = []; ts = [threading.Thread(target=lambda: got.append(b.wait())) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]; say(sorted(got))
    e = threading.Event(); threading.Timer(0.02, e.set).start(); say(e.wait(60), threading.Event().wait(0.01)); s = threading.Semaphore(0); say(s.acquire(timeout=0.01))
    with cf.ThreadPoolExecutor(4) as pool: say(sum(pool.map(lambda x: zlib.crc32(bytes([x]) * 10000), range(20))))
    loc = threading.local(); loc.x = 1; t = threading.Thread(target=lambda: say(hasattr(loc, "x"), threading.get_native_id() != os.getpid())); t.start(); t.join()

def square(x): return x * x
def child(conn, val, arr, lock, ev):
    with lock: val.value += 5
    arr[1] = 7; ev.wait(); conn.send({"pid": os.getpid() != 0, "data": b"x" * 100000}); conn.close()

def multi():
    say("== multiprocessing")
    for how in "fork", "forkserver", "spawn":
        ctx = mp.get_context(how)
        try:
            a, b = ctx.Pipe(); v, arr, lock, ev = ctx.Value("i", 1), ctx.Array("i", 3), ctx.Lock(), ctx.Event()
            p = ctx.Process(target=child, args=(b, v, arr, lock, ev)); p.start(); ev.set(); d = a.recv(); p.join(); say(how, len(d["data"]), v.value, list(arr), p.exitcode)
        except OSError as e: say(how, e)
    with mp.Pool(2) as pool: say(pool.map(square, range(20)), pool.apply_async(square, (9,)).get(60))
    from multiprocessing import shared_memory
    m = shared_memory.SharedMemory(create=True, size=10000); m.buf[:3] = b"abc"
    pid = os.fork()
    if not pid:
        m.buf[0] = 90; os._exit(0)
    os.waitpid(pid, 0); say(bytes(m.buf[:3])); m.close(); m.unlink()
    with cf.ProcessPoolExecutor(2) as pool: say(list(pool.map(square, range(5))))
    q = mp.Queue(); p = mp.Process(target=q.put, args=(list(range(1000)),)); p.start(); say(sum(q.get())); p.join(); p = mp.Process(target=time.sleep, args=(60,)); p.start(); p.terminate(); p.join(); say(p.exitcode)

def memory():
    say("== mmap")
    m = mmap.mmap(-1, 1 << 20); m[5000] = 1; say(m.find(b"\1"), len(m)); m.resize(1 << 21); say(len(m), m[5000]); m.madvise(mmap.MADV_DONTNEED); say(m[5000]); m.close()
    with tempfile.TemporaryFile() as f:
        f.write(b"a" * 10000); f.flush(); m = mmap.mmap(f.fileno(), 0); m[0:4] = b"WXYZ"; m.flush(); f.seek(0); say(f.read(6)); c = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY); c[0] = 33; f.seek(0); say(f.read(1), c[0]); f.truncate(4096)
        p = os.fork()
        if not p:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); m[9000]; os._exit(0)
        say(os.waitpid(p, 0)[1] & 127 == signal.SIGBUS)
    fd = os.memfd_create("x"); os.ftruncate(fd, 4096); say(os.fstat(fd).st_size, os.readlink(f"/proc/self/fd/{fd}")); os.close(fd)

def signals():
    say("== signal")
    got = []; signal.signal(signal.SIGUSR1, lambda s, f: got.append(s)); os.kill(os.getpid(), signal.SIGUSR1); say(got)
    signal.setitimer(signal.ITIMER_REAL, 0.02); signal.signal(signal.SIGALRM, lambda *a: got.append("alarm"))
    while len(got) < 2: signal.pause()
    say(got[1]); signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]); signal.raise_signal(signal.SIGUSR2); say(signal.sigpending() == {signal.SIGUSR2}, signal.sigwait([signal.SIGUSR2]).name)
    say(signal.sigtimedwait([signal.SIGUSR2], 0.01)); signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2]); r, w = os.pipe(); os.set_blocking(w, False); signal.set_wakeup_fd(w); signal.raise_signal(signal.SIGUSR1); say(os.read(r, 9)); signal.set_wakeup_fd(-1)
    t = time.process_time(); signal.signal(signal.SIGVTALRM, lambda *a: got.append("v")); signal.setitimer(signal.ITIMER_VIRTUAL, 0.01)
    while "v" not in got: pass
    say("virtual", os.strerror(errno.EINTR), signal.strsignal(9)); signal.signal(signal.SIGCHLD, lambda *a: got.append("c")); os.fork() or os._exit(0); os.wait()
    while "c" not in got: pass
    say("child"); signal.signal(signal.SIGCHLD, signal.SIG_DFL)

def polling():
    say("== select and epoll")
    r, w = os.pipe(); say(select.select([r], [w], [], 0) == ([], [w], [])); e = select.epoll(); e.register(r, select.EPOLLIN | select.EPOLLET); say(e.poll(0)); os.write(w, b"x"); say(e.poll(9) == [(r, 1)], e.poll(0)); p = select.poll(); p.register(r); say(p.poll(9) == [(r, 1)]); os.close(w); say(p.poll(9) == [(r, 17)]); e.close()
    s = selectors.DefaultSelector(); a, b = socket.socketpair(); s.register(a, selectors.EVENT_READ, "a"); b.send(b"hi"); say([(k.data, m) for k, m in s.select(9)], a.recv(9)); b.close(); say(s.select(9)[0][1], a.recv(1))
    f = os.eventfd(3) if hasattr(os, "eventfd") else 0; say(os.eventfd_read(f)); os.close(f)

def sockets():
    say("== sockets")
    srv = socket.socket(socket.AF_UNIX); srv.bind("s.sock"); srv.listen(); say(stat.filemode(os.stat("s.sock").st_mode)[0])
    def serve():
        for _ in range(5):
            c, _ = srv.accept(); c.sendall(c.recv(100000).upper()); c.close()
    t = threading.Thread(target=serve); t.start()
    for i in range(5):
        c = socket.socket(socket.AF_UNIX); c.connect("s.sock"); c.sendall(b"msg %d" % i); say(c.makefile("rb").read()); c.close()
    t.join(); a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET); a.send(b"one"); a.send(b"two"); say(b.recv(2), b.recv(9)); a.settimeout(0.01)
    with contextlib.suppress(TimeoutError): a.recv(1); say("?")
    d1, d2 = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); r, w = os.pipe(); socket.send_fds(d1, [b"fd"], [w]); m, fds, fl, ad = socket.recv_fds(d2, 10, 4); os.write(fds[0], b"via"); say(m, os.read(r, 9)); d2.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1); d1.send(b"c"); m, anc, _, _ = d2.recvmsg(9, 99); say(struct.unpack("3i", anc[0][2])[0] == os.getpid())
    x = socket.socket(socket.AF_UNIX); x.bind("\0abstract"); x.listen(); y = socket.socket(socket.AF_UNIX); y.connect("\0abstract"); say(x.accept()[0].getsockname(), y.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)); c, p, u = struct.unpack("3i", y.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)); say(c == os.getpid())
    try: socket.socket(socket.AF_UNIX).connect("none")
    except OSError as e: say(e)

async def later(n, t): await asyncio.sleep(t); return n
async def aio():
    say("== asyncio")
    say(await asyncio.gather(*(later(i, (5 - i) / 500) for i in range(5))))
    p = await asyncio.create_subprocess_exec("sort", stdin=-1, stdout=-1); say((await p.communicate(b"b\na\n"))[0], p.returncode)
    async def echo(r, w):
        w.write((await r.readline())[::-1]); await w.drain(); w.close()
    s = await asyncio.start_unix_server(echo, "a.sock")
    async def ask(i):
        r, w = await asyncio.open_unix_connection("a.sock"); w.write(b"%d abc\n" % i); d = await r.read(); w.close(); return d
    say(await asyncio.gather(*(ask(i) for i in range(10)))); s.close(); loop = asyncio.get_running_loop(); say(await loop.run_in_executor(None, square, 12)); f = loop.create_future(); loop.add_signal_handler(signal.SIGUSR1, f.set_result, "sig"); os.kill(os.getpid(), signal.SIGUSR1); say(await f)
    try: await asyncio.wait_for(asyncio.sleep(60), 0.01)
    except asyncio.TimeoutError: say("timeout")

def files():
    say("== files")
    d = tempfile.mkdtemp(); p = pathlib.Path(d); (p / "a/b").mkdir(parents=True); (p / "a/f").write_text("text\n"); (p / "a/l").symlink_to("f"); os.mkfifo(p / "a/p"); say(oct((p / "a/f").stat().st_mode)); shutil.copytree(p / "a", p / "c", symlinks=True, ignore=shutil.ignore_patterns("p")); say(sorted(x.name for x in (p / "c").iterdir()), os.readlink(p / "c/l"))
    shutil.make_archive(d + "/z", "gztar", d, "c"); shutil.unpack_archive(d + "/z.tar.gz", d + "/u"); say((p / "u/c/f").read_text()); shutil.move(p / "u", p / "v"); say(sorted(os.listdir(d))); say([(t[len(d):], sorted(n), sorted(f)) for t, n, f in sorted(os.walk(d + "/a"))]); u = shutil.disk_usage("/"); say(u.total >= u.used); shutil.rmtree(d); say(p.exists())
    with open("lk", "w+") as f:
        fcntl.flock(f, fcntl.LOCK_EX); g = open("lk")
        try: fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e: say(e)
        os.pwrite(f.fileno(), b"0123456789", 5); say(os.pread(f.fileno(), 4, 8), os.lseek(f.fileno(), 0, os.SEEK_END)); os.posix_fallocate(f.fileno(), 0, 10000); say(os.fstat(f.fileno()).st_size); os.posix_fadvise(f.fileno(), 0, 0, 4); o = open("o", "wb"); say(os.sendfile(o.fileno(), f.fileno(), 0, 99999), os.copy_file_range(f.fileno(), o.fileno(), 100, 0, 0)); os.preadv(f.fileno(), [bytearray(3), bytearray(4)], 0); say(os.writev(o.fileno(), [b"ab", b"c"]))
    dfd = os.open(".", os.O_RDONLY); os.mkdir("q", dir_fd=dfd); os.rename("q", "r", src_dir_fd=dfd, dst_dir_fd=dfd); say(os.stat("r", dir_fd=dfd).st_nlink); os.rmdir("r", dir_fd=dfd); os.truncate("o", 3); os.utime("o", ns=(1, 2)); say(os.stat("o").st_mtime_ns, os.access("o", os.X_OK), os.get_inheritable(dfd)); say(sorted(e.name for e in os.scandir() if stat.S_ISSOCK(e.stat().st_mode)), os.umask(0o22)); r, w = os.pipe(); say(fcntl.fcntl(w, 1032), os.pathconf("/", "PC_NAME_MAX"), os.ctermid(), os.getpgrp() == os.getpgid(0), os.sched_getaffinity(0) != set()); m, s = pty.openpty(); os.write(m, b"in\n"); say(os.read(s, 9), os.read(m, 9), os.ttyname(s)[:9], termios.tcgetattr(s)[6][0], os.isatty(s)); pid, fd = pty.fork(); pid or os.execvp("tty", ["tty"]); say(os.read(fd, 99)[:9]); os.waitpid(pid, 0)

def sql():
    say("== sqlite3")
    db = sqlite3.connect("t.db", timeout=60); say(db.execute("pragma journal_mode=wal").fetchone()); db.execute("create table t(x, p)"); db.commit()
    kids = []
    for k in range(3):
        pid = os.fork()
        if not pid:
            c = sqlite3.connect("t.db", timeout=60, isolation_level=None)
            for i in range(20): c.execute("begin immediate"); c.execute("insert into t values(?,?)", (i, k)); c.execute("commit")
            c.close(); os._exit(0)
        kids.append(pid)
    say([os.waitpid(k, 0)[1] for k in kids], db.execute("select count(*), sum(x) from t").fetchone(), db.execute("pragma integrity_check").fetchone()); say(sorted(f for f in os.listdir() if f.startswith("t.db"))); db.execute("pragma wal_checkpoint(truncate)"); db.close(); say(sorted(f for f in os.listdir() if f.startswith("t.db")))

def c():
    say("== ctypes")
    libc = ctypes.CDLL(None, use_errno=True); libc.strlen.argtypes = [ctypes.c_char_p]; say(libc.strlen(b"four"), libc.getpid() == os.getpid()); say(libc.open(b"/none", 0), os.strerror(ctypes.get_errno())); F = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int)); a = (ctypes.c_int * 5)(3, 1, 4, 1, 5); libc.qsort(a, 5, 4, F(lambda x, y: x[0] - y[0])); say(list(a)); libc.syscall.restype = ctypes.c_long; say(libc.syscall(186) == threading.get_native_id()); say(hashlib.blake2b(b"x" * 100000).hexdigest()[:16], len(os.urandom(10)), len(os.getrandom(8))); say(resource.getrusage(resource.RUSAGE_CHILDREN).ru_nsignals, resource.getrlimit(resource.RLIMIT_CORE)[0], time.get_clock_info("monotonic").monotonic, os.getpriority(os.PRIO_PROCESS, 0), os.nice(1), os.getlogin and 1)

if __name__ == "__main__":
    only = sys.argv[1:]
    for part in sub, threads, multi, memory, signals, polling, sockets, lambda: asyncio.run(aio()), files, sql, c:
        if not only or part.__name__ in only:
            part()
