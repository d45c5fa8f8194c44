# SPDX-License-Identifier: BSD-2-Clause
# Kernel memory on a machine of the host's; part of host.mk.

MM := $(patsubst %.c,$(B)/obj/%.o,$(wildcard mm/*.c) core/ktest.c \
	$(wildcard tests/host/mm/*.c))

all: $(B)/mm_test

# The harness has its own TEST.
$(B)/obj/mm/%.o $(B)/obj/core/%.o: MM_FLAGS := -DTEST=1

# The machine's impl/ goes before any CPU's.
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -Itests/host/mm $(CFLAGS) -UDEBUG -DDEBUG=1 -UTEST $(MM_FLAGS) -MMD -MP -c $< -o $@
	@objcopy --rename-section .percpu=percpu $@

$(B)/mm_test: $(MM) $(LIB)
	$(CC) $(CFLAGS) -pthread -o $@ $^

-include $(MM:.o=.d)
