// The host takes memory from the guest through its balloon driver, as fast as the guest gives it.
#include <fmt/format.h>

#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 2s;

class balloon final : public fault {
 public:
  balloon(plan::inject const& what, surroundings& around)
      : leave_(plan::number_of(what, "leave").value_or(0)), around_(around) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    co_return co_await leave_to_guest(leave_);
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("nothing was taken");
    auto done = co_await leave_to_guest(all());
    asked_ = false;
    co_return done;
  }
  loop::awaitable<std::uint64_t> hits() override {
    if (!asked_) co_return 0;
    auto const answer = co_await around_.machine->monitor().execute("query-balloon", answer_limit);
    if (!answer || !answer->is_object()) co_return 0;
    auto const* const actual = answer->get_object().if_contains("actual");
    if (actual == nullptr || !actual->is_number()) co_return 0;
    auto const left = actual->to_number<std::uint64_t>();
    co_return left < all() ? (all() - left) >> 20U : 0;
  }

 private:
  [[nodiscard]] std::uint64_t all() const { return around_.machine->spec().memory_bytes; }
  loop::awaitable<result<std::string>> leave_to_guest(std::uint64_t bytes) {
    json::object const arguments{{"value", bytes}};
    auto const done = co_await around_.machine->monitor().execute("balloon", arguments);
    if (!done) co_return done.error();
    co_return fmt::format("QMP balloon to {}", print_size(bytes));
  }

  std::uint64_t leave_;
  surroundings& around_;
  bool asked_ = false;
};

}  // namespace

std::unique_ptr<fault> make_balloon(plan::inject const& what, surroundings& around) {
  return std::make_unique<balloon>(what, around);
}

}  // namespace wedgehog::faults
