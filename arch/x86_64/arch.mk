# SPDX-License-Identifier: BSD-2-Clause
# x86-64: no red zone, no vector or floating-point registers, at -2 GiB.
ARCH_CFLAGS := -m64 -march=x86-64 -mcmodel=kernel -mno-red-zone -mno-mmx \
	-mno-sse -mno-sse2 -mno-80387 -msoft-float -fcf-protection=none
ARCH_LDFLAGS := -m elf_x86_64
ARCH_USER_CFLAGS := -m64 -march=x86-64
