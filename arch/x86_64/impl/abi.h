/* SPDX-License-Identifier: BSD-2-Clause */
/* x86-64's side of arch/abi.h. */
#pragma once

#include "abi/x86_64/epoll.h"
#include "abi/x86_64/fcntl.h"
#include "abi/x86_64/stat.h"
