#include "faults/in_guest.hpp"

#include <fmt/format.h>

#include "agent/kept_output.hpp"

namespace wedgehog::faults {
namespace {

// Of each stream: these scripts say a few words.
constexpr std::size_t text_kept = 64 * 1024;

std::string how_it_ended(wire::ended const& ended) {
  if (ended.signal != 0) return fmt::format("killed by signal {}", ended.signal);
  return fmt::format("exit code {}", ended.exit_status);
}

}  // namespace

loop::awaitable<result<std::string>> run_in_guest(agent::link& line, std::string script,
                                                  loop::duration limit) {
  wire::exec request;
  request.script = std::move(script);
  request.deadline_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
  agent::kept_text printed(text_kept);
  agent::kept_text complained(text_kept);
  agent::output_sink const sink = [&](wire::output const& piece) {
    (piece.stream == wire::output_stream::standard_output ? printed : complained)
        .append(piece.bytes);
  };
  auto const ended = co_await line.run(std::move(request), limit + std::chrono::seconds(2), sink);
  if (!ended) co_return ended.error();
  if (ended->timed_out)
    co_return guest_error(fmt::format("the guest's script did not end in time; it printed: {}{}",
                                      printed.text(), complained.text()));
  if (ended->exit_status != 0 || ended->signal != 0)
    co_return guest_error(fmt::format("the guest's script failed ({}): {}{}", how_it_ended(*ended),
                                      printed.text(), complained.text()));
  co_return printed.text();
}

}  // namespace wedgehog::faults
