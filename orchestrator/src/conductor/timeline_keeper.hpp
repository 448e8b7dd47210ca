// Keeps the timeline in the run's folder while the run lives: piece by piece, on a thread of the
// pool, in order.
#pragma once

#include <functional>
#include <string>

#include "folder/run_writer.hpp"
#include "loop/clock.hpp"
#include "loop/mailbox.hpp"

namespace wedgehog::conductor {

// No run needs more; what comes later is judged while it lives, and not kept.
inline constexpr std::uint64_t most_timeline_bytes = std::uint64_t{512} << 20U;

class timeline_keeper {
 public:
  // `trouble` hears once when a piece could not be kept (a full disk), and of a timeline that is
  // full. `into` must outlive this.
  timeline_keeper(loop::asio::any_io_executor const& executor, loop::asio::any_io_executor pool,
                  folder::run_writer& into, std::function<void(std::string)> trouble);

  void keep(std::string piece) { pieces_.push(std::move(piece)); }
  // Until finish() was called and all is kept.
  loop::awaitable<void> write();
  void finish() { pieces_.close(); }
  // Returns when all that was given so far has been written, or could not be.
  loop::awaitable<void> settle(loop::clock& time, loop::duration limit);

 private:
  loop::asio::any_io_executor pool_;
  folder::run_writer& into_;
  std::function<void(std::string)> trouble_;
  loop::mailbox<std::string> pieces_;
  bool writing_ = false;
  bool complained_ = false;
};

}  // namespace wedgehog::conductor
