// illumos' own, as far as the agent uses it. Written from its manual pages (proc(5), kstat(3KSTAT),
// uadmin(2)) and the names of its headers of 2025.
#pragma once

#include <sys/types.h>

#define PRFNSZ 16
typedef struct lwpsinfo {
  id_t pr_lwpid;
  uintptr_t pr_addr, pr_wchan;
  char pr_stype, pr_state, pr_sname;
  short pr_syscall;
  timestruc_t pr_start, pr_time;
} lwpsinfo_t;
typedef struct psinfo {
  int pr_nlwp;
  pid_t pr_pid, pr_ppid, pr_pgid, pr_sid;
  size_t pr_size, pr_rssize;
  timestruc_t pr_start, pr_time, pr_ctime;
  char pr_fname[PRFNSZ];
  char pr_psargs[80];
  lwpsinfo_t pr_lwp;
} psinfo_t;
typedef struct prusage {
  id_t pr_lwpid;
  ulong_t pr_vctx, pr_ictx;
} prusage_t;
typedef struct prheader {
  long pr_nent;
  long pr_entsize;
} prheader_t;
