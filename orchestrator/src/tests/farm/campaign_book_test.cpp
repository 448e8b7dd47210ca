// What a campaign does next, and what it makes of what became of its runs.
#include "farm/campaign_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "farm/slot_governor.hpp"

namespace wedgehog::farm {
namespace {

using ::testing::HasSubstr;

std::vector<cell_name> const two{{"a", "", "linux"}, {"b", "fs=xfs", "linux"}};

book_terms so_many_runs(std::uint64_t runs) {
  return {.goal = {.runs = runs}, .seed = 7};
}

run_end clean(double hours = 0.1) {
  return {.finished = true, .hours = hours};
}
run_end hit(double hours = 0.05) {
  return {.finished = true, .hit = true, .hours = hours};
}
run_end came_to_nothing() {
  return {.finished = true, .is_void = true, .why = "host-starved"};
}

TEST(campaign_book, gives_each_cell_its_runs_and_no_more) {
  campaign_book book(two, so_many_runs(3));
  std::set<std::uint64_t> seeds;
  std::set<std::uint64_t> tickets;
  std::vector<assignment> begun;
  while (auto const one = book.next()) begun.push_back(*one);
  EXPECT_EQ(begun.size(), 6U) << "with those under way it is enough";
  EXPECT_EQ(book.runs_left(), 6U);
  for (auto const& one : begun) {
    seeds.insert(one.seed);
    tickets.insert(one.ticket);
    book.ended(one, clean());
  }
  EXPECT_EQ(seeds.size(), 6U);
  EXPECT_EQ(tickets, (std::set<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(book.done());
  EXPECT_EQ(book.runs_left(), 0U);
}

TEST(campaign_book, a_void_run_is_made_up_for_by_another_and_not_for_ever) {
  campaign_book book({two[0]}, so_many_runs(2));
  auto const first = *book.next();
  auto const second = *book.next();
  book.ended(first, came_to_nothing());
  auto const third = book.next();
  ASSERT_TRUE(third);
  EXPECT_NE(third->seed, first.seed) << "a run of its own";
  book.ended(second, clean());
  book.ended(*third, clean());
  EXPECT_TRUE(book.done());
  EXPECT_EQ(book.cells()[0].void_runs, 1U);

  campaign_book hopeless({two[0]}, so_many_runs(2));
  for (int i = 0; i < 5; ++i) hopeless.ended(*hopeless.next(), came_to_nothing());
  EXPECT_FALSE(hopeless.next());
  EXPECT_TRUE(hopeless.done());
  EXPECT_THAT(hopeless.cells()[0].given_up,
              HasSubstr("5 runs in a row came to nothing, the last: host-starved"));
}

TEST(campaign_book, a_ticket_that_did_not_end_is_done_again_first_with_its_own_seed) {
  campaign_book book(two, so_many_runs(5));
  auto const first = *book.next();
  book.ended(first, {.finished = false});
  auto const again = *book.next();
  EXPECT_EQ(again.ticket, first.ticket);
  EXPECT_EQ(again.seed, first.seed);
  EXPECT_EQ(again.attempt, 1U);
  EXPECT_EQ(book.cells()[first.cell].done, 0U);
}

TEST(campaign_book, a_performer_that_always_dies_is_given_up) {
  campaign_book book({two[0]}, {.goal = {.runs = 1}, .void_in_a_row = 1});
  std::uint64_t begun = 0;
  while (auto const one = book.next()) {
    book.ended(*one, {.finished = false, .why = "its performer died"});
    ++begun;
  }
  EXPECT_EQ(begun, campaign_book::most_attempts);
  EXPECT_TRUE(book.done());
}

TEST(campaign_book, goes_on_where_another_ended) {
  campaign_book book(two, so_many_runs(4));
  book.restore(two[0], 2, 1, 1, 0.2);
  book.restore({"gone", "", "linux"}, 9, 0, 0, 1);
  book.restore_open(two[0], 4, 1, 99);
  book.restore_last_ticket(7);
  auto const first = *book.next();
  EXPECT_EQ(first.ticket, 4U);
  EXPECT_EQ(first.attempt, 1U);
  EXPECT_EQ(first.seed, 99U);
  std::size_t of_a = 1;
  std::size_t of_b = 0;
  while (auto const one = book.next()) {
    EXPECT_GT(one->ticket, 7U);
    ++(one->cell == 0 ? of_a : of_b);
  }
  EXPECT_EQ(of_a, 2U) << "two of four were done";
  EXPECT_EQ(of_b, 4U);
}

TEST(campaign_book, equal_books_give_equal_seeds_and_shards_share_them_out) {
  auto const seeds_of = [](shard part, std::uint64_t runs) {
    auto terms = so_many_runs(runs);
    terms.part = part;
    campaign_book book({two[0]}, terms);
    std::set<std::uint64_t> seeds;
    while (auto const one = book.next()) seeds.insert(one->seed);
    return seeds;
  };
  auto const whole = seeds_of({}, 7);
  EXPECT_EQ(whole, seeds_of({}, 7));
  auto parts = seeds_of({1, 3}, 7);
  EXPECT_EQ(parts.size(), 3U);
  parts.merge(seeds_of({2, 3}, 7));
  parts.merge(seeds_of({3, 3}, 7));
  EXPECT_EQ(parts, whole);
}

TEST(campaign_book, ends_a_cell_by_hours_hits_or_what_is_known) {
  campaign_book by_hits({two[0]}, {.goal = {.hits = 2}});
  by_hits.ended(*by_hits.next(), hit());
  EXPECT_FALSE(by_hits.done());
  by_hits.ended(*by_hits.next(), hit());
  EXPECT_TRUE(by_hits.done());

  campaign_book by_hours({two[0]}, {.goal = {.hours = 0.25}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(by_hours.done());
    by_hours.ended(*by_hours.next(), clean(0.1));
  }
  EXPECT_TRUE(by_hours.done());

  campaign_book by_width({two[0]}, {.goal = {.width = 10.0}});
  int runs = 0;
  while (!by_width.done() && runs < 100) {
    by_width.ended(*by_width.next(), hit());
    ++runs;
  }
  EXPECT_EQ(runs, 4) << "four hits: [1.09, 10.24] / 4, a factor of 9.4";
}

TEST(campaign_book, in_turn_spreads_evenly) {
  auto terms = so_many_runs(10);
  terms.order = plan::campaign_order::in_turn;
  campaign_book book(two, terms);
  for (std::size_t i = 0; i < 6; ++i) {
    auto const one = *book.next();
    EXPECT_EQ(one.cell, i % 2);
    book.ended(one, one.cell == 0 ? hit() : clean());
  }
}

TEST(campaign_book, what_could_not_be_begun_is_given_out_again_as_it_was) {
  campaign_book book(two, so_many_runs(1));
  auto const one = *book.next();
  book.returned(one);
  auto const again = *book.next();
  EXPECT_EQ(again.ticket, one.ticket);
  EXPECT_EQ(again.attempt, 0U);
}

TEST(slot_governor, starvation_takes_a_quarter_and_good_runs_give_it_back_one_by_one) {
  slot_governor slots(8);
  slots.starved(8);
  EXPECT_EQ(slots.allowed(), 6U);
  slots.starved(7);
  EXPECT_EQ(slots.allowed(), 6U) << "it was begun before";
  slots.starved(6);
  EXPECT_EQ(slots.allowed(), 5U);
  for (int i = 0; i < 5; ++i) slots.went_well();
  EXPECT_EQ(slots.allowed(), 6U);
  for (int i = 0; i < 20; ++i) slots.starved(1);
  EXPECT_EQ(slots.allowed(), 1U);
  for (int i = 0; i < 100; ++i) slots.went_well();
  EXPECT_EQ(slots.allowed(), 8U);
}

}  // namespace
}  // namespace wedgehog::farm
