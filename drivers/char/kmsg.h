/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/kmsg: the kernel's log as records, one to a read, in Linux's form
 * (dev-kmsg): LEVEL,NUMBER,MICROSECONDS,-;TEXT.  A line that is written joins
 * the log.
 */
#pragma once

/* Adds it to /dev; a failure is logged. */
void kmsg_init(void);
