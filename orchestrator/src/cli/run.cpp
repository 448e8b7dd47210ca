// wedgehog run: recipes, on real guests.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>

#include "base/chance.hpp"
#include "cli/backend_on.hpp"
#include "cli/commands.hpp"
#include "cli/interruptible.hpp"
#include "cli/lacks.hpp"
#include "cli/recipe_files.hpp"
#include "cli/session.hpp"
#include "cli/terminal.hpp"
#include "cli/what_exists.hpp"
#include "conductor/planned_machine.hpp"
#include "report/escape.hpp"
#include "report/report.hpp"
#include "vm/chosen_backend.hpp"

namespace wedgehog::cli {
namespace {

struct run_options {
  std::vector<std::string> recipes;
  std::vector<std::string> variants;
  std::vector<std::string> images;
  std::optional<std::uint64_t> seed;
  std::size_t runs = 1;
  bool dry = false;
  bool by_expectation = false;
  std::string junit;
  std::string tap;
  std::string html;
  session_options session;
};

result<recipe::options> recipe_options(run_options const& asked) {
  auto chosen = what_exists();
  auto const& known = chosen.images;
  for (auto const& image : asked.images) {
    if (std::find(known.begin(), known.end(), image) == known.end())
      return recipe_error(
          fmt::format("there is no image '{}' (known: {}); a disk of your own becomes one by "
                      "`wedgehog image adopt`, a kernel by `wedgehog image build linux --name`; "
                      "more in `wedgehog explain image`",
                      image, fmt::join(known, ", ")));
    if (std::find(chosen.on_images.begin(), chosen.on_images.end(), image) ==
        chosen.on_images.end())
      chosen.on_images.push_back(image);
  }
  for (auto const& one : asked.variants) {
    auto const equals = one.find('=');
    if (equals == std::string::npos || equals == 0)
      return recipe_error(fmt::format("--variant wants NAME=VALUE, not '{}'", one));
    chosen.only[one.substr(0, equals)] = one.substr(equals + 1);
  }
  chosen.seed = asked.seed;
  chosen.as_clones = asked.session.clone;
  std::random_device entropy;
  chosen.base_seed = (static_cast<std::uint64_t>(entropy()) << 32U) | entropy();
  return chosen;
}

// Copies of a plan differ in their seed only; the first keeps the plan's own.
std::vector<farm::job> jobs_of(std::vector<read_recipe> const& all, std::size_t copies) {
  std::vector<farm::job> jobs;
  for (auto const& one : all) {
    auto const text = std::make_shared<std::string const>(one.text);
    for (auto const& plan : one.outcome.plans)
      for (std::size_t copy = 0; copy < copies; ++copy) {
        jobs.push_back({plan, text});
        if (copy > 0)
          jobs.back().what.seed = chance(plan.seed).stream(fmt::format("run:{}", copy))();
      }
  }
  return jobs;
}

int print_command_lines(std::vector<farm::job> const& jobs, session_options const& session) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  loop::real_clock time;
  auto const accel =
      session.accel == vm::accel_choice::kvm ? vm::accelerator::kvm : vm::accelerator::tcg;
  int code = 0;
  perform_interruptible([&](work_context) -> loop::awaitable<void> {
    vm::backend_choice const choice{session.on, session.qemu, accel, session.disks_from,
                                    session.disks_tls};
    auto const backend = co_await vm::make_backend(time, choice);
    if (!backend) {
      code = complain(backend.error().message(), exit_inconclusive);
      co_return;
    }
    for (auto const& job : jobs) {
      auto image = built_image(where.value(), job.what.image,
                               options_for(where.value(), job.what, session.image));
      if (!image) {
        code = complain(image.error().message(), exit_inconclusive);
        co_return;
      }
      print("# {}\n{}\n", plan::title(job.what),
            conductor::dry_command_line(job.what, image.value(), **backend));
    }
  });
  return code;
}

void write_report(std::string const& file, std::string const& text) {
  if (file.empty()) return;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) complain(fmt::format("the report {} could not be written", file), 0);
}

int run(run_options const& asked, common_options const& common) {
  auto const chosen = recipe_options(asked);
  if (!chosen) return complain(chosen.error().message(), exit_usage);
  auto const all = read_recipes(asked.recipes, chosen.value());
  if (!all) return complain(all.error().message(), exit_usage);
  if (print_complaints(all.value()) > 0) return exit_usage;
  auto session = asked.session;
  std::uint64_t largest = 0;
  for (auto const& recipe : all.value())
    for (auto const& plan : recipe.outcome.plans) largest = std::max(largest, plan.guest.memory);
  if (auto const settled = settle_place(session, largest); !settled)
    return complain(settled.error().message(), exit_usage);
  auto const place = backend_on(session.on);
  if (!place)
    return complain(place.error().message(),
                    place.error().whose() == blame::recipe ? exit_usage : exit_inconclusive);
  if (print_lacks(all.value(), place->kind, !asked.dry) > 0) return exit_usage;
  auto jobs = jobs_of(all.value(), asked.runs);
  if (jobs.empty()) return complain("run: no variant is left to run", exit_usage);
  for (auto const& job : jobs)
    if (auto fits = conductor::inputs_are_there(job.what); !fits)
      return complain(fmt::format("{}: {}", plan::title(job.what), fits.error().message()),
                      exit_usage);
  if (asked.dry) return print_command_lines(jobs, session);

  auto const folder = results_folder(common.results);
  if (!folder) return complain(folder.error().message(), exit_inconclusive);
  report::place const where{folder.value()};
  int worst = 0;
  std::vector<store::stored_run> stored;
  auto const outcome = perform_session(
      session, common, std::move(jobs),
      [&](farm::run_report const& report, store::stored_run const& run) {
        if (!report.again) {
          stored.push_back(run);
          int const code =
              asked.by_expectation && !report.interrupted && report.said.met ? 0 : report.exit_code;
          worst = std::max(worst, code == exit_inconclusive && worst == 1 ? 1 : code);
        }
        if (common.json) {
          print("{}", report::run_json(run, where));
        } else {
          print("{}", report::one_run(run, where));
          if (report.run.played)
            for (auto const& lack : report.run.played->missing)
              print("  missing     {}\n", report::for_terminal(lack));
        }
        flush_output();
      });
  write_report(asked.junit, report::junit_xml(stored, where));
  write_report(asked.tap, report::tap(stored, report::tap_version::v14, where));
  write_report(asked.html, report::html_page(stored, where));
  if (!outcome.trouble.empty())
    return complain(outcome.trouble,
                    outcome.whose == blame::recipe ? exit_usage : exit_inconclusive);
  return outcome.interrupted ? exit_interrupted : worst;
}

}  // namespace

void add_run(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand("run", "Run recipes on real guests and judge what happens");
  auto asked = std::make_shared<run_options>();
  command->add_option("recipes", asked->recipes, "Recipe files, or folders of them")->required();
  command->add_option("--variant", asked->variants,
                      "Only this combination (NAME=VALUE, repeatable)");
  command->add_option("--image", asked->images,
                      "Another image than the recipes name, with at least the memory it needs "
                      "(repeatable: each recipe runs on each)");
  command->add_option("--seed", asked->seed, "Do again what was done to the guest under this seed");
  command->add_option("--runs", asked->runs, "So many copies of each, with seeds of their own")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_flag("--dry-run", asked->dry, "Print QEMU's command line, ready to paste, and stop");
  command->add_flag(
      "--by-expectation", asked->by_expectation,
      "Exit 0 when every run ended as its recipe expects, also where that is a wedge");
  command->add_option("--junit", asked->junit, "Also write a JUnit XML report to this file");
  command->add_option("--tap", asked->tap, "Also write a TAP report to this file");
  command->add_option("--html", asked->html, "Also write an HTML page to this file");
  add_session_options(*command, asked->session);
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return run(*asked, common); }; });
}

}  // namespace wedgehog::cli
