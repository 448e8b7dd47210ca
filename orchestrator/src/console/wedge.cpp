#include "console/wedge.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "console/guilt.hpp"
#include "console/roles.hpp"
#include "console/stacks.hpp"
#include "console/symbol.hpp"
#include "console/text.hpp"
#include "console/vfork.hpp"

namespace wedgehog::console {

namespace {
constexpr std::size_t frames_of_a_place = 2;
constexpr std::size_t places_in_a_name = 4;

// Where a thread waits that has nothing to do.
constexpr std::string_view idle_channels[] = {
    "-",       "h2idle", "idle",   "wait",   "select",   "kqread", "kqueue", "nanslp",
    "nanslep", "ttyin",  "pause",  "sbwait", "accept",   "poll",   "psleep", "pgzero",
    "sched",   "syncer", "tqthr",  "tqidle", "usbevt",   "waitcv", "lthr",   "sigwait",
    "piperd",  "ppwait", "netisr", "vlruwt", "schedl",   "rwait",  "pgdaem", "cryptow",
    "hmrwwa",  "hmrslv", "hmrarw", "msleep", "mbuf_rel", "umtxsl"};

// Where only some threads rest, or where the word alone says too little: of kernel threads, by how
// their names begin (DragonFly 5.9, seen in guests at rest). HAMMER2's that frees blocks waits for
// work in h2twait, as its syncers wait for each other there; it is called after its device.
struct resting_thread {
  std::string_view channel;
  std::string_view comm;
};
constexpr resting_thread resting_threads[] = {
    {"nowork", "swapper"},     {"sched_th", "usched"},   {"schslp", "usched"},
    {"waiting", "consttyd"},   {"csleep", "swapcached"}, {"sleep", "kcollect"},
    {"ahport", "ahci"},        {"siport", "sili"},       {"vtbslp", "virtio_balloon"},
    {"ccb_scan", "xpt_thrd"},  {"crypto_w", "crypto"},   {"crypto_r", "crypto"},
    {"waittask", "sensors"},   {"waitport", "netisr"},   {"waitport", "cpuhelper"},
    {"waitport", "devfs_msg"}, {"waitport", "disk_msg"}, {"waitport", "acpi_task"},
    {"nvwait", "nvme"}};

bool rests_by_its_name(blocked_task const& task) {
  std::string_view comm = trimmed(task.comm);
  if (comm.starts_with('(')) comm.remove_prefix(1);
  if (task.wait_channel == "h2twait")
    return !comm.starts_with("syncer") && task.kernel_thread && !comm.starts_with("h2");
  return std::any_of(std::begin(resting_threads), std::end(resting_threads), [&](auto const& one) {
    return task.wait_channel == one.channel && comm.starts_with(one.comm);
  });
}

// Innermost frames of kernel threads that wait for work: the loop of a worker, a reaper, a daemon.
// What such a thread works on stands above its loop.
constexpr std::string_view idle_frames =
    "worker_thread kthreadd rescuer_thread smpboot_thread_fn kswapd khugepaged kcompactd "
    "oom_reaper "
    "rcu_gp_kthread watchdog kauditd_thread xfsaild_idle ksoftirqd cpu_pause poll_common idle "
    "cpu_idle scsi_error_handler md_thread irq_thread "
    // Solaris' porting layers and illumos: a pool's threads, networking's, and the swapper.
    "taskq_thread* taskq_d_thread *_thread_wait thread_reaper mac_srs_worker mac_soft_ring_worker "
    "squeue_worker squeue_polling_thread zthr_procedure zthr_wait* *_evict_thread *_feed_thread "
    "*_reap_thread *_reap_cb_thread sched callout_thread* fsflush mmp_thread "
    // FreeBSD.
    "*_thread_loop *ithread_loop sched_idletd bufdaemon buf_daemon softdep_flush sched_sync "
    "vnlru_* "
    "vm_daemon vm_pageout_worker vm_pagedaemon crypto_proc crypto_ret_proc g_run_events "
    "g_up_procbody g_down_procbody g_io_schedule_* usb_process random_kthread audit_worker "
    "xpt_scanner_thread cam_doneq_thread kproc_suspend_check swapper vmem_* ";

name_list const& idle_loops() {
  static name_list const list(idle_frames);
  return list;
}

// A program that sleeps in one of these waits for the world, which is no wedge. (illumos has no
// uninterruptible state: only the stack tells.)
constexpr std::string_view waiting_calls[] = {
    "poll_common",   "pollsys",     "poll_wait",  "dpioctl",      "waitid",          "waitsys",
    "waitsys64",     "nanosleep",   "sigsuspend", "sigtimedwait", "lwp_park",        "lwp_wait",
    "pause",         "fifo_read",   "strread",    "accept",       "so_accept",       "so_recvmsg",
    "sotpi_recvmsg", "door_return", "port_getn",  "port_get",     "cv_waituntil_sig"};

bool idle_call(blocked_task const& task) {
  return std::any_of(task.frames.begin(), task.frames.end(), [](std::string const& raw) {
    return std::find(std::begin(waiting_calls), std::end(waiting_calls), plain_function(raw)) !=
           std::end(waiting_calls);
  });
}

std::string place_of(blocked_task const& task) {
  if (!task.wait_channel.empty() && task.frames.empty()) return task.wait_channel;
  std::string out;
  std::size_t taken = 0;
  for (std::string const& raw : task.frames) {
    std::string const name = plain_function(raw);
    if (name.empty() || is_infrastructure(guilt::blocked, name)) continue;
    if (!out.empty()) out += '<';
    out += folded_family(name);
    if (++taken == frames_of_a_place) break;
  }
  return out.empty() ? task.wait_channel : out;
}

std::string place_label(wedge_member const& member) {
  return member.place.substr(0, member.place.find('<'));
}

template <class T>
double shared_part(std::set<T> const& a, std::set<T> const& b) {
  std::size_t both = 0;
  for (T const& x : a) both += b.contains(x) ? 1 : 0;
  std::size_t const all = a.size() + b.size() - both;
  return all == 0 ? 1.0 : static_cast<double>(both) / static_cast<double>(all);
}

std::uint32_t stirred(std::string_view text) {  // FNV-1a
  std::uint32_t hash = 2166136261u;
  for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}
}  // namespace

std::string plain_comm(std::string_view comm) {
  comm = trimmed(comm);
  if (comm.starts_with('(') && comm.ends_with(')')) comm = comm.substr(1, comm.size() - 2);
  if (comm.starts_with('[') && comm.ends_with(']')) comm = comm.substr(1, comm.size() - 2);
  if (comm.starts_with('/')) {
    comm = comm.substr(0, comm.find(' '));
    comm = comm.substr(comm.rfind('/') + 1);
  }
  std::size_t const cut = comm.find_first_of("/:#@ [(");
  bool const was_cut = cut != std::string_view::npos && cut > 0;
  if (was_cut) comm = comm.substr(0, cut);
  bool numbered = !was_cut;
  for (std::size_t i = 1; i + 1 < comm.size(); ++i) {
    bool const mark = comm[i] == '-' || comm[i] == '.' || comm[i] == '_';
    bool const instance = is_digit(comm[i + 1]) || (comm[i + 1] >= 'A' && comm[i + 1] <= 'Z');
    if (mark && instance) {
      comm = comm.substr(0, i);
      numbered = false;
      break;
    }
  }
  std::string out(comm);
  if (numbered)
    while (out.size() > 1 && (is_digit(out.back()) || out.back() == '.' || out.back() == '-'))
      out.pop_back();
  // "md126_raid" -> "md_raid": the number of an instance in the middle.
  if (std::size_t const bar = out.find('_'); bar != std::string::npos) {
    std::size_t start = bar;
    while (start > 1 && is_digit(out[start - 1])) --start;
    out.erase(start, bar - start);
  }
  return out;
}

bool is_idle(blocked_task const& task) {
  if (std::find(std::begin(idle_channels), std::end(idle_channels), task.wait_channel) !=
      std::end(idle_channels))
    return true;
  if (rests_by_its_name(task)) return true;
  for (std::string const& raw : task.frames) {
    std::string const name = plain_function(raw);
    if (idle_loops().contains(name)) return true;
    if (waits_for_vfork(name)) return true;
    if (!is_infrastructure(guilt::blocked, name)) return idle_call(task);
  }
  return task.frames.empty() && task.wait_channel.empty();
}

wedge wedge_signature(std::vector<blocked_task> const& tasks) {
  std::set<wedge_member> members;
  for (blocked_task const& task : tasks) {
    if (is_idle(task)) continue;
    std::string place = place_of(task);
    if (place.empty()) continue;
    std::string kind = task.kernel_thread ? plain_comm(task.comm) : "user";
    if (kind.empty()) kind = "kernel";
    members.insert({std::move(kind), std::move(place)});
  }
  wedge out;
  out.members.assign(members.begin(), members.end());
  std::set<std::string> labels;
  for (wedge_member const& m : out.members) labels.insert(place_label(m));
  std::size_t taken = 0;
  std::string rest;
  for (std::string const& label : labels) {
    if (taken < places_in_a_name) {
      out.name += (taken == 0 ? "wedge/" : "+") + label;
      ++taken;
    } else {
      rest += label + "+";
    }
  }
  if (!rest.empty()) {  // the name stays short and still tells sets apart
    char tail[16];
    std::snprintf(tail, sizeof tail, "+%06x", stirred(rest) & 0xffffffu);
    out.name += tail;
  }
  return out;
}

double overlap(wedge const& a, wedge const& b) {
  std::set<wedge_member> const members_a(a.members.begin(), a.members.end());
  std::set<wedge_member> const members_b(b.members.begin(), b.members.end());
  std::set<std::string> places_a;
  std::set<std::string> places_b;
  for (auto const& m : a.members) places_a.insert(place_label(m));
  for (auto const& m : b.members) places_b.insert(place_label(m));
  return (shared_part(members_a, members_b) + shared_part(places_a, places_b)) / 2;
}

}  // namespace wedgehog::console
