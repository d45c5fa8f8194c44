"""Types at programs on a pty and says what came of it."""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

LIMIT = 25

class Session:
    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
            os.execvp(words[0], words)
        self.seen = b""

    def until(self, pattern):
        end = time.monotonic() + LIMIT
        while not (m := re.search(pattern, self.seen, re.S)):
            if time.monotonic() > end or b"<EOF>" in self.seen:
                print("NO", pattern, "in", self.seen[-500:], flush=True)
                os.kill(self.pid, signal.SIGKILL)
                sys.exit(1)
            if select.select([self.fd], [], [], 1)[0]:
                try: data = os.read(self.fd, 4096)
                except OSError: data = b""
                if not data:
                    self.seen += b"<EOF>"
                self.seen += data
        self.seen = self.seen[m.end():]
        return m

    def type(self, text): os.write(self.fd, text)

    def ask(self, line, answer):
        self.type(line + b"\r"); self.until(re.escape(line)); m = self.until(answer); self.until(b"% "); print(line.decode(), "->", m[0].strip().decode(errors="replace"), flush=True)

    def end(self, how=b""):
        self.type(how); self.until(rb"<EOF>"); st = os.waitpid(self.pid, 0)[1]; os.close(self.fd); print("ended", os.waitstatus_to_exitcode(st), flush=True)

def shell(*words):
    print("==", *words)
    s = Session(*words); s.until(rb"% ")
    s.ask(b"echo $((6*7))", rb"42\r"); s.ask(b"tty | cut -c1-9", rb"/dev/pts/"); s.ask(b"stty size", rb"24 80")
    s.type(b"cat\r"); time.sleep(.2); s.type(b"hello\r"); s.until(rb"hello.*hello"); s.type(b"\4"); s.until(rb"% "); print("cat ended")
    s.type(b"sleep 100\r"); s.until(rb"sleep 100\r\n"); time.sleep(.3); s.type(b"\3"); s.until(rb"% "); s.ask(b"echo st=$?", rb"st=\d+")
    s.type(b"sleep 100\r"); s.until(rb"sleep 100\r\n"); time.sleep(.3); s.type(b"\32"); s.until(rb"Stopped"); s.until(rb"% "); s.ask(b"jobs", rb"\[1\] ?\+ *\S+")
    s.type(b"bg\r"); s.until(rb"% "); s.ask(b"jobs", rb"\[1\] ?\+ *\S+"); s.type(b"fg\r"); s.until(rb"sleep 100"); time.sleep(.3); s.type(b"\34"); s.until(rb"Quit"); s.until(rb"% "); print("quit")
    s.type(b"(sleep .1; cat) &\r"); s.until(rb"% "); time.sleep(1); s.ask(b"jobs", rb"Stopped[^\r]*"); s.ask(b"kill -9 %1; wait; echo w", rb"w\r"); s.ask(b"stty -echo; stty -a | grep -c -- -echo; stty echo", rb"\d\r")
    s.ask(b"set -m; true | false; echo $?", rb"\d\r"); s.type(b"trap 'echo winch' WINCH\r"); s.until(rb"% "); fcntl.ioctl(s.fd, termios.TIOCSWINSZ, struct.pack("4H", 30, 99, 0, 0)); s.ask(b"stty size", rb"30 99"); s.end(b"exit 3\r")

shell("bash", "--norc", "--noprofile", "-i"); shell("dash", "-i"); shell("busybox", "sh")

def editor(name, *words):
    print("==", name)
    s = Session(*words, "edited"); s.until(rb"~.*~"); s.type(b"ione two\rthree\33"); s.until(rb"three"); s.type(b"kdw"); s.type(b":s/o/0/\r"); s.type(b"yyp:wq\r"); s.end(); print(open("edited").read()); os.unlink("edited")

editor("busybox vi", "busybox", "vi"); editor("vim.tiny", "vim.tiny", "-u", "NONE", "-n")

print("== less"); s = None
with open("lines", "w") as f: f.writelines(f"line {i}\n" for i in range(1, 1001))
s = Session("less", "lines"); s.until(rb"line 23"); s.type(b" "); s.until(rb"line 46"); s.type(b"G"); s.until(rb"line 1000"); s.type(b"?line 777\r"); s.until(rb"7mline 777"); s.type(b"g"); s.until(rb"line 1\r"); s.end(b"q")
s = Session("sh", "-c", "seq 5000 | less"); s.until(rb"\b23\r"); s.type(b"G"); s.until(rb"5000"); s.end(b"q")

print("== top and ps")
s = Session("top", "-d", "1"); print(s.until(rb"load average")[0].decode()); s.until(rb"Tasks:.*?total.*?PID.*?COMMAND"); s.until(rb"load average"); s.type(b"q"); s.end()
s = Session("busybox", "top"); s.until(rb"Mem: *\d+K used"); s.until(rb"Load average"); s.type(b"q"); s.end()
s = Session("ps", "-o", "pid,ppid,tty,stat,comm"); m = s.until(rb"PID +PPID TT +STAT COMMAND\r\n *\d+ +\d+ pts/\d+ +(\S+) +ps\r"); print(m[1].decode()); s.end()

print("== script")
s = Session("script", "-q", "-e", "-c", "tty | cut -c1-9; read x; echo got $x; exit 4", "typescript"); s.until(rb"/dev/pts/"); s.type(b"typed\r"); print(s.until(rb"got \w+")[0].decode()); s.end(); print(open("typescript").read().count("got typed"))
s = Session("bash", "-c", "read -s -p 'word: ' x; echo; echo ${#x}; read -n1 -t 60 y; echo :$y; read -e -t 60 z; echo =$z"); s.until(rb"word: "); s.type(b"secret\r"); print(s.until(rb"\d")[0]); s.type(b"q"); print(s.until(rb":q")[0]); s.type(b"ab\177c\r"); print(s.until(rb"=ac")[0]); s.end()
s = Session("sh", "-c", "stty raw -echo; dd bs=1 count=3 2>/dev/null | od -An -c; stty sane; kill -HUP $$"); time.sleep(.5); s.type(b"a\3\4"); print(s.until(rb"a +003 +004")[0]); s.end()
s = Session("sh", "-c", "trap 'echo hup >hup; exit' HUP; while :; do sleep .1; done"); time.sleep(.5); os.close(s.fd); os.waitpid(s.pid, 0); print(open("hup").read())
