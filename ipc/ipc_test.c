/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of System V by the hundred, and without memory: what is left behind
 * shows as a leak. */
#include "arch/mmu.h"

#include "abi/errno.h"
#include "core/ktest.h"
#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "mm/fail.h"
#include "sched/rcu.h"
#include "sched/waitq.h"

#define MANY 1100 /* more than two chunks of a table */
#define KEY  0x44756e40

KTEST_CASE(ipc_ids)
{
	static int ids[MANY];
	int again;

	for (int i = 0; i < MANY; i++) {
		ids[i] = sem_get(KEY + i, 3, IPC_CREAT | 0600);
		KTEST_EXPECT(ids[i] >= 0);
		KTEST_EXPECT(!i || ids[i] != ids[i - 1]);
	}
	for (int i = 0; i < MANY; i += 2)
		KTEST_EXPECT(sem_get(KEY + i, 0, 0) == ids[i]);
	for (int i = 0; i < MANY; i += 2)
		KTEST_EXPECT(sem_remove(ids[i]) == 0);
	again = sem_get(IPC_PRIVATE, 1, 0600);
	KTEST_EXPECT(again >= 0);
	for (int i = 0; i < MANY; i++)
		KTEST_EXPECT(again != ids[i]);
	KTEST_EXPECT(sem_remove(again) == 0);
	for (int i = 0; i < MANY; i++)
		KTEST_EXPECT(sem_remove(ids[i]) == (i % 2 ? 0 : -EINVAL));
	KTEST_EXPECT(sem_get(KEY, 0, 0) == -ENOENT);
	rcu_barrier();
}

static void use_all(void)
{
	struct msg_receive any = { .size = 100, .flags = IPC_NOWAIT };
	struct sembuf up = { .op = 1 }, down = { .op = -1 };
	int sem = sem_get(KEY, 2000, IPC_CREAT | 0600);
	int shm = shm_get(KEY, 3 * PAGE_SIZE, IPC_CREAT | 0600);
	int msg = msg_get(KEY, IPC_CREAT | 0600);
	struct msg *m = msg_alloc(50), *got;

	if (sem >= 0) {
		(void)!sem_operate(sem, &up, 1, NSEC_FOREVER);
		(void)!sem_operate(sem, &down, 1, 0);
		(void)!sem_remove(sem);
	}
	if (shm >= 0)
		(void)!shm_remove(shm);
	if (m)
		m->type = 1;
	if (msg < 0 || !m || msg_send(msg, m, IPC_NOWAIT))
		msg_free(m);
	else if (!msg_take(msg, &any, &got))
		msg_free(got);
	if (msg >= 0)
		(void)!msg_remove(msg);
	rcu_barrier();
}

KTEST_CASE(ipc_allocations_fail)
{
	bool over = false;

	for (uint32_t n = 1; !over && n < 200; n++) {
		fail_arm(n);
		use_all();
		over = fail_armed();
		fail_arm(0);
	}
	KTEST_EXPECT(over);
}
