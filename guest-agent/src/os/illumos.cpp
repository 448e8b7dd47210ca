// The port to illumos, written from its headers and manual pages (illumos-gate of February 2025);
// never booted.
#include <fcntl.h>
#include <kstat.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/uadmin.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "bodies.hpp"
#include "held_program.hpp"
#include "os/illumos_tasks.hpp"
#include "os/listed_tasks.hpp"
#include "os/os.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::size_t cpus_limit = 256;
constexpr std::size_t disks_limit = 64;
constexpr char const* debugger_socket = "/var/run/wedgehog-mdb";  // in memory

void complain_about(char const* what, std::vector<std::string>& complaints) {
  complaints.push_back(std::string(what) + ": " + std::strerror(errno));
}

std::uint64_t kib_of_pages(std::uint64_t pages) {
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024U;
}

// kstat(3KSTAT). The chain is opened once, by the only thread that observes.
class statistics {
 public:
  statistics() : chain_(kstat_open()) {}

  kstat_t* first() {
    if (!chain_) return nullptr;
    kstat_chain_update(chain_);
    return chain_->kc_chain;
  }
  bool read(kstat_t* one) { return kstat_read(chain_, one, nullptr) >= 0; }

  // A named value of any width; 0 where there is none.
  static std::uint64_t number(kstat_t* of, char const* name) {
    auto const* found =
        static_cast<kstat_named_t const*>(kstat_data_lookup(of, const_cast<char*>(name)));
    if (!found) return 0;
    switch (found->data_type) {
      case KSTAT_DATA_INT32:
        return static_cast<std::uint64_t>(std::max<std::int32_t>(found->value.i32, 0));
      case KSTAT_DATA_UINT32:
        return found->value.ui32;
      case KSTAT_DATA_INT64:
        return static_cast<std::uint64_t>(std::max<std::int64_t>(found->value.i64, 0));
      case KSTAT_DATA_UINT64:
        return found->value.ui64;
      default:
        return 0;
    }
  }

 private:
  kstat_ctl_t* chain_;
};

// cpu:N:sys; ticks of 1/100 s, as hz is there unless somebody has changed it.
void take_cpu(kstat_t* from, wire::observation& seen) {
  if (seen.cpus.size() >= cpus_limit) return;
  wire::cpu_times times;
  times.user = statistics::number(from, "cpu_ticks_user");
  times.system = statistics::number(from, "cpu_ticks_kernel");
  times.idle = statistics::number(from, "cpu_ticks_idle");
  times.iowait = statistics::number(from, "cpu_ticks_wait");
  seen.cpus.push_back(times);
  seen.context_switches += statistics::number(from, "pswitch");
  seen.interrupts += statistics::number(from, "intr");
  seen.forks += statistics::number(from, "sysfork") + statistics::number(from, "sysvfork");
}

// cpu:N:vm
void take_paging(kstat_t* from, wire::observation& seen) {
  seen.major_faults += statistics::number(from, "maj_fault");
  seen.pages_scanned += statistics::number(from, "scan");
  seen.pages_stolen += statistics::number(from, "dfree");
}

// unix:0:system_pages
void take_pages(kstat_t* from, wire::observation& seen) {
  seen.memory_total = kib_of_pages(statistics::number(from, "physmem"));
  seen.memory_free = kib_of_pages(statistics::number(from, "freemem"));
  seen.memory_available += seen.memory_free;
}

// zfs:0:arcstats: what the ARC can shrink by is available.
void take_arc(kstat_t* from, wire::observation& seen) {
  auto const size = statistics::number(from, "size");
  auto const least = statistics::number(from, "c_min");
  if (size > least) seen.memory_available += (size - least) / 1024U;
  seen.refaults =
      statistics::number(from, "mru_ghost_hits") + statistics::number(from, "mfu_ghost_hits");
  seen.allocation_stalls = statistics::number(from, "memory_throttle_count");
}

// kstat(3KSTAT), KSTAT_TYPE_IO: wcnt wait, rcnt are with the device.
void take_disk(kstat_t* from, wire::observation& seen) {
  auto const* counts = static_cast<kstat_io_t const*>(from->ks_data);
  bool const used = counts && counts->reads + counts->writes + counts->wcnt + counts->rcnt != 0;
  if (!used || seen.disks.size() >= disks_limit) return;
  wire::disk_counts disk;
  disk.name = from->ks_name;
  disk.reads = counts->reads;
  disk.writes = counts->writes;
  disk.in_flight = counts->wcnt + counts->rcnt;
  seen.disks.push_back(std::move(disk));
}

void take(kstat_t* one, statistics& all, wire::observation& seen) {
  std::string_view const module = one->ks_module;
  std::string_view const name = one->ks_name;
  bool const disk = one->ks_type == KSTAT_TYPE_IO && std::string_view(one->ks_class) == "disk";
  bool const cpu = module == "cpu" && (name == "sys" || name == "vm");
  bool const pages = module == "unix" && name == "system_pages";
  bool const arc = module == "zfs" && name == "arcstats";
  if (!(disk || cpu || pages || arc) || !all.read(one)) return;
  if (disk) take_disk(one, seen);
  if (cpu && name == "sys") take_cpu(one, seen);
  if (cpu && name == "vm") take_paging(one, seen);
  if (pages) take_pages(one, seen);
  if (arc) take_arc(one, seen);
}

bool set_policy(int policy, int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  errno = pthread_setschedparam(pthread_self(), policy, &parameters);
  return errno == 0;
}

}  // namespace

void prepare_process(std::vector<std::string>& complaints) {
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) complain_about("mlockall", complaints);
}

bool become_realtime() {
  return set_policy(SCHED_FIFO, sched_get_priority_max(SCHED_FIFO));
}

// Locks are not inherited over fork(), and nothing chooses processes to kill.
void become_ordinary(bool) {
  set_policy(SCHED_OTHER, 0);
}

void identify(wire::hello& hello) {
  hello.os = "illumos";
  utsname names{};
  if (uname(&names) >= 0) {  // what is no failure need not be 0 there
    hello.release = std::string(names.release) + " " + names.version;
    hello.machine = names.machine;
  }
  hello.cpus = static_cast<std::uint32_t>(std::max(0L, sysconf(_SC_NPROCESSORS_ONLN)));
  hello.memory_kib = kib_of_pages(static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)));
}

void observe(wire::observation& seen, std::vector<group_state>& groups,
             std::vector<workload_root> const& workloads) {
  static statistics all;
  for (auto* one = all.first(); one; one = one->ks_next) take(one, all, seen);
  double load[1] = {};
  if (getloadavg(load, 1) == 1) seen.load_percent = static_cast<std::uint32_t>(load[0] * 100);
  // Last, because it is the part that may get stuck.
  auto const tasks = all_tasks();
  seen.scan_cut_short = tasks.size() >= listed_tasks_limit;
  for (auto const& one : tasks) seen.running += one.state == 'R' ? 1 : 0;
  tell_of(tasks, seen, groups, workloads);
}

std::string describe_process(std::uint32_t pid) {
  return described(all_tasks(), pid);
}

bool write_tasks(int to, std::string& why) {
  auto const all = all_tasks();
  if (all.empty()) {
    why = std::string("listing /proc: ") + std::strerror(errno);
    return false;
  }
  print(to, table_of(all));
  return true;
}

bool write_kernel_log(int, std::string& why) {
  why = "illumos keeps its log in a file and in the kernel: the script `dmesg` asks mdb";
  return false;
}

std::vector<std::string> const& vital_files() {
  static std::vector<std::string> const none;
  return none;
}

// mdb -k does not stop the kernel. What it is asked is asked of the one that is held ready, where
// there is one: a second one would be read from the root pool, which may be what is wedged.
std::vector<evidence_script> const& evidence_scripts() {
  static std::vector<evidence_script> const all{
      {"dmesg", "echo '::msgbuf' | mdb -k | head -c 1048576"},
      {"kstat", "kstat -p zfs:0: | head -c 262144; kstat -p -m vioblk; vmstat 1 2; iostat -xn 1 2"},
      {"stacks", "echo '::stacks -m zfs' | mdb -k | head -c 1048576"},
      {"threads", "echo '::threadlist -v 20' | mdb -k | head -c 4194304"},
      {"zio", "echo '::zio_state' | mdb -k | head -c 262144"},
      {"pools",
       "zpool status -v & one=$!\n"
       "for i in 1 2 3 4 5; do kill -0 $one 2>/dev/null || break; sleep 1; done\n"
       "kill -9 $one 2>/dev/null && echo 'zpool status did not end within 5 s'\n"
       "zpool events -v & one=$!\n"
       "for i in 1 2 3 4 5; do kill -0 $one 2>/dev/null || break; sleep 1; done\n"
       "kill -9 $one 2>/dev/null && echo 'zpool events did not end within 5 s'"},
      {"faults", "fmdump -e | tail -200; fmadm faulty"}};
  return all;
}

void hold_evidence(std::vector<std::string>& complaints) {
  // The number in hexadecimal, as mdb prints what stands before "=J" (mdb(1), "Formatting").
  static held_program const debugger{
      "exec mdb -k", "0x{}=J", {"::stacks -m zfs", "::zio_state", "::msgbuf"}};
  // What runs zpool, fmdump and the shell, and where fmdump reads: in the order in which they are
  // needed, should there be too much of it.
  static std::vector<std::string> const files{"/lib/64/ld.so.1",
                                              "/lib/64/libc.so.1",
                                              "/lib/ld.so.1",
                                              "/lib/libc.so.1",
                                              "/usr/bin/amd64/ksh93",
                                              "/usr/bin/sh",
                                              "/sbin/zpool",
                                              "/usr/sbin/zpool",
                                              "/usr/sbin/fmdump",
                                              "/usr/sbin/fmadm",
                                              "/usr/bin/kill",
                                              "/usr/bin/sleep",
                                              "/usr/bin/tail",
                                              "/usr/bin/head",
                                              "/lib/64/lib*.so.1",
                                              "/usr/lib/64/lib*.so.1",
                                              "/lib/lib*.so.1",
                                              "/usr/lib/fm/lib*.so.1",
                                              "/usr/lib/fm/amd64/lib*.so.1",
                                              "/var/fm/fmd/*log"};
  constexpr std::uint64_t most_bytes = 96U << 20U;
  if (hold_files(files, most_bytes) == 0)
    complaints.push_back("no program for evidence could be locked into memory");
  auto const settle = [] {
    std::vector<std::string> ignored;
    prepare_process(ignored);
  };
  std::string why;
  if (!hold_program(debugger, debugger_socket, settle, why)) complaints.push_back(why);
}

held_question held_evidence(std::string_view name) {
  static std::vector<std::pair<std::string_view, char const*>> const questions{
      {"dmesg", "::msgbuf"},
      {"stacks", "::stacks -m zfs"},
      {"threads", "::threadlist -v 20"},
      {"zio", "::zio_state"}};
  for (auto const& [collector, question] : questions)
    if (collector == name) return {question, debugger_socket};
  return {};
}

void power_off() {
  uadmin(A_REBOOT, AD_POWEROFF, 0);
}

void reboot() {
  uadmin(A_REBOOT, AD_BOOT, 0);
}

bool press_sysrq(char, std::string& why) {
  why = "illumos has no such keys; a break on its console enters kmdb where that is loaded";
  return false;
}

std::uint64_t resident_bytes(void* mapped, std::size_t length) {
  auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<char> there((length + page - 1) / page);
  if (mincore(static_cast<caddr_t>(mapped), length, there.data()) != 0) return 0;
  return static_cast<std::uint64_t>(
             std::count_if(there.begin(), there.end(), [](char one) { return (one & 1) != 0; })) *
         page;
}

std::string own_binary() {
  char path[4096];
  auto const size = readlink("/proc/self/path/a.out", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "/wedgehog/agent";
}

std::vector<std::string> const& memory_directories() {
  static std::vector<std::string> const directories{"/var/run", "/tmp"};
  return directories;
}

// Nobody has tried on a guest whether the numbers of two copies part here.
bool become_another(wire::become_another const& wanted, std::vector<std::string>& left,
                    std::string& why) {
  // random(4D): what a privileged program writes there is mixed into the pool.
  int const device = open("/dev/random", O_WRONLY | O_CLOEXEC);
  bool const written = device >= 0 && print(device, wanted.seed);
  if (!written) why = std::string("writing to /dev/random: ") + std::strerror(errno);
  if (device >= 0) close(device);
  if (!written) return false;
  if (!wanted.host_name.empty() && sethostname(const_cast<char*>(wanted.host_name.c_str()),
                                               static_cast<int>(wanted.host_name.size())) != 0)
    left.push_back(std::string("the host name: ") + std::strerror(errno));
  left.emplace_back("the host id");
  if (!wanted.hardware_address.empty()) left.emplace_back("addresses of network cards");
  return true;
}

}  // namespace wedgehog::guest::os
