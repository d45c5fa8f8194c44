/* SPDX-License-Identifier: BSD-2-Clause */
/* More files of the whole machine for init/procfiles.def: its devices, its
 * memory by zones, its symbols. */
#pragma once

struct strbuf;

void procmachine_devices(struct strbuf *sb);
void procmachine_misc(struct strbuf *sb);
void procmachine_softirqs(struct strbuf *sb);
void procmachine_zoneinfo(struct strbuf *sb);
void procmachine_buddyinfo(struct strbuf *sb);
void procmachine_kallsyms(struct strbuf *sb);
