// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The fake log. One write(2) to /proc/wedgehog_log is one transaction: append under a lock, ask for
 * a flush unless one has been asked for, wait for it in state D. The names below are what
 * /proc/PID/stack, sysrq-w and the hung-task report show of a stuck writer, so they are kept out of
 * line.
 */
#include <linux/atomic.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>

#include "lab.h"

struct wedgehog_log wedgehog_log = {
	.append_lock = __MUTEX_INITIALIZER(wedgehog_log.append_lock),
	.space_lock = __MUTEX_INITIALIZER(wedgehog_log.space_lock),
	.flush_done = __WAIT_QUEUE_HEAD_INITIALIZER(wedgehog_log.flush_done),
	.flush_asked = __WAIT_QUEUE_HEAD_INITIALIZER(wedgehog_log.flush_asked),
};

static noinline u64 wedgehog_log_append(void)
{
	u64 number;

	mutex_lock(&wedgehog_log.append_lock);
	number = wedgehog_log.appended + 1;
	WRITE_ONCE(wedgehog_log.appended, number);
	mutex_unlock(&wedgehog_log.append_lock);
	return number;
}

/*
 * Only the first writer of a batch wakes the flusher; the others trust that the flush is on its
 * way. That is what makes one lost wake-up stop everybody.
 */
static noinline void wedgehog_log_ask_flush(void)
{
	if (xchg(&wedgehog_log.flush_wanted, true))
		return;
	/* flush_wanted before the look at the queue; pairs with the flusher's prepare_to_wait. */
	smp_mb();
	if (waitqueue_active(&wedgehog_log.flush_asked))
		wake_up(&wedgehog_log.flush_asked);
}

static noinline void wedgehog_log_flush_wait(u64 number)
{
	wait_event(wedgehog_log.flush_done, READ_ONCE(wedgehog_log.flushed) >= number);
}

static ssize_t wedgehog_log_write(struct file *file, const char __user *buffer, size_t length,
				  loff_t *at)
{
	u64 number;

	atomic_inc(&wedgehog_log.waiting);
	number = wedgehog_log_append();
	wedgehog_log_ask_flush();
	wedgehog_log_flush_wait(number);
	atomic_dec(&wedgehog_log.waiting);
	return length;
}

static const struct proc_ops log_ops = {
	.proc_write = wedgehog_log_write,
	.proc_lseek = noop_llseek,
};

int wedgehog_log_open(void)
{
	return proc_create("wedgehog_log", 0200, NULL, &log_ops) ? 0 : -ENOMEM;
}

/* Returns when the last writer has left: healthy mode must be set first. */
void wedgehog_log_close(void)
{
	remove_proc_entry("wedgehog_log", NULL);
}
