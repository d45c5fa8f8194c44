# SPDX-License-Identifier: BSD-2-Clause
# User address spaces on a machine of the host's; part of host.mk.  The CPU's
# page-table code is the kernel's own, but for the instructions that flush.

VM := $(patsubst %.c,$(B)/vmobj/%.o,arch/x86_64/mmu.c \
	$(filter-out vm/iter.c vm/usercopy.c vm/reclaim.c %_test.c,\
	$(wildcard vm/*.c)) tests/host/vm/machine.c tests/host/vm/vm_test.c)

ifeq ($(ARCH),x86_64)
all: $(B)/vm_test
endif

$(B)/vmobj/arch/x86_64/mmu.o: VM_FLAGS := -Darch_tlb_flush_page=cpu_flush_page \
	-Darch_tlb_flush_user=cpu_flush_user

# The harness has its own TEST.
$(B)/vmobj/vm/%.o: VM_FLAGS := -DTEST=0

$(B)/vmobj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -Itests/host/vm $(CFLAGS) -UDEBUG -DDEBUG=1 $(VM_FLAGS) -MMD -MP -c $< -o $@

$(B)/vm_test: $(VM) $(LIB)
	$(CC) $(CFLAGS) -o $@ $^

-include $(VM:.o=.d)
