// A process in the guest takes memory, in one of several ways or from two sides (its own memory and
// dirty pages of a file), and says how much it really got.
// There is one at a time. A healthy guest reclaims, or kills the hog.
#include <fmt/format.h>

#include <algorithm>

#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto hog_answer_limit = 30s;
constexpr std::uint64_t mebibyte = 1U << 20U;

wire::hog_kind kind_of(std::string const& word) {
  if (word == "locked") return wire::hog_kind::locked;
  if (word == "page-cache") return wire::hog_kind::page_cache;
  if (word == "dirty") return wire::hog_kind::dirty;
  return wire::hog_kind::anonymous;
}

class hog final : public fault {
 public:
  hog(plan::inject const& what, fault_targets& targets)
      : mebibytes_((plan::number_of(what, "memory").value_or(0) + mebibyte - 1) / mebibyte),
        kind_(plan::text_of(what, "kind").value_or("anonymous")),
        sawtooth_(plan::text_of(what, "shape").value_or("steady") == "sawtooth"),
        dirty_((plan::number_of(what, "dirty").value_or(0) + mebibyte - 1) / mebibyte),
        over_(plan::duration_of(what, "over").value_or(0us)),
        in_(plan::text_of(what, "in").value_or("/tmp")),
        targets_(targets) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    wire::start_hog request;
    request.mebibytes = mebibytes_;
    request.kind = kind_of(kind_);
    request.shape = sawtooth_ ? wire::hog_shape::sawtooth : wire::hog_shape::steady;
    request.ramp_ms = static_cast<std::uint64_t>(over_.count()) / 1000;
    request.directory = in_;
    request.dirty_mebibytes = dirty_;
    auto const started = co_await targets_.agent->start_hog(std::move(request), hog_answer_limit);
    if (!started) co_return started.error();
    began_ = true;
    co_return fmt::format("a process in the guest takes {} MiB ({}{}{}{})", mebibytes_, kind_,
                          dirty_ > 0 ? fmt::format(", and {} MiB dirty", dirty_) : "",
                          sawtooth_ ? ", again and again" : "",
                          over_ > 0us ? ", over " + describe_duration(over_) : "");
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never started");
    // What it came to is known only as long as no other hog begins.
    co_await hits();
    auto const ended = co_await targets_.agent->stop_hog(hog_answer_limit);
    asked_ = false;
    auto const got = fmt::format(
        "it held {} of {} MiB{} at most, in {} rounds", state_.peak, mebibytes_,
        dirty_ > 0 ? fmt::format(" and {} of {} MiB dirty", state_.dirty_peak, dirty_) : "",
        state_.rounds);
    if (state_.gone)
      co_return fmt::format("{}; {}", got,
                            state_.signal != 0
                                ? fmt::format("the guest killed it (signal {})", state_.signal)
                                : "it ended by itself: there was no more to be had");
    if (!ended) co_return ended.error();
    co_return got + "; the process was killed";
  }
  loop::awaitable<std::uint64_t> hits() override {
    if (!began_) co_return 0;
    if (asked_) {
      auto const answer = co_await targets_.agent->ask_hog(hog_answer_limit);
      if (answer) state_ = answer.value();
    }
    // Of a squeeze from two sides, one side alone proves nothing.
    if (dirty_ > 0 && (state_.peak == 0 || state_.dirty_peak == 0)) co_return 0;
    co_return state_.peak + state_.dirty_peak;
  }
  [[nodiscard]] bool outlives(new_beginning) const override { return false; }

 private:
  std::uint64_t mebibytes_;
  std::string kind_;
  bool sawtooth_;
  std::uint64_t dirty_;  // MiB of a file beside
  microseconds over_;
  std::string in_;
  fault_targets& targets_;
  wire::hog_state state_;
  bool asked_ = false;
  bool began_ = false;
};

}  // namespace

std::unique_ptr<fault> make_hog(plan::inject const& what, fault_targets& targets) {
  return std::make_unique<hog>(what, targets);
}

}  // namespace wedgehog::faults
