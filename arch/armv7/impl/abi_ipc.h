/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "abi/armv7/ipc.h"
