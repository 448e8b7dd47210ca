// A campaign's runs between the book that decides, the folders that hold them and the database that
// knows them. What a supervisor that was killed left is found again here. Every call may wait for
// the disk and for other writers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "farm/campaign_book.hpp"
#include "farm/executor.hpp"
#include "farm/run_report.hpp"
#include "farm/supervise.hpp"
#include "folder/run_order.hpp"
#include "store/results_database.hpp"

namespace wedgehog::farm {

class campaign_runs {
 public:
  // Of the campaign `uid` in `database`, which must outlive it. `signature`: that a hit must have;
  // empty: any failure is one.
  campaign_runs(store::results_database& database, std::string uid, std::string signature);

  // What earlier supervisors left, told to the book: runs in folders that nobody noted are ended by
  // `close` and taken in. Blame: host.
  result<void> restore(campaign_book& book, close_run const& close);
  // A folder of its own with an order in it. `what` is not stretched yet; `order` lacks what only
  // this run has. Blame: host; also when the disk has less than `least_room` left.
  result<task> prepare(assignment const& mine, plan::plan what, folder::run_order order);
  // What a run that is in the database means for the campaign.
  taken_run judge(run_report const& report);

  // Removes evidence of the campaign's runs by these rules, of the first run of each failure only
  // unless it is kept; returns the bytes. Blame: host.
  result<std::uint64_t> make_room(store::retention const& rules, bool keep_first_of_failure);

  // A run is not begun with less on the disk of its results.
  static constexpr std::uint64_t least_room = 512U << 20U;
  // Seen: 6 MB of its own, and QEMU's besides the guest's memory.
  static constexpr std::uint64_t performer_memory = 192U << 20U;

 private:
  result<void> take_in_the_unknown(close_run const& close);

  store::results_database& database_;
  std::string uid_;
  std::string signature_;
  std::vector<std::string> names_;  // under which a hit's signature is known; empty: any
};

// Pure: how a run ended, as far as counting goes.
[[nodiscard]] run_end end_of(run_report const& report,
                             std::vector<std::string> const& names_of_hit);

}  // namespace wedgehog::farm
