/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that are wrong: each is written to a file and executed, and how
 * that ends is printed.  A program here is one page: headers, and code that
 * ends with status 3.
 *
 *	badelf			the named mistakes, one line each
 *	badelf -r SEED COUNT	random ones, in this program and in FILEs that
 *		[FILE...]	follow; prints only that it got through
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BASE    0x10000000ul
#define PAGE    4096
#define WAIT_MS 3000

static const char *const path = "/tmp/badelf.file";

struct program {
	Elf64_Ehdr e;
	Elf64_Phdr p[4];
	char interp[64];
	uint8_t code[64];
	uint8_t rest[4096];
};

/* exit(3) */
static const uint8_t code[] = { 0xbf, 3, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 5 };

static struct program made(void)
{
	struct program p;

	memset(&p, 0, sizeof(p));
	memcpy(p.e.e_ident, ELFMAG "\2\1\1", 7);
	p.e.e_type = ET_EXEC;
	p.e.e_machine = EM_X86_64;
	p.e.e_version = 1;
	p.e.e_entry = BASE + offsetof(struct program, code);
	p.e.e_phoff = sizeof(p.e);
	p.e.e_ehsize = sizeof(p.e);
	p.e.e_phentsize = sizeof(p.p[0]);
	p.e.e_phnum = 1;
	p.p[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
			       .p_flags = PF_R | PF_X,
			       .p_vaddr = BASE,
			       .p_filesz = PAGE,
			       .p_memsz = PAGE,
			       .p_align = PAGE };
	memcpy(p.code, code, sizeof(code));
	return p;
}

static void put(const void *data, size_t len, int mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len) {
		perror(path);
		exit(2);
	}
	fchmod(fd, (mode_t)mode);
	close(fd);
}

static void sleep_ms(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

static void child(int out)
{
	char *argv[] = { (char *)path, NULL }, *envp[] = { NULL };
	int null = open("/dev/null", O_RDWR), err;
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	execve(path, argv, envp);
	err = errno;
	if (write(out, &err, sizeof(err)) < 0)
		_exit(99);
	_exit(98);
}

/* errno of exec, or the status; -1: it ran for ever and was killed. */
static int run(int *status)
{
	int fd[2], err = 0;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		exit(2);
	pid = fork();
	if (pid < 0)
		exit(2);
	if (!pid)
		child(fd[1]);
	close(fd[1]);
	for (int i = 0; waitpid(pid, status, WNOHANG) == 0; i++) {
		if (i == WAIT_MS / 2) {
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			close(fd[0]);
			return -1;
		}
		sleep_ms(2);
	}
	if (read(fd[0], &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(fd[0]);
	return err;
}

static void report(const char *name)
{
	int status, err = run(&status);

	if (err > 0)
		printf("%-28s %s\n", name, strerrorname_np(err));
	else if (WIFSIGNALED(status))
		printf("%-28s SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%-28s exit %d\n", name, WEXITSTATUS(status));
}

static void with(const char *name, struct program p)
{
	put(&p, sizeof(p), 0755);
	report(name);
}

static void text(const char *name, const char *what, size_t len, int mode)
{
	put(what, len, mode);
	report(name);
}

/* Linux has left the old program behind before it finds some mistakes, and
 * kills; finding them before is as good. */
static void report_loosely(const char *name, struct program p)
{
	int status, err;

	put(&p, sizeof(p), 0755);
	err = run(&status);
	printf("%-28s %s\n", name,
	       err > 0 || WIFSIGNALED(status) ? "refused" : "runs");
}

#define LOOSE(change)                       \
	do {                                \
		struct program p = made();  \
		change;                     \
		report_loosely(#change, p); \
	} while (0)
#define TRY(change)                        \
	do {                               \
		struct program p = made(); \
		change;                    \
		with(#change, p);          \
	} while (0)

static void headers(void)
{
	TRY(p.e.e_ident[0] = 0);
	TRY(p.e.e_ident[EI_VERSION] = 9);
	TRY(p.e.e_ident[EI_OSABI] = 99);
	TRY(p.e.e_type = ET_REL);
	TRY(p.e.e_type = ET_CORE);
	TRY(p.e.e_type = 0xffff);
	TRY(p.e.e_machine = EM_386);
	TRY(p.e.e_machine = EM_ARM);
	TRY(p.e.e_machine = EM_AARCH64);
	TRY(p.e.e_version = 77);
	LOOSE(p.e.e_phoff = 0);
	TRY(p.e.e_phoff = 1 << 20);
	TRY(p.e.e_phoff = UINT64_MAX);
	TRY(p.e.e_phoff = INT64_MAX);
	TRY(p.e.e_phentsize = 0);
	TRY(p.e.e_phentsize = 55);
	TRY(p.e.e_phentsize = 57);
	TRY(p.e.e_phnum = 0);
	TRY(p.e.e_phnum = 0xffff);
	TRY(p.e.e_phnum = 1171);
	TRY(p.e.e_shoff = UINT64_MAX);
	TRY(p.e.e_ehsize = 0);
	TRY(p.e.e_entry = 0);
	TRY(p.e.e_entry = BASE + PAGE);
	TRY(p.e.e_entry = 0x7ffffffff000);
	TRY(p.e.e_entry = 0x800000000000);
	TRY(p.e.e_entry = UINT64_MAX);
	TRY(p.e.e_entry = 0xffffffff80000000);
}

static void segments(void)
{
	LOOSE(p.p[0].p_type = PT_NULL);
	TRY(p.p[0].p_flags = 0);
	TRY(p.p[0].p_flags = PF_R);
	TRY(p.p[0].p_flags = PF_X);
	TRY(p.p[0].p_flags = 7);
	LOOSE(p.p[0].p_offset = 1);
	TRY(p.p[0].p_offset = PAGE);
	TRY(p.p[0].p_offset = 1 << 20);
	LOOSE(p.p[0].p_offset = UINT64_MAX - PAGE + 1);
	LOOSE(p.p[0].p_vaddr = BASE + 1);
	LOOSE(p.p[0].p_vaddr = 0x7ffffffff000);
	LOOSE(p.p[0].p_vaddr = 0x800000000000);
	LOOSE(p.p[0].p_vaddr = 0xffff800000000000);
	LOOSE(p.p[0].p_vaddr = UINT64_MAX - PAGE + 1);
	LOOSE(p.p[0].p_memsz = UINT64_MAX);
	LOOSE(p.p[0].p_memsz = 1ul << 48);
	LOOSE(p.p[0].p_memsz = PAGE - 1);
	LOOSE(p.p[0].p_filesz = UINT64_MAX);
	TRY(p.p[0].p_filesz = 0);
	TRY(p.p[0].p_filesz = p.p[0].p_memsz = 1 << 20);
	TRY(p.p[0].p_align = 3);
	TRY(p.p[0].p_align = 0);
	TRY(p.p[0].p_align = 1ul << 63);
	TRY(p.e.e_phnum = 2; p.p[1] = p.p[0]);
	TRY(p.e.e_phnum = 2; p.p[1] = p.p[0]; p.p[1].p_vaddr -= PAGE);
	TRY(p.e.e_phnum = 2; p.p[1].p_type = PT_GNU_STACK);
	TRY(p.e.e_phnum = 2; p.p[1].p_type = 0x6fffffff);
}

static void interp(struct program *p, const char *name, size_t size)
{
	p->e.e_phnum = 2;
	p->p[1] = p->p[0];
	p->p[0] = (Elf64_Phdr){ .p_type = PT_INTERP,
				.p_offset = offsetof(struct program, interp),
				.p_filesz = size,
				.p_memsz = size };
	strcpy(p->interp, name);
}

static void interps(void)
{
	TRY(interp(&p, "/no/such", 9));
	TRY(interp(&p, "/", 2));
	TRY(interp(&p, "/dev/null", 10));
	TRY(interp(&p, "/etc/passwd", 12));
	TRY(interp(&p, "", 1));
	TRY(interp(&p, "/no/such", 8));
	TRY(interp(&p, "/no/such", 0));
	TRY(interp(&p, "/no/such", 1));
	TRY(interp(&p, "/no/such", PATH_MAX + 1));
	TRY(interp(&p, "/no/such", UINT64_MAX));
	LOOSE(interp(&p, "/no/such", 9); p.p[0].p_offset = 1 << 20);
	LOOSE(interp(&p, "/no/such", 9); p.p[0].p_offset = UINT64_MAX);
}

static void texts(void)
{
	static char line[5000] = "#!/";
	struct program p = made();
	char own[80];

	text("empty", "", 0, 0755);
	text("one byte", "\177", 1, 0755);
	text("magic", "\177ELF", 4, 0755);
	text("cut in the header", (char *)&p, 40, 0755);
	text("cut behind the header", (char *)&p, 64, 0755);
	text("cut in a segment's header", (char *)&p, 100, 0755);
	text("text", "hello\n", 6, 0755);
	text("not executable", (char *)&p, sizeof(p), 0644);
	text("script of a blank line", "#!  \n", 5, 0755);
	text("script of nobody", "#!/no/such\n", 11, 0755);
	text("script of a folder", "#!/tmp\n", 7, 0755);
	text("script of a device", "#!/dev/null\n", 12, 0755);
	text("script without end", "#!/no/such", 10, 0755);
	memset(line + 3, 'x', sizeof(line) - 4);
	text("script of a long line", line, sizeof(line), 0755);
	snprintf(own, sizeof(own), "#!%s\n", path);
	text("script of itself", own, strlen(own), 0755);
}

/*
 * Random mistakes.
 */

static uint64_t seed;

static uint64_t dice(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void spoil(uint8_t *data, size_t head)
{
	static const uint64_t edges[] = {
		0,          1,
		~0ul,       1ul << 63,
		1ul << 47,  (1ul << 47) - PAGE,
		0x7fffffff, 0x80000000,
		0xffff,     PAGE,
		PAGE - 1,   BASE,
		1ul << 46,  0xffff800000000000,
	};

	for (uint64_t n = 1 + dice(4); n; n--) {
		size_t at = dice(head - 8);

		switch (dice(4)) {
		case 0: data[at] = (uint8_t)dice(256); break;
		case 1: data[at] ^= (uint8_t)(1u << dice(8)); break;
		case 2:
			at &= ~7ul;
			memcpy(data + at, &edges[dice(sizeof(edges) / 8)], 8);
			break;
		default: data[at] = (uint8_t) - (int)dice(2);
		}
	}
}

static uint8_t *load(const char *name, size_t *len)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	uint8_t *data;

	if (fd < 0 || fstat(fd, &st)) {
		perror(name);
		exit(2);
	}
	*len = (size_t)st.st_size;
	data = malloc(*len);
	if (!data || read(fd, data, *len) != (ssize_t)*len)
		exit(2);
	close(fd);
	return data;
}

static void random_file(const uint8_t *data, size_t len, int count)
{
	size_t head = len < 1200 ? len : 1200;
	uint8_t *copy = malloc(len);
	int status;

	for (int i = 0; i < count; i++) {
		memcpy(copy, data, len);
		spoil(copy, dice(3) ? 120 : head);
		put(copy, dice(8) ? len : 1 + dice(len), 0755);
		(void)run(&status);
	}
	free(copy);
}

static int random_all(int argc, char **argv)
{
	int count = atoi(argv[3]);
	struct program p = made();

	seed = strtoul(argv[2], NULL, 0) * 2654435761u + 1;
	random_file((uint8_t *)&p, sizeof(p), count);
	interp(&p, "/lib64/ld-linux-x86-64.so.2", 28);
	random_file((uint8_t *)&p, sizeof(p), count);
	for (int i = 4; i < argc; i++) {
		size_t len;
		uint8_t *data = load(argv[i], &len);

		random_file(data, len, count);
		free(data);
	}
	printf("%d of each\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 3)
		return random_all(argc, argv);
	with("right", made());
	headers();
	segments();
	interps();
	texts();
	unlink(path);
	return 0;
}
