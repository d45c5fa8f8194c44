/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll_wait(2) on ARM: the data is aligned to its size. */
#pragma once

#include "lib/types.h"

struct abi_epoll_event {
	uint32_t events;
	uint32_t pad;
	uint64_t data;
};
static_assert(sizeof(struct abi_epoll_event) == 16, "Linux's layout");
