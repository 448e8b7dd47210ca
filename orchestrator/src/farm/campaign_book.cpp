#include "farm/campaign_book.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/chance.hpp"
#include "base/ensure.hpp"

namespace wedgehog::farm {
namespace {

std::uint64_t share_of(std::uint64_t all, shard const& part) {
  return all / part.of + (part.number <= all % part.of ? 1 : 0);
}

experiment::goal divided(experiment::goal goal, shard const& part) {
  if (goal.runs) goal.runs = share_of(*goal.runs, part);
  if (goal.hours) *goal.hours /= static_cast<double>(part.of);
  return goal;
}

}  // namespace

campaign_book::campaign_book(std::vector<cell_name> cells, book_terms terms)
    : terms_(std::move(terms)), progress_(cells.size()) {
  ensure(terms_.part.number >= 1 && terms_.part.number <= terms_.part.of, "there is such a shard");
  terms_.goal = divided(terms_.goal, terms_.part);
  for (auto& name : cells) {
    bool const fresh = index_.emplace(name, cells_.size()).second;
    ensure(fresh, "each cell is there once");
    cells_.push_back({.name = std::move(name)});
  }
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) look_at(cell);
}

void campaign_book::restore(cell_name const& cell, std::uint64_t done, std::uint64_t void_runs,
                            std::uint64_t hits, double hours) {
  auto const found = index_.find(cell);
  if (found == index_.end()) return;
  auto& view = cells_[found->second];
  view.done += done;
  view.void_runs += void_runs;
  view.hits += hits;
  view.hours += hours;
  auto& so_far = progress_[found->second];
  so_far.given += done + void_runs;
  if (done > hits) {
    // How the hours were shared out is not known any more; a hit ends its run early.
    so_far.clean = done - hits;
    so_far.clean_hours = hours * static_cast<double>(done - hits) / static_cast<double>(done);
  }
  look_at(found->second);
}

void campaign_book::restore_open(cell_name const& cell, std::uint64_t ticket,
                                 std::uint64_t attempts, std::uint64_t seed) {
  auto const found = index_.find(cell);
  if (found == index_.end()) return;
  ++progress_[found->second].given;
  again_.push_back({found->second, ticket, attempts, seed});
  restore_last_ticket(ticket);
}

void campaign_book::restore_last_ticket(std::uint64_t ticket) {
  last_ticket_ = std::max(last_ticket_, ticket);
}

std::optional<assignment> campaign_book::next() {
  // Those that were begun before come first: theirs is the time that was lost.
  for (auto one = again_.begin(); one != again_.end(); ++one) {
    if (cells_[one->cell].enough || !cells_[one->cell].given_up.empty()) continue;
    auto const which = *one;
    again_.erase(one);
    ++cells_[which.cell].under_way;
    look_at(which.cell);
    return which;
  }
  auto const cell = chosen_cell();
  if (!cell) return std::nullopt;
  auto const number = progress_[*cell].given++;
  ++cells_[*cell].under_way;
  look_at(*cell);
  return assignment{*cell, ++last_ticket_, 0, seed_for(*cell, number)};
}

void campaign_book::ended(assignment const& which, run_end const& how) {
  auto& view = cells_[which.cell];
  ensure(view.under_way > 0, "what ends was under way");
  if (!how.finished && which.attempt + 1 < most_attempts) {
    returned({which.cell, which.ticket, which.attempt + 1, which.seed});
    return;
  }
  --view.under_way;
  auto& so_far = progress_[which.cell];
  if (how.is_void || !how.finished) {
    ++view.void_runs;
    if (++so_far.void_now >= terms_.void_in_a_row)
      view.given_up =
          fmt::format("{} runs in a row came to nothing, the last: {}", so_far.void_now, how.why);
  } else {
    so_far.void_now = 0;
    ++view.done;
    view.hours += how.hours;
    if (how.hit) {
      ++view.hits;
    } else {
      ++so_far.clean;
      so_far.clean_hours += how.hours;
    }
  }
  look_at(which.cell);
}

void campaign_book::returned(assignment const& which) {
  auto& view = cells_[which.cell];
  ensure(view.under_way > 0, "what ends was under way");
  --view.under_way;
  auto const later = [&](assignment const& one) { return one.ticket > which.ticket; };
  again_.insert(std::find_if(again_.begin(), again_.end(), later), which);
  look_at(which.cell);
}

experiment::cell_state campaign_book::state_of(std::size_t cell) const {
  auto const& view = cells_[cell];
  auto const& so_far = progress_[cell];
  double const typical =
      so_far.clean > 0 ? so_far.clean_hours / static_cast<double>(so_far.clean) : 0;
  return {.hits = view.hits,
          .hours = view.hours,
          .done = static_cast<std::size_t>(view.done + view.void_runs),
          .under_way = view.under_way,
          .typical_hours = typical,
          .finished = view.enough || !view.given_up.empty() || so_far.many_enough};
}

std::optional<std::size_t> campaign_book::chosen_cell() const {
  std::vector<experiment::cell_state> states;
  states.reserve(cells_.size());
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) states.push_back(state_of(cell));
  if (terms_.order == plan::campaign_order::least_known) return experiment::choose_next(states);
  std::optional<std::size_t> chosen;
  auto const begun = [&](std::size_t cell) { return states[cell].done + states[cell].under_way; };
  for (std::size_t cell = 0; cell < states.size(); ++cell)
    if (!states[cell].finished && (!chosen || begun(cell) < begun(*chosen))) chosen = cell;
  return chosen;
}

std::uint64_t campaign_book::seed_for(std::size_t cell, std::uint64_t number) const {
  // The shards of one night share the runs of each cell out among them.
  auto const of_all = number * terms_.part.of + terms_.part.number - 1;
  if (!terms_.seeds.empty()) return terms_.seeds[of_all % terms_.seeds.size()];
  auto const& name = cells_[cell].name;
  return chance(terms_.seed)
      .stream(fmt::format("cell:{}\n{}\n{}", name.recipe, name.variant, name.image))
      .stream(fmt::format("run:{}", of_all))
      .seed();
}

void campaign_book::look_at(std::size_t cell) {
  auto& view = cells_[cell];
  auto const& goal = terms_.goal;
  progress_[cell].many_enough =
      goal.runs && view.done + view.under_way + waiting(cell) >= *goal.runs;
  auto state = state_of(cell);
  state.done = static_cast<std::size_t>(view.done);  // void runs are none
  view.enough = experiment::goal_reached(goal, state);
}

std::uint64_t campaign_book::waiting(std::size_t cell) const {
  return static_cast<std::uint64_t>(std::count_if(
      again_.begin(), again_.end(), [cell](assignment const& one) { return one.cell == cell; }));
}

bool campaign_book::done() const {
  return std::all_of(cells_.begin(), cells_.end(), [](cell_view const& one) {
    return one.under_way == 0 && (one.enough || !one.given_up.empty());
  });
}

std::size_t campaign_book::under_way() const {
  std::size_t sum = 0;
  for (auto const& one : cells_) sum += one.under_way;
  return sum;
}

std::optional<std::uint64_t> campaign_book::runs_left() const {
  if (!terms_.goal.runs) return std::nullopt;
  std::uint64_t left = 0;
  for (auto const& one : cells_)
    if (!one.enough && one.given_up.empty())
      left += *terms_.goal.runs - std::min(one.done, *terms_.goal.runs);
  return left;
}

}  // namespace wedgehog::farm
