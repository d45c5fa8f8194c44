/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The steps of exec: find the program (exec.c), map it (exec_elf.c), build the
 * stack (exec_stack.c).
 */
#pragma once

#include "lib/elf.h"
#include "lib/types.h"

#include "proc/exec.h"

struct cred;
struct file;
struct vmspace;

/* Argument and environment strings, each with its NUL, in one buffer. */
struct exec_args {
	char *text;
	size_t used, size;
	size_t limit; /* bytes that strings and pointers may take */
	uint32_t argc, envc;
	size_t env_start; /* where the environment begins in text */
};

struct exec {
	struct file *file; /* the ELF file itself */
	struct exec_args args;
	char *execfn;  /* the name that was given */
	char *script;  /* name of the last interpreter on a #! line */
	char *fd_name; /* execfn, where a descriptor leads to it */

	struct cred *cred; /* to run with; NULL once committed */
	bool secure;       /* more rights than the caller: AT_SECURE */
	bool private;      /* its memory is not the caller's to see */
	uint32_t persona_clear;

	struct vmspace *vs; /* being built */
	bool stack_exec;
	uint64_t bias; /* of the program */
	uaddr_t entry; /* where user space starts: the interpreter's if any */
	uaddr_t program_entry, phdr, interp_base;
	uaddr_t vdso; /* 0: none */
	uint16_t phnum, phentsize;
	uaddr_t sp;

	/* Bytes behind file data that must read as zero; done once the new
	 * address space is the thread's own. */
	struct {
		uaddr_t at;
		size_t len;
	} zero[8];
	unsigned zero_count;
};

/* A regular file that the caller may execute, readable or not; -EACCES,
 * -ELOOP, -ETXTBSY and path_lookup's. */
int must_check exec_open(const struct exec_place *at, struct file **out);

/* Kernel copies of the caller's strings; -E2BIG, -EFAULT, -ENOMEM. */
int must_check exec_args_init(struct exec_args *a);
int must_check exec_args_copy(struct exec_args *a, const struct exec_strings *s,
			      uint32_t *count);
/* Replaces argv[0] by these, in front. */
int must_check exec_args_shift(struct exec_args *a, const char *const *front,
			       unsigned n);
void exec_args_free(struct exec_args *a);

/* Works out x->cred from the program's file; -ENOMEM. */
int must_check exec_cred_prepare(struct exec *x);
/* Past the point of no return: the thread runs with it. */
void exec_cred_commit(struct exec *x);

/* Maps the program and its interpreter into x->vs. */
int must_check exec_map(struct exec *x);
/* Reserves the stack's area; before exec_map, which places what is mapped
 * relative to it. */
int must_check exec_stack_map(struct exec *x);
/* Writes strings, vectors and auxv; x->vs is the running thread's. */
int must_check exec_stack_fill(struct exec *x);

uint64_t exec_random_pages(unsigned bits);
