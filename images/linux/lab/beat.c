// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A sign of life that needs neither a driver nor a process: once a second, in hard-interrupt
 * context, each CPU writes its number (as a digit or letter) to an I/O port. Give the guest an
 * isa-debugcon at that port. Off unless `beat_port` is set; 0x402 is the firmware's own, choose
 * another.
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/smp.h>

#include "lab.h"

static ushort beat_port;
module_param(beat_port, ushort, 0444);
MODULE_PARM_DESC(beat_port, "I/O port for the per-CPU beat, 0 for none (0)");

static DEFINE_PER_CPU(struct hrtimer, beat_timer);

static enum hrtimer_restart beat(struct hrtimer *timer)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned int cpu = smp_processor_id();

	outb(digits[cpu % 36], beat_port);
	hrtimer_forward_now(timer, NSEC_PER_SEC);
	return HRTIMER_RESTART;
}

static void start_here(void *unused)
{
	struct hrtimer *timer = this_cpu_ptr(&beat_timer);

	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	timer->function = beat;
	hrtimer_start(timer, NSEC_PER_SEC, HRTIMER_MODE_REL_PINNED_HARD);
}

void wedgehog_beat_start(void)
{
	if (beat_port)
		on_each_cpu(start_here, NULL, 1);
}

void wedgehog_beat_stop(void)
{
	int cpu;

	if (beat_port)
		for_each_online_cpu (cpu)
			hrtimer_cancel(per_cpu_ptr(&beat_timer, cpu));
}
