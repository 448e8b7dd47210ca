// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Ends of a thread or of the kernel. Each runs in a kernel thread of its own. */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <asm/desc.h>

#include "lab.h"

static noinline void wedgehog_touch_null(void)
{
	int *volatile nowhere = NULL; /* volatile: the compiler must not see through it */

	*nowhere = 1;
}

/* The thread dies, the kernel lives on, tainted. */
void wedgehog_oops(int cpu, unsigned int seconds)
{
	wedgehog_touch_null();
}

/* The same while it holds the lock that every writer needs. */
void wedgehog_oops_locked(int cpu, unsigned int seconds)
{
	mutex_lock(&wedgehog_log.append_lock);
	wedgehog_touch_null();
	mutex_unlock(&wedgehog_log.append_lock);
}

void wedgehog_panic(int cpu, unsigned int seconds)
{
	panic("wedgehog_lab: panic asked for");
}

/* An exception without any handler: triple fault. The machine resets, the console is silent. */
void wedgehog_silent_reset(int cpu, unsigned int seconds)
{
	static const struct desc_ptr nothing;

	local_irq_disable();
	native_load_idt(&nothing);
	asm volatile("int3");
}
