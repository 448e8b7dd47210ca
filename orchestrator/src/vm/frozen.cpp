#include "vm/frozen.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/described.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::vm {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 5s;
constexpr auto look_period = 5ms;
constexpr char const* stream_name = "frozen";

// QEMU 7.2, qapi/migration.json: RAM whose file is shared is left out of the stream. Said on both
// sides, or they read it differently.
loop::awaitable<result<void>> leave_memory_out(qmp::client& monitor) {
  json::object const arguments{
      {"capabilities",
       json::array{json::object{{"capability", "x-ignore-shared"}, {"state", true}}}}};
  auto const set = co_await monitor.execute("migrate-set-capabilities", arguments, answer_limit);
  if (!set) co_return set.error();
  co_return result<void>();
}

// A sandboxed QEMU needs no right to the folder: the monitor's socket carries the open file.
loop::awaitable<result<void>> hand_over(qmp::client& monitor, int file) {
  json::object const name{{"fdname", stream_name}};
  auto const handed = co_await monitor.execute_with_descriptor("getfd", name, file, answer_limit);
  if (!handed) co_return handed.error();
  co_return result<void>();
}

loop::awaitable<result<void>> until_migrated(qmp::client& monitor, loop::clock& time,
                                             loop::duration limit) {
  auto const until = time.now() + limit;
  for (;;) {
    auto const seen = co_await monitor.execute("query-migrate", answer_limit);
    if (!seen) co_return seen.error();
    auto const* const facts = seen->if_object();
    auto const status = facts == nullptr ? std::string() : text_at(*facts, "status");
    if (status == "completed") co_return result<void>();
    if (status == "failed" || status == "cancelled")
      co_return host_error(
          fmt::format("QEMU's migration {} ({})", status, text_at(*facts, "error-desc")));
    if (time.now() >= until)
      co_return host_error(
          fmt::format("QEMU's migration did not end in time (it is '{}')", status));
    co_await time.sleep_for(look_period);
  }
}

}  // namespace

loop::awaitable<result<void>> freeze(qmp::client& monitor, loop::clock& time, int into,
                                     loop::duration limit) {
  auto const stopped = co_await monitor.execute("stop", answer_limit);
  if (!stopped) co_return stopped.error();
  if (auto set = co_await leave_memory_out(monitor); !set) co_return set;
  if (auto handed = co_await hand_over(monitor, into); !handed) co_return handed;
  json::object const arguments{{"uri", fmt::format("fd:{}", stream_name)}};
  auto const begun = co_await monitor.execute("migrate", arguments, answer_limit);
  if (!begun) co_return begun.error();
  co_return co_await until_migrated(monitor, time, limit);
}

loop::awaitable<result<void>> thaw(qmp::client& monitor, loop::clock& time,
                                   frozen_machine const& from, loop::duration limit) {
  auto const path = from.devices();
  loop::descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) co_return system_failure("opening " + path, errno);
  if (auto set = co_await leave_memory_out(monitor); !set) co_return set;
  if (auto handed = co_await hand_over(monitor, file.get()); !handed) co_return handed;
  json::object const arguments{{"uri", fmt::format("fd:{}", stream_name)}};
  auto const begun = co_await monitor.execute("migrate-incoming", arguments, answer_limit);
  if (!begun) co_return begun.error();
  if (auto came = co_await until_migrated(monitor, time, limit); !came) co_return came;
  // It was stopped when it was frozen, and that came along.
  auto const goes = co_await monitor.execute("cont", answer_limit);
  if (!goes) co_return goes.error();
  co_return result<void>();
}

// proc(5), /proc/PID/maps: address range, permissions, offset, device, inode, path. A path is not
// to be relied on: the file may have been removed.
result<memory_place> memory_of_copy(pid_t process, frozen_machine const& from,
                                    std::uint64_t bytes) {
  struct stat file {};
  auto const path = from.memory();
  if (::stat(path.c_str(), &file) != 0) return system_failure("looking at " + path, errno);
  auto const device = fmt::format("{:02x}:{:02x}", major(file.st_dev), minor(file.st_dev));
  std::ifstream maps(fmt::format("/proc/{}/maps", process));
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range;
    std::string permissions;
    std::string offset;
    std::string on;
    std::uint64_t inode = 0;
    words >> range >> permissions >> offset >> on >> inode;
    if (!words || on != device || inode != file.st_ino || std::stoull(offset, nullptr, 16) != 0)
      continue;
    return memory_place{fmt::format("/proc/{}/mem", process), std::stoull(range, nullptr, 16),
                        bytes};
  }
  return host_error(fmt::format("process {} has not mapped {}", process, path));
}

}  // namespace wedgehog::vm
