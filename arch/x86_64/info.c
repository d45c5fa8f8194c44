/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/cpuinfo and the words of the auxiliary vector. */
#include "arch/info.h"

#include "arch/cpu.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/strbuf.h"

#include "impl/msr.h"

const char arch_platform[] = "x86_64";
const char arch_machine[] = "x86_64";

/* Names by bit, as Linux prints them; empty: no name. */
static const char *const leaf1_edx[32] = {
	"fpu",  "vme",   "de",   "pse",     "tsc",  "msr", "pae",  "mce",
	"cx8",  "apic",  "",     "sep",     "mtrr", "pge", "mca",  "cmov",
	"pat",  "pse36", "pn",   "clflush", "",     "dts", "acpi", "mmx",
	"fxsr", "sse",   "sse2", "ss",      "ht",   "tm",  "ia64", "pbe",
};
static const char *const leaf1_ecx[32] = {
	"pni",    "pclmulqdq",  "dtes64", "monitor", "ds_cpl",
	"vmx",    "smx",        "est",    "tm2",     "ssse3",
	"cid",    "sdbg",       "fma",    "cx16",    "xtpr",
	"pdcm",   "",           "pcid",   "dca",     "sse4_1",
	"sse4_2", "x2apic",     "movbe",  "popcnt",  "tsc_deadline_timer",
	"aes",    "xsave",      "",       "avx",     "f16c",
	"rdrand", "hypervisor",
};
static const char *const leaf7_ebx[32] = {
	"fsgsbase", "tsc_adjust", "",     "bmi1", "",        "avx2",
	"",         "smep",       "bmi2", "erms", "invpcid", "",
	"",         "",           "",     "",     "",        "",
	"rdseed",   "adx",        "smap", "",     "",        "clflushopt",
	"clwb",     "",           "",     "",     "",        "sha_ni",
	"",         "",
};

static void show_bits(struct strbuf *sb, uint32_t bits,
		      const char *const names[32])
{
	for (unsigned i = 0; i < 32; i++)
		if ((bits >> i & 1) && names[i][0])
			strbuf_printf(sb, " %s", names[i]);
}

static void show_cpu(struct strbuf *sb, unsigned cpu)
{
	const struct cpu_features *c = &cpu_features;

	strbuf_printf(sb,
		      "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\n"
		      "model\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
		      cpu, c->vendor, c->family, c->model,
		      c->brand[0] ? c->brand : "unknown", c->stepping);
	strbuf_printf(sb, "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n",
		      cpu_count, cpu);
	strbuf_printf(sb, "cpu cores\t: %u\napicid\t\t: %u\nfpu\t\t: yes\n",
		      cpu_count, cpu);
	strbuf_printf(sb, "wp\t\t: yes\nflags\t\t:");
	show_bits(sb, c->leaf1_edx, leaf1_edx);
	strbuf_printf(sb, " syscall%s%s lm", c->nx ? " nx" : "",
		      c->gb_pages ? " pdpe1gb" : "");
	show_bits(sb, c->leaf1_ecx, leaf1_ecx);
	show_bits(sb, cpuid_read(0, 0).a >= 7 ? cpuid_read(7, 0).b : 0,
		  leaf7_ebx);
	strbuf_printf(sb,
		      "\nbugs\t\t:\naddress sizes\t: %u bits physical, "
		      "48 bits virtual\n\n",
		      c->phys_bits);
}

void arch_cpuinfo_show(struct strbuf *sb)
{
	for (unsigned i = 0; i < cpu_count; i++)
		show_cpu(sb, i);
}

uint32_t arch_hwcap2(void)
{
	/* Bit 1: user space may use the FSGSBASE instructions. */
	return cpu_features.fsgsbase ? 2 : 0;
}
