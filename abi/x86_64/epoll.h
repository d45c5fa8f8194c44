/* SPDX-License-Identifier: BSD-2-Clause */
/* epoll_wait(2)'s struct, which x86-64 packs for the sake of 32-bit programs. */
#pragma once

#include "lib/types.h"

struct abi_epoll_event {
	uint32_t events;
	uint64_t data;
} packed;
static_assert(sizeof(struct abi_epoll_event) == 12, "Linux's layout");
