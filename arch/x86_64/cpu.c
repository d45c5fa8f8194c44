/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this CPU can do, and switching it on: control registers, segments and
 * the task-state segment, the system-call registers, floating-point state.
 */
#include "arch/cpu.h"

#include "arch/boot.h"
#include "arch/info.h"
#include "arch/mmu.h"
#include "arch/thread.h"
#include "arch/time.h"
#include "arch/vdso.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/string.h"

#include "core/panic.h"
#include "core/percpu.h"
#include "core/print.h"
#include "impl/desc.h"
#include "impl/info.h"
#include "impl/msr.h"

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iomap;
} packed;

struct patch_site {
	uint64_t addr;
	uint32_t open, reserved;
};
extern const struct patch_site patch_sites_start[], patch_sites_end[];

struct cpu_features cpu_features;

#define GDT_WORDS 10

static DEFINE_PERCPU(struct tss, cpu_tss);
static DEFINE_PERCPU(uint64_t[GDT_WORDS], cpu_gdt);
/* CPU 0's; others get theirs when they start. */
static char ist_stacks[IST_COUNT][IST_STACK_SIZE] aligned(IST_STACK_SIZE);

void syscall_entry(void);

static void read_strings(struct cpu_features *c)
{
	struct cpuid r = cpuid_read(0, 0);

	memcpy(c->vendor, &r.b, 4);
	memcpy(c->vendor + 4, &r.d, 4);
	memcpy(c->vendor + 8, &r.c, 4);
	if (cpuid_read(0x80000000, 0).a < 0x80000004)
		return;
	for (unsigned i = 0; i < 3; i++) {
		r = cpuid_read(0x80000002 + i, 0);
		memcpy(c->brand + 16 * i, &r, 16);
	}
}

void cpu_enable(void)
{
	const struct cpu_features *c = &cpu_features;

	cr4_write(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_DE |
		  (c->pge ? CR4_PGE : 0) | (c->fsgsbase ? CR4_FSGSBASE : 0) |
		  (c->smep ? CR4_SMEP : 0) | (c->umip ? CR4_UMIP : 0) |
		  (c->smap ? CR4_SMAP : 0) | (c->xcr0 ? CR4_OSXSAVE : 0));
	if (c->xcr0)
		__asm__ volatile("xsetbv"
				 :
				 : "c"(0), "a"((uint32_t)c->xcr0), "d"(0)
				 : "memory");
}

static void read_xsave(struct cpu_features *c)
{
	c->fpu_size = 512;
	if (!c->xsave)
		return;
	/* x87, SSE, AVX, AVX-512; PKRU and AMX only once somebody needs them */
	c->xcr0 = cpuid_read(0xd, 0).a & 0xe7;
	cpu_enable(); /* the size is that of what XCR0 enables */
	c->fpu_size = cpuid_read(0xd, 0).b;
	c->xsaveopt = cpuid_read(0xd, 1).a & 1;
}

static void read_model(struct cpu_features *c, uint32_t eax)
{
	c->family = eax >> 8 & 15;
	c->model = eax >> 4 & 15;
	c->stepping = eax & 15;
	if (c->family == 15)
		c->family += eax >> 20 & 0xff;
	if (c->family >= 6)
		c->model |= eax >> 12 & 0xf0;
}

void cpu_detect(void)
{
	struct cpu_features *c = &cpu_features;
	struct cpuid r = cpuid_read(1, 0);
	uint32_t max = cpuid_read(0, 0).a;

	read_model(c, r.a);
	c->leaf1_ecx = r.c;
	c->leaf1_edx = r.d;
	c->xsave = r.c >> 26 & 1;
	c->rdrand = r.c >> 30 & 1;
	c->hypervisor = r.c >> 31 & 1;
	c->pge = r.d >> 13 & 1;
	if (max >= 7) {
		r = cpuid_read(7, 0);
		c->fsgsbase = r.b & 1;
		c->smep = r.b >> 7 & 1;
		c->rdseed = r.b >> 18 & 1;
		c->smap = r.b >> 20 & 1;
		c->umip = r.c >> 2 & 1;
	}
	r = cpuid_read(0x80000001, 0);
	c->nx = r.d >> 20 & 1;
	c->gb_pages = r.d >> 26 & 1;
	c->rdtscp = r.d >> 27 & 1;
	max = cpuid_read(0x80000000, 0).a;
	c->phys_bits = max >= 0x80000008 ? cpuid_read(0x80000008, 0).a : 36;
	c->invariant_tsc =
		max >= 0x80000007 && (cpuid_read(0x80000007, 0).d >> 8 & 1);
	read_strings(c);
	cpu_enable();
	read_xsave(c);
}

/* STAC is 0f 01 cb, CLAC 0f 01 ca; each replaces a no-op of three bytes. */
void cpu_patch_text(void)
{
	if (!cpu_features.smap)
		return;
	for (const struct patch_site *p = patch_sites_start;
	     p < patch_sites_end; p++) {
		uint8_t *at = (uint8_t *)p->addr;

		/* Not through the read-only text mapping: through the direct
		 * map, as every later text change does. */
		at = arch_phys_to_virt(arch_virt_to_phys(at));
		at[0] = 0x0f;
		at[1] = 0x01;
		at[2] = p->open ? 0xcb : 0xca;
	}
}

static void load_tss(uint64_t *gdt, struct tss *tss, char *stacks)
{
	uint64_t *d = &gdt[SEG_TSS / 8];
	uint64_t base = (uint64_t)tss;

	for (unsigned i = 0; i < IST_COUNT; i++) {
		char *top = stacks + (i + 1) * IST_STACK_SIZE;

		((struct cpu_hot **)top)[-2] = arch_cpu_hot();
		tss->ist[i] = (uint64_t)(top - 16);
	}
	tss->iomap = sizeof(*tss);
	d[0] = (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
	       (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(SEG_TSS) : "memory");
	arch_cpu_hot()->tss = tss;
}

static uint64_t *load_gdt(void)
{
	uint64_t *gdt = this_cpu(cpu_gdt);
	struct {
		uint16_t limit;
		uint64_t base;
	} packed gdtr = { sizeof(cpu_gdt) - 1, (uint64_t)gdt };

	memcpy(gdt, boot_gdt, sizeof(cpu_gdt));
	__asm__ volatile("lgdt %0" : : "m"(gdtr) : "memory");
	return gdt;
}

void cpu_load_own(char *stacks)
{
	load_tss(load_gdt(), &this_cpu(cpu_tss), stacks);
	msr_write(MSR_STAR, (uint64_t)SEG_USER32_CS << 48 |
				    (uint64_t)SEG_KERNEL_CS << 32);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_SFMASK,
		  RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_AC | RFLAGS_NT);
	if (cpu_features.rdtscp)
		msr_write(MSR_TSC_AUX, arch_cpu_id()); /* for the vDSO */
}

bool arch_vdso_knows_cpu(void)
{
	return cpu_features.rdtscp;
}

void arch_cpu_init(void)
{
	cpu_load_own(ist_stacks[0]);
	trap_set_ist();
	print("CPU: %s, family %u model %u stepping %u, %u physical bits\n",
	      cpu_features.brand[0] ? cpu_features.brand : cpu_features.vendor,
	      cpu_features.family, cpu_features.model, cpu_features.stepping,
	      cpu_features.phys_bits);
}

void arch_cpu_set_stack(vaddr_t top)
{
	struct cpu_hot *hot = arch_cpu_hot();

	hot->kernel_sp = top;
	hot->tss->rsp[0] = top;
}

uint32_t arch_hwcap(void)
{
	return cpu_features.leaf1_edx;
}

uint64_t arch_entropy(void)
{
	uint64_t v, t = arch_cycles();
	bool ok;

	for (unsigned i = 0; cpu_features.rdrand && i < 10; i++) {
		__asm__ volatile("rdrand %0" : "=r"(v), "=@ccc"(ok));
		if (ok)
			return v ^ t;
	}
	return t * 0x9e3779b97f4a7c15;
}

size_t arch_fpu_size(void)
{
	return cpu_features.fpu_size;
}

void arch_fpu_init(void *area)
{
	uint8_t *p = area;

	/* The initial state: x87 control word 0x37f, MXCSR 0x1f80; an XSAVE
	 * header of zeroes means every component is in its initial state. */
	memset(area, 0, cpu_features.fpu_size);
	p[0] = 0x7f;
	p[1] = 0x03;
	p[24] = 0x80;
	p[25] = 0x1f;
}

void fpu_load_initial(void)
{
	/* A legacy area and a header of zeroes: every extended component is
	 * in its initial state, and what lies behind is not read. */
	static uint8_t area[512 + 64] aligned(64) = {
		[0] = 0x7f,
		[1] = 0x03,
		[24] = 0x80,
		[25] = 0x1f,
	};

	arch_fpu_load(area);
}

void arch_fpu_load(const void *area)
{
	if (cpu_features.xsave)
		__asm__ volatile("xrstor64 (%0)"
				 :
				 : "r"(area), "a"(~0u), "d"(~0u)
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

void arch_fpu_save(void *area)
{
	if (cpu_features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)"
				 :
				 : "r"(area), "a"(~0u), "d"(~0u)
				 : "memory");
	else if (cpu_features.xsave)
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(area), "a"(~0u), "d"(~0u)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}
