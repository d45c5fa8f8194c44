/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments, environment and input arrive as they were given.
 *
 * build: static dynamic musl
 * args: one two  --three=3
 * stdin: first\nsecond\n
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	char line[100];

	for (int i = 1; i < argc; i++)
		printf("argument %d is '%s'\n", i, argv[i]);
	printf("%d arguments, end %s\n", argc, argv[argc] ? "wrong" : "right");
	printf("HOME=%s TERM=%s\n", getenv("HOME"), getenv("TERM"));
	while (fgets(line, sizeof(line), stdin))
		printf("%zu bytes of input: %s", strlen(line), line);
	printf("end of input: %s\n", feof(stdin) ? "yes" : "no");
	return 0;
}
