#include "os/illumos_tasks.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <procfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace wedgehog::guest::os {

namespace {

// What the kernel's structures hold of addresses is only there for a process of its own width.
static_assert(sizeof(void*) == 8, "the agent for illumos is a 64-bit program");

// proc(5) of illumos: the kind of what a thread sleeps on, by number.
constexpr char const* sleeps[] = {"-",    "mutex", "rwlock",  "condvar",
                                  "sema", "user",  "user-pi", "shuttle"};
constexpr int mutex_sleep = 1;
constexpr int rwlock_sleep = 2;
constexpr int semaphore_sleep = 4;

std::vector<char> content_of(std::string const& path, std::size_t limit) {
  std::vector<char> bytes;
  int const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return bytes;
  char piece[16384];
  while (bytes.size() < limit) {
    auto const count = read(fd, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    bytes.insert(bytes.end(), piece, piece + count);
  }
  close(fd);
  return bytes;
}

template <class Struct>
bool struct_at(std::vector<char> const& bytes, std::size_t at, Struct& into) {
  if (at + sizeof into > bytes.size()) return false;
  std::memcpy(&into, bytes.data() + at, sizeof into);
  return true;
}

template <std::size_t Size>
std::string text_of(char const (&bytes)[Size]) {
  return {bytes, strnlen(bytes, Size)};
}

std::uint64_t us_of(timestruc_t const& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1000000U +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000U;
}

// ps's letters, with R for what runs (it says O).
char state_of(lwpsinfo_t const& thread) {
  return thread.pr_sname == 'O' ? 'R' : thread.pr_sname;
}

// "condvar 0xfffffffffbc2fac0": what it is, and which one, as no symbol tells.
std::string channel_of(lwpsinfo_t const& thread) {
  if (thread.pr_sname != 'S') return "-";
  auto const kind = static_cast<std::size_t>(static_cast<unsigned char>(thread.pr_stype));
  std::string text = kind < sizeof sleeps / sizeof *sleeps ? sleeps[kind] : "unknown";
  if (thread.pr_wchan == 0) return text;
  char address[24];
  std::snprintf(address, sizeof address, "@%llx", static_cast<unsigned long long>(thread.pr_wchan));
  return text + address;
}

// There is no state of its own for a sleep that no signal ends. Whoever waits for a lock or a
// semaphore of the kernel cannot be interrupted; of condition variables only stacks tell.
bool is_uninterruptible(lwpsinfo_t const& thread) {
  return thread.pr_sname == 'S' &&
         (thread.pr_stype == mutex_sleep || thread.pr_stype == rwlock_sleep ||
          thread.pr_stype == semaphore_sleep);
}

listed_task listed(psinfo_t const& process, lwpsinfo_t const& thread) {
  listed_task task;
  task.process = static_cast<std::uint32_t>(process.pr_pid);
  task.id = static_cast<std::uint32_t>(thread.pr_lwpid);
  task.parent = static_cast<std::uint32_t>(process.pr_ppid);
  task.group = static_cast<std::uint32_t>(process.pr_pgid);
  task.comm = text_of(process.pr_fname);
  task.state = state_of(thread);
  task.kernel = process.pr_size == 0 && task.state != 'Z';  // fsflush, zpool-tank: no address space
  task.wchan = channel_of(thread);
  task.blocked = is_uninterruptible(thread);
  task.run_us = us_of(thread.pr_time);
  if (thread.pr_lwpid <= 1) task.reaped_us = us_of(process.pr_ctime);
  return task;
}

// proc(5): lusage is a header and an entry for each thread, the first for those that are gone.
std::uint64_t switches_of(std::vector<char> const& usage, id_t thread) {
  prheader_t head;
  if (!struct_at(usage, 0, head) || head.pr_entsize <= 0) return 0;
  for (long i = 0; i < head.pr_nent; ++i) {
    prusage_t one;
    auto const at =
        sizeof head + static_cast<std::size_t>(i) * static_cast<std::size_t>(head.pr_entsize);
    if (!struct_at(usage, at, one)) return 0;
    if (one.pr_lwpid == thread) return one.pr_vctx + one.pr_ictx;
  }
  return 0;
}

void list_process(std::string const& folder, std::vector<listed_task>& into) {
  constexpr std::size_t most_bytes = 1024 * 1024;
  psinfo_t process;
  if (!struct_at(content_of(folder + "/psinfo", most_bytes), 0, process)) return;
  auto const threads = content_of(folder + "/lpsinfo", most_bytes);
  auto const usage = content_of(folder + "/lusage", most_bytes);
  prheader_t head;
  if (!struct_at(threads, 0, head) || head.pr_entsize <= 0) {
    into.push_back(listed(process, process.pr_lwp));
    return;
  }
  for (long i = 0; i < head.pr_nent && into.size() < listed_tasks_limit; ++i) {
    lwpsinfo_t one;
    auto const at =
        sizeof head + static_cast<std::size_t>(i) * static_cast<std::size_t>(head.pr_entsize);
    if (!struct_at(threads, at, one)) return;
    auto task = listed(process, one);
    task.switches = switches_of(usage, one.pr_lwpid);
    into.push_back(std::move(task));
  }
}

}  // namespace

std::vector<listed_task> all_tasks() {
  std::vector<listed_task> all;
  DIR* const stream = opendir("/proc");
  if (!stream) return all;
  while (auto const* entry = readdir(stream)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    if (all.size() >= listed_tasks_limit) break;
    list_process(std::string("/proc/") + entry->d_name, all);
  }
  closedir(stream);
  return all;
}

}  // namespace wedgehog::guest::os
