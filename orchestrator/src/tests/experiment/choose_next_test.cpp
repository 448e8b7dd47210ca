#include "experiment/choose_next.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "base/chance.hpp"

namespace wedgehog::experiment {
namespace {

using ::testing::Each;
using ::testing::Ge;

// How `slots` free slots are shared out, one after the other.
std::vector<std::size_t> shared_out(std::vector<cell_state> cells, int slots) {
  std::vector<std::size_t> given(cells.size());
  for (int i = 0; i < slots; ++i) {
    auto const next = choose_next(cells);
    if (!next) break;
    ++given[*next];
    ++cells[*next].under_way;
  }
  return given;
}

TEST(ChooseNext, NothingToChooseFrom) {
  EXPECT_FALSE(choose_next({}));
  std::vector<cell_state> const finished{{.finished = true}, {.hits = 3, .finished = true}};
  EXPECT_FALSE(choose_next(finished));
}

TEST(ChooseNext, WhatNobodyTriedComesFirst) {
  std::vector<cell_state> const cells{
      {.hits = 1, .hours = 2, .done = 4, .typical_hours = 0.5},
      {},
      {},
  };
  EXPECT_EQ(choose_next(cells), 1U);
}

TEST(ChooseNext, AFinishedCellGetsNothing) {
  std::vector<cell_state> const cells{{.finished = true},
                                      {.hits = 50, .hours = 100, .done = 9, .typical_hours = 1}};
  EXPECT_EQ(choose_next(cells), 1U);
}

TEST(ChooseNext, FewHitsAreLessKnownThanManyInTheSameHours) {
  std::vector<cell_state> const cells{
      {.hits = 40, .hours = 100, .done = 100, .typical_hours = 1},
      {.hits = 2, .hours = 100, .done = 100, .typical_hours = 1},
  };
  EXPECT_EQ(choose_next(cells), 1U);
}

TEST(ChooseNext, OfCleanCellsTheOneWithFewerHours) {
  std::vector<cell_state> const cells{
      {.hours = 100, .done = 100, .typical_hours = 1},
      {.hours = 20, .done = 20, .typical_hours = 1},
  };
  EXPECT_EQ(choose_next(cells), 1U);
}

TEST(ChooseNext, ACleanCellDoesNotEatTheNightOfOneThatIsHardlyKnown) {
  std::vector<cell_state> const cells{
      {.hours = 1000, .done = 1000, .typical_hours = 1},
      {.hits = 2, .hours = 3, .done = 5, .typical_hours = 1},
  };
  EXPECT_EQ(choose_next(cells), 1U);
}

TEST(ChooseNext, SlotsSpreadOverCellsOfWhichNothingIsKnown) {
  EXPECT_THAT(shared_out(std::vector<cell_state>(5), 40), Each(8U));
}

TEST(ChooseNext, SlotsSpreadOverCellsOfWhichTheSameIsKnown) {
  cell_state const cell{.hours = 7, .done = 7, .typical_hours = 1};
  EXPECT_THAT(shared_out({cell, cell, cell}, 30), Each(10U));
}

TEST(ChooseNext, ACellThatOnlyYieldsVoidRunsLeavesTheOthersTheirSlots) {
  std::vector<cell_state> cells{{}, {}};
  std::vector<std::size_t> given(2);
  for (int i = 0; i < 100; ++i) {
    auto const next = choose_next(cells);
    ASSERT_TRUE(next);
    ++given[*next];
    ++cells[*next].done;
    if (*next == 1) cells[1].hours += cells[1].typical_hours = 0.5;
  }
  EXPECT_THAT(given, Each(Ge(25U)));
}

TEST(ChooseNext, HugeNumbersAreRanked) {
  std::vector<cell_state> const cells{
      {.hits = 1'000'000'000'000'000, .hours = 1e300, .done = 1, .typical_hours = 1e-300},
      {.hits = 1, .hours = 1e300, .done = 1, .typical_hours = 1e-300},
  };
  EXPECT_EQ(choose_next(cells), 1U);
}

// A night of 8 slots over cells of very unequal rates: what is known in the end of the one that is
// known worst, beside what slots in turn would have known.
TEST(ChooseNext, ANightEndsWithTheWorstKnownCellBetterKnownThanInTurn) {
  std::vector<double> const rates{20, 2, 0.2, 0.2, 5, 1};
  auto const fewest_hits_after = [&](bool in_turn, std::uint64_t seed) {
    chance random(seed);
    std::vector<cell_state> cells(rates.size());
    for (int i = 0; i < 600; ++i) {
      auto const next = in_turn ? static_cast<std::size_t>(i) % rates.size() : *choose_next(cells);
      auto& cell = cells[next];
      double const until_hit = -std::log1p(-random.fraction()) / rates[next];
      cell.typical_hours = 0.25;
      cell.hours += std::min(until_hit, cell.typical_hours);
      cell.hits += until_hit < cell.typical_hours ? 1U : 0U;
      ++cell.done;
    }
    return std::min(cells[2].hits, cells[3].hits);
  };
  std::uint64_t chosen = 0;
  std::uint64_t in_turn = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    chosen += fewest_hits_after(false, seed);
    in_turn += fewest_hits_after(true, seed);
  }
  EXPECT_GT(static_cast<double>(chosen), 1.5 * static_cast<double>(in_turn));
}

}  // namespace
}  // namespace wedgehog::experiment
