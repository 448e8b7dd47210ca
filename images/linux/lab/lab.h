/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The lab module breaks a Linux guest on purpose, each time in one well-known way, so that
 * Wedgehog's verdicts can be tried on real kernels. Its centre is a small fake log,
 * /proc/wedgehog_log: a write there is a transaction that waits until a kernel thread has flushed
 * it, as in a journalling file system. Words written to /proc/wedgehog_lab break the log, a CPU or
 * the kernel.
 */
#ifndef WEDGEHOG_LAB_H
#define WEDGEHOG_LAB_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

struct seq_file;

/* How the flusher behaves. Everything but `flusher_healthy` makes writers wait for ever. */
enum flusher_mode {
	flusher_healthy,
	flusher_lost_wakeup,
	flusher_livelock_sleep,
	flusher_livelock_burn,
};

struct wedgehog_log {
	struct mutex append_lock;      /* guards `appended`; faults hold it to stop all writers */
	struct mutex space_lock;       /* second lock of the ABBA pair; taken inside append_lock */
	u64 appended;		       /* transactions in the log */
	u64 flushed;		       /* of these, safe; written by the flusher only */
	bool flush_wanted;	       /* somebody has asked for a flush that has not begun yet */
	wait_queue_head_t flush_done;  /* writers wait here, uninterruptibly */
	wait_queue_head_t flush_asked; /* the flusher waits here */
	atomic_t waiting;	       /* writers inside a transaction */
};

extern struct wedgehog_log wedgehog_log;

/* log.c */
int wedgehog_log_open(void);
void wedgehog_log_close(void);

/* flusher.c: the kernel thread behind the log, and the three ways in which it fails */
int wedgehog_flusher_start(void);
void wedgehog_flusher_stop(void);
void wedgehog_flusher_set(enum flusher_mode mode);
void wedgehog_flusher_wake(void);
const char *wedgehog_flusher_name(void);

/* Runs `work(cpu, seconds)` in a new kernel thread; on `cpu` unless it is negative. */
typedef void (*wedgehog_deed)(int cpu, unsigned int seconds);
int wedgehog_lab_thread(const char *name, wedgehog_deed deed, int cpu, unsigned int seconds);

/* deadlock.c */
int wedgehog_abba(void);

/* lockup.c */
void wedgehog_hard_lockup(int cpu, unsigned int seconds);
void wedgehog_hard_lockup_one(int cpu, unsigned int seconds);
void wedgehog_soft_lockup(int cpu, unsigned int seconds);
void wedgehog_rcu_stall(int cpu, unsigned int seconds);
int wedgehog_interrupt_off(unsigned int irq);
void wedgehog_interrupts_on(void);

/* crash.c */
void wedgehog_oops(int cpu, unsigned int seconds);
void wedgehog_oops_locked(int cpu, unsigned int seconds);
void wedgehog_panic(int cpu, unsigned int seconds);
void wedgehog_silent_reset(int cpu, unsigned int seconds);

/* beat.c */
void wedgehog_beat_start(void);
void wedgehog_beat_stop(void);

#endif
