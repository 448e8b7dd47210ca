#include "cli/campaign_screen.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/described.hpp"
#include "cli/terminal.hpp"
#include "report/escape.hpp"

namespace wedgehog::cli {
namespace {

screen_size size_of_terminal() {
  winsize size{};
  if (::ioctl(2, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_row, size.ws_col};
}

constexpr std::size_t columns_of_a_pipe = 199;
// Of runs that ended: more would never be on the screen.
constexpr std::size_t most_ended = 16;
// Hundreds of runs may end in a second; nobody reads that fast.
constexpr auto between_draws = std::chrono::milliseconds(250);

std::string verdict_of(farm::run_report const& report) {
  auto const& said = report.said;
  if (said.verdict.empty()) return "interrupted";
  return said.kind.empty() ? said.verdict : said.verdict + "/" + said.kind;
}

}  // namespace

campaign_screen::campaign_screen(common_options const& common, std::string name, std::string where)
    : common_(common),
      terminal_(::isatty(2) != 0 && !common.quiet && !common.json),
      began_(loop::real_clock().now()) {
  sight_.name = std::move(name);
  sight_.where = std::move(where);
}

void campaign_screen::clear() {
  if (lines_ == 0) return;
  tell("\x1b[{}A\x1b[J", lines_);
  lines_ = 0;
}

void campaign_screen::draw() {
  if (!terminal_) return;
  drawn_ = loop::real_clock().now();
  std::string frame = lines_ > 0 ? fmt::format("\x1b[{}A\x1b[J", lines_) : std::string();
  auto const lines = screen_of(sight_, size_of_terminal());
  for (auto const& line : lines) frame += line + '\n';
  lines_ = lines.size();
  // At once, or it flickers.
  tell_text(frame);
}

void campaign_screen::draw_soon() {
  if (loop::real_clock().now() - drawn_ >= between_draws) draw();
}

void campaign_screen::say(std::string const& what) {
  clear();
  tell("wedgehog: {}\n", report::for_terminal(what));
  draw();
}

void campaign_screen::ended(farm::cell_name const& cell, farm::run_report const& report,
                            farm::taken_run const& taken) {
  if (!taken.new_signature.empty()) sight_.new_signatures.push_back(taken.new_signature);
  auto const& facts = report.run.facts;
  auto const& signature = report.said.signature;
  if (common_.json) {
    print("{}\n", json::serialize(json::object{{"run", facts.name},
                                               {"uid", facts.uid},
                                               {"ticket", facts.ticket},
                                               {"attempt", facts.attempt},
                                               {"recipe", cell.recipe},
                                               {"variant", cell.variant},
                                               {"image", cell.image},
                                               {"verdict", report.said.verdict},
                                               {"kind", report.said.kind},
                                               {"signature", signature.value_or("")},
                                               {"finished", taken.how.finished},
                                               {"void", taken.how.is_void},
                                               {"hit", taken.how.hit},
                                               {"new", !taken.new_signature.empty()}}));
    flush_output();
    return;
  }
  if (common_.quiet) return;
  auto const line = fmt::format(
      "{}{}  {}  {}{}", taken.new_signature.empty() ? "" : "NEW ", verdict_of(report), facts.name,
      cell.variant, signature ? "  " + report::for_terminal(*signature) : std::string());
  sight_.ended.push_back(line);
  if (sight_.ended.size() > most_ended) sight_.ended.erase(sight_.ended.begin());
  // Where lines and table share a terminal only what must not be missed stands above the table.
  bool const shared = terminal_ && ::isatty(1) != 0;
  bool const news = !taken.new_signature.empty();
  if (shared && news) clear();
  if (!shared || news) {
    print("{}\n", line);
    flush_output();
  }
  if (shared && news)
    draw();
  else
    draw_soon();
}

void campaign_screen::look(farm::campaign_book const& book) {
  sight_.elapsed_s = std::chrono::duration<double>(loop::real_clock().now() - began_).count();
  sight_.under_way = book.under_way();
  sight_.runs_left = book.runs_left();
  sight_.cells = book.cells();
  draw_soon();
}

void campaign_screen::finish(farm::campaign_book const& book, std::string const& why) {
  look(book);
  clear();
  sight_.where = why;
  if (common_.quiet || common_.json) return;
  auto const columns =
      terminal_ ? std::max<std::size_t>(size_of_terminal().columns, 2) - 1 : columns_of_a_pipe;
  for (auto const& line : table_of(sight_, columns)) print("{}\n", line);
  flush_output();
}

}  // namespace wedgehog::cli
