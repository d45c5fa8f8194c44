# perl's door to every system call.
# with: echo cat sort
# package: perl
# files: job.pl
# memory: 384
exec 2>&1
perl -w job.pl
