#include "os/dragonfly_tasks.hpp"

// sys/user.h must come before sys/kinfo.h, which it includes.
#include <sys/user.h>

#include <sys/sysctl.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace wedgehog::guest::os {

namespace {

// DragonFly 5.9, sys/sys/proc.h and thread.h: signals end the sleep.
constexpr int interruptible_program = 0x0000008;  // LWP_SINTR, of kl_flags
constexpr int interruptible_thread = 0x00000040;  // TDF_SINTR, of kl_tdflags

struct resting_place {
  std::string_view channel;
  std::string_view comm;  // how the threads' names begin that rest there; empty: all of them
};
// Where threads of the kernel wait that have nothing to do (DragonFly 5.9, seen in guests at
// rest). The same channel may be a wedge for another: a syncer does not rest in h2twait, the thread
// that frees blocks of a device, and is called after it, does.
constexpr resting_place resting[] = {{"h2idle", ""},
                                     {"psleep", ""},
                                     {"syncer", ""},
                                     {"vlruwt", ""},
                                     {"vlrurx", ""},
                                     {"idle", ""},
                                     {"-", ""},
                                     {"tqthr", ""},
                                     {"tqidle", ""},
                                     {"usbevt", ""},
                                     {"pgzero", ""},
                                     {"wait", ""},
                                     {"sched", ""},
                                     {"mbuf_rel", ""},
                                     {"hmrwwa", ""},
                                     {"hmrslv", ""},
                                     {"nfsidl", ""},
                                     {"cryptow", ""},
                                     {"crypto", ""},
                                     {"nothing", ""},
                                     {"portbusy", ""},
                                     {"waitport", ""},
                                     {"lthr", ""},
                                     {"select", ""},
                                     {"kqread", ""},
                                     {"pollidle", ""},
                                     {"acpith", ""},
                                     {"dmsgwk", ""},
                                     {"nowork", "swapper"},
                                     {"sched_th", "usched"},
                                     {"schslp", "usched"},
                                     {"waiting", "consttyd"},
                                     {"csleep", "swapcached"},
                                     {"sleep", "kcollect"},
                                     {"rwait", "random"},
                                     {"ahport", "ahci"},
                                     {"siport", "sili"},
                                     {"vtbslp", "virtio_balloon"},
                                     {"ccb_scan", "xpt_thrd"},
                                     {"crypto_w", "crypto"},
                                     {"crypto_r", "crypto"},
                                     {"waittask", "sensors"},
                                     {"nvwait", "nvme"}};

bool begins(std::string const& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0;
}

bool rests(std::string const& channel, std::string const& comm) {
  if (channel == "h2twait") return !begins(comm, "syncer") && !begins(comm, "h2");
  return std::any_of(std::begin(resting), std::end(resting), [&](resting_place const& one) {
    return channel == one.channel && begins(comm, one.comm);
  });
}

template <std::size_t Size>
std::string text_of(char const (&bytes)[Size]) {
  return {bytes, strnlen(bytes, Size)};
}

std::uint64_t us_of(timeval const& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000000U +
         static_cast<std::uint64_t>(time.tv_usec);
}

// As ps prints it: D sleeps in a system call, B is a thread of the kernel that sleeps.
char state_of(kinfo_proc const& one) {
  if (one.kp_stat == SSTOP) return 'T';
  if (one.kp_stat == SZOMB) return 'Z';
  if (one.kp_stat != SACTIVE) return '?';
  if (one.kp_lwp.kl_stat == LSSTOP) return 'T';
  if (one.kp_lwp.kl_stat == LSRUN) return 'R';
  bool const interruptible = (one.kp_lwp.kl_flags & interruptible_program) != 0 ||
                             (one.kp_lwp.kl_tdflags & interruptible_thread) != 0;
  if (interruptible) return 'S';
  return one.kp_pid > 0 ? 'D' : 'B';
}

listed_task listed(kinfo_proc const& one) {
  listed_task task;
  auto const& thread = one.kp_lwp;
  task.kernel = one.kp_pid <= 0;
  task.comm = text_of(thread.kl_comm);
  if (task.comm.empty()) task.comm = text_of(one.kp_comm);
  task.state = state_of(one);
  task.wchan = text_of(thread.kl_wmesg);
  task.place = thread.kl_wchan;
  if (task.kernel) {
    // They have no number: the address of the thread tells them apart, in steps of 64 bytes.
    task.id = static_cast<std::uint32_t>(one.kp_ktaddr >> 6U);
  } else {
    task.process = static_cast<std::uint32_t>(one.kp_pid);
    task.id = static_cast<std::uint32_t>(thread.kl_tid);
    task.parent = static_cast<std::uint32_t>(one.kp_ppid);
    task.group = static_cast<std::uint32_t>(one.kp_pgid);
  }
  task.blocked = task.state == 'D' || task.state == 'B';
  task.idle = task.kernel && (task.wchan.empty() || rests(task.wchan, task.comm));
  task.switches = static_cast<std::uint64_t>(thread.kl_ru.ru_nvcsw) +
                  static_cast<std::uint64_t>(thread.kl_ru.ru_nivcsw);
  task.run_us = thread.kl_uticks + thread.kl_sticks + thread.kl_iticks;
  if (!task.kernel && thread.kl_tid <= 1)
    task.reaped_us = us_of(one.kp_cru.ru_utime) + us_of(one.kp_cru.ru_stime);
  return task;
}

template <class Ask>
std::vector<char> asked_until_it_fits(Ask const& ask) {
  std::vector<char> bytes;
  for (int attempt = 0; attempt < 4; ++attempt) {
    std::size_t size = 0;
    if (ask(nullptr, &size) != 0) return {};
    // It may have grown until we ask again.
    bytes.resize(size + size / 4 + 4096);
    size = bytes.size();
    if (ask(bytes.data(), &size) == 0) {
      bytes.resize(size);
      return bytes;
    }
    if (errno != ENOMEM) return {};
  }
  return {};
}

}  // namespace

std::vector<char> sysctl_bytes(std::vector<int> const& name) {
  return asked_until_it_fits([&name](char* to, std::size_t* size) {
    return sysctl(const_cast<int*>(name.data()), static_cast<u_int>(name.size()), to, size, nullptr,
                  0);
  });
}

std::vector<char> sysctl_bytes(char const* name) {
  return asked_until_it_fits(
      [name](char* to, std::size_t* size) { return sysctlbyname(name, to, size, nullptr, 0); });
}

std::vector<listed_task> all_tasks() {
  auto const bytes = sysctl_bytes({CTL_KERN, KERN_PROC, KERN_PROC_ALL | KERN_PROC_FLAG_LWP});
  std::vector<listed_task> all;
  for (std::size_t at = 0; at + sizeof(kinfo_proc) <= bytes.size(); at += sizeof(kinfo_proc)) {
    if (all.size() >= listed_tasks_limit) break;
    kinfo_proc one;
    std::memcpy(&one, bytes.data() + at, sizeof one);
    all.push_back(listed(one));
  }
  return all;
}

}  // namespace wedgehog::guest::os
