/* SPDX-License-Identifier: BSD-2-Clause */
/* x86-64's side of arch/io.h. */
#pragma once

#define ARCH_HAS_PORT_IO 1

#define MMIO_OPS(bits)                                                  \
	static inline uint##bits##_t mmio_read##bits(const void *p)     \
	{                                                               \
		uint##bits##_t v = *(const volatile uint##bits##_t *)p; \
		barrier();                                              \
		return v;                                               \
	}                                                               \
	static inline void mmio_write##bits(void *p, uint##bits##_t v)  \
	{                                                               \
		barrier();                                              \
		*(volatile uint##bits##_t *)p = v;                      \
	}                                                               \
	static_assert(bits <= 64, "a register")

MMIO_OPS(8);
MMIO_OPS(16);
MMIO_OPS(32);
MMIO_OPS(64);

#define PORT_OPS(bits, suffix)                                               \
	static inline uint##bits##_t port_read##bits(uint16_t port)          \
	{                                                                    \
		uint##bits##_t v;                                            \
		__asm__ volatile("in" #suffix " %1, %0"                      \
				 : "=a"(v)                                   \
				 : "Nd"(port)                                \
				 : "memory");                                \
		return v;                                                    \
	}                                                                    \
	static inline void port_write##bits(uint16_t port, uint##bits##_t v) \
	{                                                                    \
		__asm__ volatile("out" #suffix " %0, %1"                     \
				 :                                           \
				 : "a"(v), "Nd"(port)                        \
				 : "memory");                                \
	}                                                                    \
	static_assert(bits <= 32, "a port")

PORT_OPS(8, b);
PORT_OPS(16, w);
PORT_OPS(32, l);
