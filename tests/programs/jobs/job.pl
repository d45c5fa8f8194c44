use strict; use warnings; $| = 1;
use POSIX qw(:sys_wait_h :signal_h :fcntl_h :errno_h);
use Fcntl qw(:flock :seek :mode); use Socket; use IO::Handle; use IO::Select; use IO::Socket::UNIX;
use IPC::Open3; use File::Temp qw(tempfile tempdir); use Time::HiRes qw(usleep ualarm time sleep);
use Config; use threads; use threads::shared; use Thread::Queue; use File::Find; use Digest::SHA qw(sha1_hex); use Storable; use Sys::Hostname;

print "== fork and wait\n";
my %kids; for my $i (1 .. 5) { my $p = fork // die; exit $i * 3 unless $p; $kids{$p} = $i }
my @st; while ((my $p = wait) > 0) { push @st, $kids{$p} . ":" . ($? >> 8) } print join(" ", sort @st), "\n";
my $p = fork; if (!$p) { kill KILL => $$; sleep 9 } waitpid $p, 0; print "signal ", $? & 127, "\n";
$p = fork; if (!$p) { sleep 60; exit } kill STOP => $p; waitpid $p, WUNTRACED; print WIFSTOPPED($?) ? "stopped " . WSTOPSIG($?) : "?", "\n"; kill CONT => $p; kill TERM => $p; waitpid $p, 0; print WTERMSIG($?), "\n";
print "none ", waitpid(-1, WNOHANG), " ", $! == ECHILD ? "ECHILD" : $!, "\n";
print `echo back; exit 3`, $? >> 8, "\n"; print system("exit 7") >> 8, "\n"; print system("/nonexistent/x"), " $!\n";
print "== pipes\n";
pipe my $r, my $w or die; if (!fork) { close $r; print $w "line $_\n" for 1 .. 3000; exit } close $w; my $n = () = <$r>; print "$n lines\n"; wait;
open my $out, "|-", "sort -n" or die; print $out "$_\n" for 3, 1, 2; close $out; open my $in, "-|", "cat", "job.pl" or die; $n = 0; $n++ while <$in>; close $in; print $n > 50 ? "read\n" : "short\n";
my $pid = open3(my $ci, my $co, undef, "sort"); print $ci "b\na\n"; close $ci; print <$co>; waitpid $pid, 0;
{ local $SIG{PIPE} = sub { print "SIGPIPE\n" }; pipe my $a, my $b; close $a; my $k = syswrite $b, "x"; print defined $k ? "wrote" : $! == EPIPE ? "EPIPE" : $!, "\n" }
print "== signals\n";
{ my $g = 0; local $SIG{USR1} = sub { $g++ }; kill USR1 => $$ for 1 .. 3; print "got $g\n" }
{ my $set = POSIX::SigSet->new(SIGUSR2); my $old = POSIX::SigSet->new; my $g = 0; local $SIG{USR2} = sub { $g++ }; sigprocmask(SIG_BLOCK, $set, $old); kill USR2 => $$; my $pend = POSIX::SigSet->new; sigpending($pend); print "blocked $g pending ", $pend->ismember(SIGUSR2), "\n"; sigprocmask(SIG_SETMASK, $old); print "released $g\n" }
{ my $r = eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; select undef, undef, undef, 50; 1 }; print $r ? "slept" : $@ } { local $SIG{ALRM} = sub { }; ualarm 300000; POSIX::pause(); print "paused\n" }
print "== files\n";
sysopen my $f, "x", O_RDWR | O_CREAT | O_EXCL, 0640 or die; print sysopen(my $g, "x", O_WRONLY | O_CREAT | O_EXCL) ? "?" : "$!\n"; syswrite $f, "hello world"; sysseek $f, 6, SEEK_SET; sysread $f, my $buf, 100; print "$buf\n"; truncate $f, 5; print -s $f, "\n"; printf "%o\n", S_IMODE((stat $f)[2]);
flock $f, LOCK_EX or die; if (!fork) { open my $h, "<", "x"; print flock($h, LOCK_SH | LOCK_NB) ? "?" : $! == EWOULDBLOCK ? "locked\n" : "$!\n"; exit } wait; flock $f, LOCK_UN; if (!fork) { open my $h, "<", "x"; print flock($h, LOCK_SH | LOCK_NB) ? "free\n" : "$!\n"; exit } wait;
my $lock = pack "s s l! l! i", F_WRLCK, SEEK_SET, 0, 0, 0; print fcntl($f, F_SETLK, $lock) ? "range\n" : "$!\n"; if (!fork) { open my $h, "+<", "x"; print fcntl($h, F_SETLK, $lock) ? "?\n" : "$!\n"; exit } wait;
utime 100, 200, "x"; print join(" ", (stat "x")[8, 9]), "\n"; link "x", "y"; symlink "x", "z"; print readlink "z", " ", (stat "y")[3], "\n"; rename "y", "x2"; print -l "z" ? "link " : "", -e "y" ? "" : "gone\n"; chmod 0, "x"; print unlink("x", "x2", "z"), "\n";
mkdir "d"; open my $t, ">", "d/$_" for 1 .. 3; opendir my $d, "d"; print join(" ", sort grep !/^\./, readdir $d), "\n"; rewinddir $d; print scalar(() = readdir $d), "\n"; find(sub { print "$File::Find::name\n" if $_ eq "2" }, "."); print rmdir "d" ? "?" : $! == ENOTEMPTY ? "not empty\n" : "$!\n"; unlink glob "d/*"; rmdir "d";
my ($tf, $tn) = tempfile(UNLINK => 1); print $tf "temp"; close $tf; print -s $tn, "\n"; POSIX::mkfifo("ff", 0600); print -p "ff" ? "fifo\n" : "?\n"; my $dup = POSIX::dup(1); POSIX::write($dup, "dup\n", 4); POSIX::close($dup); print POSIX::isatty(0) ? "" : "no terminal\n"; store [1, { a => 2 }], "st"; print retrieve("st")->[1]{a}, "\n"; print +(POSIX::uname)[0], " ", POSIX::sysconf(&POSIX::_SC_PAGESIZE), "\n";
print "== sockets\n";
socketpair my $s1, my $s2, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die; if (!fork) { close $s1; print $s2 uc while <$s2>; exit } close $s2; $s1->autoflush; print $s1 "shout\nlouder\n"; shutdown $s1, 1; print <$s1>; wait;
my $srv = IO::Socket::UNIX->new(Local => "sock", Listen => 5) or die $!; for my $i (1 .. 3) { if (!fork) { my $c = IO::Socket::UNIX->new(Peer => "sock") or die $!; print $c "client $i\n"; my $a = <$c>; exit length $a } } my @got; for (1 .. 3) { my $c = $srv->accept; my $l = <$c>; push @got, $l; print $c "ok $l"; close $c } print sort @got; print wait > 0 ? $? >> 8 : "?", "\n" for 1 .. 3;
my $ds = IO::Socket::UNIX->new(Local => "dgram", Type => SOCK_DGRAM) or die; my $dc = IO::Socket::UNIX->new(Peer => "dgram", Type => SOCK_DGRAM) or die; send $dc, "one", 0; send $dc, "two", 0; recv $ds, $buf, 99, 0; print "$buf "; recv $ds, $buf, 2, 0; print "$buf\n";
{ my $sel = IO::Select->new; my @w; for (1 .. 3) { pipe my $r, my $w; $sel->add($r); push @w, $w } print scalar($sel->can_read(0)), " "; syswrite $w[1], "x"; print scalar(my @r = $sel->can_read(9)), "\n" }
print "== threads\n";
my $sum : shared = 0; my @t = map { my $k = $_; threads->create(sub { for (1 .. 50) { lock $sum; $sum += $k } return $k * 10 }) } 1 .. 4; print join(" ", map { $_->join } @t), " $sum\n";
my $q = Thread::Queue->new; my $c = threads->create(sub { my $s = 0; while (defined(my $x = $q->dequeue)) { $s += $x } $s }); $q->enqueue(1 .. 100); $q->end; print $c->join, "\n"; { my $flag : shared = 0; my $w = threads->create(sub { lock $flag; cond_wait($flag) until $flag; "woken" }); { lock $flag; $flag = 1; cond_signal($flag) } print $w->join, "\n" } threads->create(sub { print sha1_hex("x" x 100000), "\n" })->join;
print "== text\n"; my %h; $h{$_ % 97}++ for 1 .. 20000; print scalar(keys %h), " ", join(",", (sort { $a <=> $b } values %h)[0, -1]), "\n"; my $big = "ab" x 500000; (my $c2 = $big) =~ tr/a/b/; print length($c2), " ", ($big =~ s/b//gr) eq "a" x 500000 ? "same" : "differ", "\n"; printf "%s %s\n", sprintf("%.3e", exp 10), join "", map { chr } unpack "C*", pack "n2", 0x4142, 0x4344; local $0 = "renamed"; open my $cm, "<", "/proc/self/comm"; print <$cm>; print "done\n"; END { print "end\n" if $$ == $main::top } BEGIN { $main::top = $$ }
