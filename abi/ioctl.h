/* SPDX-License-Identifier: BSD-2-Clause */
/* ioctl(2) commands that every file knows. */
#pragma once

#define FIONREAD 0x541b
#define FIONBIO  0x5421
#define FIONCLEX 0x5450
#define FIOCLEX  0x5451
#define FIOASYNC 0x5452
