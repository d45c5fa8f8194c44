/* SPDX-License-Identifier: BSD-2-Clause */
/* The open(2) flags whose values x86-64 chose for itself. */
#pragma once

#define O_DIRECT    040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW  0400000
