# python3 and the modules that lean on the kernel.
# package: python3
# files: job.py
# memory: 384
exec 2>&1
/usr/bin/python3 -I -B job.py
