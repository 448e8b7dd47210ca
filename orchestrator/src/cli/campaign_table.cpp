#include "cli/campaign_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiment/rate.hpp"
#include "report/columns.hpp"
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

std::string fitted(std::string const& text, std::size_t columns) {
  return report::cut_to(report::for_terminal(text), columns);
}

std::size_t least_of(std::size_t a, std::size_t b) {
  return std::min(a, b);
}

// Summary, and where or why.
std::vector<std::string> head_of(campaign_sight const& now, std::size_t columns) {
  auto const all = sums_of(now.cells);
  auto const elapsed = static_cast<std::int64_t>(now.elapsed_s);
  std::vector<std::string> lines{fitted(
      fmt::format("{}  {}:{:02}:{:02}  {} under way  {} done  {}{} hits  {} void  {:.2f} machine-h",
                  now.name, elapsed / 3600, elapsed / 60 % 60, elapsed % 60, now.under_way,
                  all.done, now.runs_left ? fmt::format("{} left  ", *now.runs_left) : "", all.hits,
                  all.void_runs, all.hours),
      columns)};
  if (!now.where.empty()) lines.push_back(fitted("  " + now.where, columns));
  return lines;
}

std::vector<farm::cell_view const*> most_interesting_first(
    std::vector<farm::cell_view> const& cells) {
  std::vector<farm::cell_view const*> order;
  for (auto const& one : cells) order.push_back(&one);
  std::stable_sort(order.begin(), order.end(), [](auto const* a, auto const* b) {
    auto const key = [](farm::cell_view const* one) {
      return std::pair(one->hits > 0, one->under_way > 0);
    };
    return key(a) > key(b);
  });
  return order;
}

// Which columns there is room for. The last, how a cell stands, takes what is left of a line.
struct layout {
  std::size_t title = 0;
  bool void_runs = false, hours = false, rate = false, state = false;
};

constexpr std::size_t indent = 2, runs_width = 7, hits_width = 6, void_width = 6, hours_width = 9,
                      rate_width = 27, state_width = 9;

layout layout_of(std::vector<farm::cell_view const*> const& cells, std::size_t columns) {
  std::size_t longest = 4;
  for (auto const* one : cells)
    longest = std::max(longest, report::width_of(report::for_terminal(title_of(one->name))));
  layout shape;
  auto used = indent + runs_width + hits_width;
  auto const least_title = std::min(longest, std::clamp<std::size_t>(columns / 3, 12, 24));
  auto const add = [&](bool layout::*which, std::size_t width) {
    shape.*which = used + width + least_title <= columns;
    if (shape.*which) used += width;
  };
  // By what a person misses most.
  add(&layout::rate, rate_width);
  add(&layout::state, state_width);
  add(&layout::void_runs, void_width);
  add(&layout::hours, hours_width);
  shape.title = std::min(longest, columns > used ? columns - used : 1);
  return shape;
}

// Numbers stand right, words left.
std::string right(std::string const& text, std::size_t width) {
  return fmt::format("{:>{}}", text, width);
}

std::string left(std::string const& text, std::size_t width) {
  auto const cut = report::cut_to(text, width);
  return cut + std::string(width - report::width_of(cut), ' ');
}

struct cell_texts {
  std::string title, runs, void_runs, hits, hours, rate, state;
};

std::string put_together(cell_texts const& of, layout const& shape, std::size_t columns) {
  auto text = std::string(indent, ' ') + left(report::for_terminal(of.title), shape.title) +
              right(of.runs, runs_width);
  if (shape.void_runs) text += right(of.void_runs, void_width);
  text += right(of.hits, hits_width);
  if (shape.hours) text += right(of.hours, hours_width);
  if (shape.rate) text += "  " + left(of.rate, rate_width - 2);
  if (shape.state) text += " " + of.state;
  auto line = fitted(text, columns);
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string heading_of(layout const& shape, std::size_t columns) {
  return put_together({"cell", "runs", "void", "hits", "hours", "hits an hour (95 %)", ""}, shape,
                      columns);
}

std::string line_of(farm::cell_view const& one, layout const& shape, std::size_t columns) {
  return put_together(
      {title_of(one.name), std::to_string(one.done), std::to_string(one.void_runs),
       std::to_string(one.hits), fmt::format("{:.2f}", one.hours), rate_of(one), state_of(one)},
      shape, columns);
}

// As many as there is room for, and what the others come to.
void put_cells(std::vector<std::string>& lines, std::vector<farm::cell_view const*> const& cells,
               screen_size room, layout const& shape) {
  bool const all = cells.size() <= room.rows;
  auto const shown = all || room.rows == 0 ? least_of(cells.size(), room.rows) : room.rows - 1;
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(line_of(*cells[i], shape, room.columns));
  if (all || room.rows == 0) return;
  std::uint64_t done = 0, under_way = 0;
  for (auto i = shown; i < cells.size(); ++i) {
    done += cells[i]->done;
    under_way += cells[i]->under_way;
  }
  lines.push_back(fitted(
      fmt::format("  and {} cells more: {} runs, {} now", cells.size() - shown, done, under_way),
      room.columns));
}

// The latest of them, and how many there were before.
void put_latest(std::vector<std::string>& lines, std::vector<std::string> const& all,
                screen_size room, std::string_view word) {
  auto const from = all.size() - least_of(all.size(), room.rows);
  for (auto i = from; i < all.size(); ++i) {
    auto const before = i == from && from > 0 && !word.empty() && room.rows > 0
                            ? fmt::format(" ({} before)", from)
                            : std::string();
    lines.push_back(fitted(fmt::format("  {}{}{}", word, all[i], before), room.columns));
  }
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

std::vector<std::string> table_of(campaign_sight const& now, std::size_t columns) {
  auto lines = head_of(now, columns);
  auto const order = most_interesting_first(now.cells);
  auto const shape = layout_of(order, columns);
  lines.push_back(heading_of(shape, columns));
  for (auto const* one : order) lines.push_back(line_of(*one, shape, columns));
  for (auto const& one : now.new_signatures) lines.push_back(fitted("  new: " + one, columns));
  return lines;
}

std::vector<std::string> screen_of(campaign_sight const& now, screen_size size) {
  // The cursor stands on the last row, and a full row makes some terminals begin another.
  auto const columns = std::max<std::size_t>(size.columns, 2) - 1;
  auto const rows = std::max<std::size_t>(size.rows, 2) - 1;
  auto lines = head_of(now, columns);
  auto const order = most_interesting_first(now.cells);
  auto const shape = layout_of(order, columns);
  lines.push_back(heading_of(shape, columns));
  if (lines.size() >= rows) {
    lines.resize(rows);
    return lines;
  }
  auto left = rows - lines.size();
  // News come first, but leave most of the screen to the cells.
  auto const news = least_of(now.new_signatures.size(), left < 4 ? 1 : left / 4);
  left -= news;
  auto const ended = least_of(now.ended.size(), left > 12 ? 3 : left > 8 ? 1 : 0);
  left -= ended;
  put_cells(lines, order, {left, columns}, shape);
  put_latest(lines, now.new_signatures, {news, columns}, "new: ");
  put_latest(lines, now.ended, {ended, columns}, "");
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
