// wedgehog results list|tally|signatures: what the results database knows of many runs.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "report/report.hpp"

namespace wedgehog::cli {
namespace {

struct results_options {
  std::string recipe;
  std::string variant;
  std::string verdict;
  std::string signature;
  std::string image;
  std::string kernel;
  std::vector<std::string> by;
  std::string since;
  std::int64_t limit = 50;
  std::string format = "text";
};

result<std::optional<store::moment>> began_since(results_options const& asked) {
  if (asked.since.empty()) return std::nullopt;
  auto const ago = parse_duration(asked.since);
  if (!ago) return ago.error();
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() -
                                                                 *ago);
}

result<store::run_filter> filter_of(results_options const& asked) {
  store::run_filter filter;
  if (!asked.recipe.empty()) filter.recipe = asked.recipe;
  if (!asked.verdict.empty()) filter.verdict = asked.verdict;
  if (!asked.signature.empty()) filter.signature = asked.signature;
  if (!asked.variant.empty()) filter.variant = asked.variant;
  if (!asked.image.empty()) filter.image = asked.image;
  if (!asked.kernel.empty()) filter.kernel = asked.kernel;
  auto const since = began_since(asked);
  if (!since) return since.error();
  filter.since = *since;
  filter.limit = asked.limit;
  return filter;
}

int list(results_options const& asked, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const filter = filter_of(asked);
  if (!filter) return complain(filter.error().message(), exit_usage);
  auto const runs = opened->database.list(filter.value());
  if (!runs) return complain(runs.error().message(), exit_inconclusive);
  report::place const where{opened->root};
  if (common.json) {
    for (auto const& run : runs.value()) print("{}", report::run_json(run, where));
  } else if (asked.format == "junit") {
    print("{}", report::junit_xml(runs.value(), where));
  } else if (asked.format == "tap") {
    print("{}", report::tap(runs.value(), report::tap_version::v14, where));
  } else if (asked.format == "html") {
    print("{}", report::html_page(runs.value(), where));
  } else {
    print("{}", report::run_table(runs.value()));
  }
  return 0;
}

int tally(results_options const& asked, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const since = began_since(asked);
  if (!since) return complain(since.error().message(), exit_usage);
  auto const asked_for = [&](std::string_view word) {
    return std::find(asked.by.begin(), asked.by.end(), word) != asked.by.end();
  };
  store::tally_terms const by{.by_image = asked_for("image"), .by_kernel = asked_for("kernel")};
  auto const tallies = opened->database.tallies(*since, by);
  if (!tallies) return complain(tallies.error().message(), exit_inconclusive);
  if (common.json)
    for (auto const& one : tallies.value()) print("{}", report::tally_json(one));
  else
    print("{}", report::tally_table(tallies.value()));
  return 0;
}

int signatures(results_options const& asked, common_options const& common) {
  auto opened = read_results(common.results);
  if (!opened) return complain(opened.error().message(), exit_inconclusive);
  auto const since = began_since(asked);
  if (!since) return complain(since.error().message(), exit_usage);
  auto const seen = opened->database.signatures(*since);
  if (!seen) return complain(seen.error().message(), exit_inconclusive);
  if (common.json)
    for (auto const& one : seen.value()) print("{}", report::signature_json(one));
  else
    print("{}", report::signature_table(seen.value()));
  return 0;
}

void add_since(CLI::App& to, std::shared_ptr<results_options> const& asked) {
  to.add_option("--since", asked->since, "Only runs started within this time (12h, 7d)");
}

}  // namespace

void add_results(CLI::App& to, common_options& common, action& act) {
  auto* results = to.add_subcommand("results", "What is known of many runs, and its upkeep");
  results->require_subcommand(1);
  auto asked = std::make_shared<results_options>();
  auto* listing = results->add_subcommand("list", "The runs, newest first");
  listing->add_option("--recipe", asked->recipe, "Only this recipe (its name)");
  listing->add_option("--verdict", asked->verdict,
                      "Only this verdict (wedged, passed, interrupted …)");
  listing->add_option("--signature", asked->signature, "Only this signature");
  listing->add_option("--variant", asked->variant, "Only this variant (fs=xfs settle=60s)");
  listing->add_option("--image", asked->image, "Only this image (its name)");
  listing->add_option("--kernel", asked->kernel, "Only kernels whose release begins so (6.12)");
  add_since(*listing, asked);
  listing->add_option("--limit", asked->limit, "At most so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  listing->add_option("--format", asked->format, "text, junit, tap or html")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "junit", "tap", "html"}));
  listing->callback(
      [asked, &common, &act] { act = [asked, &common] { return list(*asked, common); }; });
  auto* tallies = results->add_subcommand(
      "tally", "How often each recipe and variant ended how, and over how many hours");
  tallies
      ->add_option("--by", asked->by,
                   "Also tell apart by image or by kernel (its release); repeatable")
      ->check(CLI::IsMember({"image", "kernel"}));
  add_since(*tallies, asked);
  tallies->callback(
      [asked, &common, &act] { act = [asked, &common] { return tally(*asked, common); }; });
  auto* names =
      results->add_subcommand("signatures", "Failures by their signature, most often seen first");
  add_since(*names, asked);
  names->callback(
      [asked, &common, &act] { act = [asked, &common] { return signatures(*asked, common); }; });
  add_upkeep(*results, common, act);
}

}  // namespace wedgehog::cli
