#include "conductor/evidence_wanted.hpp"

#include <gtest/gtest.h>

namespace wedgehog::conductor {
namespace {

using verdict::run_word;

evidence_wanted of(run_word word, run_end end, bool invalid = false) {
  verdict::final_verdict said;
  said.word = word;
  said.invalid = invalid;
  return evidence_of(said, end);
}

TEST(evidence_wanted, a_run_that_passed_keeps_nothing_more) {
  EXPECT_FALSE(of(run_word::passed, {.ready = true}).anything());
  EXPECT_FALSE(of(run_word::slow, {.ready = true}).anything());
}

TEST(evidence_wanted, what_hangs_is_kept_whole) {
  auto const wedged = of(run_word::wedged, {.ready = true});
  EXPECT_TRUE(wedged.memory && wedged.disks && wedged.guest && wedged.machine && wedged.probes);
}

TEST(evidence_wanted, a_script_that_failed_needs_no_memory) {
  auto const failed = of(run_word::failed, {.ready = true});
  EXPECT_FALSE(failed.memory);
  EXPECT_TRUE(failed.disks && failed.guest);
  EXPECT_TRUE(of(run_word::failed, {.ready = false}).memory) << "but a guest that never spoke does";
}

TEST(evidence_wanted, whoever_stops_a_run_does_not_wait) {
  auto const stopped = of(run_word::unknown, {.stopped = true, .ready = true});
  EXPECT_FALSE(stopped.memory || stopped.disks || stopped.probes);
  EXPECT_TRUE(stopped.guest);
}

TEST(evidence_wanted, of_a_run_that_the_host_spoiled_the_books_are_kept) {
  auto const spoiled = of(run_word::passed, {.ready = true}, true);
  EXPECT_TRUE(spoiled.machine);
  EXPECT_FALSE(spoiled.memory || spoiled.disks);
}

}  // namespace
}  // namespace wedgehog::conductor
