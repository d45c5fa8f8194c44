/* SPDX-License-Identifier: BSD-2-Clause */
/* A stub of arch/io.h for ARMv7: no port I/O, and no barriers yet. */
#pragma once

#define ARCH_HAS_PORT_IO 0

#define MMIO_OPS(bits)                                                 \
	static inline uint##bits##_t mmio_read##bits(const void *p)    \
	{                                                              \
		return *(const volatile uint##bits##_t *)p;            \
	}                                                              \
	static inline void mmio_write##bits(void *p, uint##bits##_t v) \
	{                                                              \
		*(volatile uint##bits##_t *)p = v;                     \
	}                                                              \
	static_assert(bits <= 64, "a register pair")

MMIO_OPS(8);
MMIO_OPS(16);
MMIO_OPS(32);
MMIO_OPS(64);

#define PORT_OPS(bits)                                                       \
	static inline uint##bits##_t port_read##bits(uint16_t port)          \
	{                                                                    \
		(void)port;                                                  \
		return (uint##bits##_t) - 1;                                 \
	}                                                                    \
	static inline void port_write##bits(uint16_t port, uint##bits##_t v) \
	{                                                                    \
		(void)port;                                                  \
		(void)v;                                                     \
	}                                                                    \
	static_assert(bits <= 32, "a port")

PORT_OPS(8);
PORT_OPS(16);
PORT_OPS(32);
