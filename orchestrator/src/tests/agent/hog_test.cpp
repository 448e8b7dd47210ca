// Hogs of the real agent, on this host.
#include <gtest/gtest.h>

#include <optional>

#include "tests/agent/agent_on_host.hpp"

namespace wedgehog::agent {
namespace {

// Asks until the hog has done its first round; nothing when that does not come.
awaitable<std::optional<wire::hog_state>> hog_after_a_round(agent_on_host& all) {
  for (int i = 0; i < 100; ++i) {
    auto const state = co_await all.line->ask_hog(patience);
    EXPECT_TRUE(state) << state.error().message();
    if (!state || state->gone) co_return std::nullopt;
    if (state->rounds > 0) co_return *state;
    co_await all.time.sleep_for(50ms);
  }
  co_return std::nullopt;
}

awaitable<void> hogs_of_every_kind(agent_on_host& all) {
  auto const none = co_await all.line->ask_hog(patience);
  EXPECT_FALSE(none);
  using kind = wire::hog_kind;
  for (auto const each : {kind::anonymous, kind::page_cache, kind::dirty}) {
    wire::start_hog hog;
    hog.mebibytes = 4;
    hog.kind = each;
    hog.directory = all.home.path();
    EXPECT_TRUE(co_await all.line->start_hog(hog, patience));
    EXPECT_FALSE(co_await all.line->start_hog(hog, patience));
    auto const state = co_await hog_after_a_round(all);
    EXPECT_TRUE(state);
    if (state) {
      EXPECT_EQ(state->peak, 4U) << static_cast<int>(each);
    }
    EXPECT_TRUE(co_await all.line->stop_hog(patience));
    EXPECT_FALSE(co_await all.line->stop_hog(patience));
    auto const gone = co_await all.line->ask_hog(patience);
    EXPECT_TRUE(gone);
    if (!gone) co_return;
    EXPECT_TRUE(gone->gone);
    EXPECT_EQ(gone->signal, 9U);
    EXPECT_EQ(gone->held, 0U);
    EXPECT_EQ(gone->peak, 4U);
  }
}
TEST(hog, hogs_of_every_kind) {
  perform(hogs_of_every_kind);
}

awaitable<void> a_sawtooth_lets_go_and_begins_again(agent_on_host& all) {
  wire::start_hog hog;
  hog.mebibytes = 2;
  hog.shape = wire::hog_shape::sawtooth;
  EXPECT_TRUE(co_await all.line->start_hog(hog, patience));
  std::uint64_t rounds = 0;
  for (int i = 0; i < 100 && rounds < 3; ++i) {
    auto const state = co_await all.line->ask_hog(patience);
    EXPECT_TRUE(state);
    if (!state) co_return;
    rounds = state->rounds;
    co_await all.time.sleep_for(50ms);
  }
  EXPECT_GE(rounds, 3U);
  EXPECT_TRUE(co_await all.line->stop_hog(patience));
}
TEST(hog, a_sawtooth_lets_go_and_begins_again) {
  perform(a_sawtooth_lets_go_and_begins_again);
}

awaitable<void> memory_and_a_dirty_file_at_once(agent_on_host& all) {
  wire::start_hog hog;
  hog.mebibytes = 6;
  hog.dirty_mebibytes = 3;
  hog.ramp_ms = 2000;
  hog.directory = all.home.path();
  EXPECT_TRUE(co_await all.line->start_hog(hog, patience));
  co_await all.time.sleep_for(100ms);
  auto const early = co_await all.line->ask_hog(patience);
  EXPECT_TRUE(early);
  if (early) {
    EXPECT_LT(early->peak, 6U) << "it climbs";
    EXPECT_LT(early->dirty_peak, 3U) << "both do";
  }
  auto const state = co_await hog_after_a_round(all);
  EXPECT_TRUE(state);
  if (state) {
    EXPECT_EQ(state->held, 6U);
    EXPECT_EQ(state->dirty, 3U);
  }
  EXPECT_TRUE(co_await all.line->stop_hog(patience));
  auto const gone = co_await all.line->ask_hog(patience);
  EXPECT_TRUE(gone);
  if (!gone) co_return;
  EXPECT_EQ(gone->held + gone->dirty, 0U);
  EXPECT_EQ(gone->peak, 6U);
  EXPECT_EQ(gone->dirty_peak, 3U);
}
TEST(hog, memory_and_a_dirty_file_at_once) {
  perform(memory_and_a_dirty_file_at_once);
}

// The teeth of both: a tooth ends when both are up, and then neither has anything.
awaitable<void> both_fall_together(agent_on_host& all) {
  wire::start_hog hog;
  hog.mebibytes = 2;
  hog.dirty_mebibytes = 2;
  hog.ramp_ms = 300;
  hog.shape = wire::hog_shape::sawtooth;
  hog.directory = all.home.path();
  EXPECT_TRUE(co_await all.line->start_hog(hog, patience));
  std::uint64_t rounds = 0;
  bool dirty_fell = false;
  std::uint64_t dirty = 0;
  for (int i = 0; i < 400 && !(rounds >= 3 && dirty_fell); ++i) {
    auto const state = co_await all.line->ask_hog(patience);
    EXPECT_TRUE(state);
    if (!state) co_return;
    rounds = state->rounds;
    dirty_fell = dirty_fell || (rounds >= 1 && state->dirty < dirty);
    dirty = state->dirty;
    co_await all.time.sleep_for(20ms);
  }
  EXPECT_GE(rounds, 3U);
  EXPECT_TRUE(dirty_fell);
  auto const state = co_await all.line->ask_hog(patience);
  EXPECT_TRUE(state);
  if (state) {
    EXPECT_EQ(state->peak, 2U);
    EXPECT_EQ(state->dirty_peak, 2U);
  }
  EXPECT_TRUE(co_await all.line->stop_hog(patience));
}
TEST(hog, both_fall_together) {
  perform(both_fall_together);
}

awaitable<void> refuses_hogs_without_sense(agent_on_host& all) {
  wire::start_hog nothing;
  auto const of_nothing = co_await all.line->start_hog(nothing, patience);
  EXPECT_FALSE(of_nothing);
  wire::start_hog nowhere;
  nowhere.mebibytes = 1;
  nowhere.kind = wire::hog_kind::dirty;
  auto const in_no_directory = co_await all.line->start_hog(nowhere, patience);
  EXPECT_FALSE(in_no_directory);
  wire::start_hog both;
  both.mebibytes = both.dirty_mebibytes = 1;
  auto const beside_nowhere = co_await all.line->start_hog(both, patience);
  EXPECT_FALSE(beside_nowhere);
  both.kind = wire::hog_kind::page_cache;
  both.directory = all.home.path();
  auto const twice_a_file = co_await all.line->start_hog(both, patience);
  EXPECT_FALSE(twice_a_file);
}
TEST(hog, refuses_hogs_without_sense) {
  perform(refuses_hogs_without_sense);
}

}  // namespace
}  // namespace wedgehog::agent
