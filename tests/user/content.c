/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in files: positions, holes, appending, truncating, vectors.
 *
 * build: static
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "show.h"

static void positions(void)
{
	char buf[16];
	int fd = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600);

	show(write(fd, "0123456789", 10));
	show(lseek(fd, 0, SEEK_CUR));
	show(lseek(fd, -3, SEEK_END));
	show(read(fd, buf, 16));
	show(read(fd, buf, 16));
	show(lseek(fd, -1, SEEK_SET));
	show(lseek(fd, -11, SEEK_END));
	show(lseek(fd, 0, 9));
	show(lseek(fd, 100, SEEK_SET));
	show(read(fd, buf, 16));
	show(write(fd, "x", 1));
	show(lseek(fd, 0, SEEK_END));
	show(pread(fd, buf, 4, 8));
	printf("%02x %02x %02x %02x\n", buf[0], buf[1], buf[2], buf[3]);
	show(pread(fd, buf, 4, -1));
	show(pwrite(fd, "ab", 2, 1));
	show(lseek(fd, 0, SEEK_CUR));
	show(read(fd, buf, 0));
	show(read(fd, (void *)1, 1));
	show(lseek(fd, 0, SEEK_SET));
	show(read(fd, (void *)1, 1));
	show(write(fd, (void *)1, 1));
	show(lseek(fd, 0, SEEK_CUR));
	show(read(fd, buf, (size_t)-1));
	show(lseek(fd, (off_t)1 << 62, SEEK_SET));
	show(lseek(fd, (off_t)1 << 62, SEEK_CUR));
	close(fd);
	fd = open("f", O_WRONLY);
	show(read(fd, buf, 1));
	close(fd);
	fd = open("f", O_RDONLY);
	show(write(fd, buf, 1));
	show(ftruncate(fd, 0));
	close(fd);
	fd = open(".", O_RDONLY);
	show(read(fd, buf, 1));
	show(write(fd, buf, 1));
	show(ftruncate(fd, 1));
	close(fd);
	show(read(-1, buf, 1));
	show(read(999, buf, 1));
}

static void appending(void)
{
	char buf[64] = "";
	int fd;

	make_file("a", "one");
	fd = open("a", O_RDWR | O_APPEND);
	show(lseek(fd, 0, SEEK_CUR));
	show(write(fd, "two", 3));
	show(lseek(fd, 0, SEEK_SET));
	show(write(fd, "three", 5));
	show(lseek(fd, 0, SEEK_CUR));
	show(pwrite(fd, "four", 4, 0));
	show_file("a");
	show(fcntl(fd, F_SETFL, 0));
	show(pwrite(fd, "ONE", 3, 0));
	show(pread(fd, buf, 60, 0));
	printf("%s\n", buf);
	close(fd);
}

static long blocks(int fd)
{
	struct stat st;

	fstat(fd, &st);
	return st.st_blocks;
}

static void holes(void)
{
	char big[8192], page[4096];
	int fd = open("h", O_CREAT | O_RDWR | O_TRUNC, 0600);
	size_t i, sum = 0;

	memset(big, 'x', sizeof(big));
	show(ftruncate(fd, 1 << 20));
	show(blocks(fd));
	show(pwrite(fd, big, 8192, 65536));
	show(blocks(fd));
	show(lseek(fd, 0, SEEK_DATA));
	show(lseek(fd, 0, SEEK_HOLE));
	show(lseek(fd, 65536, SEEK_HOLE));
	show(lseek(fd, 70000, SEEK_DATA));
	show(lseek(fd, 80000, SEEK_DATA));
	show(lseek(fd, 1 << 20, SEEK_HOLE));
	show(lseek(fd, 2 << 20, SEEK_DATA));
	show(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 66000,
		       7000));
	show(blocks(fd));
	show(pread(fd, big, 8192, 65536));
	for (i = 0; i < sizeof(big); i++)
		sum += big[i] == 'x';
	show(sum);
	show(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	show(fallocate(fd, 0, 0, 0));
	show(fallocate(fd, 0, -1, 10));
	show(fallocate(fd, 0x1000, 0, 10));
	show(fallocate(fd, FALLOC_FL_KEEP_SIZE, 1 << 20, 8192));
	show(lseek(fd, 0, SEEK_END));
	show(fallocate(fd, 0, 1 << 20, 8192));
	show(lseek(fd, 0, SEEK_END));
	show(ftruncate(fd, 65537));
	show(ftruncate(fd, 69632));
	show(pread(fd, page, 4096, 65536));
	printf("%c %d\n", page[0], page[1]);
	show(ftruncate(fd, -1));
	show(truncate("h", 10));
	show(truncate("none", 10));
	show(truncate(".", 10));
	show(lseek(fd, 0, SEEK_END));
	show(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	show(posix_fadvise(fd, 0, 0, 77));
	show(fsync(fd));
	show(fdatasync(fd));
	close(fd);
}

static void vectors(void)
{
	char a[4] = "", b[8] = "";
	struct iovec w[3] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 } };
	struct iovec r[2] = { { a, 3 }, { b, 7 } };
	struct iovec bad[2] = { { a, 3 }, { b, (size_t)-1 } };
	struct iovec half[2] = { { "xy", 2 }, { (void *)1, 5 } };
	int fd = open("v", O_CREAT | O_RDWR | O_TRUNC, 0600);

	show(writev(fd, w, 3));
	show(lseek(fd, 0, SEEK_SET));
	show(readv(fd, r, 2));
	printf("%s %s\n", a, b);
	show(preadv(fd, r, 2, 2));
	printf("%s %s\n", a, b);
	show(pwritev(fd, w, 1, 5));
	show(preadv2(fd, r, 2, -1, 0));
	show(lseek(fd, 0, SEEK_SET));
	show(preadv2(fd, r, 1, -1, 0));
	show(lseek(fd, 0, SEEK_CUR));
	show(preadv2(fd, r, 1, 0, 0x4000));
	show(readv(fd, bad, 2));
	show(readv(fd, r, 0));
	show(readv(fd, r, 2000));
	show(readv(fd, r, -1));
	show(readv(fd, (void *)1, 1));
	show(pwritev(fd, half, 2, 0));
	close(fd);
	show_file("v");
}

static void copying(void)
{
	char text[1000];
	off_t at = 10;
	int in, out;

	memset(text, 't', sizeof(text) - 1);
	text[999] = 0;
	make_file("in", text);
	in = open("in", O_RDONLY);
	out = open("out", O_CREAT | O_RDWR | O_TRUNC, 0600);
	show(sendfile(out, in, NULL, 100));
	show(lseek(in, 0, SEEK_CUR));
	show(sendfile(out, in, &at, 5000));
	show(at);
	show(lseek(in, 0, SEEK_CUR));
	show(lseek(out, 0, SEEK_END));
	at = 0;
	show(copy_file_range(in, &at, out, NULL, 50, 0));
	show(at);
	show(copy_file_range(in, NULL, out, NULL, 10000, 0));
	show(copy_file_range(in, NULL, out, NULL, 10, 1));
	show(copy_file_range(out, NULL, in, NULL, 10, 0));
	show(lseek(out, 0, SEEK_END));
	close(in);
	close(out);
}

/* Ranges of one file. */
static void copy_within(void)
{
	off_t from = 0, to = 6;
	int fd;

	make_file("self", "within");
	fd = open("self", O_RDWR);
	show(copy_file_range(fd, &from, fd, &to, 1 << 20, 0));
	from = 0;
	to = 3;
	show(copy_file_range(fd, &from, fd, &to, 4, 0));
	from = INT64_MAX - 1;
	show(copy_file_range(fd, &from, fd, &to, 4, 0));
	from = 100;
	show(copy_file_range(fd, &from, fd, &to, 4, 0));
	show_file("self");
	close(fd);
}

static void mapping(void)
{
	int fd = open("m", O_CREAT | O_RDWR | O_TRUNC, 0600), ro;
	char *shared, *private, buf[8] = "";

	show(ftruncate(fd, 5000));
	shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	show(pwrite(fd, "written", 7, 4096));
	printf("%.7s %.7s\n", shared + 4096, private + 4096);
	memcpy(shared, "mapped!", 7);
	memcpy(private + 4096, "PRIVATE", 7);
	show(pread(fd, buf, 7, 0));
	printf("%s %.7s %.7s\n", buf, private, shared + 4096);
	show(ftruncate(fd, 4099));
	show(ftruncate(fd, 5000));
	printf("%.3s, then %d\n", shared + 4096, shared[4099]);
	show(munmap(shared, 8192));
	show(munmap(private, 8192));
	ro = open("m", O_RDONLY);
	worked(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, ro, 0));
	worked(mmap(NULL, 1, PROT_WRITE, MAP_PRIVATE, ro, 0));
	close(ro);
	ro = open("m", O_WRONLY);
	worked(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, ro, 0));
	close(ro);
	close(fd);
}

static void memory_file(void)
{
	char buf[8] = "", name[300];
	struct stat st;
	void *p;
	int fd;

	show(fd = memfd_create("name", MFD_CLOEXEC));
	show(fcntl(fd, F_GETFD));
	show(fcntl(fd, F_GETFL));
	show(write(fd, "memory", 6));
	show(pread(fd, buf, 8, 0));
	printf("%s\n", buf);
	show(fstat(fd, &st));
	printf("mode %o links %ld size %ld\n", st.st_mode, (long)st.st_nlink,
	       (long)st.st_size);
	show(ftruncate(fd, 100));
	show(lseek(fd, 0, SEEK_END));
	close(fd);
	fd = memfd_create("sealed", MFD_ALLOW_SEALING);
	show(ftruncate(fd, 4096));
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	worked(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0));
	worked(p = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0));
	show(mprotect(p, 1, PROT_READ | PROT_WRITE));
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	close(fd);
	show(memfd_create("x", 0x1000));
	show(memfd_create((char *)1, 0));
	memset(name, 'n', 300);
	name[249] = 0;
	worked(memfd_create(name, 0));
	name[249] = 'n';
	name[250] = 0;
	worked(memfd_create(name, 0));
	sync();
	fd = open("m", O_RDWR);
	show(syncfs(fd));
	show(sync_file_range(fd, 0, 0, 0));
	show(sync_file_range(fd, 0, 0, 99));
}

int main(void)
{
	enter_fresh_folder();
	positions();
	appending();
	holes();
	vectors();
	copying();
	copy_within();
	mapping();
	memory_file();
	return leave_folder();
}
