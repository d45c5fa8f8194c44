# SPDX-License-Identifier: BSD-2-Clause
# The whole kernel build: sources are found by wildcard, one folder of objects
# per variant.  Called by ./dunlin; by hand:
#     make [ARCH=x86_64] [O=2] [CC=gcc] [DEBUG=1] [TEST=1] [BUILD=dir] [V=1]
# Targets: kernel (default), user, objects, names (of all objects), clean.

ARCH  ?= x86_64
O     ?= 2
DEBUG ?= 0
TEST  ?= 0
V     ?= 0
ifeq ($(origin CC),default)
CC    := gcc
endif
VARIANT := $(ARCH)-$(notdir $(CC))-O$(O)$(if $(filter 1,$(DEBUG)),-debug)$(if $(filter 1,$(TEST)),-test)
BUILD ?= build/$(VARIANT)
Q     := $(if $(filter 1,$(V)),,@)
say    = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)' >&2)

FOLDERS := lib arch/$(ARCH) core mm sched bpf vm vfs block fs net proc ipc tty \
	   drivers sys trace debug init
# A folder whose name has blanks cannot be mapped: it shows in debug info.
PREFIX_MAP := $(if $(word 2,$(CURDIR)),,-ffile-prefix-map=$(CURDIR)/=)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Werror -Wno-unused-parameter -Wno-sign-compare
CFLAGS_COMMON := -std=gnu11 -O$(O) -g -ffreestanding -fno-common -fno-pic \
	-fno-pie -fno-strict-aliasing -fwrapv -fno-stack-protector \
	-fasynchronous-unwind-tables -fomit-frame-pointer \
	-fno-delete-null-pointer-checks $(PREFIX_MAP) \
	-I. -I$(BUILD)/gen -Iarch/$(ARCH) \
	-DDEBUG=$(DEBUG) -DTEST=$(TEST) $(WARN)
LD    := ld
OBJCOPY := objcopy
NM    := nm
PYTHON ?= python3
include arch/$(ARCH)/arch.mk
.DEFAULT_GOAL := kernel
CFLAGS := $(CFLAGS_COMMON) $(ARCH_CFLAGS) $(EXTRA_CFLAGS)

SRC := $(sort $(foreach d,$(FOLDERS),$(if $(wildcard $(d)),$(shell find $(d) -name '*.[cS]'))))
ifneq ($(TEST),1)
SRC := $(filter-out %_test.c core/ktest.c,$(SRC))
endif
ifneq ($(DEBUG),1)
SRC := $(filter-out %_debug.c,$(SRC))
endif
SRC := $(filter-out $(ARCH_EXCLUDE),$(SRC))
OBJ := $(patsubst %,$(BUILD)/%.o,$(basename $(SRC)))

.PHONY: kernel objects names user clean
.DELETE_ON_ERROR:
.SUFFIXES:

kernel: $(BUILD)/dunlin.elf
objects: $(OBJ)
names:
	@printf '%s\n' $(OBJ)

GEN := $(BUILD)/gen/syscalls_gen.h $(BUILD)/gen/arch_offsets.h

# The system-call table: numbers (per arch) joined with types (sys/syscalls.def).
$(BUILD)/gen/syscalls_gen.h: tools/mksyscalls.py sys/syscalls.def arch/$(ARCH)/syscalls.tbl
	$(call say,GEN)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) tools/mksyscalls.py arch/$(ARCH)/syscalls.tbl sys/syscalls.def $@

# Structure offsets for assembly, read out of a compiled file.
$(BUILD)/gen/arch_offsets.h: arch/$(ARCH)/offsets.c.in tools/mkoffsets.sh
	$(call say,GEN)
	$(Q)mkdir -p $(@D)
	$(Q)sh tools/mkoffsets.sh '$(CC) $(CFLAGS) -MMD -MP -MT $@ -MF $@.d' $< $@

# Recompile everything when the flags or compiler change.
FLAGSTAMP := $(BUILD)/flags
$(shell mkdir -p $(BUILD); printf '%s\n' '$(CC) $(CFLAGS)' | cmp -s - $(FLAGSTAMP) || printf '%s\n' '$(CC) $(CFLAGS)' > $(FLAGSTAMP))

$(BUILD)/%.o: %.c $(FLAGSTAMP) | $(GEN)
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/%.o: %.S $(FLAGSTAMP) | $(GEN)
	$(call say,AS)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -D__ASSEMBLY__ -MMD -MP -c $< -o $@

# Linked twice: the symbol and unwind tables are made from the first link and
# stand behind everything they describe, so that no address moves.
LDS := arch/$(ARCH)/kernel.ld
LDFLAGS := -nostdlib -static --build-id=none -z noexecstack -z max-page-size=4096 \
	--no-warn-rwx-segments --orphan-handling=error $(ARCH_LDFLAGS)

$(BUILD)/tables0.S: tools/mktables.py
	$(Q)$(PYTHON) tools/mktables.py --empty $@

$(BUILD)/pass1.elf: $(OBJ) $(LDS) $(BUILD)/tables0.o
	$(call say,LD)
	$(Q)$(LD) $(LDFLAGS) -T $(LDS) -o $@ $(OBJ) $(BUILD)/tables0.o

$(BUILD)/tables.S: $(BUILD)/pass1.elf tools/mktables.py
	$(call say,TABLES)
	$(Q)$(PYTHON) tools/mktables.py $< $@

$(BUILD)/tables%.o: $(BUILD)/tables%.S
	$(Q)$(CC) $(CFLAGS) -D__ASSEMBLY__ -c $< -o $@
$(BUILD)/tables.o: $(BUILD)/tables.S
	$(Q)$(CC) $(CFLAGS) -D__ASSEMBLY__ -c $< -o $@

$(BUILD)/dunlin.debug.elf: $(OBJ) $(LDS) $(BUILD)/tables.o
	$(call say,LD)
	$(Q)$(LD) $(LDFLAGS) -T $(LDS) -Map=$(BUILD)/dunlin.map -o $@ $(OBJ) $(BUILD)/tables.o
	$(Q)$(PYTHON) tools/mktables.py --verify $@

$(BUILD)/dunlin.elf: $(BUILD)/dunlin.debug.elf
	$(call say,STRIP)
	$(Q)$(OBJCOPY) --strip-all $< $@

# Programs of ours that ship in the guest: freestanding, static.
USER := $(patsubst user/%.c,$(BUILD)/user/%,$(wildcard user/*.c))
user: $(USER)
$(BUILD)/user/%: user/%.c $(wildcard user/*.h)
	$(call say,USER)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -Os -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
		-fno-asynchronous-unwind-tables $(WARN) $(ARCH_USER_CFLAGS) -I. \
		-nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack -s \
		$(PREFIX_MAP) -o $@ $<

clean:
	rm -rf $(BUILD)

-include $(OBJ:.o=.d) $(BUILD)/gen/arch_offsets.h.d
