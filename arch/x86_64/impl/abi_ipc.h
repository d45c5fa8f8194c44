/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include "abi/x86_64/ipc.h"
