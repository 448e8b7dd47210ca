// The port to DragonFly, written from the source of 2020 (5.9-DEVELOPMENT) and from what was seen
// in a guest of it; never booted as an agent. 6.x may differ: what a newer kernel does not answer
// stays zero.
#include <sys/param.h>

#include <fcntl.h>
#include <sys/devicestat.h>
#include <sys/kinfo.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/rtprio.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>
#include <sys/vmmeter.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/dragonfly_tasks.hpp"
#include "os/listed_tasks.hpp"
#include "os/os.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::size_t cpus_limit = 256;
constexpr std::size_t disks_limit = 64;
constexpr std::uint64_t us_per_tick = 10000;

void complain_about(char const* what, std::vector<std::string>& complaints) {
  complaints.push_back(std::string(what) + ": " + std::strerror(errno));
}

// A number of any width.
std::uint64_t sysctl_number(char const* name) {
  auto const bytes = sysctl_bytes(name);
  std::uint64_t wide = 0;
  std::uint32_t narrow = 0;
  if (bytes.size() == sizeof wide) {
    std::memcpy(&wide, bytes.data(), sizeof wide);
    return wide;
  }
  if (bytes.size() == sizeof narrow) std::memcpy(&narrow, bytes.data(), sizeof narrow);
  return narrow;
}

template <class Struct>
bool sysctl_struct(char const* name, Struct& into) {
  std::size_t size = sizeof into;
  return sysctlbyname(name, &into, &size, nullptr, 0) == 0 && size == sizeof into;
}

void observe_cpus(wire::observation& seen) {
  auto const bytes = sysctl_bytes("kern.cputime");
  for (std::size_t at = 0; at + sizeof(kinfo_cputime) <= bytes.size();
       at += sizeof(kinfo_cputime)) {
    if (seen.cpus.size() >= cpus_limit) return;
    kinfo_cputime one;
    std::memcpy(&one, bytes.data() + at, sizeof one);
    wire::cpu_times times;
    times.user = (one.cp_user + one.cp_nice) / us_per_tick;
    times.system = one.cp_sys / us_per_tick;
    times.idle = one.cp_idle / us_per_tick;
    times.irq = one.cp_intr / us_per_tick;
    seen.cpus.push_back(times);
  }
}

// vfs.dirtybufspace: what waits to be written back; a writer that finds too much of it waits in
// flstik. vfs.runningbufspace: what is on its way to a disk.
void observe_buffers(wire::observation& seen) {
  seen.memory_dirty = sysctl_number("vfs.dirtybufspace") / 1024U;
  seen.memory_writeback = sysctl_number("vfs.runningbufspace") / 1024U;
  seen.allocation_stalls = sysctl_number("vfs.lowmempgallocs");
}

void observe_memory(wire::observation& seen) {
  vmstats pages{};
  if (sysctl_struct("vm.vmstats", pages)) {
    auto const kib = [&pages](long count) {
      return static_cast<std::uint64_t>(std::max(count, 0L)) * pages.v_page_size / 1024U;
    };
    seen.memory_total = kib(pages.v_page_count);
    seen.memory_free = kib(pages.v_free_count);
    seen.memory_available = kib(pages.v_free_count + pages.v_cache_count + pages.v_inactive_count);
    seen.memory_anonymous = kib(pages.v_active_count);
  }
  vmmeter events{};
  if (!sysctl_struct("vm.vmmeter", events)) return;
  seen.context_switches = events.v_swtch;
  seen.interrupts = events.v_intr;
  seen.forks = events.v_forks + events.v_vforks + events.v_rforks;
  seen.major_faults = events.v_swapin + events.v_vnodein;
  seen.pages_scanned = events.v_pdpages;
  seen.pages_stolen = events.v_dfree;
}

// sys/kern/subr_devstat.c: a generation, then the devices.
void observe_disks(wire::observation& seen) {
  auto const bytes = sysctl_bytes("kern.devstat.all");
  for (std::size_t at = sizeof(long); at + sizeof(devstat) <= bytes.size(); at += sizeof(devstat)) {
    if (seen.disks.size() >= disks_limit) return;
    devstat one;
    std::memcpy(&one, bytes.data() + at, sizeof one);
    if (one.num_reads + one.num_writes + one.num_other == 0 && one.busy_count == 0) continue;
    wire::disk_counts disk;
    disk.name = std::string(one.device_name, strnlen(one.device_name, sizeof one.device_name)) +
                std::to_string(one.unit_number);
    disk.reads = one.num_reads;
    disk.writes = one.num_writes;
    disk.flushes = one.num_other;
    disk.in_flight = static_cast<std::uint64_t>(std::max<std::int32_t>(one.busy_count, 0));
    seen.disks.push_back(std::move(disk));
  }
}

void observe_totals(wire::observation& seen) {
  vmtotal total{};
  if (sysctl_struct("vm.vmtotal", total))
    seen.running = static_cast<std::uint32_t>(std::max(total.t_rq, 0L));
  double load[1] = {};
  if (getloadavg(load, 1) == 1) seen.load_percent = static_cast<std::uint32_t>(load[0] * 100);
}

bool set_priority(unsigned short kind, unsigned short level) {
  struct rtprio wanted {};
  wanted.type = kind;
  wanted.prio = level;
  return lwp_rtprio(RTP_SET, 0, lwp_gettid(), &wanted) == 0;
}

}  // namespace

void prepare_process(std::vector<std::string>& complaints) {
  // MCL_CURRENT is ENOSYS there (5.9, seen), and so is both: what is taken from now on is locked.
  // What the program is made of stays in memory as long as it is used: it beats once a second.
  if (mlockall(MCL_FUTURE) != 0) complain_about("mlockall(MCL_FUTURE)", complaints);
}

bool become_realtime() {
  return set_priority(RTP_PRIO_FIFO, RTP_PRIO_MIN);  // the lowest number is the highest priority
}

// There is no protection from the killer of large processes to give up.
void become_ordinary(bool) {
  set_priority(RTP_PRIO_NORMAL, 0);
}

void identify(wire::hello& hello) {
  hello.os = "dragonfly";
  utsname names{};
  if (uname(&names) == 0) {
    hello.release = names.release;
    hello.machine = names.machine;
  }
  hello.cpus = static_cast<std::uint32_t>(std::max(0L, sysconf(_SC_NPROCESSORS_ONLN)));
  hello.memory_kib = sysctl_number("hw.physmem") / 1024U;
}

void observe(wire::observation& seen, std::vector<group_state>& groups,
             std::vector<workload_root> const& workloads) {
  observe_cpus(seen);
  observe_buffers(seen);
  observe_memory(seen);
  observe_disks(seen);
  observe_totals(seen);
  // Last, because it is the part that may get stuck.
  static same_sleeps sleeps;
  auto all = all_tasks();
  sleeps.settle(all, now_us() / 1000U);
  seen.scan_cut_short = all.size() >= listed_tasks_limit;
  tell_of(all, seen, groups, workloads);
}

std::string describe_process(std::uint32_t pid) {
  return described(all_tasks(), pid);
}

bool write_tasks(int to, std::string& why) {
  auto const all = all_tasks();
  if (all.empty()) {
    why = std::string("listing the tasks (kern.proc): ") + std::strerror(errno);
    return false;
  }
  print(to, table_of(all));
  return true;
}

// From the kernel's buffer: no file system is involved.
bool write_kernel_log(int to, std::string& why) {
  auto const text = sysctl_bytes("kern.msgbuf");
  if (text.empty()) {
    why = std::string("reading kern.msgbuf: ") + std::strerror(errno);
    return false;
  }
  print(to, {text.data(), strnlen(text.data(), text.size())});
  return true;
}

std::vector<std::string> const& vital_files() {
  static std::vector<std::string> const none;
  return none;
}

// `hammer2 dumpchain` says nothing itself: the kernel prints the chains into its log. It opens the
// path, so on a wedged file system it may stay there: each has a time of its own.
std::vector<evidence_script> const& evidence_scripts() {
  static std::vector<evidence_script> const all{
      {"sysctl", "sysctl vfs vm kern.cp_time kern.openfiles | head -c 262144"},
      {"listing", "ps -axlww -H | head -c 1048576"},
      {"vmstat", "vmstat; vmstat -s; vmstat -z; vmstat -m | head -c 262144"},
      {"dumpchain",
       "df -t hammer2 | awk 'NR > 1 { print $NF }' | while read place; do\n"
       "  echo \"==> $place <==\"\n"
       "  hammer2 dumpchain \"$place\" & one=$!\n"
       "  for i in 1 2 3 4 5; do kill -0 $one 2>/dev/null || break; sleep 1; done\n"
       "  kill -9 $one 2>/dev/null && echo \"it did not end within 5 s\"\n"
       "done\n"
       "sleep 1; sysctl -n kern.msgbuf | grep -E -- '-chain 0x|refs=|pflags|^ *}|\\.\\.\\.$'"}};
  return all;
}

// Its programs for this are few and small, and stay in memory once they were used.
void hold_evidence(std::vector<std::string>&) {}

held_question held_evidence(std::string_view) {
  return {};
}

void power_off() {
  ::reboot(RB_HALT | RB_POWEROFF);
}

void reboot() {
  ::reboot(RB_AUTOBOOT);
}

bool press_sysrq(char, std::string& why) {
  why = "DragonFly has no such keys; a break on its console enters the debugger";
  return false;
}

std::uint64_t resident_bytes(void* mapped, std::size_t length) {
  auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<char> there((length + page - 1) / page);
  if (mincore(mapped, length, there.data()) != 0) return 0;
  return static_cast<std::uint64_t>(std::count_if(
             there.begin(), there.end(), [](char one) { return (one & MINCORE_INCORE) != 0; })) *
         page;
}

std::string own_binary() {
  auto const path = sysctl_bytes({CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1});
  return path.empty() ? "/wedgehog/agent"
                      : std::string(path.data(), strnlen(path.data(), path.size()));
}

std::vector<std::string> const& memory_directories() {
  static std::vector<std::string> const directories{"/var/run", "/tmp"};
  return directories;
}

// Nobody has tried on a guest whether the numbers of two copies part here.
bool become_another(wire::become_another const& wanted, std::vector<std::string>& left,
                    std::string& why) {
  // What the superuser writes there seeds the generator.
  int const device = open("/dev/random", O_WRONLY | O_CLOEXEC);
  bool const written = device >= 0 && print(device, wanted.seed);
  if (!written) why = std::string("writing to /dev/random: ") + std::strerror(errno);
  if (device >= 0) close(device);
  if (!written) return false;
  if (!wanted.host_name.empty() &&
      sethostname(wanted.host_name.c_str(), static_cast<int>(wanted.host_name.size())) != 0)
    left.push_back(std::string("the host name: ") + std::strerror(errno));
  left.emplace_back("kern.hostuuid");
  if (!wanted.hardware_address.empty()) left.emplace_back("addresses of network cards");
  return true;
}

}  // namespace wedgehog::guest::os
