/* SPDX-License-Identifier: BSD-2-Clause */
/* ARMv7's side of arch/abi.h. */
#pragma once

#include "abi/armv7/epoll.h"
#include "abi/armv7/fcntl.h"
#include "abi/armv7/stat.h"
