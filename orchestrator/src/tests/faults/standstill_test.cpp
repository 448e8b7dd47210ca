// A machine that is stopped while its disks hold requests, against a monitor that the test answers.
#include "faults/standstill.hpp"

#include <gmock/gmock.h>

#include "tests/faults/disk_bench.hpp"
#include "tests/faults/fake_machine.hpp"

namespace wedgehog::faults {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct standstill : fake_machine {
  // A QEMU that stops by itself as soon as a request that it keeps has failed.
  void behave(bool stop_works = true) {
    respond = [this, stop_works](std::string const& name, json::object const&) {
      bool const failed = !guest.answers.empty() && guest.answers.back() == EIO;
      if (name == "query-status") return returned(json::object{{"running", !failed}});
      if (name == "stop" && !stop_works) return refused("no");
      return returned(json::object());
    };
  }
  void serve(bool keeps) {
    std::ofstream(folder + "/data.raw").close();
    std::filesystem::resize_file(folder + "/data.raw", 1U << 20U);
    ASSERT_TRUE(disks.serve({.name = "data",
                             .file = folder + "/data.raw",
                             .served_at = folder + "/s",
                             .keeps_failed_reads = keeps,
                             .keeps_failed_others = keeps}));
  }
  void read_held() {
    EXPECT_TRUE(disks.find("data")->inject("stuck=hold:operations=read,times=1"));
    disks.find("data")->attach(guest);
    read();
  }
  void read() {
    disks.find("data")->submit(
        guest, {.what = nbd::operation::read, .length = 512, .offset = 524288}, {}, time.now());
  }
  bool held() { return disks.find("data")->sample().held == 1; }
  loop::awaitable<void> leave() {
    disks.find("data")->detach(guest);
    co_await disks.stop();
  }
  std::unique_ptr<fault> pause() {
    where.emplace(targets());
    return make_pause({.fault = "pause", .as = "break"}, *where);
  }

  nobody guest;
  std::optional<fault_targets> where;
  std::vector<std::string> const idle{"sleep", "600"};
};

TEST_F(standstill, a_pause_makes_qemu_keep_what_is_held_and_it_is_held_again) {
  serve(true);
  behave();
  with_machine(idle, [&]() -> loop::awaitable<void> {
    read_held();
    auto const paused = pause();
    auto const begun = co_await paused->begin();
    EXPECT_TRUE(begun);
    if (begun) {
      EXPECT_THAT(*begun, HasSubstr("QEMU keeps: 1"));
    }
    EXPECT_THAT(guest.answers, ElementsAre(EIO));
    EXPECT_EQ(holds().size(), 1U);
    auto const ended = co_await paused->end();
    EXPECT_TRUE(ended);
    read();
    EXPECT_TRUE(held());
    co_await leave();
  });
  EXPECT_THAT(commands, ElementsAre("query-status", "stop", "cont"));
  ASSERT_EQ(holds().size(), 2U);
  EXPECT_TRUE(holds()[0].begins);
  EXPECT_FALSE(holds()[1].begins);
}

TEST_F(standstill, a_disk_whose_errors_go_to_the_guest_is_not_made_to_fail) {
  serve(false);
  behave();
  with_machine(idle, [&]() -> loop::awaitable<void> {
    read_held();
    auto const paused = pause();
    auto const begun = co_await paused->begin();
    EXPECT_FALSE(begun);
    if (!begun) {
      EXPECT_EQ(begun.error().whose(), blame::recipe);
      EXPECT_THAT(begun.error().message(), HasSubstr("disk data"));
      EXPECT_THAT(begun.error().message(), HasSubstr("report"));
    }
    EXPECT_TRUE(guest.answers.empty());
    EXPECT_TRUE(held());
    auto const hits = co_await paused->hits();
    EXPECT_EQ(hits, 0U);
    auto const ended = co_await paused->end();
    EXPECT_TRUE(ended);
    co_await leave();
  });
  EXPECT_TRUE(commands.empty());
  ASSERT_EQ(holds().size(), 2U) << "no hold stays open";
}

TEST_F(standstill, nothing_new_is_held_while_a_disk_is_drained) {
  serve(false);
  behave();
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto const paused = pause();
    auto const begun = co_await paused->begin();
    EXPECT_TRUE(begun);
    read_held();
    EXPECT_THAT(guest.answers, ElementsAre(0)) << "QEMU would wait for it";
    auto const ended = co_await paused->end();
    EXPECT_TRUE(ended);
    read();
    EXPECT_TRUE(held());
    co_await leave();
  });
  EXPECT_THAT(commands, ElementsAre("stop", "cont"));
}

TEST_F(standstill, a_machine_that_could_not_be_stopped_goes_on) {
  serve(true);
  behave(false);
  with_machine(idle, [&]() -> loop::awaitable<void> {
    read_held();
    auto const stood = co_await stand_still(disks, machine->monitor(), time, "be tested");
    EXPECT_FALSE(stood);
    read();
    EXPECT_TRUE(held());
    co_await leave();
  });
  EXPECT_THAT(commands, ElementsAre("query-status", "stop", "cont"));
}

TEST_F(standstill, the_last_one_lets_the_machine_go_on) {
  serve(true);
  behave();
  with_machine(idle, [&]() -> loop::awaitable<void> {
    auto& monitor = machine->monitor();
    for (int i = 0; i < 2; ++i) {
      auto const stood = co_await stand_still(disks, monitor, time, "be tested");
      EXPECT_TRUE(stood);
    }
    for (int i = 0; i < 2; ++i) {
      auto const gone_on = co_await go_on(disks, monitor);
      EXPECT_TRUE(gone_on);
    }
    co_await disks.stop();
  });
  EXPECT_THAT(commands, ElementsAre("stop", "stop", "cont"));
}

}  // namespace
}  // namespace wedgehog::faults
