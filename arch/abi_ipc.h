/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of System V's layouts that differs per CPU: shmid64_ds, semid64_ds,
 * msqid64_ds, ABI_IPC_64. */
#pragma once

#include "impl/abi_ipc.h"
