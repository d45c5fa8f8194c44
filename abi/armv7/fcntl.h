/* SPDX-License-Identifier: BSD-2-Clause */
/* The open(2) flags whose values ARM chose for itself. */
#pragma once

#define O_DIRECTORY 040000
#define O_NOFOLLOW  0100000
#define O_DIRECT    0200000
#define O_LARGEFILE 0400000
