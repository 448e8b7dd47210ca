#include "conductor/console_talk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/units.hpp"
#include "loop/within.hpp"

namespace wedgehog::conductor {
namespace {

std::string in_words(loop::duration span) {
  return describe_duration(std::chrono::duration_cast<microseconds>(span));
}

}  // namespace

console_talk::console_talk(loop::asio::any_io_executor const& executor, loop::clock& time,
                           vm::serial_console& console, std::vector<guest::exchange> exchanges)
    : time_(time),
      console_(console),
      exchanges_(std::move(exchanges)),
      talk_(exchanges_),
      answers_(executor) {}

void console_talk::hear(std::string_view line, bool partial) {
  if (talk_.done()) return;
  auto const before = talk_.over();
  auto typed = talk_.hear(line);
  if (!partial) typed += talk_.hear("\n");
  if (talk_.over() != before) answers_.push(std::move(typed));
}

loop::awaitable<result<void>> console_talk::type(std::string text) {
  vm::serial_console::typing const work = [&text](vm::keyboard& keys) { return keys.write(text); };
  co_return co_await console_.type(work);
}

loop::awaitable<result<void>> console_talk::hold(loop::duration limit) {
  if (held_) talk_ = guest::boot_dialogue(exchanges_);
  held_ = true;
  auto const end = time_.now() + limit;
  auto begun = time_.now();
  while (!talk_.done() || answers_.size() > 0) {
    auto const* const awaited = talk_.awaited();
    auto const until =
        awaited == nullptr ? end : std::min<loop::time_point>(begun + awaited->limit, end);
    auto const left = std::max<loop::duration>(until - time_.now(), loop::duration(0));
    auto const answer =
        co_await loop::within<std::optional<std::string>>(time_, left, answers_.receive());
    if (!answer || !*answer)
      co_return guest_error(fmt::format(
          "the guest's console did not show '{}' within {} (exchange {} of its boot dialogue)",
          awaited == nullptr ? "" : awaited->expect, in_words(until - begun), talk_.over() + 1));
    begun = time_.now();
    if ((*answer)->empty()) continue;
    std::string const text = **answer;
    if (auto const sent = co_await type(text); !sent) co_return sent;
  }
  co_return result<void>();
}

}  // namespace wedgehog::conductor
