// The port to Linux (written for 6.1; older kernels only lack the pressure figures).
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/linux_tasks.hpp"
#include "os/linux_text.hpp"
#include "os/linux_workloads.hpp"
#include "os/os.hpp"

namespace wedgehog::guest::os {

namespace {

constexpr std::size_t cpus_limit = 256;
constexpr std::size_t disks_limit = 64;
constexpr std::size_t tasks_limit = 4000;
constexpr std::uint64_t scan_limit_us = 300000;
constexpr int realtime_priority = 90;  // under the kernel's own watchdog threads (99)

bool write_at_once(char const* path, std::string_view content) {
  int const fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  auto const count = write(fd, content.data(), content.size());
  int const failure = errno;
  close(fd);
  errno = failure;
  return count == static_cast<ssize_t>(content.size());
}

void complain_about(char const* what, std::vector<std::string>& complaints) {
  complaints.push_back(std::string(what) + ": " + std::strerror(errno));
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// proc(5), /proc/stat: cpuN user nice system idle iowait irq softirq …
wire::cpu_times read_cpu(std::string_view line) {
  wire::cpu_times times;
  times.user = take_number(line);
  times.user += take_number(line);
  times.system = take_number(line);
  times.idle = take_number(line);
  times.iowait = take_number(line);
  times.irq = take_number(line);
  times.irq += take_number(line);
  return times;
}

void observe_stat(wire::observation& seen) {
  auto const text = read_text("/proc/stat");
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_line(rest);
    auto const key = take_word(line);
    if (starts_with(key, "cpu") && key != "cpu") {
      if (seen.cpus.size() < cpus_limit) seen.cpus.push_back(read_cpu(line));
    } else if (key == "ctxt") {
      seen.context_switches = take_number(line);
    } else if (key == "processes") {
      seen.forks = take_number(line);
    } else if (key == "procs_running") {
      seen.running = static_cast<std::uint32_t>(take_number(line));
    } else if (key == "procs_blocked") {
      seen.blocked = static_cast<std::uint32_t>(take_number(line));
    } else if (key == "intr") {
      seen.interrupts = take_number(line);
    }
  }
}

// Adds the numbers of "key number" lines to the members they belong to.
void add_numbers(char const* path, std::map<std::string_view, std::uint64_t*> const& members) {
  auto const text = read_text(path);
  for (std::string_view rest = text; !rest.empty();) {
    auto line = take_line(rest);
    auto const found = members.find(take_word(line));
    if (found != members.end()) *found->second += take_number(line);
  }
}

void observe_memory(wire::observation& seen) {
  add_numbers("/proc/meminfo", {{"MemTotal", &seen.memory_total},
                                {"MemFree", &seen.memory_free},
                                {"MemAvailable", &seen.memory_available},
                                {"Dirty", &seen.memory_dirty},
                                {"Writeback", &seen.memory_writeback},
                                {"Slab", &seen.memory_slab},
                                {"AnonPages", &seen.memory_anonymous},
                                {"SwapTotal", &seen.swap_total},
                                {"SwapFree", &seen.swap_free}});
  add_numbers("/proc/vmstat", {{"pgmajfault", &seen.major_faults},
                               {"workingset_refault_anon", &seen.refaults},
                               {"workingset_refault_file", &seen.refaults},
                               {"pgscan_kswapd", &seen.pages_scanned},
                               {"pgscan_direct", &seen.pages_scanned},
                               {"pgsteal_kswapd", &seen.pages_stolen},
                               {"pgsteal_direct", &seen.pages_stolen},
                               {"allocstall_dma", &seen.allocation_stalls},
                               {"allocstall_dma32", &seen.allocation_stalls},
                               {"allocstall_normal", &seen.allocation_stalls},
                               {"allocstall_movable", &seen.allocation_stalls},
                               {"oom_kill", &seen.out_of_memory_kills}});
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=123"
bool read_pressure(char const* path, std::uint64_t& some, std::uint64_t& full) {
  auto const text = read_text(path);
  for (std::string_view rest = text; !rest.empty();) {
    auto const line = take_line(rest);
    auto const at = line.find("total=");
    if (at == std::string_view::npos) continue;
    (starts_with(line, "some") ? some : full) = to_number(line.substr(at + 6));
  }
  return !text.empty();
}

void observe_pressure(wire::observation& seen) {
  std::uint64_t ignored = 0;
  seen.has_pressure = read_pressure("/proc/pressure/cpu", seen.cpu_some_us, ignored);
  read_pressure("/proc/pressure/io", seen.io_some_us, seen.io_full_us);
  read_pressure("/proc/pressure/memory", seen.memory_some_us, seen.memory_full_us);
}

// Linux Documentation/admin-guide/iostats.rst: major minor name, reads completed, merged, sectors,
// ms, writes completed, merged, sectors, ms, in flight, ms, weighted ms, four of discards, flushes
// completed, ms. Only devices that have done something.
void observe_disks(wire::observation& seen) {
  auto const text = read_text("/proc/diskstats");
  for (std::string_view rest = text; !rest.empty() && seen.disks.size() < disks_limit;) {
    auto line = take_line(rest);
    take_word(line);
    take_word(line);
    wire::disk_counts disk;
    disk.name = take_word(line);
    std::uint64_t fields[16] = {};
    for (auto& field : fields) field = take_number(line);
    disk.reads = fields[0];
    disk.writes = fields[4];
    disk.in_flight = fields[8];
    disk.flushes = fields[15];
    bool const part_of_last = !seen.disks.empty() && starts_with(disk.name, seen.disks.back().name);
    if (!part_of_last && disk.reads + disk.writes + disk.in_flight != 0) seen.disks.push_back(disk);
  }
}

void list_blocked(task const& one, wire::observation& seen) {
  if (seen.blocked_tasks.size() >= wire::blocked_tasks_limit) {
    ++seen.blocked_tasks_unlisted;
    return;
  }
  wire::blocked_task blocked;
  blocked.pid = one.id;
  blocked.comm = one.comm;
  blocked.kernel = one.kernel;
  blocked.switches = count_switches(one.directory);
  blocked.run_us = run_time_us(one.directory);
  blocked.wchan = wait_channel(one.directory);
  blocked.stack = kernel_stack(one.directory, wire::stack_limit);
  seen.blocked_tasks.push_back(std::move(blocked));
}

void observe_tasks(wire::observation& seen, std::vector<group_state>& groups,
                   std::vector<workload_root> const& workloads) {
  std::vector<task> all;  // only where somebody asks for their trees
  auto const began = now_us();
  std::map<std::uint32_t, group_state> by_group;
  for_each_task([&](task const& one) {
    if (one.state == 'D') list_blocked(one, seen);
    if (!workloads.empty() && !one.kernel) all.push_back(one);
    auto& group = by_group[one.group];
    group.group = one.group;
    if (one.state == 'T' || one.state == 't') ++group.stopped;
    if (one.state == 'D' || one.state == 'R') ++group.busy;
    seen.scan_cut_short = ++seen.tasks >= tasks_limit || now_us() - began > scan_limit_us;
    return !seen.scan_cut_short;
  });
  for (auto const& [number, state] : by_group)
    if (number != 0 && state.stopped != 0) groups.push_back(state);
  for (auto const& root : workloads) seen.workloads.push_back(tasks_of(root, all));
}

}  // namespace

void prepare_process(std::vector<std::string>& complaints) {
  // One heap for all threads (per-thread heaps would each be locked in full) that keeps a reserve
  // and never gives memory back: when the guest runs short, the agent has what it needs.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
  mallopt(M_MMAP_THRESHOLD, 64 * 1024 * 1024);
  constexpr std::size_t reserve_size = 4 * 1024 * 1024;
  if (void* const reserve = std::malloc(reserve_size)) {
    explicit_bzero(reserve, reserve_size);  // not left out by the compiler
    std::free(reserve);
  }
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) complain_about("mlockall", complaints);
  if (!write_at_once("/proc/self/oom_score_adj", "-1000"))
    complain_about("oom_score_adj", complaints);
}

bool become_realtime() {
  sched_param parameters{};
  parameters.sched_priority = realtime_priority;
  // 0 is the calling thread here, not the process.
  return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

void become_ordinary(bool protect) {
  // Memory locks are not inherited over fork(); the score is.
  if (!protect) write_at_once("/proc/self/oom_score_adj", "0");
  sched_param parameters{};
  sched_setscheduler(0, SCHED_OTHER, &parameters);
}

void identify(wire::hello& hello) {
  hello.os = "linux";
  utsname names{};
  if (uname(&names) == 0) {
    hello.release = names.release;
    hello.machine = names.machine;
  }
  hello.cpus = static_cast<std::uint32_t>(std::max(0L, sysconf(_SC_NPROCESSORS_ONLN)));
  hello.memory_kib = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                     static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 1024U;
}

void observe(wire::observation& seen, std::vector<group_state>& groups,
             std::vector<workload_root> const& workloads) {
  observe_stat(seen);
  observe_memory(seen);
  observe_pressure(seen);
  observe_disks(seen);
  seen.devices = stacked_devices();
  seen.taint = to_number(read_text("/proc/sys/kernel/tainted"));
  auto const load = read_text("/proc/loadavg");
  auto const point = load.find('.');
  seen.load_percent = static_cast<std::uint32_t>(to_number(load) * 100U);
  if (point != std::string::npos)
    seen.load_percent +=
        static_cast<std::uint32_t>(to_number(std::string_view(load).substr(point + 1, 2)));
  // Last, because it is the part that may get stuck.
  observe_tasks(seen, groups, workloads);
}

// The log as one text, newest lines last, from a buffer of the kernel's: no file system is
// involved.
bool write_kernel_log(int to, std::string& why) {
  constexpr int read_all = 3;  // syslog(2)
  constexpr int buffer_size = 10;
  int const size = klogctl(buffer_size, nullptr, 0);
  std::string text(static_cast<std::size_t>(size > 0 ? size : 1 << 20), '\0');
  int const count = klogctl(read_all, text.data(), static_cast<int>(text.size()));
  if (count < 0) {
    why = std::string("reading the kernel log: ") + std::strerror(errno);
    return false;
  }
  print(to, {text.data(), static_cast<std::size_t>(count)});
  return true;
}

std::vector<std::string> const& vital_files() {
  static std::vector<std::string> const files{"/proc/uptime",
                                              "/proc/loadavg",
                                              "/proc/stat",
                                              "/proc/vmstat",
                                              "/proc/meminfo",
                                              "/proc/pressure/cpu",
                                              "/proc/pressure/io",
                                              "/proc/pressure/memory",
                                              "/proc/diskstats",
                                              "/proc/interrupts",
                                              "/proc/softirqs",
                                              "/proc/mounts",
                                              "/proc/mdstat",
                                              "/proc/locks",
                                              "/proc/buddyinfo",
                                              "/proc/slabinfo",
                                              "/proc/sys/kernel/tainted",
                                              "/proc/modules",
                                              "/proc/swaps"};
  return files;
}

std::vector<evidence_script> const& evidence_scripts() {
  static std::vector<evidence_script> const none;
  return none;
}

// Nothing of it comes from a program that must be read from a disk first.
void hold_evidence(std::vector<std::string>&) {}

held_question held_evidence(std::string_view) {
  return {};
}

void power_off() {
  ::reboot(RB_POWER_OFF);
}

void reboot() {
  ::reboot(RB_AUTOBOOT);
}

bool press_sysrq(char key, std::string& why) {
  if (write_at_once("/proc/sysrq-trigger", {&key, 1})) return true;
  why = std::string("writing /proc/sysrq-trigger: ") + std::strerror(errno);
  return false;
}

// mincore(2). The vector is a byte per page, its first bit says whether it is there.
std::uint64_t resident_bytes(void* mapped, std::size_t length) {
  auto const page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> there((length + page - 1) / page);
  if (mincore(mapped, length, there.data()) != 0) return 0;
  return static_cast<std::uint64_t>(std::count_if(there.begin(), there.end(),
                                                  [](unsigned char one) { return one & 1U; })) *
         page;
}

std::string own_binary() {
  char path[4096];
  auto const size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "/proc/self/exe";
}

std::vector<std::string> const& memory_directories() {
  static std::vector<std::string> const directories{"/run", "/dev/shm", "/tmp"};
  return directories;
}

}  // namespace wedgehog::guest::os
