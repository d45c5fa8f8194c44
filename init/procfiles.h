/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands the files of init/procfiles.def to procfs. */
#pragma once

#include "lib/types.h"

struct strbuf;

void procfiles_init(void);

/* For the log's last line before the first program. */
unsigned long long procfiles_total_kb(void);
unsigned long long procfiles_free_kb(void);

/* Marks the moment of the first program, for /proc/dunlin/boot. */
void procfiles_booted(void);
