#include "conductor/debugger_visit.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "loop/within.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;

// A kernel that stands there already (a panic, an NMI before) shows its prompt to a line end, and
// an NMI would be its end (DragonFly 5.9, seen 2026-11: it says nothing any more).
constexpr std::array<std::string_view, 3> ways{"by a line end", "by a break", "by an NMI"};

microseconds span(loop::duration of) {
  return std::chrono::duration_cast<microseconds>(of);
}

}  // namespace

debugger_visit::debugger_visit(loop::asio::any_io_executor const& executor, loop::clock& time,
                               vm::serial_console& console, interrupt send_nmi,
                               guest::debugger_profile const& with,
                               plan::debugger_questions const& questions)
    : time_(time),
      console_(console),
      send_nmi_(std::move(send_nmi)),
      with_(with),
      questions_(questions),
      heard_(executor) {}

microseconds debugger_visit::now() const {
  return span(time_.now().time_since_epoch());
}

loop::awaitable<result<void>> debugger_visit::hold() {
  vm::serial_console::typing const work = [this](vm::keyboard& keys) { return sit(keys); };
  co_return co_await console_.type(work);
}

loop::awaitable<result<void>> debugger_visit::try_way(vm::keyboard& keys, std::size_t number) {
  if (number == 0) co_return co_await keys.write("\n");
  if (number == 1) co_return co_await keys.send_break();
  co_await send_nmi_();
  co_return result<void>();
}

loop::awaitable<void> debugger_visit::enter(vm::keyboard& keys, loop::time_point until) {
  for (std::size_t i = 0; i < ways.size() && !talk_->entered(); ++i) {
    // A way that is barred (no monitor answers) leaves the next one.
    [[maybe_unused]] auto const tried = co_await try_way(keys, i);
    way_ = ways[i];
    auto const patience = std::min<loop::time_point>(until, time_.now() + way_limit);
    if (auto const talked = co_await talk(keys, patience, true); !talked) co_return;
  }
}

loop::awaitable<result<void>> debugger_visit::talk(vm::keyboard& keys, loop::time_point until,
                                                   bool only_enter) {
  while (time_.now() < until) {
    if (!typed_.empty()) {
      if (auto const sent = co_await keys.write(std::exchange(typed_, {})); !sent) co_return sent;
      continue;
    }
    if (talk_->done() || talk_->failure() || (only_enter && talk_->entered())) break;
    co_await loop::within(time_, until - time_.now(), heard_.wait());
    typed_ += talk_->hear({}, now());
  }
  co_return result<void>();
}

loop::awaitable<result<void>> debugger_visit::sit(vm::keyboard& keys) {
  auto const until = time_.now() + limit;
  talk_.emplace(with_, questions_.ask.empty() ? with_.commands : questions_.ask, questions_.go_on,
                guest::debugger_talk::limits{span(limit), span(limit)}, now());
  keys.listen([this](std::string_view text) {
    typed_ += talk_->hear(text, now());
    heard_.ring();
  });
  co_await enter(keys, until);
  if (!talk_->entered())
    co_return guest_error("the kernel's debugger came neither by a break nor by an NMI");
  if (auto const talked = co_await talk(keys, until, false); !talked) co_return talked;
  if (talk_->done()) co_return result<void>();
  co_return guest_error(talk_->failure().value_or("the kernel's debugger did not come to an end"));
}

std::vector<guest::debugger_answer> debugger_visit::answers() const {
  return talk_ ? talk_->answers() : std::vector<guest::debugger_answer>{};
}

}  // namespace wedgehog::conductor
