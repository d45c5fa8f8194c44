/* SPDX-License-Identifier: BSD-2-Clause */
/* Control registers, model-specific registers, CPUID (SDM vols. 2 to 4). */
#pragma once

#define CR0_PE         (1 << 0)
#define CR0_MP         (1 << 1)
#define CR0_TS         (1 << 3)
#define CR0_ET         (1 << 4)
#define CR0_NE         (1 << 5)
#define CR0_WP         (1 << 16)
#define CR0_AM         (1 << 18)
#define CR0_PG         (1 << 31)
#define CR4_DE         (1 << 3)
#define CR4_PAE        (1 << 5)
#define CR4_PGE        (1 << 7)
#define CR4_OSFXSR     (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_UMIP       (1 << 11)
#define CR4_FSGSBASE   (1 << 16)
#define CR4_OSXSAVE    (1 << 18)
#define CR4_SMEP       (1 << 20)
#define CR4_SMAP       (1 << 21)

#define MSR_TSC_DEADLINE   0x6e0
#define MSR_APIC_BASE      0x1b
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_SFMASK         0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103

#define EFER_SCE (1 << 0)
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)

#define RFLAGS_FIXED (1 << 1)
#define RFLAGS_TF    (1 << 8)
#define RFLAGS_IF    (1 << 9)
#define RFLAGS_DF    (1 << 10)
#define RFLAGS_NT    (1 << 14)
#define RFLAGS_RF    (1 << 16)
#define RFLAGS_AC    (1 << 18)

#ifndef __ASSEMBLY__
#	include "lib/types.h"

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (uint64_t)hi << 32 | lo;
}

static inline void msr_write(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
			 : "memory");
}

#	define CR_OPS(n)                                         \
		static inline unsigned long cr##n##_read(void)    \
		{                                                 \
			unsigned long v;                          \
			__asm__ volatile("mov %%cr" #n ", %0"     \
					 : "=r"(v)                \
					 :                        \
					 : "memory");             \
			return v;                                 \
		}                                                 \
		static inline void cr##n##_write(unsigned long v) \
		{                                                 \
			__asm__ volatile("mov %0, %%cr" #n        \
					 :                        \
					 : "r"(v)                 \
					 : "memory");             \
		}                                                 \
		static_assert(n <= 8, "a control register")

CR_OPS(0);
CR_OPS(2);
CR_OPS(3);
CR_OPS(4);

struct cpuid {
	uint32_t a, b, c, d;
};

static inline struct cpuid cpuid_read(uint32_t leaf, uint32_t sub)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}
#endif
