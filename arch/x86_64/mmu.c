/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of four levels (SDM vol. 3, 4.5).  User tables hold 4 KiB
 * entries only; the kernel's direct map uses the largest pages the CPU has.
 *
 * Entries of upper levels are installed by compare-and-exchange, since two
 * regions below one of them may be populated at once under different locks;
 * leaf tables are changed under their region's lock alone.
 */
#include "arch/mmu.h"

#include "arch/atomic.h"
#include "arch/boot.h"
#include "arch/x86_64/cpu_priv.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "core/panic.h"
#include "impl/msr.h"

#define PTE_P     (1ul << 0)
#define PTE_W     (1ul << 1)
#define PTE_U     (1ul << 2)
#define PTE_PWT   (1ul << 3)
#define PTE_PCD   (1ul << 4)
#define PTE_A     (1ul << 5)
#define PTE_D     (1ul << 6)
#define PTE_PS    (1ul << 7)
#define PTE_G     (1ul << 8)
#define PTE_NOREF (1ul << 9)  /* ours: PT_NOREF */
#define PTE_NONE  (1ul << 10) /* ours: a user page that nobody may use; not P */
#define PTE_VALID (PTE_P | PTE_NONE)
#define PTE_NX    (1ul << 63)
#define PTE_ADDR  0x000ffffffffff000ul

#define LEVEL_SHIFT(level) (12 + 9 * ((level)-1)) /* level 1: leaf tables */
#define INDEX(va, level)   ((va) >> LEVEL_SHIFT(level) & 511)

static uint64_t *kernel_root = boot_pml4;
static uint64_t nx_mask;

static uint64_t *table_virt(uint64_t entry)
{
	return arch_phys_to_virt(entry & PTE_ADDR);
}

static uint64_t encode(struct pt_entry e)
{
	uint64_t v = e.pa | PTE_P;

	v |= e.prot & PROT_W ? PTE_W : 0;
	v |= e.prot & PROT_U ? PTE_U : 0;
	v |= e.prot & PROT_X ? 0 : nx_mask;
	v |= e.prot & PT_DEVICE ? PTE_PCD | PTE_PWT : 0;
	v |= e.prot & PT_GLOBAL ? PTE_G : 0;
	v |= e.prot & PT_NOREF ? PTE_NOREF : 0;
	v |= e.prot & PT_YOUNG ? PTE_A : 0;
	v |= e.prot & PT_DIRTY ? PTE_D : 0;
	return v;
}

/* The kernel could use a present entry without PTE_U: so what nobody may use
 * is not present for the CPU. */
static uint64_t encode_user(struct pt_entry e)
{
	uint64_t v = encode(e) | PTE_U;

	return e.prot & PROT_U ? v : v ^ PTE_VALID;
}

static struct pt_entry decode(uint64_t v)
{
	struct pt_entry e = { .pa = v & PTE_ADDR, .prot = PROT_R };

	e.prot |= v & PTE_W ? PROT_W : 0;
	e.prot |= (v & PTE_U) && (v & PTE_P) ? PROT_U : 0;
	e.prot |= v & PTE_NX ? 0 : PROT_X;
	e.prot |= v & PTE_PCD ? PT_DEVICE : 0;
	e.prot |= v & PTE_NOREF ? PT_NOREF : 0;
	e.prot |= v & PTE_A ? PT_YOUNG : 0;
	e.prot |= v & PTE_D ? PT_DIRTY : 0;
	return e;
}

/* The leaf entry of va, or NULL where a table is missing. */
static uint64_t *find_leaf(uint64_t *t, vaddr_t va)
{
	for (unsigned level = 4; level > 1; level--) {
		uint64_t v = READ_ONCE(t[INDEX(va, level)]);

		if (!(v & PTE_P) || (v & PTE_PS))
			return NULL;
		t = table_virt(v);
	}
	return &t[INDEX(va, 1)];
}

/* The same, with missing tables taken from spare. */
static uint64_t *make_leaf(uint64_t *t, vaddr_t va, struct pt_spare *spare)
{
	uint64_t user = va < USER_END ? PTE_U : 0;

	for (unsigned level = 4; level > 1; level--) {
		struct atomic64 *e = (struct atomic64 *)&t[INDEX(va, level)];
		uint64_t v = atomic64_load(e);

		if (unlikely(!(v & PTE_P))) {
			uint64_t fresh;

			if (!spare || spare->n == 0)
				return NULL;
			fresh = spare->page[spare->n - 1] | PTE_P | PTE_W |
				user;
			v = 0;
			if (atomic64_cmpxchg(e, &v, fresh)) {
				spare->n--;
				v = fresh;
			}
		}
		t = table_virt(v);
	}
	return &t[INDEX(va, 1)];
}

void arch_pt_init(struct arch_pt *pt, paddr_t root)
{
	uint64_t *table = arch_phys_to_virt(root);

	pt->root = root;
	memset(table, 0, 256 * sizeof(*table));
	memcpy(table + 256, kernel_root + 256, 256 * sizeof(*table));
}

static int map_one(uint64_t *root, vaddr_t va, struct pt_entry e,
		   struct pt_spare *spare)
{
	uint64_t *leaf = make_leaf(root, va, spare);

	if (unlikely(!leaf))
		return -ENOMEM;
	if (unlikely(*leaf & PTE_VALID))
		return -EEXIST;
	WRITE_ONCE(*leaf, va < USER_END ? encode_user(e) : encode(e));
	return 0;
}

int arch_pt_map(struct arch_pt *pt, uaddr_t va, struct pt_entry e,
		struct pt_spare *spare)
{
	return map_one(arch_phys_to_virt(pt->root), va, e, spare);
}

unsigned arch_pt_map_items(struct arch_pt *pt, const struct pt_item *items,
			   unsigned n, struct pt_spare *spare)
{
	uint64_t *leaf;

	if (n == 0)
		return 0;
	leaf = make_leaf(arch_phys_to_virt(pt->root), items->va, spare);
	if (!leaf)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		uint64_t *e = leaf + (items[i].va - items->va) / PAGE_SIZE;

		ASSERT(!(*e & PTE_VALID));
		WRITE_ONCE(*e, encode_user(items[i].e));
	}
	return n;
}

bool arch_pt_lookup(const struct arch_pt *pt, uaddr_t va, struct pt_entry *e)
{
	uint64_t *leaf = find_leaf(arch_phys_to_virt(pt->root), va);

	if (!leaf || !(*leaf & PTE_VALID))
		return false;
	*e = decode(READ_ONCE(*leaf));
	return true;
}

void arch_pt_replace(struct arch_pt *pt, uaddr_t va, struct pt_entry e,
		     struct pt_entry *old)
{
	uint64_t *leaf = find_leaf(arch_phys_to_virt(pt->root), va);

	*old = decode(atomic64_xchg((struct atomic64 *)leaf, encode_user(e)));
}

bool arch_pt_swap(struct arch_pt *pt, uaddr_t va, paddr_t was,
		  struct pt_entry e)
{
	uint64_t *leaf = find_leaf(arch_phys_to_virt(pt->root), va);
	uint64_t v = leaf ? READ_ONCE(*leaf) : 0;

	/* Without the right to write, the CPU changes nothing but A. */
	if (!(v & PTE_VALID) || (v & PTE_ADDR) != was || (v & PTE_W))
		return false;
	WRITE_ONCE(*leaf, encode_user(e));
	return true;
}

static void visit_leaves(uint64_t *root, vaddr_t va, vaddr_t end, bool clear,
			 pt_visit *visit, void *ctx)
{
	while (va < end) {
		uint64_t *leaf = find_leaf(root, va);
		vaddr_t stop = MIN(end, ALIGN_DOWN(va, ARCH_PT_REGION) +
						ARCH_PT_REGION);

		for (; leaf && va < stop; va += PAGE_SIZE, leaf++) {
			uint64_t v = READ_ONCE(*leaf);

			if (!(v & PTE_VALID))
				continue;
			/* The CPU may set A and D until the entry is gone. */
			if (clear)
				v = atomic64_xchg((struct atomic64 *)leaf, 0);
			if (visit)
				visit(ctx, va, decode(v));
		}
		va = stop;
	}
}

void arch_pt_unmap(struct arch_pt *pt, uaddr_t va, uaddr_t end, pt_visit *visit,
		   void *ctx)
{
	visit_leaves(arch_phys_to_virt(pt->root), va, end, true, visit, ctx);
}

void arch_pt_walk(const struct arch_pt *pt, uaddr_t va, uaddr_t end,
		  pt_visit *visit, void *ctx)
{
	visit_leaves(arch_phys_to_virt(pt->root), va, end, false, visit, ctx);
}

static uint64_t restrict_entry(uint64_t v, unsigned prot)
{
	v &= ~(PTE_VALID | PTE_NX);
	v |= prot & PROT_U ? PTE_P : PTE_NONE;
	v |= prot & PROT_X ? 0 : nx_mask;
	return prot & PROT_W ? v : v & ~PTE_W;
}

bool arch_pt_protect(struct arch_pt *pt, uaddr_t va, uaddr_t end, unsigned prot)
{
	uint64_t *leaf = find_leaf(arch_phys_to_virt(pt->root), va);
	bool less = false;

	for (; leaf && va < end; va += PAGE_SIZE, leaf++) {
		struct atomic64 *e = (struct atomic64 *)leaf;
		uint64_t v = atomic64_load(e), want = 0;

		do {
			if (!(v & PTE_VALID))
				break;
			want = restrict_entry(v, prot);
			if (want == v)
				break;
		} while (!atomic64_cmpxchg(e, &v, want));
		if ((v & PTE_P) && want != v)
			less |= (v & ~want & (PTE_P | PTE_W)) ||
				(want & ~v & PTE_NX);
	}
	return less;
}

void arch_pt_share(struct arch_pt *pt, uaddr_t va, uaddr_t end, pt_visit *visit,
		   void *ctx)
{
	uint64_t *leaf = find_leaf(arch_phys_to_virt(pt->root), va);

	for (; leaf && va < end; va += PAGE_SIZE, leaf++) {
		uint64_t v = READ_ONCE(*leaf);

		if (!(v & PTE_VALID))
			continue;
		if (v & PTE_W) /* the CPU may set A and D meanwhile */
			v = atomic64_fetch_and((struct atomic64 *)leaf, ~PTE_W);
		visit(ctx, va, decode(v & ~PTE_W));
	}
}

uaddr_t arch_pt_next_region(const struct arch_pt *pt, uaddr_t va, uaddr_t end)
{
	while (va < end) {
		const uint64_t *t = arch_phys_to_virt(pt->root);
		unsigned level = 4;

		for (; level > 1; level--) {
			uint64_t v = READ_ONCE(t[INDEX(va, level)]);

			if (!(v & PTE_P))
				break;
			t = table_virt(v);
		}
		if (level == 1)
			return va;
		va = ALIGN_DOWN(va, 1ul << LEVEL_SHIFT(level)) +
		     (1ul << LEVEL_SHIFT(level));
	}
	return end;
}

struct prune {
	const struct pt_hole *hole;
	uaddr_t ceiling;
	void (*free_table)(void *ctx, paddr_t table);
	void *ctx;
};

/* Frees the children of table `t`, whose first byte is `base`, that map some
 * of the range and lie in the hole. */
static void prune_level(const struct prune *p, uint64_t *t, unsigned level,
			uaddr_t base)
{
	const struct pt_hole *h = p->hole;
	uaddr_t span = 1ul << LEVEL_SHIFT(level);
	uaddr_t first = h->start > base ? (h->start - base) / span : 0;

	for (uaddr_t i = first; i < 512; i++) {
		uaddr_t from = base + i * span;
		uint64_t v = t[i];

		if (from >= h->end)
			break;
		if (!(v & PTE_P))
			continue;
		if (level > 2)
			prune_level(p, table_virt(v), level - 1, from);
		if (from < h->floor || from + span > p->ceiling)
			continue;
		WRITE_ONCE(t[i], 0);
		p->free_table(p->ctx, v & PTE_ADDR);
	}
}

void arch_pt_prune(struct arch_pt *pt, const struct pt_hole *hole,
		   void (*free_table)(void *ctx, paddr_t table), void *ctx)
{
	struct prune p = { hole, hole->ceiling, free_table, ctx };

	/* The last page below the non-canonical hole is nobody's. */
	if (hole->ceiling == USER_END)
		p.ceiling = USER_END + PAGE_SIZE;
	prune_level(&p, arch_phys_to_virt(pt->root), 4, 0);
}

void arch_pt_switch(const struct arch_pt *pt)
{
	cr3_write(pt->root);
}

void arch_pt_switch_kernel(void)
{
	cr3_write(mmu_kernel_root());
}

paddr_t mmu_kernel_root(void)
{
	return arch_virt_to_phys(kernel_root);
}

void arch_tlb_flush_page(uaddr_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void arch_tlb_flush_user(void)
{
	cr3_write(cr3_read());
}

#define FLUSH_ALL_PAGES 32

void arch_tlb_flush_kernel(vaddr_t va, vaddr_t end)
{
	unsigned long cr4;

	if (end - va <= FLUSH_ALL_PAGES * PAGE_SIZE) {
		for (; va < end; va += PAGE_SIZE)
			arch_tlb_flush_page(va);
		return;
	}
	/* Global entries survive a write to CR3, not to CR4.PGE. */
	cr4 = cr4_read();
	cr4_write(cr4 ^ CR4_PGE);
	cr4_write(cr4);
}

int arch_kernel_map(vaddr_t va, struct pt_entry e, struct pt_spare *spare)
{
	ASSERT(va >= ARCH_VMAP_BASE && va < ARCH_VMAP_END);
	return map_one(kernel_root, va, e, spare);
}

void arch_kernel_unmap(vaddr_t va, vaddr_t end, pt_visit *visit, void *ctx)
{
	visit_leaves(kernel_root, va, end, true, visit, ctx);
}

/*
 * The final tables.  Only here does the kernel map large pages.
 */

static paddr_t (*boot_alloc)(void);

static uint64_t *boot_table(uint64_t *entry)
{
	paddr_t pa;

	if (!(*entry & PTE_P)) {
		pa = boot_alloc();
		if (!pa)
			panic("no memory for the first page tables");
		*entry = pa | PTE_P | PTE_W;
	}
	return table_virt(*entry);
}

static unsigned largest_level(vaddr_t va, paddr_t pa, uint64_t len)
{
	if (cpu_features.gb_pages && IS_ALIGNED(va | pa, 1ul << 30) &&
	    len >= 1ul << 30)
		return 3;
	return IS_ALIGNED(va | pa, 1ul << 21) && len >= 1ul << 21 ? 2 : 1;
}

static void boot_map(uint64_t *root, vaddr_t va, paddr_t pa, uint64_t len,
		     unsigned prot)
{
	struct pt_entry e = { .prot = prot | PT_GLOBAL | PT_YOUNG | PT_DIRTY };

	while (len > 0) {
		unsigned level = largest_level(va, pa, len);
		uint64_t *t = root, step = 1ul << LEVEL_SHIFT(level);

		for (unsigned l = 4; l > level; l--)
			t = boot_table(&t[INDEX(va, l)]);
		e.pa = pa;
		t[INDEX(va, level)] = encode(e) | (level > 1 ? PTE_PS : 0);
		va += step;
		pa += step;
		len -= MIN(len, step);
	}
}

/* [from, to) of the direct map, the kernel's text and rodata read-only. */
static void map_direct(uint64_t *root, paddr_t from, paddr_t to)
{
	paddr_t ro_start = arch_virt_to_phys(kernel_text_start);
	paddr_t ro_end = arch_virt_to_phys(kernel_rodata_end);
	paddr_t cut[4] = { from, MIN(MAX(from, ro_start), to),
			   MIN(MAX(from, ro_end), to), to };

	for (unsigned i = 0; i < 3; i++)
		boot_map(root, arch_direct_base() + cut[i], cut[i],
			 cut[i + 1] - cut[i],
			 i == 1 ? PROT_R : PROT_R | PROT_W);
}

static void map_image(uint64_t *root, char *from, char *to, unsigned prot)
{
	boot_map(root, (vaddr_t)from, arch_virt_to_phys(from),
		 (uint64_t)(to - from), prot);
}

void arch_boot_paging(paddr_t ram_end, paddr_t (*alloc_table)(void))
{
	uint64_t *root;
	paddr_t root_pa = alloc_table(), done = 0;

	boot_alloc = alloc_table;
	nx_mask = cpu_features.nx ? PTE_NX : 0;
	if (!root_pa)
		panic("no memory for the first page table");
	root = arch_phys_to_virt(root_pa);
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.region[i];
		paddr_t from = MAX(ALIGN_DOWN(r->base, PAGE_SIZE), done);
		paddr_t to = ALIGN_UP(r->base + r->size, PAGE_SIZE);

		if (r->type != BOOT_RAM || to <= from)
			continue;
		map_direct(root, from, to);
		done = to;
	}
	map_image(root, kernel_text_start, kernel_text_end, PROT_R | PROT_X);
	map_image(root, kernel_rodata_start, kernel_rodata_end, PROT_R);
	map_image(root, kernel_data_start, kernel_data_end, PROT_R | PROT_W);
	/* Complete: no top-level entry of the kernel half changes after this. */
	boot_table(&root[INDEX(ARCH_VMAP_BASE, 4)]);
	kernel_root = root;
	cr3_write(root_pa);
}
