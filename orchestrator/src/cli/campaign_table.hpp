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
  std::vector<std::string> new_signatures{};
};

// One line per cell, those with hits first, then those that are run; no more than `rows` of them,
// and what is left out is said. No line is wider than `columns`.
[[nodiscard]] std::vector<std::string> table_of(campaign_sight const& now, std::size_t rows,
                                                std::size_t columns);

// https://prometheus.io/docs/instrumenting/exposition_formats/, the text format.
[[nodiscard]] std::string metrics_of(campaign_sight const& now, double unix_time);

}  // namespace wedgehog::cli
