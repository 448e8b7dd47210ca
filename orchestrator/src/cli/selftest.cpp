// wedgehog selftest: every verdict has a recipe whose known outcome proves it; this runs them all
// on real guests and compares.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/images.hpp"
#include "cli/recipe_files.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"
#include "cli/what_exists.hpp"
#include "conductor/needs.hpp"
#include "conductor/planned_machine.hpp"
#include "report/escape.hpp"
#include "report/report.hpp"
#include "vm/backends.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {
namespace {

struct selftest_options {
  std::vector<std::string> only;
  std::vector<std::string> images;
  session_options session;
};

std::string got(farm::run_report const& report) {
  if (report.said.verdict.empty()) return "interrupted";
  return report.said.kind.empty() ? report.said.verdict
                                  : report.said.verdict + "/" + report.said.kind;
}

std::string recipe_and_image(folder::run_facts const& facts, bool several) {
  return several ? facts.recipe + " on " + facts.image : facts.recipe;
}

// "again": the host starved it, and another run of it will tell.
std::string_view word_for(farm::run_report const& report) {
  if (report.again) return "again";
  return report.said.met ? "right" : "WRONG";
}

std::string system_of(places const& where, std::string const& image) {
  auto const guest = vm::read_profile(home_of(where, image).profile);
  return guest ? guest->os : std::string();
}

// On the images that were asked for, those recipes that are for their system.
result<read_recipe> read_for(std::string const& file, std::vector<std::string> const& images,
                             places const& where, recipe::options exists) {
  auto plain = read(file, exists);
  if (images.empty() || !plain || plain->outcome.plans.empty()) return plain;
  auto const system = system_of(where, plain->outcome.plans.front().image);
  for (auto const& image : images)
    if (system_of(where, image) == system) exists.on_images.push_back(image);
  if (!exists.on_images.empty()) return read(file, exists);
  plain->outcome.plans.clear();
  return plain;
}

// What no clone can do boots all the same: its verdict is asked for, too.
void begin_as_clone(plan::plan& what, places const& where) {
  auto copy = what;
  copy.guest.start = plan::beginning::clone;
  auto const guest = vm::read_profile(home_of(where, what.image).profile);
  auto const* const direct = vm::find_backend("direct");
  if (!guest || direct == nullptr) return;
  auto const why = conductor::refusal_of(conductor::lacks_of(copy, direct->can, *guest));
  if (why.empty())
    what = std::move(copy);
  else
    complain(fmt::format("{} boots, for a clone cannot play it: {}", what.name, why), 0);
}

int selftest(selftest_options const& asked, common_options const& common) {
  auto const places = find_places();
  if (!places) return complain(places.error().message(), exit_inconclusive);
  std::vector<std::string> folders;
  for (auto const* folder : {"/smoke", "/lab", "/seeds"})
    if (std::filesystem::is_directory(places->recipes + folder))
      folders.push_back(places->recipes + folder);
  auto const files = recipe_files(folders);
  if (!files) return complain(files.error().message(), exit_inconclusive);
  std::vector<read_recipe> all;
  std::vector<farm::job> jobs;
  bool left_out = false;
  auto const exists = what_exists();
  for (auto const& image : asked.images)
    if (std::find(exists.images.begin(), exists.images.end(), image) == exists.images.end())
      return complain(fmt::format("selftest: there is no image '{}' (known: {})", image,
                                  fmt::join(exists.images, ", ")),
                      exit_usage);
  for (auto const& file : files.value()) {
    if (!asked.only.empty() &&
        std::none_of(asked.only.begin(), asked.only.end(),
                     [&](std::string const& part) { return file.find(part) != std::string::npos; }))
      continue;
    auto one = read_for(file, asked.images, places.value(), exists);
    if (!one) return complain(one.error().message(), exit_inconclusive);
    auto const text = std::make_shared<std::string const>(one->text);
    for (auto const& plan : one->outcome.plans) {
      auto lack = conductor::lacking_on_this_host(plan);
      if (lack.empty() && !can_be_had(places.value(), plan.image))
        lack = fmt::format("there is no image '{}' here: {}", plan.image,
                           how_to_have(places.value(), plan.image));
      if (lack.empty()) {
        jobs.push_back({plan, text});
        if (asked.session.clone) begin_as_clone(jobs.back().what, places.value());
      } else {
        left_out = true;
        complain(fmt::format("left out {}: {}", plan.name, lack), 0);
      }
    }
    all.push_back(std::move(one.value()));
  }
  if (print_complaints(all) > 0) return exit_usage;
  if (jobs.empty() && left_out)
    return complain("selftest: nothing is left that this host can do", exit_inconclusive);
  if (jobs.empty()) return complain("selftest: no recipe has such a name", exit_usage);
  auto session = asked.session;
  std::uint64_t largest = 0;
  for (auto const& job : jobs) largest = std::max(largest, job.what.guest.memory);
  if (auto const settled = settle_place(session, largest); !settled)
    return complain(settled.error().message(), exit_usage);
  auto const folder = results_folder(common.results);
  if (!folder) return complain(folder.error().message(), exit_inconclusive);
  std::size_t wrong = 0;
  std::size_t count = 0;
  auto const outcome = perform_session(
      session, common, std::move(jobs),
      [&](farm::run_report const& report, store::stored_run const& run) {
        if (!report.again) ++count;
        if (!report.said.met && !report.again) ++wrong;
        if (common.json) {
          print("{}", report::run_json(run, report::place{folder.value()}));
        } else {
          print("{}  {:28} expected {:24} got {:24} {:6.1f} s\n", word_for(report),
                recipe_and_image(report.run.facts, asked.images.size() > 1), report.said.expected,
                got(report), report.run.played ? report.run.played->duration_s : 0);
          if (!report.said.met)
            for (auto const& reason : report.said.because)
              print("         {}\n", report::for_terminal(reason));
        }
        flush_output();
      });
  if (!outcome.trouble.empty()) return complain(outcome.trouble, exit_inconclusive);
  if (outcome.interrupted) return exit_interrupted;
  if (!common.json) print("{} of {} verdicts right\n", count - wrong, count);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

void add_selftest(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "selftest", "Prove the verdicts: run every lab recipe and compare with what it must give");
  auto asked = std::make_shared<selftest_options>();
  command->add_option("only", asked->only, "Only recipes whose path contains one of these");
  command->add_option("--image", asked->images,
                      "On this image, the recipes that are for its system (repeatable)");
  asked->session.terms = {.at_once = 3, .again_if_starved = true};  // most only wait
  add_session_options(*command, asked->session);
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return selftest(*asked, common); }; });
}

}  // namespace wedgehog::cli
