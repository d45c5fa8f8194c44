/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of arch/x86_64 know of each other. */
#pragma once

#include "arch/boot.h"
#include "lib/types.h"

struct arch_mapper;
struct firmware_visit;
struct frame;
struct thread;

/* Found once by cpu_detect(). */
struct cpu_features {
	bool nx, gb_pages, pge, smep, smap, umip, fsgsbase;
	bool rdtscp, xsave, xsaveopt, rdrand, rdseed, invariant_tsc, hypervisor;
	uint64_t xcr0;
	uint32_t fpu_size;
	uint32_t family, model, stepping;
	uint32_t leaf1_ecx, leaf1_edx;
	uint8_t phys_bits;
	char vendor[13], brand[49];
};
extern struct cpu_features cpu_features;

void cpu_detect(void);
/* Switches on, on the running CPU, what cpu_detect() found on the first. */
void cpu_enable(void);
/* Segments, task state and system-call registers of the running CPU; `stacks`
 * has IST_COUNT stacks of IST_STACK_SIZE, aligned to it. */
void cpu_load_own(char *stacks);
/* Turns the no-ops around user accesses into STAC and CLAC; text is still
 * writable.  Called once, before arch_boot_paging(). */
void cpu_patch_text(void);

void trap_init(void); /* the IDT; before anything can fault */
void trap_load(void); /* the same IDT, on a further CPU */
void trap_dispatch(struct frame *f);
void trap_set_ist(void);

void pvh_parse(paddr_t start_info);
noreturn void start_pvh(paddr_t start_info, uint64_t cycles);
noreturn void start_secondary(void);

/* firmware.c; rsdp: the loader's word, or NULL.  While low memory is mapped. */
void firmware_find(const void *rsdp);
void firmware_visit_all(const struct arch_mapper *m,
			const struct firmware_visit *v);

struct thread *switch_stacks(struct thread *prev, struct thread *next);
struct thread *arch_switch_finish(struct thread *prev);
void thread_entry(void);
/* The state of a new program, into the registers. */
void fpu_load_initial(void);
int must_check fpu_save_user(uaddr_t at);
int must_check fpu_load_user(uaddr_t at);
bool probe_copy(void *dst, const void *src, size_t len);

void apic_enable(void); /* the running CPU's */
uint32_t apic_id(void);
void apic_send_init(unsigned cpu);
void apic_send_startup(unsigned cpu, unsigned page);
void apic_timer_enable(void);
void apic_timer_init(uint64_t apic_hz);
uint32_t apic_timer_count(void);
void apic_timer_start_calibration(void);

paddr_t mmu_kernel_root(void);

extern char boot_gdt[], boot_stack[], boot_stack_top[];
extern uint64_t boot_pml4[512];
