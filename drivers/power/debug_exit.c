/* SPDX-License-Identifier: BSD-2-Clause */
/* One port, constant after init. */
#include "drivers/power/debug_exit.h"

#include "arch/boot.h"
#include "arch/io.h"
#include "lib/cmdline.h"

#include "core/power.h"

static uint16_t port;

static void debug_exit_end(enum power_action action)
{
	port_write32(port, action);
}

static struct power_handler handler = {
	.name = "debug-exit",
	.priority = 100,
	.end = debug_exit_end,
};

void debug_exit_init(void)
{
	uint64_t n;

	if (!cmdline_size(boot_info.cmdline, "debugexit", &n))
		return;
	if (n == 0 || n > UINT16_MAX)
		return;
	port = (uint16_t)n;
	power_handler_add(&handler);
}
