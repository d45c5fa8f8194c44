/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of each kind: usual ones, and those at the edges. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>

#include "fuzz.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* In the worker's own folder, where it starts: these may be changed. */
const char *const private_paths[] = {
	"f0",   "f1",    "f2",      "d0",      "d0/f0",    "d0/f1",
	"d1",   "d1/d2", "d1/d2/f", "link",    "loop",     "fifo",
	"sock", "m0",    "m0/f",    "m1",      "d0/../f0", "d0/",
	"./f1", "new",   "d0/new",  "d1/link",
};
const unsigned private_path_count = COUNT(private_paths);

const char *const other_paths[] = {
	"",
	"/",
	"..",
	"/dev/null",
	"/dev/zero",
	"/dev/full",
	"/dev/random",
	"/dev/urandom",
	"/dev/tty",
	"/dev/ptmx",
	"/dev/pts",
	"/dev/pts/0",
	"/dev/pts/1",
	"/dev/shm",
	"/dev/kmsg",
	"/proc",
	"/proc/self",
	"/proc/self/maps",
	"/proc/self/smaps",
	"/proc/self/mem",
	"/proc/self/exe",
	"/proc/self/fd",
	"/proc/self/fd/3",
	"/proc/self/fd/7",
	"/proc/self/fd/15",
	"/proc/self/fdinfo/9",
	"/proc/self/status",
	"/proc/self/stat",
	"/proc/self/task",
	"/proc/thread-self/comm",
	"/proc/self/cwd",
	"/proc/self/root",
	"/proc/self/oom_score_adj",
	"/proc/self/environ",
	"/proc/self/cmdline",
	"/proc/self/limits",
	"/proc/self/mountinfo",
	"/proc/self/timerslack_ns",
	"/proc/1/stat",
	"/proc/1/fd",
	"/proc/meminfo",
	"/proc/slabinfo",
	"/proc/stat",
	"/proc/sysvipc/shm",
	"/proc/net/unix",
	"/proc/interrupts",
	"/proc/dunlin/syscalls",
	"/sys",
	"/sys/devices",
	"/no/such",
	"/bin/true",
	"/fuzz",
};
const unsigned other_path_count = COUNT(other_paths);

static const char *const strings[] = {
	"",         "name",     "tmpfs",    "proc",   "sysfs",     "devpts",
	"ramfs",    "none",     "user.a",   "user.b", "trusted.c", "security.d",
	"system.e", "size=64k", "mode=700", "f0",
};

static const unsigned long edges[] = {
	0,
	1,
	2,
	7,
	8,
	63,
	64,
	255,
	256,
	4095,
	4096,
	4097,
	0xfff0,
	65535,
	65536,
	1 << 20,
	INT_MAX,
	0x80000000,
	UINT_MAX,
	1ul << 32,
	(1ul << 32) + 1,
	(1ul << 47) - 4096,
	1ul << 47,
	LONG_MAX - 4095,
	LONG_MAX,
	1ul << 63,
	-1ul,
	-2ul,
	-100ul,
	-4095ul,
	-4096ul,
	0xffff800000000000,
	0xffffffff80100000,
	0xffffffffff600000,
};

uint64_t dice_next(struct dice *d)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return d->state * 0x2545f4914f6cdd1d;
}

struct dice dice_from(uint64_t seed, uint64_t a, uint64_t b)
{
	struct dice d = { (seed * 0x9e3779b97f4a7c15) ^
			  (a + 1) * 0xbf58476d1ce4e5b9 ^
			  (b + 1) * 0x94d049bb133111eb };

	d.state |= 1;
	for (int i = 0; i < 8; i++)
		dice_next(&d);
	return d;
}

static unsigned long edge(struct dice *d)
{
	return edges[dice_below(d, COUNT(edges))];
}

static unsigned long number(struct dice *d)
{
	switch (dice_below(d, 6)) {
	case 0:
	case 1: return dice_below(d, 10);
	case 2: return edge(d);
	case 3: return 1ul << dice_below(d, 64);
	case 4: return dice_below(d, 70000);
	default: return dice_next(d);
	}
}

/* Some bits of the lower 16 or 32. */
static unsigned long bits(struct dice *d)
{
	unsigned long v = 0;

	if (dice_one_in(d, 3))
		return 0;
	for (uint64_t n = 1 + dice_below(d, 3); n; n--)
		v |= 1ul << dice_below(d, 24);
	return dice_one_in(d, 30) ? dice_next(d) : v;
}

static unsigned long descriptor(struct dice *d)
{
	switch (dice_below(d, 16)) {
	case 0: return edge(d);
	case 1: return dice_below(d, FD_MAX * 2);
	case 2: return (unsigned long)(long)AT_FDCWD;
	default: return dice_below(d, 56);
	}
}

static unsigned long size(struct dice *d)
{
	switch (dice_below(d, 8)) {
	case 0: return edge(d);
	case 1: return dice_below(d, 1 << 20);
	case 2: return 4096 * dice_below(d, 64);
	case 3: return 8;
	default: return dice_below(d, 600);
	}
}

static unsigned long play(struct dice *d)
{
	unsigned long at = PLAY_BASE + 4096 * dice_below(d, PLAY_SIZE / 4096);

	return dice_one_in(d, 8) ? at + dice_below(d, 4096) : at;
}

/* Where nothing is, or nothing good. */
static unsigned long bad_pointer(struct dice *d)
{
	switch (dice_below(d, 7)) {
	case 0: return DATA_BASE + DATA_SIZE; /* first behind */
	case 1: return DATA_BASE + DATA_SIZE - dice_below(d, 64);
	case 2: return edge(d);
	case 3: return 0xffff800000000000 + dice_below(d, 1 << 28);
	case 4: return 0x800000000000 + dice_below(d, 1 << 20);
	case 5: return (unsigned long)&bad_pointer; /* text */
	default: return 0;
	}
}

static unsigned long pointer(struct dice *d)
{
	switch (dice_below(d, 16)) {
	case 0:
	case 1: return bad_pointer(d);
	case 2: return play(d);
	case 3: return SHARED_BASE + 4 * dice_below(d, SHARED_SIZE / 4);
	case 4: return DATA_BASE + dice_below(d, DATA_SIZE);
	case 5: return 0;
	default: return DATA_BASE + 64 * dice_below(d, DATA_SIZE / 64 - 16);
	}
}

static unsigned long path(struct dice *d, bool private)
{
	if (dice_one_in(d, 24) && !private)
		return bad_pointer(d);
	if (private || dice_below(d, 5) < 3)
		return (unsigned long)
			private_paths[dice_below(d, private_path_count)];
	return (unsigned long)other_paths[dice_below(d, other_path_count)];
}

/* This one, those born after it, and what is none: never the keeper, which is
 * older, nor everybody. */
static unsigned long process(struct dice *d)
{
	switch (dice_below(d, 8)) {
	case 0: return dice_below(d, 2) ? INT_MAX : 4000000;
	case 1: return (unsigned)INT_MIN;
	case 2:
	case 3:
	case 4:
		return (unsigned long)raw_call(SYS_getpid, NULL) +
		       dice_below(d, 6);
	default: return 0;
	}
}

static unsigned long value(struct dice *d, enum kind k)
{
	static const unsigned ids[] = { 0, 1000, 1001, 65534, -1u };

	switch (k) {
	case K_fd:
	case K_dirfd: return descriptor(d);
	case K_flags: return bits(d);
	case K_sig: return dice_one_in(d, 6) ? edge(d) : dice_below(d, 66);
	case K_pid: return process(d);
	case K_clock: return dice_one_in(d, 6) ? number(d) : dice_below(d, 12);
	case K_key: return dice_one_in(d, 6) ? number(d) : dice_below(d, 4);
	case K_uid:
	case K_gid:
		return dice_one_in(d, 8) ? number(d) : ids[dice_below(d, 5)];
	case K_mode: return dice_one_in(d, 8) ? number(d) : 0777;
	case K_size: return size(d);
	case K_uptr: return pointer(d);
	case K_path: return path(d, false);
	case K_str:
		return dice_one_in(d, 12)
			       ? pointer(d)
			       : (unsigned long)
					 strings[dice_below(d, COUNT(strings))];
	default: return number(d);
	}
}

/* Calls that take names away, or hide what is there. */
static bool changes_names(const struct call *c)
{
	switch (c->nr) {
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_rmdir:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_mount:
	case SYS_umount2:
	case SYS_pivot_root:
	case SYS_move_mount:
	case SYS_chmod:
	case SYS_fchmodat:
	case SYS_chown:
	case SYS_lchown:
	case SYS_fchownat:
	case SYS_truncate: return true;
	default: return false;
	}
}

/* Memory that goes away should mostly be that which may. */
static bool takes_memory(const struct call *c)
{
	switch (c->nr) {
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mremap:
	case SYS_mprotect:
	case SYS_pkey_mprotect:
	case SYS_madvise:
	case SYS_msync:
	case SYS_mlock:
	case SYS_mlock2:
	case SYS_munlock:
	case SYS_mincore:
	case SYS_shmat:
	case SYS_shmdt: return true;
	default: return false;
	}
}

void values_for(struct dice *d, const struct call *c, unsigned long a[6])
{
	bool names = changes_names(c), memory = takes_memory(c);

	for (unsigned i = 0; i < 6; i++) {
		enum kind k = c->kind[i];

		a[i] = 0;
		if (!dice_one_in(d, 8) && hint_value(d, c, i, &a[i]))
			continue;
		if (names && (k == K_path || (k == K_str && i == 0)))
			a[i] = path(d, true);
		else if (memory && k == K_uptr && !dice_one_in(d, 20))
			a[i] = play(d);
		else
			a[i] = value(d, k);
	}
}

/* Numbers, times, vectors of pointers and lengths, descriptors, names. */
static void fill_line(struct dice *d, uint64_t *at)
{
	uint64_t kind = dice_below(d, 8);

	for (unsigned i = 0; i < 8; i++) {
		switch (kind) {
		case 0: at[i] = i % 2 ? size(d) : pointer(d); break;
		case 1: at[i] = i % 2 ? dice_below(d, 2000000) : 0; break;
		case 2: at[i] = descriptor(d) | dice_below(d, 64) << 32; break;
		case 3: at[i] = number(d); break;
		case 4: at[i] = dice_below(d, 4); break;
		case 5: at[i] = pointer(d); break;
		case 6: at[i] = dice_next(d); break;
		default:
			/* AF_UNIX, an abstract name */
			at[i] = i ? 0 : 1 | (dice_below(d, 4) << 24);
		}
	}
}

void values_fill(struct dice *d)
{
	uint64_t *at = (uint64_t *)DATA_BASE;

	for (unsigned i = 0; i < DATA_SIZE / 64; i++)
		fill_line(d, at + i * 8);
}
