/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Publishing a pointer to readers that take no lock.
 *
 * The named exception to "atomics only through arch/atomic.h": lib/ cannot
 * include arch/, and what RCU-style structures need is not an atomic
 * read-modify-write but one ordered store.  A reader follows the pointer by a
 * plain READ_ONCE: the address dependency orders its later loads on every CPU
 * that Dunlin runs on.
 */
#pragma once

#include "lib/types.h"

/* Store V into pointer P after all earlier stores of this CPU. */
#define publish(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
