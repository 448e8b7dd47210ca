#include "faults/in_guest.hpp"

#include <fmt/format.h>

namespace wedgehog::faults {

loop::awaitable<result<std::string>> run_in_guest(agent::link& line, std::string script,
                                                  loop::duration limit) {
  wire::exec request;
  request.script = std::move(script);
  request.deadline_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(limit).count());
  std::string printed;
  std::string complained;
  agent::output_sink const sink = [&](wire::output const& piece) {
    (piece.stream == wire::output_stream::standard_output ? printed : complained) += piece.bytes;
  };
  auto const ended = co_await line.run(std::move(request), limit + std::chrono::seconds(2), sink);
  if (!ended) co_return ended.error();
  if (ended->timed_out)
    co_return guest_error(fmt::format("the guest's script did not end in time; it printed: {}{}",
                                      printed, complained));
  if (ended->exit_status != 0 || ended->signal != 0)
    co_return guest_error(fmt::format("the guest's script failed ({}): {}{}",
                                      ended->signal != 0 ? 128 + ended->signal : ended->exit_status,
                                      printed, complained));
  co_return printed;
}

}  // namespace wedgehog::faults
