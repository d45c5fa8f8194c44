# SPDX-License-Identifier: BSD-2-Clause
"""Debian's programs, unmodified, in the guest.

SAME is a table of command lines that must print in the guest, byte for byte,
what they print on this host, and end with the same status.  Each runs on the
host in a fresh copy of the folder that the guest has as /root: data/ with the
files that fixture() makes.  SHOWN are commands whose output is judged by
itself.  jobs/ holds bash scripts, many small tasks for related programs in one
guest; what a line of theirs says is in jobs/README.md."""

import os
import random
import re
import shutil

SQL = """create table t(n integer primary key, s text);
insert into t(s) values ('one'), ('two'), ('three');
with recursive c(x) as (select 1 union all select x+1 from c where x < 20000)
select count(*), sum(x), max(x % 97) from c;
select n, upper(s), length(s) from t order by s desc;
"""

LUA = """local t = {}
for i = 1, 20000 do t[i] = (i * 7919) % 10007 end
table.sort(t)
print(t[1], t[10000], t[20000], #t)
local s = string.rep("abc", 1000):gsub("b", "%0%0")
print(#s, collectgarbage("count") > 0, 2^53, 7 // 2, "x" .. 1.5)
"""

AWK = """{ sum[$1 % 7] += $2; n++ }
END { for (i = 0; i < 7; i++) printf "%d %d\\n", i, sum[i]
printf "%.6f %s\\n", atan2(0, -1), toupper("done " n) }
"""

PERL_IPC = """my ($m, $b);
my $shm = shmget(0, 4096, 0600); my $sem = semget(0, 2, 0600);
my $msg = msgget(0, 0600);
shmwrite($shm, "hello", 0, 5); shmread($shm, $b, 0, 5);
semop($sem, pack("s!3", 0, 2, 0)); msgsnd($msg, pack("l! a*", 3, "text"), 0);
msgrcv($msg, $m, 100, 0, 0);
print "$b ", semctl($sem, 0, 12, 0), " ", substr($m, 8), "\\n";
shmctl($shm, 0, 0); semctl($sem, 0, 0, 0); msgctl($msg, 0, 0);
"""

SHELL = """i=0; while [ $i -lt 300 ]; do i=$((i + 1)); done
case $i in 300) echo "got $i";; *) echo wrong;; esac
set -- a 'b c' d; echo "$# $2"; echo "${2%c}|"; printf '%05d\\n' 42
exit 5"""

# name: words; a "<" before the last word makes that file the input
SAME = {
    "echo": ["/bin/echo", "hello,", "world"],
    "echo-n": ["/bin/echo", "-n", "no newline"],
    "cat-file": ["cat", "data/binary"],
    "cat-files": ["cat", "-n", "data/words", "data/empty", "data/words"],
    "cat-input": ["cat", "<", "data/binary"],
    "cat-missing": ["cat", "data/no-such-file"],
    "sort": ["sort", "data/words"],
    "sort-input": ["sort", "-u", "<", "data/words"],
    "sort-numbers": ["sort", "-n", "-r", "-k2", "data/numbers"],
    "wc": ["wc", "data/words", "data/binary", "data/empty"],
    "wc-input": ["wc", "-c", "<", "data/binary"],
    "sha256sum": ["sha256sum", "data/words", "data/binary"],
    "md5sum": ["md5sum", "<", "data/binary"],
    "head": ["head", "-n", "3", "data/words"],
    "head-bytes": ["head", "-c", "100000", "<", "data/binary"],
    "tail": ["tail", "-n", "4", "data/words"],
    "tr": ["tr", "a-z", "A-Z", "<", "data/words"],
    "od": ["od", "-A", "x", "-t", "x1z", "-N", "4096", "data/binary"],
    "date": ["date", "-u", "-d", "@1700000000"],
    "date-format": ["date", "-u", "-d", "@86399", "+%Y-%m-%dT%H:%M:%S"],
    "stat": ["stat", "-c", "%n %s %a %F %h %Y", "data/words",
             "data/sub/link"],  # fmt: skip
    "stat-folder": ["stat", "-c", "%n %a %F %h %Y", "data/sub/deep"],
    "ls": ["ls", "-A", "data", "data/sub"],
    "ls-recursive": ["ls", "-R", "data"],
    "ls-missing": ["ls", "data/none"],
    "cp": ["cp", "-v", "data/binary", "copy"],
    "cp-archive": ["cp", "-a", "data", "copy"],
    "mkdir": ["mkdir", "-p", "-v", "a/b/c", "a/d"],
    "mkdir-exists": ["mkdir", "data"],
    "rm": ["rm", "-v", "data/words", "data/empty"],
    "rm-recursive": ["rm", "-r", "data"],
    "rmdir-full": ["rmdir", "data"],
    "mv": ["mv", "-v", "data/words", "data/sub/moved"],
    "ln": ["ln", "-s", "-v", "words", "data/again"],
    "touch": ["touch", "-d", "@1000000000", "data/new"],
    "chmod": ["chmod", "-v", "600", "data/words"],
    "truncate": ["truncate", "-s", "123456", "data/words"],
    "readlink": ["readlink", "data/sub/link"],
    "find-name": ["find", "data", "-name", "li*"],
    "find": ["find", "data", "-type", "f", "-size", "+1", "-printf",
             "%p %s\\n"],  # fmt: skip
    "find-delete": ["find", "data", "-print", "-delete"],
    "grep": ["grep", "-n", "-E", "(ab|ba)+c?", "data/words"],
    "grep-none": ["grep", "-q", "no such text", "data/words"],
    "grep-recursive": ["grep", "-r", "-c", "abc", "data"],
    "sed": ["sed", "-n", "-e", "5,9{s/[aeiou]/<&>/g;p}", "data/words"],
    "sed-in-place": ["sed", "-i", "s/a/b/", "data/words"],
    "gawk": ["gawk", AWK, "data/numbers"],
    "bc": ["bc", "-l", "-q", "<", "data/sums"],
    "lua": ["lua5.4", "-e", LUA],
    "lua-error": ["lua5.4", "-e", "os.exit(9)"],
    "sqlite3": ["sqlite3", ":memory:", "<", "data/sql"],
    "perl": ["perl", "-e", 'print join(",", map { $_ ** 2 } 1 .. 50), "\\n"'],
    "perl-ipc": ["perl", "-e", PERL_IPC],
    "seq": ["seq", "-w", "1", "3", "1000"],
    "base64": ["base64", "data/binary"],
    "cut": ["cut", "-d", " ", "-f", "2", "data/numbers"],
    "uniq": ["uniq", "-c", "data/words"],
    "comm": ["comm", "data/words", "data/words"],
    "cmp": ["cmp", "data/words", "data/numbers"],
    "factor": ["factor", "600851475143", "18446744073709551557"],
    "expr": ["expr", "6", "*", "7"],
    "true": ["true"],
    "false": ["false"],
    "pwd-missing-option": ["/bin/pwd", "--no-such-option"],
    "env": ["env", "-i", "A=1", "B=two words"],
    "dash": ["dash", "-c", SHELL],
    "dash-devices": ["dash", "-c", "echo x | cat /dev/stdin >/dev/stdout"],
    "bash": ["bash", "-c", SHELL],
    "busybox-sh": ["busybox", "sh", "-c", SHELL],
    "busybox-sort": ["busybox", "sort", "-n", "data/numbers"],
    "busybox-awk": ["busybox", "awk", AWK, "data/numbers"],
    "busybox-sha1sum": ["busybox", "sha1sum", "data/binary"],
    "busybox-gzip": ["busybox", "gzip", "-c", "data/words"],
    "busybox-tar": ["busybox", "tar", "cf", "-", "data/words"],
    "busybox-find": ["busybox", "find", "data", "-type", "d"],
    "busybox-xxd": ["busybox", "xxd", "-l", "512", "data/binary"],
    "busybox-cp": ["busybox", "cp", "-a", "data", "copy"],
    "busybox-rm": ["busybox", "rm", "-r", "data"],
}  # fmt: skip

# Lines come in the order of the file system.
ANY_ORDER = ("find", "find-delete", "find-name", "grep-recursive",
             "busybox-find")  # fmt: skip

# Their output depends on the kind of file system or on time.
SHOWN = {
    "ls-all": (["ls", "-laR", "/"], (0, 1),
               rb"(?s)^/:\n.*\n/usr/bin:\n.*busybox"),
    "ls-root": (["ls", "-la", "/"], (0,), rb"(?m)^drwxrwxrwt .* tmp$"),
    "date-now": (["date", "+%s"], (0,), rb"^1[0-9]{9}\n$"),
    "uname": (["uname", "-srm"], (0,), rb"^\S+ 6\.1\S* x86_64\n$"),
    "init-spared": (["sh", "-c", "for s in KILL STOP TERM SEGV CONT; do "
                     "kill -$s 1; done; sleep 0.05; echo alive; "
                     "readlink /proc/1/exe"], (0,),
                    rb"^alive\n/\.dunlin/init\n$"),
    "ps-aux": (["ps", "aux"], (0,),
               rb"(?s)^USER +PID.*\nroot +1 .* /\.dunlin/init\n"
               rb".*root +2 .* Rs? .* ps aux\n$"),
    "ps-threads": (["ps", "-eLf"], (0,), rb"(?m)^root +2 +1 +2 +\d+ +1 "),
    "ps-fields": (["ps", "-p", "1", "-o", "pid,ppid,pgid,sid,tty,stat,ni,"
                   "nlwp,comm,args", "--no-headers"], (0,),
                  rb"^ +1 +0 +1 +1 \? +Ss +0 +1 init +/\.dunlin/init\n$"),
    "free": (["free", "-k"], (0,), rb"(?m)^Mem: +\d+ +\d+ +\d+ +\d+"),
    "uptime": (["uptime"], (0,), rb"^ \d\d:.* up .*load average: \d"),
    "vmstat": (["vmstat"], (0,), rb"(?m)^( +\d+){17}$"),
    "vmstat-slabs": (["vmstat", "-m"], (0,), rb"(?m)^dentry +\d+ +\d+ "),
    "findmnt": (["findmnt", "-n", "-o", "TARGET,FSTYPE", "/sys"], (0,),
                rb"^/sys +sysfs\n$"),
    "ipcs": (["sh", "-c", "ipcmk -M 8192 -S 3 -Q >/dev/null; ipcs; ipcrm -a; "
              "ipcs -u; echo 9 >/proc/sys/kernel/shmmni; ipcs -m -l"], (0,),
             rb"(?s) 8192 +0 .* 644 +3 .*queues = 0.*"
             rb"max number of segments = 9\n"),
    "df": (["df", "/"], (0,), rb"(?m)^tmpfs +\d+ .* /$"),
    "pgrep": (["pgrep", "-l", "-x", "init"], (0,), rb"^1 init\n$"),
    "pstree": (["pstree", "-p"], (0,), rb"^init\(1\)---pstree\(2\)\n$"),
    "lsof": (["lsof", "-p", "1"], (0,),
             rb"(?m)^init +1 root +txt +REG .* /\.dunlin/init$"),
    "fuser": (["fuser", "/.dunlin/init"], (0,), rb"^ +1$"),
    "nproc": (["nproc"], (0,), rb"^2\n$"),
    "lscpu": (["lscpu"], (0,), rb"(?m)^CPU\(s\): +2$"),
    "sysctl": (["sysctl", "-n", "kernel.ostype", "kernel.pid_max"], (0,),
               rb"^Linux\n4194304\n$"),
    "sysctl-write": (["sysctl", "-w", "kernel.hostname=here"], (0,),
                     rb"^kernel.hostname = here\n$"),
    "w": (["w"], (0,), rb"^ \d\d:.*\nUSER +TTY"),
    "prlimit": (["prlimit", "--nofile", "-o", "RESOURCE,SOFT", "--noheadings"],
                (0,), rb"^NOFILE +1024\n$"),
    "dmesg": (["dmesg", "-S", "-t"], (0,), rb"(?m)^Dunlin 6\.1"),
    "top": (["top", "-b", "-n1"], (0,),
            rb"(?m)^ +2 root +20 +0 .* R .* top *$"),
    "pwd": (["/bin/pwd"], (0,), rb"^/root\n$"),
    "env": (["env"], (0,), rb"(?m)^HOME=/root$"),
    "id": (["id", "-u"], (0,), rb"^0\n$"),
    "meminfo": (["cat", "/proc/meminfo"], (0,), rb"(?m)^MemTotal: +\d+ kB$"),
    "maps": (["cat", "/proc/self/maps"], (0,), rb"(?m) \[stack\]$"),
    "cpuinfo": (["cat", "/proc/cpuinfo"], (0,), rb"(?m)^processor\s*: 0$"),
    "version": (["cat", "/proc/version"], (0,), rb"^\S"),
    "syscalls": (["cat", "/proc/dunlin/syscalls"], (0,), rb"(?m)\bopenat\b"),
    "exe": (["readlink", "/proc/self/exe"], (0,), rb"^/usr/bin/readlink\n$"),
    "zero": (["head", "-c", "100", "/dev/zero"], (0,), rb"^\0{100}$"),
    "random": (["head", "-c", "64", "/dev/urandom"], (0,), rb"(?s)^.{64}$"),
    "full": (["sh", "-c", "echo x >/dev/full"], (1, 2), rb"^$"),
}  # fmt: skip


def fixture(folder):
    """Makes FOLDER/data, the same every time."""
    dice = random.Random(20)
    data = os.path.join(folder, "data")
    os.makedirs(os.path.join(data, "sub", "deep"))
    words = ["".join(dice.choices("abcdeiou", k=dice.randint(1, 9)))
             for _ in range(3000)]  # fmt: skip
    numbers = [f"{i} {dice.randint(-999999, 999999)}" for i in range(5000)]
    files = {
        "words": "\n".join(words) + "\n",
        "numbers": "\n".join(numbers) + "\n",
        "empty": "",
        "sums": "scale=40\n4*a(1)\n2^200\nsqrt(2)\n",
        "sql": SQL,
        "sub/little": "abc\n",
        "sub/deep/less": "x" * 1500 + "abc\n",
    }
    for name, text in files.items():
        with open(os.path.join(data, name), "w", encoding="ascii") as file:
            file.write(text)
    with open(os.path.join(data, "binary"), "wb") as file:
        file.write(dice.randbytes(300_000))
    os.symlink("little", os.path.join(data, "sub", "link"))
    for top, folders, names in os.walk(data, topdown=False):
        for name in [*names, *folders, "."]:
            os.utime(os.path.join(top, name), (1.5e9, 1.5e9),
                     follow_symlinks=False)  # fmt: skip


def cases(suites):
    """The cases of the suite; SUITES is the module that runs them."""
    base = os.path.join(suites.paths.made_dir("tests"), "programs")
    shutil.rmtree(base, ignore_errors=True)
    kept = os.path.join(base, "kept")
    os.makedirs(kept)
    fixture(kept)
    return [
        *same_cases(suites, base, kept),
        *shown_cases(suites),
        *job_cases(suites, base),
    ]


def same_cases(suites, base, kept):
    found = []
    options = ["--file", f"{kept}/data:/root/data"]
    for name, words in SAME.items():
        folder = os.path.join(base, name)
        data = b""
        if len(words) > 1 and words[-2] == "<":
            with open(os.path.join(kept, words[-1]), "rb") as file:
                data = file.read()
            words = words[:-2]
        case = suites.Case(name, words, words, options, data, folder)
        case.sort = name in ANY_ORDER
        case.prepare = lambda to=folder: shutil.copytree(
            kept, to, symlinks=True
        )
        found.append(case)
    return found


# What a command needs besides its libraries.
MORE = {
    "shown-ipcs": ["--with", "ipcs", "--with", "ipcmk", "--with", "ipcrm"],
    "shown-top": ["--file", "/lib/terminfo/d/dumb:/lib/terminfo/d/dumb"],
}


class Shown:
    """A command judged by its status and a pattern of its output."""

    def __init__(self, suites, name, words, statuses, pattern):
        self.suites, self.name, self.words = suites, "shown-" + name, words
        self.statuses, self.pattern = statuses, pattern

    def check(self):
        done = self.suites.in_guest(MORE.get(self.name, []), self.words)
        if done.status not in self.statuses or not re.search(
            self.pattern, done.out
        ):
            shown = done.out[-800:] + done.err[-800:]
            return f"status {done.status}\n{shown.decode(errors='replace')}"
        return None


def shown_cases(suites):
    return [Shown(suites, name, *what) for name, what in SHOWN.items()]


JOBS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jobs")
JOB_KEYS = ("with", "package", "memory", "files", "folders", "long")


def job_keys(path):
    """The lines "# key: value" at the head of a script."""
    found = dict.fromkeys(JOB_KEYS, "")
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, sign, value = line.lstrip("# ").partition(": ")
            if not line.startswith("#"):
                break
            if sign and key in found:
                found[key] = value.strip()
    return found


class Job:
    """A script of jobs/: in the guest and on the host alike, or in the guest
    alone where NAME.out says what it prints."""

    def __init__(self, suites, name, keys, folder):
        self.suites, self.name, self.folder = suites, "job-" + name, folder
        self.script = os.path.join(JOBS, name + ".job")
        self.wanted = os.path.join(JOBS, name + ".out")
        self.limit = int(keys["long"] or suites.RUN_LIMIT_S)
        self.files = {"job": self.script}
        for file in keys["files"].split():
            self.files[file] = os.path.join(JOBS, file)
        self.options = ["-m", keys["memory"] or "256"]
        programs = ["bash", *keys["with"].split()]
        self.options += ["--with", ",".join(programs)]
        if keys["package"]:
            self.options += ["--package", ",".join(keys["package"].split())]
        for name, path in self.files.items():
            self.options += ["--file", f"{path}:/root/{name}"]
        for path in keys["folders"].split():
            self.options += ["--file", path]

    def check(self):
        there = self.suites.in_guest(self.options, ["bash", "job"],
                                     limit=self.limit)  # fmt: skip
        return self.suites.difference(self.here(), there)

    def here(self):
        if os.path.exists(self.wanted):
            with open(self.wanted, "rb") as file:
                return self.suites.Done(0, file.read(), b"")
        os.makedirs(self.folder)
        for name, path in self.files.items():
            shutil.copy(path, os.path.join(self.folder, name))
        return self.suites.spawn(
            ["bash", "job"], self.suites.RUN_LIMIT_S, cwd=self.folder,
            env=self.suites.environment(),
        )  # fmt: skip


def job_cases(suites, base):
    found = []
    for file in sorted(os.listdir(JOBS)):
        name, dot, kind = file.partition(".")
        if kind != "job":
            continue
        keys = job_keys(os.path.join(JOBS, file))
        if keys["long"] and not suites.LONG_RUN:
            continue
        folder = os.path.join(base, "job-" + name)
        found.append(Job(suites, name, keys, folder))
    return found
