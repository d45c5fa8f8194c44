/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's names (uname(2)), for /proc/sys/kernel. */
#pragma once

#define UNAME_MAX 65 /* with its NUL */

enum uname_which { UNAME_HOST, UNAME_DOMAIN };
void uname_get(enum uname_which which, char out[UNAME_MAX]);
/* Cut where it is too long. */
void uname_set(enum uname_which which, const char *name);
