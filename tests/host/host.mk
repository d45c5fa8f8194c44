# SPDX-License-Identifier: BSD-2-Clause
# Builds the host tests: every lib/*.c under the sanitizers, linked to each
# tests/host/*_test.c.  Called by tests/host/run.sh, from the top of the tree.
# lib/string.c gets its names changed, since libc (and the sanitizers) own them.

B      := build/host
CC     := gcc
PYTHON ?= python3
# Drivers that can be tested here want the barriers of this very CPU.
ARCH   := $(patsubst arm%,armv7,$(shell uname -m))
CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -I. -Itests/host -I$(B) \
	  -Iarch/$(ARCH) \
	  -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wundef -Werror \
	  -Wno-unused-parameter -Wno-sign-compare \
	  -Wno-missing-field-initializers
RENAME := $(foreach f,memcpy memmove memset memcmp memchr strlen strnlen \
	    strcmp strncmp strchr strrchr strstr,-D$(f)=lib_$(f))

LIB   := $(patsubst lib/%.c,$(B)/lib/%.o,$(wildcard lib/*.c))
TESTS := $(patsubst tests/host/%.c,$(B)/%,$(wildcard tests/host/*_test.c))

all: $(TESTS) $(B)/streams/list

$(B)/streams/list: tests/host/mkstreams.py
	$(PYTHON) $< $(@D)

$(B)/lib/string.o: lib/string.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(RENAME) -fno-builtin -MMD -MP -c $< -o $@

$(B)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.o: tests/host/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%_test: $(B)/%_test.o $(LIB)
	$(CC) $(CFLAGS) -o $@ $^

.SECONDARY:
-include $(wildcard $(B)/*.d $(B)/lib/*.d)
