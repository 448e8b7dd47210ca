#include "cli/session.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <fstream>

#include "cli/interruptible.hpp"
#include "cli/opened_results.hpp"
#include "cli/progress_line.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"
#include "recipe/recipe.hpp"
#include "vm/direct/backend.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::cli {
namespace {

namespace asio = boost::asio;

// Empty when QEMU does not say it soon: a version is not worth waiting for a program that hangs.
loop::awaitable<std::string> version_of(loop::clock& time, std::string qemu) {
  auto const place = loop::temporary_directory::make();
  if (!place) co_return "";
  loop::process_options options;
  options.argv = {std::move(qemu), "--version"};
  options.output_file = place->path() + "/version";
  auto child = loop::process::start(co_await loop::asio::this_coro::executor, options);
  if (!child) co_return "";
  auto const ended =
      co_await loop::within<loop::exit_status>(time, std::chrono::seconds(5), child->wait());
  if (!ended || !ended->clean()) co_return "";
  std::string line;
  std::ifstream file(options.output_file);
  std::getline(file, line);
  constexpr std::string_view prefix = "QEMU emulator version ";
  if (line.starts_with(prefix)) line.erase(0, prefix.size());
  co_return line;
}

struct setting {
  session_options const& options;
  common_options const& common;
  std::vector<conductor::job> jobs;
  std::function<void(conductor::run_report const&, store::stored_run const&)> on_report;
  session_outcome outcome{};
};

// In the order in which the images first occur.
std::vector<std::pair<std::string, std::vector<conductor::job>>> by_image(
    std::vector<conductor::job> jobs) {
  std::vector<std::pair<std::string, std::vector<conductor::job>>> groups;
  for (auto& job : jobs) {
    auto const same = [&job](auto const& group) { return group.first == job.what.image; };
    auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end()) found = groups.insert(groups.end(), {job.what.image, {}});
    found->second.push_back(std::move(job));
  }
  return groups;
}

// What a full disk or a locked database kept from being stored is still told.
store::stored_run as_reported(store::stored_run run, conductor::run_report const& report) {
  if (run.judged) return run;
  run.key = report.key;
  run.facts.recipe = report.recipe;
  run.facts.variant = report.variant;
  run.facts.seed = report.seed;
  if (!report.wreckage.empty())
    run.wreckage = store::results_directory::wreckage_of(report.key.name);
  run.judged = store::judgement{.verdict = report.verdict.invalid
                                               ? "invalid"
                                               : std::string(verdict::name_of(report.verdict.word)),
                                .kind = std::string(verdict::name_of(report.verdict.kind)),
                                .because = report.verdict.because,
                                .exit_code = report.exit_code,
                                .expected = report.expected,
                                .met = report.met,
                                .stuck = report.stuck};
  return run;
}

void note_trouble(setting& all, error const& failure) {
  all.outcome.trouble = failure.message();
  all.outcome.whose = failure.whose();
}

loop::awaitable<void> perform(setting& all, asio::thread_pool& pool,
                              conductor::interruption& stop) {
  static loop::real_clock time;
  auto const where = find_places();
  if (!where) co_return note_trouble(all, where.error());
  auto opened = open_results(all.common.results);
  if (!opened) co_return note_trouble(all, opened.error());
  if (int const swept = vm::runtime_directory::sweep(); swept > 0 && !all.common.quiet)
    fmt::print(stderr, "wedgehog: removed the memory of {} whose orchestrator is gone\n",
               swept == 1 ? "a machine" : fmt::format("{} machines", swept));

  auto choosing = vm::choose_accelerator(time, all.options.accel, all.options.qemu,
                                         where->cache + "/accelerator.json");
  auto const chosen = co_await stop.unless_requested(std::move(choosing));
  if (!chosen) co_return;
  auto const& accel = *chosen;
  if (!accel) co_return note_trouble(all, accel.error());
  double const scale =
      all.options.time_scale > 0 ? all.options.time_scale : usual_time_scale(accel->chosen);
  if (!all.common.quiet)
    fmt::print(stderr, "wedgehog: accelerator {}{}; budgets x {:g}\n", accel->why,
               accel->remembered ? " (remembered since this host's boot)" : "", scale);

  auto const backend = std::make_shared<vm::direct::backend>(
      time, vm::direct::program{all.options.qemu, accel->chosen});
  auto const qemu_version = co_await version_of(time, all.options.qemu);
  utsname host{};
  ::uname(&host);
  for (auto& job : all.jobs) job.what = plan::scaled(job.what, scale);
  progress_line line(all.common.quiet, all.jobs.size());
  auto const tell = [&line](conductor::progress const& now) { line.show(now); };
  auto const on_report = [&](conductor::run_report const& report) {
    line.clear();
    auto const stored = opened->database.load(report.key.id);
    all.on_report(report, as_reported(stored ? stored.value() : store::stored_run{}, report));
  };
  // Runs of one image after those of another: each is built once, before its first run.
  for (auto& [image_name, jobs] : by_image(std::move(all.jobs))) {
    if (stop.requested()) break;
    auto making = ensure_image(where.value(), image_name, all.options.image, all.common.quiet);
    auto const made = co_await stop.unless_requested(std::move(making));
    if (!made) break;
    auto const& image = *made;
    if (!image) co_return note_trouble(all, image.error());
    conductor::environment env{.time = time,
                               .pool = pool,
                               .database = opened->database,
                               .results = opened->directory,
                               .owner = folder::this_process(),
                               .stop = stop,
                               .image = image.value(),
                               .backend = backend,
                               .qemu = all.options.qemu,
                               .qemu_version = qemu_version,
                               .time_scale = scale,
                               .host = host.nodename,
                               .host_kernel = host.release,
                               .version = WEDGEHOG_VERSION,
                               .read_fault = recipe::read_fault_line};
    auto const one = [&](conductor::job const& each) {
      return conductor::perform(env, each.what, each.recipe_text, tell);
    };
    auto const done =
        co_await conductor::perform_all(one, stop, std::move(jobs), all.options.terms, on_report);
    line.clear();
    if (!done) co_return note_trouble(all, done.error());
  }
}

}  // namespace

double usual_time_scale(vm::accelerator which) {
  return which == vm::accelerator::kvm ? 1 : 2;
}

session_outcome perform_session(
    session_options const& options, common_options const& common, std::vector<conductor::job> jobs,
    std::function<void(conductor::run_report const&, store::stored_run const&)> on_report) {
  setting all{options, common, std::move(jobs), std::move(on_report)};
  all.outcome.interrupted = perform_interruptible(
      [&](surroundings around) { return perform(all, around.pool, around.stop); });
  return all.outcome;
}

void add_session_options(CLI::App& to, session_options& options) {
  static std::map<std::string, vm::accel_choice> const choices{
      {"auto", vm::accel_choice::automatic},
      {"kvm", vm::accel_choice::kvm},
      {"tcg", vm::accel_choice::tcg}};
  to.add_option("--accel", options.accel,
                "auto (KVM when a test guest proves that it works), kvm or tcg")
      ->transform(CLI::CheckedTransformer(choices, CLI::ignore_case));
  to.add_option("--time-scale", options.time_scale,
                "Stretch every budget by this factor (default: 1 with KVM, 2 with TCG)")
      ->check(CLI::Range(0.1, 1000.0));
  to.add_option("-j,--jobs", options.terms.at_once, "So many runs at once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  to.add_flag("--again-if-starved,!--no-again-if-starved", options.terms.again_if_starved,
              "Do a run that the host starved beside others again, alone, and let that count")
      ->capture_default_str();
  to.add_option("--qemu", options.qemu, "The QEMU program")->capture_default_str();
  to.add_option("--kernel-package", options.image.kernel_package,
                "Debian package of the guest's kernel");
  to.add_option("--kernel", options.image.kernel, "Your own bzImage …");
  to.add_option("--modules", options.image.modules, "… and its modules");
}

}  // namespace wedgehog::cli
