// A machine that can less than QEMU on this host: the performer asks nothing of it that it cannot,
// and says what it could not keep.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "loop/temporary.hpp"
#include "tests/simulation/decorated.hpp"
#include "tests/simulation/plans.hpp"
#include "tests/simulation/promises.hpp"

namespace wedgehog::simulation {
namespace {

using namespace std::chrono_literals;

// Somebody else's hypervisor, of which nothing but the console and the agent's line is to be had.
class machine_without_monitor final : public decorated_machine {
 public:
  machine_without_monitor(std::unique_ptr<vm::machine> inner, loop::clock&)
      : decorated_machine(std::move(inner)), can_(inner_->can()) {
    for (auto const one :
         {vm::ability::monitor, vm::ability::out_of_band_monitor, vm::ability::memory_dump,
          vm::ability::host_process, vm::ability::stop_by_signal})
      can_.erase(one);
  }
  [[nodiscard]] vm::abilities const& can() const override { return can_; }
  [[nodiscard]] qmp::client& monitor() override {
    ADD_FAILURE() << "a monitor was asked for that is not there";
    return inner_->monitor();
  }
  [[nodiscard]] qmp::client& second_monitor() override {
    ADD_FAILURE() << "a second monitor was asked for that is not there";
    return inner_->second_monitor();
  }
  [[nodiscard]] vm::host_process* process() override { return nullptr; }
  loop::awaitable<result<void>> dump_memory(int, loop::duration) override {
    ADD_FAILURE() << "memory was asked for that is not to be had";
    co_return result<void>();
  }

 private:
  vm::abilities can_;
};

std::string const recipe_without_steps =
    recipe_of_a_worker("lacking", "{boot: 20s, no_progress: 15s, run: 60s, collect: 30s}", "0.5") +
    R"(  - wait: 3s
)";

record live_on(std::string const& steps) {
  auto const home = loop::temporary_directory::make("/dev/shm").value();
  life_options options{.seed = 3, .what = plan_of(recipe_without_steps + steps)};
  options.into = std::filesystem::path(home.path()) / "run";
  options.wrap = [](std::unique_ptr<vm::backend> inner, loop::clock& time) {
    return std::make_unique<decorated_backend<machine_without_monitor>>(std::move(inner), time);
  };
  auto read = read_back(options, play(options));
  EXPECT_EQ(fmt::format("{}", fmt::join(broken_promises(read), "\n")), "");
  return read;
}

TEST(lacking, a_healthy_guest_passes_without_a_monitor) {
  auto const read = live_on("  - wait: 20s\n");
  ASSERT_TRUE(read.lived.done) << read.lived.failure;
  EXPECT_EQ(read.lived.done->said.verdict, "passed");
}

TEST(lacking, a_held_write_is_seen_in_the_disks_books_and_what_is_missing_is_said) {
  auto const read = live_on(
      "  - inject: {fault: hold, as: stuck, disk: data, op: write}\n"
      "  - wait: 50s\n");
  ASSERT_TRUE(read.lived.done) << read.lived.failure;
  EXPECT_EQ(read.lived.done->said.verdict, "wedged");
  EXPECT_EQ(read.lived.done->said.kind, "held-io");
  auto const missing = fmt::format("{}", fmt::join(read.lived.done->played.missing, "\n"));
  EXPECT_NE(missing.find("monitor: this machine has none"), std::string::npos) << missing;
}

}  // namespace
}  // namespace wedgehog::simulation
