#include "wreckage/machine_evidence.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <memory>

#include "base/units.hpp"
#include "loop/descriptor.hpp"
#include "loop/offload.hpp"
#include "vm/monitor_names.hpp"
#include "wreckage/sparse_copy.hpp"

namespace wedgehog::wreckage {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 2s;
// Of the disk, for what is more precious than guest memory: the verdict and the rest of the
// evidence.
constexpr std::uint64_t reserve = 64U << 20U;

result<void> room_for(std::string const& folder, std::uint64_t bytes) {
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) != 0) return system_failure("looking at " + folder, errno);
  std::uint64_t const free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  if (free_bytes >= bytes + reserve) return {};
  return host_error(
      fmt::format("the disk of {} has {} free, guest memory needs {} and the rest of the evidence "
                  "{}: free some space (old "
                  "wreckage is the largest part), or use --results DIR",
                  folder, print_size(free_bytes >> 20U << 20U), print_size(bytes >> 20U << 20U),
                  print_size(reserve)));
}

struct question {
  char const* file;
  char const* command;
};
constexpr question questions[] = {{"monitor/status.json", "query-status"},
                                  {"monitor/block.json", "query-block"},
                                  {"monitor/blockstats.json", "query-blockstats"},
                                  {"monitor/cpus.json", "query-cpus-fast"},
                                  {"monitor/balloon.json", "query-balloon"},
                                  {"monitor/memory.json", "query-memory-size-summary"},
                                  {"monitor/version.json", "query-version"}};

loop::awaitable<result<void>> ask_all(bundle& into, vm::machine& machine) {
  for (auto const& one : questions) {
    auto const answer = co_await machine.monitor().execute(one.command, answer_limit);
    if (!answer) co_return answer.error();
    if (auto written = into.file(one.file, json::serialize(answer.value()) + "\n"); !written)
      co_return written;
  }
  co_return result<void>();
}

loop::awaitable<result<void>> ask_virtqueues(bundle& into, vm::machine& machine) {
  for (auto const& disk : machine.spec().disks) {
    std::string text;
    for (int queue = 0; queue < machine.spec().vcpus; ++queue) {
      json::object const arguments{{"path", machine.names().virtio_path(disk.name)},
                                   {"queue", queue}};
      auto const answer = co_await machine.monitor().execute("x-query-virtio-queue-status",
                                                             arguments, answer_limit);
      if (!answer) co_return answer.error();
      text += json::serialize(answer.value()) + "\n";
    }
    if (auto written = into.file("monitor/virtqueues-" + disk.name + ".json", text); !written)
      co_return written;
  }
  co_return result<void>();
}

loop::awaitable<result<void>> ask_registers(bundle& into, vm::machine& machine) {
  std::string text;
  // More than once: what stands still and what spins is told by comparing.
  for (int round = 0; round < 3; ++round) {
    json::object const arguments{{"command-line", "info registers -a"}};
    auto const answer =
        co_await machine.monitor().execute("human-monitor-command", arguments, answer_limit);
    if (!answer) co_return answer.error();
    if (answer->is_string())
      text += fmt::format("== round {}\n{}\n", round + 1, std::string_view(answer->get_string()));
  }
  co_return into.file("monitor/registers.txt", text);
}

// Whoever waits for this can give up between two pieces.
loop::awaitable<result<void>> piece_by_piece(loop::asio::any_io_executor pool,
                                             std::shared_ptr<sparse_work> work) {
  auto const piece = [work] { return work->go_on(); };
  while (!work->done())
    if (auto went = co_await loop::offload(pool, piece); !went) co_return went;
  co_return result<void>();
}

loop::awaitable<result<void>> dump_by_qemu(bundle& into, vm::machine& machine,
                                           loop::asio::any_io_executor pool, loop::duration limit) {
  std::string const path = into.place("memory.elf");
  if (auto room = room_for(into.folder(), machine.spec().memory_bytes); !room)
    co_return room.error();
  loop::descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) co_return system_failure("creating " + path, errno);
  auto const dumped = co_await machine.dump_memory(file.get(), limit);
  if (!dumped) {
    // A part would only keep room from the copy that is tried next, and from the verdict.
    ::unlink(path.c_str());
    co_return dumped.error();
  }
  into.adopt("memory.elf");
  auto const work = sparse_work::dig(path);
  if (!work) co_return work.error();
  co_return co_await piece_by_piece(pool, work.value());
}

loop::awaitable<result<void>> copy_memory_file(bundle& into, vm::machine& machine,
                                               loop::asio::any_io_executor pool) {
  auto const from = machine.memory_file();
  if (!from) co_return from.error();
  std::string const to = into.place("memory.raw");
  struct stat file {};
  std::uint64_t const touched = from->bytes == 0 && ::stat(from->file.c_str(), &file) == 0
                                    ? static_cast<std::uint64_t>(file.st_blocks) * 512
                                    : from->bytes;
  if (auto room = room_for(into.folder(), touched); !room) co_return room.error();
  // Stopped by signal and not by command: that works however stuck its main loop is. stop() wakes
  // it again.
  auto* const process = machine.process();
  if (process != nullptr) process->signal(SIGSTOP);
  auto const work = sparse_work::copy(from->file, to, {from->offset, from->bytes});
  result<void> copied;
  if (work)
    copied = co_await piece_by_piece(pool, work.value());
  else
    copied = work.error();
  if (process != nullptr) process->signal(SIGCONT);
  if (copied)
    into.adopt("memory.raw");
  else
    ::unlink(to.c_str());
  co_return copied;
}

}  // namespace

loop::awaitable<void> take_monitor_answers(bundle& into, loop::clock& time, vm::machine& machine) {
  if (machine.ended()) {
    into.give_up("monitor", "QEMU is gone");
    co_return;
  }
  if (!machine.can().contains(vm::ability::monitor)) {
    into.give_up("monitor", "this machine has none");
    co_return;
  }
  // Named first: GCC 12 copies a temporary of a co_await expression bit by bit.
  bundle::work const answers = [&machine](bundle& b) { return ask_all(b, machine); };
  bundle::work const virtqueues = [&machine](bundle& b) { return ask_virtqueues(b, machine); };
  bundle::work const registers = [&machine](bundle& b) { return ask_registers(b, machine); };
  co_await into.take(time, "monitor", 10s, answers);
  co_await into.take(time, "virtqueues", 10s, virtqueues);
  co_await into.take(time, "registers", 10s, registers);
}

loop::awaitable<void> take_memory(bundle& into, loop::clock& time, vm::machine& machine,
                                  loop::asio::any_io_executor pool, bool requests_in_flight,
                                  loop::duration limit) {
  if (machine.ended()) {
    into.give_up("memory", "QEMU is gone, and the guest's memory with it");
    co_return;
  }
  bool whole = false;
  if (!requests_in_flight && machine.can().contains(vm::ability::memory_dump)) {
    bundle::work const dump = [&](bundle& b) { return dump_by_qemu(b, machine, pool, limit); };
    co_await into.take(time, "memory", limit, dump);
    whole = into.items().back().missing.empty();
  }
  if (whole) co_return;
  if (!machine.can().contains(vm::ability::memory_file)) {
    into.give_up("memory-file", "this machine's memory is no file of this host");
    co_return;
  }
  bundle::work const copy = [&](bundle& b) { return copy_memory_file(b, machine, pool); };
  co_await into.take(time, "memory-file", limit, copy);
}

}  // namespace wedgehog::wreckage
