// What takes processor time from the guest: turns by a clock of our own, and on a real process.
#include "tests/faults/fake_machine.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/cpu_group.hpp"
#include "faults/duty_cycle.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

struct turns : ::testing::Test {
  loop::awaitable<void> settle() {
    for (int i = 0; i < 10; ++i)
      co_await boost::asio::post(context.get_executor(), boost::asio::use_awaitable);
  }
  loop::awaitable<void> pass(loop::duration length) {
    time.advance(length);
    co_await settle();
  }
  duty_cycle::target target() {
    return {[this] { return busy; },
            [this] {
              story += alive ? 's' : 'x';
              return alive;
            },
            [this] {
              story += 'g';
              return alive;
            }};
  }

  boost::asio::io_context context{1};
  loop::manual_clock time{context.get_executor()};
  std::string story;  // s: stopped, g: goes
  bool busy = true;
  bool alive = true;
};

TEST_F(turns, are_a_share_of_the_period) {
  auto const each = duty_cycle::divide(100ms, 0.2);
  EXPECT_EQ(each.run, 20ms);
  EXPECT_EQ(each.rest, 80ms);
}

TEST_F(turns, stop_and_go_on_time_and_leave_it_running) {
  duty_cycle cycle(time, {20ms, 80ms}, target());
  testing::run_to_end(context, [&]() -> loop::awaitable<void> {
    loop::nursery work(context.get_executor());
    work.spawn(cycle.run());
    co_await settle();
    co_await pass(19ms);
    EXPECT_EQ(story, "");
    co_await pass(1ms);
    EXPECT_EQ(story, "s");
    co_await pass(79ms);
    EXPECT_EQ(story, "s");
    co_await pass(1ms);
    EXPECT_EQ(story, "sg");
    busy = false;
    co_await pass(20ms);
    EXPECT_EQ(story, "sgs");
    co_await pass(10ms);
    co_await work.stop();
  }());
  EXPECT_EQ(story, "sgsg") << "left in the middle of a rest, it must go on";
  EXPECT_EQ(cycle.stops(), 2U);
  EXPECT_EQ(cycle.felt(), 1U) << "a process that wanted nothing has lost nothing";
  EXPECT_DOUBLE_EQ(cycle.share(), 40.0 / 120.0);
}

TEST_F(turns, that_begin_late_keep_their_share) {
  duty_cycle cycle(time, {20ms, 80ms}, target());
  testing::run_to_end(context, [&]() -> loop::awaitable<void> {
    loop::nursery work(context.get_executor());
    work.spawn(cycle.run());
    co_await settle();
    co_await pass(300ms);  // the host was busy: the stop comes 280 ms late
    EXPECT_EQ(story, "s");
    co_await pass(79ms);
    EXPECT_EQ(story, "s");
    co_await pass(1ms);
    EXPECT_EQ(story, "sg");
    co_await pass(19ms);
    EXPECT_EQ(story, "sg");
    co_await pass(1ms);
    EXPECT_EQ(story, "sgs");
    co_await work.stop();
  }());
}

TEST_F(turns, end_with_the_process) {
  duty_cycle cycle(time, {20ms, 80ms}, target());
  testing::run_to_end(context, [&]() -> loop::awaitable<void> {
    loop::nursery work(context.get_executor());
    work.spawn(cycle.run());
    co_await settle();
    alive = false;
    co_await pass(20ms);
    co_await work.join();
  }());
  EXPECT_EQ(cycle.stops(), 0U);
  EXPECT_EQ(cycle.felt(), 0U);
}

std::vector<std::string> const sleeper{"sleep", "600"};
std::vector<std::string> const spinning{"sh", "-c", "while :; do :; done"};

plan::inject cpu_duty() {
  return {.fault = "cpu-duty", .as = "thief", .parameters = {{"share", "0.2"}, {"period", "10ms"}}};
}

using processor_faults = fake_machine;

TEST_F(processor_faults, a_duty_cycle_takes_time_from_a_busy_machine_and_tells_the_judge) {
  with_machine(spinning, [&]() -> loop::awaitable<void> {
    auto where = targets();
    auto const what = cpu_duty();
    auto const duty = make_cpu_duty(what, where);
    auto const begun = co_await duty->begin();
    EXPECT_TRUE(begun);
    for (int i = 0; i < 200 && co_await duty->hits() < 3; ++i) co_await time.sleep_for(10ms);
    auto const felt = co_await duty->hits();
    EXPECT_GE(felt, 3U);
    auto const ended = co_await duty->end();
    EXPECT_TRUE(ended);
    EXPECT_FALSE(vm::all_vcpus_in_state(*machine->process(), 'T'));
    co_await duty->let_go();
  });
  ASSERT_EQ(holds().size(), 2U);
  EXPECT_EQ(holds()[0], (timeline::hold{true, "cpu-duty takes processor time", 0.8}));
  EXPECT_EQ(holds()[1], (timeline::hold{false, "cpu-duty takes processor time", 0.8}));
}

TEST_F(processor_faults, a_duty_cycle_that_is_let_go_leaves_the_machine_running) {
  with_machine(sleeper, [&]() -> loop::awaitable<void> {
    auto where = targets();
    auto const what = cpu_duty();
    auto const duty = make_cpu_duty(what, where);
    auto const begun = co_await duty->begin();
    EXPECT_TRUE(begun);
    co_await time.sleep_for(50ms);
    co_await duty->let_go();
    EXPECT_FALSE(vm::all_vcpus_in_state(*machine->process(), 'T'));
    auto const ended = co_await duty->end();
    EXPECT_TRUE(ended);
  });
  EXPECT_EQ(holds().size(), 2U) << "once begun, once ended";
}

constexpr std::string_view first_version =
    "24 1 0:22 / /proc rw - proc proc rw\n"
    "30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "31 25 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n";
constexpr std::string_view second_version =
    "30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(cpu_groups, are_found_whichever_way_the_host_divides) {
  std::string_view const both =
      "9:cpuset:/elsewhere\n4:cpu,cpuacct:/user.slice\n0::/user.slice/session-3.scope\n";
  EXPECT_EQ(
      place_in_groups(both, first_version),
      (group_place{1, "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/user.slice"}));
  EXPECT_EQ(place_in_groups(both, second_version),
            (group_place{2, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/session-3.scope"}));
  EXPECT_EQ(place_in_groups("1:cpu:/\n", first_version)->folder, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(place_in_groups("1:cpuset:/\n", first_version), std::nullopt);
  EXPECT_EQ(place_in_groups(both, ""), std::nullopt);
  EXPECT_EQ(place_in_groups("", second_version), std::nullopt);
  EXPECT_EQ(place_in_groups("0", "30 25 0:26 - cgroup2"), std::nullopt);
}

TEST(cpu_groups, are_found_in_a_container_that_sees_a_part) {
  std::string_view const part = "30 25 0:26 /box/7 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
  EXPECT_EQ(place_in_groups("0::/box/7/inner\n", part),
            (group_place{2, "/sys/fs/cgroup", "/sys/fs/cgroup/inner"}));
  EXPECT_EQ(place_in_groups("0::/box/7\n", part),
            (group_place{2, "/sys/fs/cgroup", "/sys/fs/cgroup"}));
}

TEST(cpu_groups, of_the_second_version_stand_beside_whoever_is_in_one) {
  EXPECT_EQ(plan_group({1, "/c", "/c/user"}, "wedgehog-7"),
            (group_plan{"/c/user/wedgehog-7", true}));
  EXPECT_EQ(plan_group({2, "/c", "/c/user/a"}, "wedgehog-7"),
            (group_plan{"/c/user/wedgehog-7", true}));
  EXPECT_EQ(plan_group({2, "/c", "/c"}, "wedgehog-7"), (group_plan{"/c/wedgehog-7", false}));
}

TEST_F(processor_faults, a_quota_takes_time_from_a_busy_machine_and_is_lifted) {
  if (auto const lack = why_no_quota(); !lack.empty()) GTEST_SKIP() << lack;
  std::uint64_t hits = 0;
  std::string group;
  with_machine(spinning, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "cpu-quota", .as = "it", .parameters = {{"share", "0.1"}}};
    auto const quota = make_cpu_quota(what, where);
    auto const begun = co_await quota->begin();
    EXPECT_TRUE(begun) << begun.error().message();
    if (!begun) co_return;
    auto const pid = machine->process()->pid();
    auto const groups = testing::text_of("/proc/" + std::to_string(pid) + "/cgroup");
    EXPECT_NE(groups.find("wedgehog-" + std::to_string(pid)), std::string::npos) << groups;
    auto const second = make_cpu_quota(what, where);
    auto const refused = co_await second->begin();
    EXPECT_FALSE(refused);
    for (int i = 0; i < 200 && co_await quota->hits() < 3; ++i) co_await time.sleep_for(10ms);
    hits = co_await quota->hits();
    auto const ended = co_await quota->end();
    EXPECT_TRUE(ended) << ended.error().message();
    auto const again = co_await quota->end();
    EXPECT_TRUE(again);
    group = testing::text_of("/proc/" + std::to_string(pid) + "/cgroup");
  });
  EXPECT_GE(hits, 3U);
  EXPECT_EQ(group.find("wedgehog-"), std::string::npos) << group;
  ASSERT_EQ(holds().size(), 2U);
  EXPECT_EQ(holds()[0], (timeline::hold{true, "cpu-quota takes processor time", 0.9}));
  EXPECT_EQ(holds()[1], (timeline::hold{false, "cpu-quota takes processor time", 0.9}));
}

TEST_F(processor_faults, a_quota_that_outlived_its_machine_is_swept_by_the_next) {
  if (auto const lack = why_no_quota(); !lack.empty()) GTEST_SKIP() << lack;
  pid_t const child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  auto const left = cpu_group::targets(child, 0.5, 100ms);
  ASSERT_TRUE(left) << left.error().message();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(left->throttled(), 0U);
  EXPECT_EQ(why_no_quota(), "");  // makes one, and sweeps
  auto const own = testing::text_of("/proc/self/cgroup");
  auto const mounts = testing::text_of("/proc/self/mountinfo");
  auto const place = place_in_groups(own, mounts);
  ASSERT_TRUE(place);
  auto const made = plan_group(*place, "wedgehog-" + std::to_string(child));
  EXPECT_FALSE(std::filesystem::exists(made.folder));
}

TEST_F(processor_faults, sigstop_stops_it_until_healed_and_keeps_silent) {
  with_machine(sleeper, [&]() -> loop::awaitable<void> {
    auto where = targets();
    plan::inject const what{.fault = "sigstop", .as = "it"};
    auto const stop = make_sigstop(what, where);
    auto const before = co_await stop->hits();
    EXPECT_EQ(before, 0U);
    auto const begun = co_await stop->begin();
    EXPECT_TRUE(begun);
    EXPECT_TRUE(vm::all_vcpus_in_state(*machine->process(), 'T'));
    auto const hit = co_await stop->hits();
    EXPECT_EQ(hit, 1U);
    auto const ended = co_await stop->end();
    EXPECT_TRUE(ended);
    EXPECT_FALSE(vm::all_vcpus_in_state(*machine->process(), 'T'));
    auto const again = co_await stop->end();
    EXPECT_TRUE(again);
  });
  EXPECT_TRUE(noted.empty()) << "the judge is to find out by itself";
}

TEST_F(processor_faults, what_is_gone_cannot_be_stopped) {
  with_machine({"true"}, [&]() -> loop::awaitable<void> {
    co_await machine->wait();
    auto where = targets();
    plan::inject const what{.fault = "sigstop", .as = "it"};
    auto const stop = make_sigstop(what, where);
    auto const begun = co_await stop->begin();
    EXPECT_FALSE(begun);
    auto const hit = co_await stop->hits();
    EXPECT_EQ(hit, 0U);
  });
}

}  // namespace
}  // namespace wedgehog::faults
