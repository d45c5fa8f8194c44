/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets (socket(2), unix(7)): numbers and layouts that all CPUs share; those
 * with pointers are of the CPU's own width. */
#pragma once

#include "lib/types.h"

#define AF_UNSPEC 0
#define AF_UNIX   1
#define AF_INET   2
#define AF_INET6  10
#define AF_LIMIT  46

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xf
#define SOCK_NONBLOCK  04000
#define SOCK_CLOEXEC   02000000

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

#define MSG_OOB          0x1
#define MSG_PEEK         0x2
#define MSG_CTRUNC       0x8
#define MSG_TRUNC        0x20
#define MSG_DONTWAIT     0x40
#define MSG_EOR          0x80
#define MSG_WAITALL      0x100
#define MSG_NOSIGNAL     0x4000
#define MSG_WAITFORONE   0x10000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SOMAXCONN 4096

#define SOL_SOCKET     1
#define SO_DEBUG       1
#define SO_REUSEADDR   2
#define SO_TYPE        3
#define SO_ERROR       4
#define SO_DONTROUTE   5
#define SO_BROADCAST   6
#define SO_SNDBUF      7
#define SO_RCVBUF      8
#define SO_KEEPALIVE   9
#define SO_OOBINLINE   10
#define SO_PRIORITY    12
#define SO_LINGER      13
#define SO_REUSEPORT   15
#define SO_PASSCRED    16
#define SO_PEERCRED    17
#define SO_RCVLOWAT    18
#define SO_SNDLOWAT    19
#define SO_RCVTIMEO    20
#define SO_SNDTIMEO    21
#define SO_ACCEPTCONN  30
#define SO_SNDBUFFORCE 32
#define SO_RCVBUFFORCE 33
#define SO_PROTOCOL    38
#define SO_DOMAIN      39

#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2
#define SCM_MAX_FD      253

#define UNIX_PATH_MAX 108

#define SIOCOUTQ 0x5411

struct sockaddr_un {
	uint16_t family;
	char path[UNIX_PATH_MAX];
};

struct ucred {
	int32_t pid;
	uint32_t uid, gid;
};

struct abi_msghdr {
	uaddr_t name;
	int32_t name_len;
	uaddr_t iov;
	size_t iov_len;
	uaddr_t control;
	size_t control_len;
	uint32_t flags;
};

struct abi_mmsghdr {
	struct abi_msghdr hdr;
	uint32_t len;
};

struct abi_cmsghdr {
	size_t len;
	int32_t level, type;
};
