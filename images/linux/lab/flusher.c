// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The thread that flushes the fake log, and its partner, the cleaner, with whom it can fall into a
 * livelock. In the healthy mode both sleep (state I) unless there is something to flush.
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "lab.h"

static unsigned int flush_us = 500;
module_param(flush_us, uint, 0644);
MODULE_PARM_DESC(flush_us, "how long the fake flush takes, in microseconds (500)");

static struct task_struct *flusher, *cleaner;
static enum flusher_mode mode;
static DECLARE_WAIT_QUEUE_HEAD(turn_changed);
static int turn; /* livelock: 0 the flusher's, 1 the cleaner's */

static const char *const names[] = {
	[flusher_healthy] = "healthy",
	[flusher_lost_wakeup] = "lost-wakeup",
	[flusher_livelock_sleep] = "livelock-sleep",
	[flusher_livelock_burn] = "livelock-burn",
};

static enum flusher_mode now(void)
{
	return READ_ONCE(mode);
}

static bool livelocked(void)
{
	return now() == flusher_livelock_sleep || now() == flusher_livelock_burn;
}

static bool asked(void)
{
	return READ_ONCE(wedgehog_log.flush_wanted) || livelocked() || kthread_should_stop();
}

static noinline void wedgehog_flush(void)
{
	u64 target;

	if (!xchg(&wedgehog_log.flush_wanted, false))
		return;
	target = READ_ONCE(wedgehog_log.appended);
	if (flush_us)
		usleep_range(flush_us, flush_us + 100);
	WRITE_ONCE(wedgehog_log.flushed, target);
	wake_up_all(&wedgehog_log.flush_done);
}

/*
 * The bug: "nothing to do" is decided before the thread is on the queue, and not looked at again.
 * A writer that asks in between finds the queue empty and wakes nobody; all later writers see that
 * a flush was asked for and wait. The pause makes the window certain to be hit, nothing else.
 */
static noinline void wedgehog_flusher_sleep_wrong(void)
{
	DEFINE_WAIT(wait);

	if (asked())
		return;
	while (!asked() && now() == flusher_lost_wakeup)
		schedule_timeout_idle(1);
	if (now() != flusher_lost_wakeup || kthread_should_stop())
		return;
	/* Long enough for the writer to have looked at the empty queue. */
	schedule_timeout_idle(HZ / 20);
	if (now() != flusher_lost_wakeup || kthread_should_stop())
		return;
	prepare_to_wait(&wedgehog_log.flush_asked, &wait, TASK_IDLE);
	schedule();
	finish_wait(&wedgehog_log.flush_asked, &wait);
}

/* Flusher and cleaner each insist that the other goes first; no transaction is ever flushed. */
static noinline void wedgehog_after_you(int me)
{
	while (livelocked() && !kthread_should_stop()) {
		if (now() == flusher_livelock_sleep) {
			wait_event_idle_timeout(turn_changed,
						READ_ONCE(turn) == me || !livelocked(), HZ / 10);
			usleep_range(100, 300);
		} else {
			while (READ_ONCE(turn) != me && now() == flusher_livelock_burn &&
			       !kthread_should_stop())
				cond_resched();
		}
		WRITE_ONCE(turn, !me);
		wake_up_all(&turn_changed);
		cond_resched();
	}
}

static int flusher_main(void *unused)
{
	while (!kthread_should_stop()) {
		if (livelocked())
			wedgehog_after_you(0);
		else if (now() == flusher_lost_wakeup)
			wedgehog_flusher_sleep_wrong();
		else
			wait_event_idle(wedgehog_log.flush_asked,
					asked() || now() != flusher_healthy);
		/* A mode set while it slept must not be undone by one last flush. */
		if (!livelocked())
			wedgehog_flush();
	}
	return 0;
}

static int cleaner_main(void *unused)
{
	while (!kthread_should_stop()) {
		wait_event_idle(turn_changed, livelocked() || kthread_should_stop());
		wedgehog_after_you(1);
	}
	return 0;
}

void wedgehog_flusher_set(enum flusher_mode new_mode)
{
	WRITE_ONCE(mode, new_mode);
	wake_up_all(&turn_changed);
	wedgehog_flusher_wake();
}

void wedgehog_flusher_wake(void)
{
	wake_up_process(flusher);
}

const char *wedgehog_flusher_name(void)
{
	return names[now()];
}

int wedgehog_flusher_start(void)
{
	flusher = kthread_run(flusher_main, NULL, "lab-flusher");
	if (IS_ERR(flusher))
		return PTR_ERR(flusher);
	cleaner = kthread_run(cleaner_main, NULL, "lab-cleaner");
	if (IS_ERR(cleaner)) {
		kthread_stop(flusher);
		return PTR_ERR(cleaner);
	}
	return 0;
}

void wedgehog_flusher_stop(void)
{
	kthread_stop(cleaner);
	kthread_stop(flusher);
}
