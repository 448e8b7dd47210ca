// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

enum lwpstat { LSRUN = 1, LSSTOP, LSSLEEP };
enum procstat { SIDL = 1, SACTIVE, SSTOP, SZOMB, SCORE };
struct kinfo_cputime {
  uint64_t cp_user, cp_nice, cp_sys, cp_intr, cp_idle;
  char cp_msg[32];
};
struct kinfo_lwp {
  pid_t kl_pid;
  lwpid_t kl_tid;
  int kl_flags;
  enum lwpstat kl_stat;
  int kl_tdflags;
  uint64_t kl_uticks, kl_sticks, kl_iticks;
  int kl_cpuid;
  struct rusage kl_ru;
  uintptr_t kl_wchan;
  char kl_wmesg[9];
  char kl_comm[17];
};
struct kinfo_proc {
  int kp_flags;
  enum procstat kp_stat;
  char kp_comm[17];
  pid_t kp_pid, kp_ppid, kp_pgid;
  struct rusage kp_ru, kp_cru;
  struct kinfo_lwp kp_lwp;
  uintptr_t kp_ktaddr;
};
