// First the faults end, then the guest is judged: what a recovery makes of a run.
#include "verdict/recovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/verdict/scene_changes.hpp"
#include "verdict/run_verdict.hpp"

namespace wedgehog::verdict {
namespace {

using ::testing::HasSubstr;

constexpr double budget_s = 20;

final_verdict recovered(scene const& guest, run_outcome const& outcome = {}) {
  budgets granted;
  granted.no_progress = std::chrono::seconds(20);
  granted.recovery = recovery_terms{std::chrono::seconds(5), std::chrono::seconds(40)};
  return verdict_of_run(guest.signals, granted, outcome);
}

void hold_a_request(scene& guest) {
  guest.add(timeline::fault{"stuck", "hold", "injected", "", 0});
  guest.now.operations = 0;
  guest.now.disks[0] = {
      .completes = 0, .in_flight = 1, .oldest_s = 1, .held = 1, .held_by = "stuck"};
}

void heal(scene& guest, std::string why) {
  guest.add(timeline::milestone{"recovery-began", std::move(why)});
  guest.add(timeline::fault{"stuck", "hold", "healed", "", 1});
  guest.add(timeline::milestone{"faults-healed", ""});
}

void well_again(scene& guest) {
  guest_model const fresh;
  guest.now = fresh;
}

std::string reasons(final_verdict const& said) {
  std::string text;
  for (auto const& one : said.because) text += one + "\n";
  return text;
}

TEST(recovery, a_guest_that_we_held_and_that_goes_on_was_slow) {
  scene guest(budget_s);
  guest.play(20);
  hold_a_request(guest);
  guest.play(30);
  heal(guest, "the judge says suspect");
  guest.play(1);
  well_again(guest);
  guest.play(3);
  auto const said = recovered(guest);
  EXPECT_EQ(said.word, run_word::slow) << reasons(said);
  EXPECT_EQ(said.recovery, recovery_word::recovered);
  EXPECT_LE(said.recovery_s, 3);
  EXPECT_EQ(said.explained_by, "stuck") << reasons(said);
  EXPECT_THAT(reasons(said), HasSubstr("after all faults were healed"));
}

TEST(recovery, what_looked_like_a_wedge_between_healing_and_progress_was_none) {
  scene guest(budget_s);
  guest.play(20);
  wedge(guest);
  guest.play(40);
  heal(guest, "the judge says wedged");
  guest.play(3);
  well_again(guest);
  guest.play(5);
  auto const said = recovered(guest);
  EXPECT_EQ(said.word, run_word::slow) << reasons(said);
  EXPECT_EQ(said.recovery, recovery_word::recovered);
}

TEST(recovery, late_is_slow_even_when_all_steps_were_done) {
  scene guest(budget_s);
  guest.play(20);
  hold_a_request(guest);
  guest.play(15);
  heal(guest, "the steps are done");
  guest.now.disks[0] = {.completes = 10, .in_flight = 40, .oldest_s = 4};
  guest.play(12);
  well_again(guest);
  guest.play(3);
  auto const said = recovered(guest, finished());
  EXPECT_EQ(said.word, run_word::slow) << reasons(said);
  EXPECT_EQ(said.recovery, recovery_word::recovered_late);
  EXPECT_GT(said.recovery_s, 10);
  EXPECT_THAT(reasons(said), HasSubstr("recovered late"));
}

TEST(recovery, a_wedge_that_stays_never_recovered) {
  scene guest(budget_s);
  guest.play(20);
  wedge(guest);
  guest.play(15);
  heal(guest, "the judge says suspect");
  guest.play(45);
  auto const said = recovered(guest);
  EXPECT_EQ(said.word, run_word::wedged) << reasons(said);
  EXPECT_EQ(said.kind, kind_word::software_wait);
  EXPECT_EQ(said.recovery, recovery_word::never_recovered);
  EXPECT_THAT(reasons(said), HasSubstr("never recovered"));
  EXPECT_GE(said.recovery_s, 40);
}

TEST(recovery, a_wedge_is_one_also_after_the_last_step) {
  scene guest(budget_s);
  guest.play(20);
  wedge(guest);
  guest.play(5);
  heal(guest, "the steps are done");
  guest.play(45);
  EXPECT_EQ(recovered(guest, finished()).word, run_word::wedged);
}

TEST(recovery, storage_that_still_completes_is_slow_however_long_it_takes) {
  scene guest(budget_s);
  guest.play(20);
  guest.now.operations = guest.now.canaries = 0;
  guest.now.disks[0] = {.completes = 10, .in_flight = 40, .oldest_s = 4};
  guest.play(15);
  heal(guest, "the steps are done");
  guest.play(45);
  auto const said = recovered(guest, finished());
  EXPECT_EQ(said.word, run_word::slow) << reasons(said);
  EXPECT_EQ(said.recovery, recovery_word::never_recovered);
}

TEST(recovery, a_healthy_run_passes_with_it) {
  scene guest(budget_s);
  guest.play(30);
  heal(guest, "the steps are done");
  guest.play(2);
  auto const said = recovered(guest, finished());
  EXPECT_EQ(said.word, run_word::passed) << reasons(said);
  EXPECT_EQ(said.recovery, recovery_word::recovered);
}

TEST(recovery, cut_short_decides_nothing) {
  scene guest(budget_s);
  guest.play(20);
  wedge(guest);
  guest.play(5);
  heal(guest, "the steps are done");
  guest.play(3);
  auto const said = recovered(guest, finished());
  EXPECT_EQ(said.recovery, recovery_word::none);
  EXPECT_EQ(said.word, run_word::passed) << reasons(said);
  EXPECT_THAT(reasons(said), HasSubstr("before a recovery could be told"));
}

TEST(recovery, time_in_which_the_host_holds_the_guest_does_not_count) {
  scene guest(budget_s);
  guest.play(20);
  wedge(guest);
  guest.play(5);
  heal(guest, "the steps are done");
  guest.add(timeline::hold{true, "a dump"});
  guest.play(100);
  guest.add(timeline::hold{false, "a dump"});
  guest.play(2);
  well_again(guest);
  guest.play(2);
  auto const said = recovered(guest, finished());
  EXPECT_EQ(said.recovery, recovery_word::recovered) << reasons(said);
}

TEST(recovery, what_did_not_begin_says_nothing) {
  scene guest(budget_s);
  guest.play(30);
  auto const said = recovered(guest, finished());
  EXPECT_EQ(said.recovery, recovery_word::none);
  EXPECT_EQ(said.because, std::vector<std::string>{"all steps finished"});
}

}  // namespace
}  // namespace wedgehog::verdict
