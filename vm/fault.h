/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults.  trap_fault() (core/entry.h) resolves a fault of the running
 * thread: first without the map lock and without sleeping (anonymous memory,
 * cached file pages), then, when something must be read or the area changed
 * underneath, under map_lock held for reading.
 *
 * What cannot be resolved is a signal from user mode, a failed access from
 * the kernel.  The signal is raised through this hook, which proc/ fills in.
 */
#pragma once

#include "lib/types.h"

struct frame;
struct page;
struct vmspace;

enum fault_result {
	FAULT_OK,
	FAULT_NO_AREA,    /* SIGSEGV, SEGV_MAPERR */
	FAULT_PROTECTION, /* SIGSEGV, SEGV_ACCERR */
	FAULT_BUS, /* SIGBUS, BUS_ADRERR: past the end of the file, or I/O */
	FAULT_NO_MEMORY,
	FAULT_INTERRUPTED,    /* killed while waiting for a page */
	FAULT_RETRY_SLEEPING, /* internal: needs the slow way */
};

extern void (*fault_signal_hook)(struct frame *f, enum fault_result why,
				 uaddr_t addr);

enum fault_access { FAULT_READ, FAULT_WRITE, FAULT_EXEC };

/* Brings one page in as a fault would; may sleep.  map_lock is not held. */
enum fault_result fault_in(struct vmspace *vs, uaddr_t addr,
			   enum fault_access access);
/* ... and gets the page, with a reference, for the kernel to read or write
 * through page_map_local(). */
enum fault_result fault_in_page(struct vmspace *vs, uaddr_t addr,
				enum fault_access access, struct page **out);
