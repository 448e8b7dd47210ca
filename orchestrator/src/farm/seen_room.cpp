#include "farm/seen_room.hpp"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

namespace wedgehog::farm {
namespace {

using namespace std::chrono_literals;

constexpr auto look_at_processors = 200ms;
constexpr std::uint64_t plenty = std::numeric_limits<std::int64_t>::max();

std::uint64_t number_in(std::string const& file) {
  std::uint64_t value = plenty;
  std::ifstream stream(file);
  return stream >> value ? value : plenty;
}

std::uint64_t available_memory() {
  std::ifstream stream("/proc/meminfo");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string key;
    std::uint64_t kib = 0;
    if (words >> key >> kib && key == "MemAvailable:") return kib * 1024;
  }
  return plenty;
}

// proc(5), /proc/stat: the fourth number of "cpu" is idle time, the fifth waits for storage.
struct ticks {
  std::uint64_t idle = 0;
  std::uint64_t all = 0;
};
ticks processor_ticks() {
  std::ifstream stream("/proc/stat");
  std::string key;
  stream >> key;
  ticks seen;
  for (int field = 0; field < 8; ++field) {
    std::uint64_t count = 0;
    stream >> count;
    seen.all += count;
    if (field == 3 || field == 4) seen.idle += count;
  }
  return seen;
}

double idle_processors() {
  auto const online = static_cast<double>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  auto const before = processor_ticks();
  std::this_thread::sleep_for(look_at_processors);
  auto const after = processor_ticks();
  if (after.all <= before.all) return online;
  return online * static_cast<double>(after.idle - before.idle) /
         static_cast<double>(after.all - before.all);
}

std::uint64_t running_threads() {
  // proc(5), /proc/loadavg: the fourth field is RUNNABLE/ALL.
  std::ifstream stream("/proc/loadavg");
  std::string word;
  for (int field = 0; field < 4; ++field) stream >> word;
  auto const slash = word.find('/');
  return slash == std::string::npos ? 0 : std::strtoull(word.c_str() + slash + 1, nullptr, 10);
}

}  // namespace

host_room seen_memory(std::string const& tmpfs, std::uint64_t promised) {
  host_room room{
      .idle_processors = 1e9, .descriptors = plenty, .processes = plenty, .maps = plenty};
  room.memory = available_memory();
  // Where guest memory is not there yet, its parent tells.
  struct statvfs space {};
  auto place = tmpfs;
  while (::statvfs(place.c_str(), &space) != 0 && place.rfind('/') != std::string::npos &&
         place.size() > 1)
    place.resize(std::max<std::size_t>(1, place.rfind('/')));
  auto const free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  room.tmpfs = free_bytes > promised ? free_bytes - promised : 0;
  return room;
}

host_room seen_room(std::string const& tmpfs, std::uint64_t promised) {
  auto room = seen_memory(tmpfs, promised);
  rlimit descriptors{};
  room.descriptors =
      ::getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_cur != RLIM_INFINITY
          ? descriptors.rlim_cur
          : plenty;
  auto const most =
      std::min(number_in("/proc/sys/kernel/pid_max"), number_in("/proc/sys/kernel/threads-max"));
  auto const taken = running_threads();
  room.processes = most > taken ? most - taken : 0;
  room.maps = number_in("/proc/sys/vm/max_map_count");
  room.idle_processors = idle_processors();
  return room;
}

}  // namespace wedgehog::farm
