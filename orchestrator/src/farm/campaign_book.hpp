// What a campaign's supervisor knows of its runs, and what it does next. Pure: the same events give
// the same decisions. Grows with the number of cells and of runs under way, never with that of runs
// that have ended.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiment/goal.hpp"
#include "plan/campaign.hpp"

namespace wedgehog::farm {

// A recipe's variant on an image, by the names that its runs have in the database.
struct cell_name {
  std::string recipe;
  std::string variant;
  std::string image;
  auto operator<=>(cell_name const&) const = default;
};

// One run to be begun. A ticket that did not come to its end is given out again with a greater
// attempt, and its old seed.
struct assignment {
  std::size_t cell = 0;
  std::uint64_t ticket = 0;
  std::uint64_t attempt = 0;
  std::uint64_t seed = 0;
};

struct shard {
  std::uint64_t number = 1;  // from 1
  std::uint64_t of = 1;
  bool operator==(shard const&) const = default;
};

struct book_terms {
  experiment::goal goal;
  plan::campaign_order order = plan::campaign_order::least_known;
  std::uint64_t void_in_a_row = 5;
  std::vector<std::uint64_t> seeds{};  // empty: each run's is derived from `seed`
  std::uint64_t seed = 0;
  shard part{};
};

// How a run ended, as far as counting goes.
struct run_end {
  bool finished = false;  // by itself; else its ticket is done again
  bool is_void = false;   // says nothing about its guest
  bool hit = false;
  double hours = 0;   // of exposure
  std::string why{};  // it is void
};

struct cell_view {
  cell_name name;
  std::uint64_t done = 0;  // not void
  std::uint64_t void_runs = 0;
  std::uint64_t hits = 0;
  double hours = 0;
  std::size_t under_way = 0;
  bool enough = false;
  std::string given_up{};  // why; empty: it is not
};

class campaign_book {
 public:
  // `cells` are distinct. Of a shard the goals that can be divided (runs, hours) are.
  campaign_book(std::vector<cell_name> cells, book_terms terms);

  // What earlier supervisors left, before anything is begun. Cells that are not of this campaign
  // any more are left out.
  void restore(cell_name const& cell, std::uint64_t done, std::uint64_t void_runs,
               std::uint64_t hits, double hours);
  void restore_open(cell_name const& cell, std::uint64_t ticket, std::uint64_t attempts,
                    std::uint64_t seed);
  void restore_last_ticket(std::uint64_t ticket);

  // A ticket that so often did not come to its end came to nothing.
  static constexpr std::uint64_t most_attempts = 10;

  // What the next free slot does; it counts as under way until ended() is told. Nothing: no cell
  // wants more than is under way.
  [[nodiscard]] std::optional<assignment> next();
  void ended(assignment const& which, run_end const& how);
  // It could not even be begun: it is given out again.
  void returned(assignment const& which);

  // Every cell has had enough or was given up, and nothing is under way.
  [[nodiscard]] bool done() const;
  [[nodiscard]] std::vector<cell_view> const& cells() const { return cells_; }
  [[nodiscard]] std::size_t under_way() const;
  // Until every cell has had enough, where a number of runs is a goal.
  [[nodiscard]] std::optional<std::uint64_t> runs_left() const;

 private:
  struct progress {
    std::uint64_t given = 0;  // tickets of the cell
    std::uint64_t void_now = 0;
    double clean_hours = 0;  // of runs without a hit
    std::uint64_t clean = 0;
    bool many_enough = false;  // with those under way, if none of them is void
  };

  [[nodiscard]] experiment::cell_state state_of(std::size_t cell) const;
  [[nodiscard]] std::optional<std::size_t> chosen_cell() const;
  [[nodiscard]] std::uint64_t seed_for(std::size_t cell, std::uint64_t number) const;
  [[nodiscard]] std::uint64_t waiting(std::size_t cell) const;  // to be done again
  void look_at(std::size_t cell);

  book_terms terms_;
  std::vector<cell_view> cells_;
  std::vector<progress> progress_;
  std::map<cell_name, std::size_t> index_;
  std::vector<assignment> again_;  // the oldest first
  std::uint64_t last_ticket_ = 0;
};

}  // namespace wedgehog::farm
