// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* CPUs that stop serving: with interrupts off (hard), with preemption off (soft), inside RCU. */
#include <linux/ktime.h>
#include <linux/nmi.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "lab.h"

static noinline void wedgehog_spin_irqs_off(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

/* All CPUs: the others by an interrupt they never come back from, this one last. */
void wedgehog_hard_lockup(int cpu, unsigned int seconds)
{
	preempt_disable();
	smp_call_function(wedgehog_spin_irqs_off, NULL, 0);
	wedgehog_spin_irqs_off(NULL);
}

/* The thread is bound to the CPU already. */
void wedgehog_hard_lockup_one(int cpu, unsigned int seconds)
{
	wedgehog_spin_irqs_off(NULL);
}

/* 0 seconds: for ever. */
static ktime_t end_after(unsigned int seconds)
{
	return seconds ? ktime_add_ms(ktime_get(), seconds * 1000ULL) : KTIME_MAX;
}

static noinline void wedgehog_spin_no_preempt(ktime_t end)
{
	preempt_disable();
	while (ktime_before(ktime_get(), end))
		cpu_relax();
	preempt_enable();
}

void wedgehog_soft_lockup(int cpu, unsigned int seconds)
{
	wedgehog_spin_no_preempt(end_after(seconds));
}

/* Keeps the soft-lockup watchdog quiet, so that RCU alone complains. */
static noinline void wedgehog_spin_in_rcu(ktime_t end)
{
	rcu_read_lock();
	preempt_disable();
	while (ktime_before(ktime_get(), end)) {
		touch_softlockup_watchdog();
		cpu_relax();
	}
	preempt_enable();
	rcu_read_unlock();
}

void wedgehog_rcu_stall(int cpu, unsigned int seconds)
{
	wedgehog_spin_in_rcu(end_after(seconds));
}
