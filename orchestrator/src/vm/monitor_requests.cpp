#include "vm/monitor_requests.hpp"

namespace wedgehog::vm {
namespace {

using namespace std::chrono_literals;

constexpr auto descriptor_limit = 2s;

}  // namespace

std::vector<int> vcpu_threads_in(json::value const& cpus) {
  std::vector<int> all;
  auto const* const list = cpus.if_array();
  if (list == nullptr) return all;
  for (auto const& cpu : *list) {
    auto const* thread = cpu.is_object() ? cpu.get_object().if_contains("thread-id") : nullptr;
    all.push_back(thread != nullptr && thread->is_int64() ? static_cast<int>(thread->get_int64())
                                                          : 0);
  }
  return all;
}

loop::awaitable<result<void>> dump_memory_over(qmp::client& monitor, int into,
                                               loop::duration limit) {
  json::object const name{{"fdname", "memory-dump"}};
  auto const handed =
      co_await monitor.execute_with_descriptor("getfd", name, into, descriptor_limit);
  if (!handed) co_return handed.error();
  json::object const arguments{
      {"paging", false}, {"protocol", "fd:memory-dump"}, {"format", "elf"}};
  auto const dumped = co_await monitor.execute("dump-guest-memory", arguments, limit);
  if (!dumped) co_return dumped.error();
  co_return result<void>();
}

}  // namespace wedgehog::vm
