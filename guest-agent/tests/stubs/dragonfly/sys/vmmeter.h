// DragonFly's own, as far as the agent uses it. Written from its documentation and the names of
// its source of 2020.
#pragma once

#include <sys/types.h>

struct vmmeter {
  u_int v_swtch, v_intr, v_forks, v_vforks, v_rforks, v_swapin, v_vnodein, v_pdpages, v_dfree;
};
struct vmstats {
  u_int v_page_size;
  long v_page_count, v_free_count, v_active_count, v_inactive_count, v_cache_count;
};
struct vmtotal {
  long t_rq, t_dw, t_pw, t_sl, t_sw;
};
