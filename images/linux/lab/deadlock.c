// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * ABBA: one thread takes the append lock and then the space lock, the other the reverse. Each waits
 * with its first lock held until the other has its own, so the deadlock is certain. Writers then
 * queue up behind the append lock. Nothing heals this but a reboot, as with a real one.
 */
#include <linux/completion.h>

#include "lab.h"

static DECLARE_COMPLETION(has_append);
static DECLARE_COMPLETION(has_space);

static noinline void wedgehog_append_then_space(int cpu, unsigned int seconds)
{
	mutex_lock(&wedgehog_log.append_lock);
	complete(&has_append);
	wait_for_completion(&has_space);
	mutex_lock(&wedgehog_log.space_lock);
	mutex_unlock(&wedgehog_log.space_lock);
	mutex_unlock(&wedgehog_log.append_lock);
}

static noinline void wedgehog_space_then_append(int cpu, unsigned int seconds)
{
	mutex_lock(&wedgehog_log.space_lock);
	complete(&has_space);
	wait_for_completion(&has_append);
	mutex_lock(&wedgehog_log.append_lock);
	mutex_unlock(&wedgehog_log.append_lock);
	mutex_unlock(&wedgehog_log.space_lock);
}

int wedgehog_abba(void)
{
	int error = wedgehog_lab_thread("abba-1", wedgehog_append_then_space, -1, 0);

	return error ? error : wedgehog_lab_thread("abba-2", wedgehog_space_then_append, -1, 0);
}
