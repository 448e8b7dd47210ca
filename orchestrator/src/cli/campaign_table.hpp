// A campaign in words: the table that a person watches, and the file that node_exporter reads.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "farm/campaign_book.hpp"

namespace wedgehog::cli {

struct campaign_sight {
  std::string name;
  std::string where;  // the executor, or what became of the campaign
  double elapsed_s = 0;
  std::size_t under_way = 0;
  std::optional<std::uint64_t> runs_left{};
  std::vector<farm::cell_view> cells;
  std::vector<std::string> new_signatures{};  // the oldest first, as the next
  std::vector<std::string> ended{};           // runs that ended of late, a line for each
};

// One line per cell, those with hits first, then those that are run, and one per new signature. No
// line is wider than `columns`.
[[nodiscard]] std::vector<std::string> table_of(campaign_sight const& now, std::size_t columns);

struct screen_size {
  std::size_t rows = 24;
  std::size_t columns = 80;
};
// The same for a terminal that is redrawn: one row and one column less than it has, whatever there
// is to be shown. What there is no room for is summed up; of news and of runs that ended the latest
// are shown.
[[nodiscard]] std::vector<std::string> screen_of(campaign_sight const& now, screen_size size);

// https://prometheus.io/docs/instrumenting/exposition_formats/, the text format.
[[nodiscard]] std::string metrics_of(campaign_sight const& now, double unix_time);

}  // namespace wedgehog::cli
