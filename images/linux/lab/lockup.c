// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CPUs that stop serving: with interrupts off (hard), with preemption off (soft), inside RCU. And
 * one interrupt line that stops being served.
 */
#include <linux/interrupt.h>
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

#define MASKED_MOST 16
static unsigned int masked[MASKED_MOST]; /* guarded by word_lock of main.c */
static unsigned int masked_count;

/* What the device answers from now on, its driver never hears. */
int wedgehog_interrupt_off(unsigned int irq)
{
	if (masked_count == MASKED_MOST)
		return -ENOSPC;
	if (!irq_has_action(irq))
		return -ENODEV;
	disable_irq(irq);
	masked[masked_count++] = irq;
	return 0;
}

void wedgehog_interrupts_on(void)
{
	while (masked_count)
		enable_irq(masked[--masked_count]);
}
