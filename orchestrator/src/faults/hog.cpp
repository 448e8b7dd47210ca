// A process in the guest takes memory and keeps it. There is one at a time.
#include <fmt/format.h>

#include "faults/fault.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_limit = 30s;
constexpr std::uint64_t mebibyte = 1U << 20U;

class hog final : public fault {
 public:
  hog(plan::inject const& what, surroundings& around)
      : mebibytes_((plan::number_of(what, "memory").value_or(0) + mebibyte - 1) / mebibyte),
        around_(around) {}

  loop::awaitable<result<std::string>> begin() override {
    asked_ = true;
    wire::start_hog request;
    request.mebibytes = mebibytes_;
    auto const started = co_await around_.agent->start_hog(std::move(request), answer_limit);
    if (!started) co_return started.error();
    began_ = true;
    co_return fmt::format("a process in the guest takes {} MiB", mebibytes_);
  }
  loop::awaitable<result<std::string>> end() override {
    if (!asked_) co_return std::string("was never started");
    auto const ended = co_await around_.agent->stop_hog(answer_limit);
    asked_ = false;
    if (!ended) co_return ended.error();
    co_return std::string("the process was killed");
  }
  loop::awaitable<std::uint64_t> hits() override { co_return began_ ? mebibytes_ : 0; }
  [[nodiscard]] bool outlives(new_beginning) const override { return false; }

 private:
  std::uint64_t mebibytes_;
  surroundings& around_;
  bool asked_ = false;
  bool began_ = false;
};

}  // namespace

std::unique_ptr<fault> make_hog(plan::inject const& what, surroundings& around) {
  return std::make_unique<hog>(what, around);
}

}  // namespace wedgehog::faults
