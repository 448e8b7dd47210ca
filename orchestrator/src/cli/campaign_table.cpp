#include "cli/campaign_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "experiment/rate.hpp"
#include "report/escape.hpp"

namespace wedgehog::cli {
namespace {

std::string title_of(farm::cell_name const& name) {
  auto text = name.recipe;
  if (!name.variant.empty()) text += " [" + name.variant + "]";
  return text + " on " + name.image;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.2g}", value);
}

std::string rate_of(farm::cell_view const& cell) {
  if (!(cell.hours > 0)) return "-";
  experiment::exposure const seen{cell.hits, cell.hours};
  auto const between = experiment::rate_interval_at_any_look(seen);
  return fmt::format("{} ({} to {})", number(experiment::rate_of(seen)), number(between.low),
                     number(between.high));
}

std::string state_of(farm::cell_view const& cell) {
  if (!cell.given_up.empty()) return "given up: " + cell.given_up;
  if (cell.enough) return "enough";
  return cell.under_way > 0 ? fmt::format("{} now", cell.under_way) : std::string();
}

std::string clipped(std::string text, std::size_t columns) {
  text = report::for_terminal(text);
  if (text.size() > columns) text.resize(columns);
  return text;
}

struct sums {
  std::uint64_t done = 0, void_runs = 0, hits = 0;
  double hours = 0;
};

sums sums_of(std::vector<farm::cell_view> const& cells) {
  sums all;
  for (auto const& one : cells) {
    all.done += one.done;
    all.void_runs += one.void_runs;
    all.hits += one.hits;
    all.hours += one.hours;
  }
  return all;
}

std::string label(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::vector<std::string> table_of(campaign_sight const& now, std::size_t rows,
                                  std::size_t columns) {
  auto const all = sums_of(now.cells);
  std::vector<std::string> lines;
  auto const elapsed = static_cast<std::int64_t>(now.elapsed_s);
  lines.push_back(clipped(
      fmt::format("{}  {}:{:02}:{:02}  {} under way  {} done  {} void  {} hits  {:.2f} machine-h{}",
                  now.name, elapsed / 3600, elapsed / 60 % 60, elapsed % 60, now.under_way,
                  all.done, all.void_runs, all.hits, all.hours,
                  now.runs_left ? fmt::format("  {} left", *now.runs_left) : ""),
      columns));
  if (!now.where.empty()) lines.push_back(clipped("  " + now.where, columns));
  std::vector<farm::cell_view const*> order;
  for (auto const& one : now.cells) order.push_back(&one);
  std::stable_sort(order.begin(), order.end(), [](auto const* a, auto const* b) {
    auto const key = [](farm::cell_view const* one) {
      return std::pair(one->hits > 0, one->under_way > 0);
    };
    return key(a) > key(b);
  });
  std::size_t width = 4;
  for (auto const* one : order) width = std::max(width, title_of(one->name).size());
  width = std::min<std::size_t>(width, std::max<std::size_t>(20, columns / 2));
  lines.push_back(clipped(fmt::format("  {:{}} {:>6} {:>5} {:>5} {:>8}  {}", "cell", width, "runs",
                                      "void", "hits", "hours", "hits an hour (95 %)"),
                          columns));
  std::size_t shown = 0;
  for (auto const* one : order) {
    if (shown++ == rows) break;
    auto title = title_of(one->name);
    if (title.size() > width) title = title.substr(0, width - 1) + "~";
    lines.push_back(
        clipped(fmt::format("  {:{}} {:>6} {:>5} {:>5} {:>8.2f}  {:26} {}", title, width, one->done,
                            one->void_runs, one->hits, one->hours, rate_of(*one), state_of(*one)),
                columns));
  }
  if (order.size() > rows)
    lines.push_back(clipped(fmt::format("  and {} cells more", order.size() - rows), columns));
  for (auto const& one : now.new_signatures) lines.push_back(clipped("  new: " + one, columns));
  return lines;
}

std::string metrics_of(campaign_sight const& now, double unix_time) {
  auto const campaign = label(now.name);
  std::string text;
  auto const metric = [&](std::string_view name, std::string_view kind, std::string_view help) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
  };
  auto const of_cell = [&](std::string_view name, farm::cell_view const& cell,
                           std::string_view more, double value) {
    text +=
        fmt::format("{}{{campaign=\"{}\",recipe=\"{}\",variant=\"{}\",image=\"{}\"{}}} {:.10g}\n",
                    name, campaign, label(cell.name.recipe), label(cell.name.variant),
                    label(cell.name.image), more, value);
  };
  metric("wedgehog_runs_total", "counter", "Runs that have ended.");
  for (auto const& cell : now.cells) {
    auto const clean = cell.done - cell.hits;
    of_cell("wedgehog_runs_total", cell, ",outcome=\"clean\"", static_cast<double>(clean));
    of_cell("wedgehog_runs_total", cell, ",outcome=\"hit\"", static_cast<double>(cell.hits));
    of_cell("wedgehog_runs_total", cell, ",outcome=\"void\"", static_cast<double>(cell.void_runs));
  }
  metric("wedgehog_exposure_hours_total", "counter",
         "Machine-hours during which the workload could have failed.");
  for (auto const& cell : now.cells) of_cell("wedgehog_exposure_hours_total", cell, "", cell.hours);
  auto const plain = [&](std::string_view name, std::string_view help, double value) {
    metric(name, "gauge", help);
    text += fmt::format("{}{{campaign=\"{}\"}} {:.10g}\n", name, campaign, value);
  };
  plain("wedgehog_runs_under_way", "Runs that are played now.", static_cast<double>(now.under_way));
  plain("wedgehog_new_signatures", "Failures that were seen for the first time.",
        static_cast<double>(now.new_signatures.size()));
  if (now.runs_left)
    plain("wedgehog_runs_left", "Until every cell has had enough.",
          static_cast<double>(*now.runs_left));
  plain("wedgehog_last_look_seconds", "When this was written, as Unix time.", unix_time);
  return text;
}

}  // namespace wedgehog::cli
