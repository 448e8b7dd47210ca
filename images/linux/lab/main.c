// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The words of /proc/wedgehog_lab, and what can be read there. */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "lab.h"

/* Deeds that may take the machine away wait this long, so that whoever asked hears that it was
 * done. */
static unsigned int grace_ms = 100;
module_param(grace_ms, uint, 0644);
MODULE_PARM_DESC(grace_ms, "milliseconds between a word and a deed done by a thread (100)");

static char last_fault[32] = "none";
static DEFINE_MUTEX(word_lock);

struct errand {
	wedgehog_deed deed;
	int cpu;
	unsigned int seconds;
};

static int run_errand(void *data)
{
	struct errand errand = *(struct errand *)data;

	kfree(data);
	msleep(grace_ms);
	errand.deed(errand.cpu, errand.seconds);
	return 0;
}

int wedgehog_lab_thread(const char *name, wedgehog_deed deed, int cpu, unsigned int seconds)
{
	struct errand *errand;
	struct task_struct *task;

	if (cpu >= 0 && !cpu_online(cpu))
		return -ENODEV;
	errand = kmalloc(sizeof(*errand), GFP_KERNEL);
	if (!errand)
		return -ENOMEM;
	*errand = (struct errand){ .deed = deed, .cpu = cpu, .seconds = seconds };
	task = kthread_create(run_errand, errand, "lab-%s", name);
	if (IS_ERR(task)) {
		kfree(errand);
		return PTR_ERR(task);
	}
	/* Some of these threads never end: the module's code must stay as long as they may run. */
	__module_get(THIS_MODULE);
	if (cpu >= 0)
		kthread_bind(task, cpu);
	wake_up_process(task);
	return 0;
}

struct word {
	const char *name;
	enum flusher_mode mode; /* for words that change the flusher: `deed` is null */
	wedgehog_deed deed;
	bool on_cpu; /* takes a CPU number, 0 when absent */
};

static const struct word words[] = {
	{ "heal", flusher_healthy },
	{ "lost-wakeup", flusher_lost_wakeup },
	{ "livelock-sleep", flusher_livelock_sleep },
	{ "livelock-burn", flusher_livelock_burn },
	{ "hard-lockup", 0, wedgehog_hard_lockup },
	{ "hard-lockup-one", 0, wedgehog_hard_lockup_one, true },
	{ "soft-lockup", 0, wedgehog_soft_lockup, true },
	{ "rcu-stall", 0, wedgehog_rcu_stall, true },
	{ "oops", 0, wedgehog_oops },
	{ "oops-locked", 0, wedgehog_oops_locked },
	{ "panic", 0, wedgehog_panic },
	{ "silent-reset", 0, wedgehog_silent_reset },
};

static int obey(char *line)
{
	char name[32] = "";
	unsigned int cpu = 0, seconds = 0; /* for `interrupt-off`, the first is an interrupt */
	int fields = sscanf(line, "%31s %u %u", name, &cpu, &seconds);
	int error;
	size_t i;

	if (fields < 1)
		return -EINVAL;
	if (!strcmp(name, "abba")) {
		error = wedgehog_abba();
		goto done;
	}
	if (!strcmp(name, "interrupt-off")) {
		if (fields != 2)
			return -EINVAL;
		error = wedgehog_interrupt_off(cpu);
		goto done;
	}
	if (!strcmp(name, "heal"))
		wedgehog_interrupts_on();
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		const struct word *word = &words[i];

		if (strcmp(word->name, name))
			continue;
		if (fields > (word->on_cpu ? 3 : 1))
			return -EINVAL;
		if (word->deed)
			error = wedgehog_lab_thread(word->name, word->deed,
						    word->on_cpu ? (int)cpu : -1, seconds);
		else {
			wedgehog_flusher_set(word->mode);
			error = 0;
		}
		goto done;
	}
	return -EINVAL;
done:
	if (!error)
		strscpy(last_fault, strcmp(name, "heal") ? name : "none", sizeof(last_fault));
	return error;
}

static ssize_t lab_write(struct file *file, const char __user *buffer, size_t length, loff_t *at)
{
	char line[64];
	int error;

	if (length >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buffer, length))
		return -EFAULT;
	line[length] = '\0';
	mutex_lock(&word_lock);
	error = obey(line);
	mutex_unlock(&word_lock);
	return error ? error : length;
}

/* Takes no lock that a fault may hold: the state must be readable while the log is stuck. */
static int lab_show(struct seq_file *out, void *unused)
{
	u64 appended = READ_ONCE(wedgehog_log.appended);
	u64 flushed = READ_ONCE(wedgehog_log.flushed);

	seq_printf(out, "fault %s\n", last_fault);
	seq_printf(out, "flusher %s\n", wedgehog_flusher_name());
	seq_printf(out, "appended %llu\nflushed %llu\n", appended, flushed);
	seq_printf(out, "waiting %d\n", atomic_read(&wedgehog_log.waiting));
	seq_printf(out, "flush-wanted %d\n", READ_ONCE(wedgehog_log.flush_wanted));
	return 0;
}

static int lab_open(struct inode *inode, struct file *file)
{
	return single_open(file, lab_show, NULL);
}

static const struct proc_ops lab_ops = {
	.proc_open = lab_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = lab_write,
};

static int __init lab_init(void)
{
	int error = wedgehog_flusher_start();

	if (error)
		return error;
	error = wedgehog_log_open();
	if (error)
		goto no_log;
	if (!proc_create("wedgehog_lab", 0600, NULL, &lab_ops)) {
		error = -ENOMEM;
		goto no_lab;
	}
	wedgehog_beat_start();
	pr_info("wedgehog_lab: ready\n");
	return 0;
no_lab:
	wedgehog_log_close();
no_log:
	wedgehog_flusher_stop();
	return error;
}

static void __exit lab_exit(void)
{
	wedgehog_beat_stop();
	remove_proc_entry("wedgehog_lab", NULL);
	wedgehog_interrupts_on();
	wedgehog_flusher_set(flusher_healthy);
	wedgehog_log_close();
	wedgehog_flusher_stop();
}

module_init(lab_init);
module_exit(lab_exit);
MODULE_DESCRIPTION("Wedgehog's lab: breaks a guest in well-known ways");
MODULE_AUTHOR("the Wedgehog authors");
MODULE_LICENSE("Dual BSD/GPL");
