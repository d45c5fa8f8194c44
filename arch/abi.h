/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the system-call ABI that differs per CPU.
 *
 * impl/abi.h includes the CPU's headers of abi/: the O_ flags of its own,
 * struct abi_epoll_event,
 * struct abi_stat, abi_statfs, abi_dirent, abi_timespec, abi_timeval,
 * abi_utimbuf.
 */
#pragma once

#include "abi/fcntl.h"
#include "impl/abi.h"
