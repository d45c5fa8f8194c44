/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.dmesg_restrict: the log is for CAP_SYSLOG alone. */
#pragma once

extern int klog_restricted;
