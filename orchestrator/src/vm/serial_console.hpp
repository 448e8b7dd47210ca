// The guest's serial console, as a backend gives it: followed line by line, and typed at. What is
// typed and what is expected in return is decided elsewhere, from the lines.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "loop/clock.hpp"
#include "vm/line_cutter.hpp"

namespace wedgehog::vm {

// While somebody types. Blame: host when the line is closed.
class keyboard {
 public:
  virtual ~keyboard() = default;
  virtual loop::awaitable<result<void>> write(std::string bytes) = 0;
  // What the console says while somebody types, as it comes; `follow` hears it too.
  virtual void listen(std::function<void(std::string_view)> hear) = 0;
  // A break on the line. Only with ability::serial_break.
  virtual loop::awaitable<result<void>> send_break() = 0;
};

class serial_console {
 public:
  virtual ~serial_console() = default;

  // Calls `out` for each line of this life of the machine until cancelled. A prompt without a line
  // end comes too, marked partial, once the console has been quiet for a second.
  virtual loop::awaitable<void> follow(line_cutter::sink out) = 0;
  // At the end of a machine: what is there now, even without a line end.
  virtual void finish(line_cutter::sink const& out) = 0;
  // Nothing more is read.
  virtual void close() = 0;

  // Somebody sits at the keyboard for as long as `work` runs, and only then. Only with
  // ability::console_write. Its result, or blame host when the line cannot be opened or ends
  // before the work. `work` must outlive the call.
  using typing = std::function<loop::awaitable<result<void>>(keyboard&)>;
  virtual loop::awaitable<result<void>> type(typing const& work) = 0;

  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  // Bytes whose room was given back because the guest flooded the console.
  [[nodiscard]] virtual std::uint64_t forgotten() const = 0;
};

}  // namespace wedgehog::vm
