// Injecting, healing and counting, on a real fault disk without a machine.
#include "faults/injector.hpp"

#include "tests/faults/disk_bench.hpp"

namespace wedgehog::faults {
namespace {

using namespace std::chrono_literals;

using injector_test = disk_bench;

TEST_F(injector_test, counts_what_was_hit_and_heals_once) {
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    read_once();
    co_await healed();
    co_await healed();
    co_await faults.heal_all();
  });
  EXPECT_EQ(reader.answers, std::vector<int>{EIO});
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 1"}));
}

TEST_F(injector_test, what_nothing_will_heal_is_said_to_stay) {
  auto lasting = broken;
  lasting.as = "worse";
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    auto const done = co_await faults.inject(lasting);
    EXPECT_TRUE(done);
    co_await faults.heal_all();
  });
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "injected worse 0", "stays worse 0",
                                  "healed worse 0", "healed bad 0"}));
}

TEST(lasting_in, leaves_out_what_steps_schedules_and_the_recovery_heal) {
  plan::plan what;
  plan::loop round;
  plan::parallel beside;
  beside.groups.push_back({{.what = plan::heal{"deep"}}});
  round.steps.push_back({.what = beside});
  what.steps.push_back({.what = round});
  what.steps.push_back({.what = plan::inject{.as = "deep"}});
  what.faults.push_back({.lasts = 3s, .what = {.as = "timed"}});
  what.faults.push_back({.until = "7", .what = {.as = "until-a-step"}});
  what.faults.push_back({.what = {.as = "lasting"}, .with = {{.as = "beside"}}});
  EXPECT_EQ(lasting_in(what), (std::set<std::string>{"lasting", "beside"}));
  what.recovery.emplace().keep = {"beside"};
  EXPECT_EQ(lasting_in(what), (std::set<std::string>{"beside"}));
}

// A hold `for:` a time answers each request by itself, however long the fault stays.
TEST(lasting_in, leaves_out_what_ends_by_itself) {
  plan::plan what;
  what.steps.push_back({.what = plan::inject{.as = "stall", .parameters = {{"for", "50s"}}}});
  what.steps.push_back({.what = plan::inject{.as = "stuck", .parameters = {{"count", "1"}}}});
  EXPECT_EQ(lasting_in(what), (std::set<std::string>{"stuck"}));
}

TEST_F(injector_test, hits_add_up_when_injected_again) {
  plan::plan what;
  what.steps.push_back({.what = broken});
  plan::inject other = broken;
  other.as = "unseen";
  what.faults.push_back({.after = 1s, .what = other});
  std::vector<tally> counted;
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    read_once();
    co_await injected();
    read_once();
    counted = co_await faults.count(what);
    counted = co_await faults.count(what);
    co_await faults.heal_all();
  });
  ASSERT_EQ(counted.size(), 2U);
  EXPECT_EQ(counted[0].hits, 2U);
  EXPECT_TRUE(counted[0].injected);
  EXPECT_EQ(counted[1].name, "unseen");
  EXPECT_FALSE(counted[1].injected);
}

TEST_F(injector_test, a_fault_of_a_disk_outlives_the_guest) {
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    read_once();
    auto const how = new_beginning::power_cut;
    co_await faults.prepare(how);
    faults.begun_anew(how, nullptr, nullptr);
    read_once();
    co_await faults.heal_all();
  });
  EXPECT_EQ(reader.answers, (std::vector<int>{EIO, EIO}));
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 2"}));
}

TEST_F(injector_test, a_disk_without_power_keeps_what_was_flushed) {
  std::vector<cut_disk> cut;
  char kept = '?';
  char lost = '?';
  run([&]() -> loop::awaitable<void> {
    std::ofstream(folder + "/cached.raw").close();
    std::filesystem::resize_file(folder + "/cached.raw", 1U << 20U);
    disk_place const place{.name = "cached",
                           .file = folder + "/cached.raw",
                           .served_at = folder + "/c",
                           .cache_bytes = 1U << 20U};
    EXPECT_TRUE(disks.serve(place));
    auto* const disk = disks.find("cached");
    std::vector<std::byte> const bytes(512, std::byte{'x'});
    disk->attach(reader);
    nbd::request write{.what = nbd::operation::write, .length = 512, .offset = 0};
    disk->submit(reader, write, bytes, time.now());
    nbd::request const flush{.what = nbd::operation::flush};
    disk->submit(reader, flush, {}, time.now());
    write.offset = 4096;
    disk->submit(reader, write, bytes, time.now());
    disk->detach(reader);
    nbd::power_cut_choice const nothing{.survive = nbd::survival::none};
    cut = disks.cut_power(nothing);
    co_return;
  });
  std::ifstream file(folder + "/cached.raw", std::ios::binary);
  file.get(kept);
  file.seekg(4096);
  file.get(lost);
  EXPECT_EQ(kept, 'x');
  EXPECT_EQ(lost, '\0');
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_EQ(cut[0].report.unflushed.size(), 0U);
  EXPECT_EQ(cut[1].name, "cached");
  EXPECT_EQ(cut[1].report.unflushed.size(), 1U);
  EXPECT_EQ(cut[1].report.survived, 0U);
}

TEST_F(injector_test, what_cannot_be_done_is_told) {
  run([&]() -> loop::awaitable<void> {
    auto nowhere = broken;
    nowhere.disk = "floppy";
    auto const refused = co_await faults.inject(nowhere);
    EXPECT_FALSE(refused);
    std::string const stranger = "stranger";
    auto const unknown = co_await faults.heal(stranger);
    EXPECT_FALSE(unknown);
    co_await faults.heal_all();
  });
  ASSERT_FALSE(noted.empty());
  EXPECT_EQ(noted.front().action, "failed");
}

TEST_F(injector_test, a_closed_injector_skips_and_says_so) {
  std::vector<standing> told;
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    faults.close("the guest is left to recover");
    co_await healed();
    co_await injected();
    told = co_await faults.all();
  });
  EXPECT_EQ(story(), (story_lines{"injected bad 0", "healed bad 0", "skipped bad 0"}));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].in_force);
}

TEST_F(injector_test, some_faults_may_stay_when_all_others_are_healed) {
  auto other = broken;
  other.as = "other";
  run([&]() -> loop::awaitable<void> {
    co_await injected();
    auto const done = co_await faults.inject(other);
    EXPECT_TRUE(done);
    std::vector<std::string> const keep{"bad"};
    co_await faults.heal_all_but(keep);
    auto const told = co_await faults.all();
    EXPECT_EQ(told.size(), 2U);
    EXPECT_TRUE(told.front().in_force);
    EXPECT_FALSE(told.back().in_force);
    co_await faults.heal_all();
  });
  EXPECT_EQ(story(),
            (story_lines{"injected bad 0", "injected other 0", "healed other 0", "healed bad 0"}));
}

TEST_F(injector_test, what_the_plan_does_not_know_is_counted_too) {
  plan::plan const nothing;
  std::vector<tally> counted;
  auto by_hand = broken;
  by_hand.may_miss = true;
  run([&]() -> loop::awaitable<void> {
    auto const done = co_await faults.inject(by_hand);
    EXPECT_TRUE(done);
    counted = co_await faults.count(nothing);
    co_await faults.heal_all();
  });
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0].name, "bad");
  EXPECT_TRUE(counted[0].may_miss);
}

}  // namespace
}  // namespace wedgehog::faults
