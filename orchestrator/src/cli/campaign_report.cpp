#include "cli/campaign_report.hpp"

#include <fmt/format.h>

#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "folder/files.hpp"
#include "report/night_report.hpp"

namespace wedgehog::cli {
namespace {

// Shards of one name are one night.
result<std::vector<store::cell_tally>> cells_of(std::string& night,
                                                store::results_database& database) {
  auto const campaigns = database.campaigns_called(night);
  if (!campaigns) return campaigns.error();
  night = campaigns->front().name;
  auto all = database.exposures({});
  if (!all) return all.error();
  std::erase_if(*all, [&](store::cell_tally const& cell) { return cell.campaign != night; });
  return all;
}

bool keep(std::string const& file, std::string const& text) {
  if (file.empty()) return true;
  auto const written = folder::write_document(file, text);
  if (!written) complain(written.error().message(), 0);
  return written.has_value();
}

}  // namespace

int report_campaign(night_report_options const& asked, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain_of(opened.error());
  auto night = asked.night;
  auto const cells = cells_of(night, opened->database);
  if (!cells) return complain_of(cells.error());
  auto report = report::report_of_night(night, *cells);
  if (!asked.against.empty()) {
    auto other = asked.against;
    auto const others = cells_of(other, opened->database);
    if (!others) return complain_of(others.error());
    report = report::report_of_night(night, *cells, other, *others);
  }
  bool const kept = keep(asked.html, report::night_html(report)) &&
                    keep(asked.junit, report::night_junit(report));
  print("{}", common.json ? report::night_json(report) : report::night_text(report));
  return kept ? 0 : exit_inconclusive;
}

}  // namespace wedgehog::cli
