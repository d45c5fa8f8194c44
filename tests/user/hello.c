/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least that every kind of C program does: start, print, end.
 *
 * build: static pie dynamic musl
 */
#include <stdio.h>

int main(void)
{
	printf("hello, %s\n", "world");
	fprintf(stderr, "and on the other stream\n");
	return 42;
}
