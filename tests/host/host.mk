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

$(B)/uart8250_test.o $(B)/pci_test.o: CFLAGS += -DDEBUG=0
$(B)/%.o: tests/host/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%_test: $(B)/%_test.o $(LIB)
	$(CC) $(CFLAGS) -o $@ $^

# The unwinder walks functions of a sample, compiled like the kernel, between
# two labels; the tables come from a first link, as they do in the kernel.
SAMPLE_CFLAGS := -std=gnu11 -O2 -g -I. -Itests/host -fno-stack-protector \
	-fasynchronous-unwind-tables -fno-reorder-functions -fcf-protection=none
SAMPLE := $(addprefix $(B)/sample_,start.o asm.o omit.o keep.o end.o)

$(B)/sample_%.o: tests/host/unwind_%.S
	@mkdir -p $(@D)
	$(CC) -c $< -o $@

$(B)/sample_omit.o: tests/host/unwind_sample.c
	$(CC) $(SAMPLE_CFLAGS) -fomit-frame-pointer -DNAME=omit -c $< -o $@

$(B)/sample_keep.o: tests/host/unwind_sample.c
	$(CC) $(SAMPLE_CFLAGS) -fno-omit-frame-pointer -DNAME=keep -c $< -o $@

$(B)/tables0.S: tools/mktables.py
	$(PYTHON) $< --empty $@

$(B)/tables.S: $(B)/unwind_pass1 tools/mktables.py
	$(PYTHON) tools/mktables.py $< $@

$(B)/tables%.o: $(B)/tables%.S
	$(CC) -c $< -o $@

$(B)/tables.o: $(B)/tables.S
	$(CC) -c $< -o $@

$(B)/core_%.o $(B)/unwind_test.o: CFLAGS += -Iarch/x86_64 -D_GNU_SOURCE
$(B)/core_%.o: core/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

UNWIND := $(B)/unwind_test.o $(B)/core_backtrace.o $(B)/core_ksyms.o $(LIB) \
	  $(SAMPLE)
$(B)/unwind_pass1: $(UNWIND) $(B)/tables0.o
	$(CC) $(CFLAGS) -o $@ $^

$(B)/unwind_test: $(UNWIND) $(B)/tables.o $(B)/unwind_pass1
	$(CC) $(CFLAGS) -o $@ $(UNWIND) $(B)/tables.o
	$(PYTHON) tools/mktables.py --verify $@

.SECONDARY:
-include $(wildcard $(B)/*.d $(B)/lib/*.d)
include tests/host/mm/mm.mk
include tests/host/vm/vm.mk
