/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open(2), fcntl(2) and the *at calls: flags that every CPU shares.  The four
 * O_ flags that differ (O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE) and
 * what is made of them come with arch/abi.h.
 */
#pragma once

#include "lib/types.h"

#define O_ACCMODE     3
#define O_RDONLY      0
#define O_WRONLY      1
#define O_RDWR        2
#define O_CREAT       0100
#define O_EXCL        0200
#define O_NOCTTY      0400
#define O_TRUNC       01000
#define O_APPEND      02000
#define O_NONBLOCK    04000
#define O_DSYNC       010000
#define O_ASYNC       020000
#define O_NOATIME     01000000
#define O_CLOEXEC     02000000
#define O_SYNC_BIT    04000000 /* O_SYNC without O_DSYNC */
#define O_SYNC        (O_SYNC_BIT | O_DSYNC)
#define O_PATH        010000000
#define O_TMPFILE_BIT 020000000 /* O_TMPFILE without O_DIRECTORY */
#define O_TMPFILE     (O_TMPFILE_BIT | O_DIRECTORY)

#define F_DUPFD         0
#define F_GETFD         1
#define F_SETFD         2
#define F_GETFL         3
#define F_SETFL         4
#define F_GETLK         5
#define F_SETLK         6
#define F_SETLKW        7
#define F_SETOWN        8
#define F_GETOWN        9
#define F_SETSIG        10
#define F_GETSIG        11
#define F_SETOWN_EX     15
#define F_GETOWN_EX     16
#define F_OFD_GETLK     36
#define F_OFD_SETLK     37
#define F_OFD_SETLKW    38
#define F_SETLEASE      1024
#define F_GETLEASE      1025
#define F_NOTIFY        1026
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ    1031
#define F_GETPIPE_SZ    1032
#define F_ADD_SEALS     1033
#define F_GET_SEALS     1034
#define FD_CLOEXEC      1
#define F_RDLCK         0
#define F_WRLCK         1
#define F_UNLCK         2
#define F_SEAL_SEAL     1

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

#define AT_FDCWD            (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EACCESS          0x200
#define AT_REMOVEDIR        0x200
#define AT_SYMLINK_FOLLOW   0x400
#define AT_NO_AUTOMOUNT     0x800
#define AT_EMPTY_PATH       0x1000
#define AT_STATX_SYNC_TYPE  0x6000

#define SEEK_SET  0
#define SEEK_CUR  1
#define SEEK_END  2
#define SEEK_DATA 3
#define SEEK_HOLE 4

#define R_OK 4
#define W_OK 2
#define X_OK 1

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE  2
#define RENAME_WHITEOUT  4

#define FALLOC_FL_KEEP_SIZE  1
#define FALLOC_FL_PUNCH_HOLE 2
#define FALLOC_FL_ZERO_RANGE 16

#define RWF_HIPRI  1
#define RWF_DSYNC  2
#define RWF_SYNC   4
#define RWF_NOWAIT 8
#define RWF_APPEND 16

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

#define PATH_MAX 4096
#define NAME_MAX 255
#define IOV_MAX  1024
#define PIPE_BUF 4096
/* The most one read or write moves: a whole number of pages below 2 GiB. */
#define RW_MAX 0x7ffff000ul

struct flock { /* both layouts of 64-bit CPUs; F_*LK64 of the others */
	int16_t type, whence;
	off_t start, len;
	int32_t pid;
};

struct open_how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_XDEV       1
#define RESOLVE_NO_MAGICLINKS 2
#define RESOLVE_NO_SYMLINKS   4
#define RESOLVE_BENEATH       8
#define RESOLVE_IN_ROOT       16
#define RESOLVE_CACHED        32
