# SPDX-License-Identifier: BSD-2-Clause
# x86-64: no red zone, no vector or floating-point registers, at -2 GiB.
ARCH_CFLAGS := -m64 -march=x86-64 -mcmodel=kernel -mno-red-zone -mno-mmx \
	-mno-sse -mno-sse2 -mno-80387 -msoft-float -fcf-protection=none
ARCH_LDFLAGS := -m elf_x86_64
ARCH_USER_CFLAGS := -m64 -march=x86-64
ARCH_EXCLUDE := arch/x86_64/vdso/vdso.c

# A shared library for user space, carried by the kernel (arch/vdso.h).
VDSO_CFLAGS := -std=gnu11 -O2 -ffreestanding -fPIC -fno-stack-protector \
	-fno-strict-aliasing -fwrapv -fasynchronous-unwind-tables -I. \
	-mgeneral-regs-only -fcf-protection=none $(PREFIX_MAP) $(WARN)
$(BUILD)/gen/vdso.so: arch/x86_64/vdso/vdso.c arch/x86_64/vdso/vdso.lds \
		arch/vdso.h abi/time.h
	$(call say,VDSO)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(VDSO_CFLAGS) -shared -nostdlib -s -o $@ $< \
		-Wl,-soname=linux-vdso.so.1,--hash-style=both,--build-id=none \
		-Wl,-Bsymbolic,--eh-frame-hdr,-z,noexecstack \
		-Wl,-T,arch/x86_64/vdso/vdso.lds
$(BUILD)/arch/x86_64/vdso/image.o: $(BUILD)/gen/vdso.so
