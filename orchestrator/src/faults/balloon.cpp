// The host takes memory from the guest through its balloon driver, as fast as the guest gives it,
// and looks whether it does. A driver that finds no more memory stops without a word (Linux 6.1,
// measured: of 192 MB asked down to 40, at 78 MB), and the guest may be out of memory long before.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "faults/balloon_course.hpp"
#include "faults/fault.hpp"
#include "loop/nursery.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto balloon_answer_limit = 2s;
constexpr auto balloon_look_period = 500ms;
// A busy guest under TCG gives 100 MB in 0.1 s: who gives nothing for so long has stopped.
constexpr auto patience = 5s;

class balloon final : public fault {
 public:
  balloon(plan::inject const& what, fault_targets& targets)
      : as_(what.as),
        leave_(plan::number_of(what, "leave").value_or(0)),
        targets_(targets),
        course_(leave_, patience) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    began_ = targets_.time.now();
    auto done = co_await leave_to_guest(leave_);
    if (!done) co_return done;
    watch_.emplace(co_await loop::asio::this_coro::executor);
    watch_->spawn(watch());
    co_return done;
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("nothing was taken");
    co_await let_go();
    co_await look();
    auto done = co_await leave_to_guest(all());
    asked_ = false;
    if (done && course_.least())
      done.value() +=
          fmt::format("; {} were left to the guest at the least{}", print_size(*course_.least()),
                      course_.arrived() ? "" : ", more than was asked for");
    co_return done;
  }
  loop::awaitable<void> let_go() override {
    if (!watch_) co_return;
    co_await watch_->stop();
    watch_.reset();
  }
  loop::awaitable<std::uint64_t> hits() override {
    if (asked_) co_await look();
    auto const least = course_.least().value_or(all());
    co_return least < all() ? (all() - least) >> 20U : 0;
  }

 private:
  [[nodiscard]] std::uint64_t all() const { return targets_.machine->spec().memory_bytes; }
  loop::awaitable<void> watch() {
    for (;;) {
      co_await targets_.time.sleep_for(balloon_look_period);
      // A monitor that is stuck is not asked again and again.
      if (targets_.machine->monitor().unanswered() == 0) co_await look();
    }
  }
  loop::awaitable<void> look() {
    auto const answer =
        co_await targets_.machine->monitor().execute("query-balloon", balloon_answer_limit);
    if (!answer || !answer->is_object()) co_return;
    auto const* const actual = answer->get_object().if_contains("actual");
    if (actual == nullptr || !actual->is_number()) co_return;
    auto const left = actual->to_number<std::uint64_t>();
    auto const at = std::chrono::duration_cast<microseconds>(targets_.time.now() - began_);
    if (auto said = course_.see(at, left))
      targets_.record(timeline::fault{as_, "balloon", "noted", std::move(*said),
                                      left < all() ? (all() - left) >> 20U : 0});
  }
  loop::awaitable<result<std::string>> leave_to_guest(std::uint64_t bytes) {
    json::object const arguments{{"value", bytes}};
    auto const done = co_await targets_.machine->monitor().execute("balloon", arguments);
    if (!done) co_return done.error();
    co_return fmt::format("QMP balloon to {}", print_size(bytes));
  }

  std::string as_;
  std::uint64_t leave_;
  fault_targets& targets_;
  balloon_course course_;
  std::optional<loop::nursery> watch_;
  loop::time_point began_{};
  bool asked_ = false;
};

}  // namespace

std::unique_ptr<fault> make_balloon(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<balloon>(what, targets);
}

}  // namespace wedgehog::faults
