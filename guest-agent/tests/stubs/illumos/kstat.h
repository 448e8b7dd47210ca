// illumos' own, as far as the agent uses it. Written from its manual pages (proc(5), kstat(3KSTAT),
// uadmin(2)) and the names of its headers of 2025.
#pragma once

#include <sys/types.h>

#define KSTAT_STRLEN 31
#define KSTAT_TYPE_NAMED 1
#define KSTAT_TYPE_IO 3
#define KSTAT_DATA_INT32 1
#define KSTAT_DATA_UINT32 2
#define KSTAT_DATA_INT64 3
#define KSTAT_DATA_UINT64 4
typedef struct kstat {
  struct kstat* ks_next;
  char ks_module[KSTAT_STRLEN];
  int ks_instance;
  char ks_name[KSTAT_STRLEN];
  uchar_t ks_type;
  char ks_class[KSTAT_STRLEN];
  void* ks_data;
} kstat_t;
typedef struct kstat_ctl {
  kstat_t* kc_chain;
} kstat_ctl_t;
typedef struct kstat_named {
  char name[KSTAT_STRLEN];
  uchar_t data_type;
  union {
    int32_t i32;
    uint32_t ui32;
    int64_t i64;
    uint64_t ui64;
  } value;
} kstat_named_t;
typedef struct kstat_io {
  uint_t reads, writes;
  uint_t wcnt, rcnt;
} kstat_io_t;

extern "C" {
kstat_ctl_t* kstat_open(void);
int kstat_close(kstat_ctl_t*);
int kstat_chain_update(kstat_ctl_t*);
int kstat_read(kstat_ctl_t*, kstat_t*, void*);
kstat_t* kstat_lookup(kstat_ctl_t*, char*, int, char*);
void* kstat_data_lookup(kstat_t*, char*);
}  // extern "C"
