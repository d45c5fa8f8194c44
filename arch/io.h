/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers.  MMIO accessors are ordered against each other and
 * against normal memory as the device sees it; addresses come from
 * vmap_device().  Port I/O exists on PCs: where a CPU has none,
 * ARCH_HAS_PORT_IO is 0, reads give all ones and writes do nothing.
 *
 * impl/io.h defines: mmio_read8/16/32/64, mmio_write8/16/32/64 (address is
 * void *), port_read8/16/32, port_write8/16/32 (port is uint16_t).
 */
#pragma once

#include "lib/types.h"

#include "impl/io.h"
