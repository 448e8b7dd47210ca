#include "conductor/perform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "conductor/expectation.hpp"
#include "conductor/one_run.hpp"
#include "conductor/planned_machine.hpp"
#include "loop/offload.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

folder::moment wall_clock_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string variant_text(plan::plan const& what) {
  std::string text;
  for (auto const& [name, value] : what.variant)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  return text;
}

store::run_facts facts_of(environment const& env, plan::plan const& what,
                          std::string const& recipe_text, std::string const& command_line) {
  store::run_facts facts;
  facts.recipe = what.name;
  facts.recipe_file = what.recipe;
  facts.recipe_text = recipe_text;
  facts.plan = plan::to_text(what);
  facts.variant = variant_text(what);
  facts.seed = what.seed;
  facts.image = env.image.name;
  facts.kernel = env.image.kernel_release;
  facts.image_checksums = env.image.checksums;
  facts.qemu = env.qemu_version;
  facts.accelerator = std::string(env.backend->accelerator_name());
  facts.time_scale = env.time_scale;
  facts.host = env.host;
  facts.host_kernel = env.host_kernel;
  facts.wedgehog = env.version;
  facts.command_line = command_line;
  facts.started = wall_clock_now();
  return facts;
}

// Piece by piece: the timeline of many hours need not stand in memory.
result<void> keep_timeline(wreckage::bundle& bundle, environment const& env,
                           store::run_key const& key) {
  std::ofstream whole(bundle.place("timeline.jsonl"), std::ios::binary | std::ios::trunc);
  std::ofstream lines(bundle.place("console.lines"), std::ios::binary | std::ios::trunc);
  timeline::text_reader reader([&lines](timeline::signal const& one) {
    if (auto const* line = std::get_if<timeline::console_line>(&one.what))
      lines << fmt::format("{:12.6f} {}\n", in_seconds(one.at), line->text);
  });
  auto const damaged = env.database.each_timeline_chunk(key.id, [&](std::string_view piece) {
    whole << piece;
    reader.feed(piece);
  });
  if (!damaged) return damaged.error();
  reader.finish();
  for (auto const* name : {"timeline.jsonl", "console.lines"}) bundle.adopt(name);
  if (!whole.flush() || !lines.flush())
    return system_failure("writing the timeline to " + bundle.folder(), errno);
  return {};
}

// Everything of the bundle that is not taken from the machine: written once, at the end.
result<std::vector<store::artifact>> finish_bundle(wreckage::bundle& bundle, environment const& env,
                                                   store::run_key const& key,
                                                   plan::plan const& what,
                                                   verdict::final_verdict const& said,
                                                   std::string const& command_line) {
  json::object facts{{"run", key.name},
                     {"verdict", verdict::name_of(said.word)},
                     {"kind", verdict::name_of(said.kind)},
                     {"image", env.image.name},
                     {"kernel", env.image.kernel_release}};
  bundle.give_up("files", "");
  if (auto written = bundle.file("plan.json", plan::to_text(what) + "\n"); !written)
    return written.error();
  if (auto written = bundle.file("image.json", env.image.facts); !written) return written.error();
  if (auto written = bundle.file("qemu.command", command_line + "\n"); !written)
    return written.error();
  if (auto written = keep_timeline(bundle, env, key); !written) return written.error();
  std::error_code ignored;
  for (auto const* name : {"console.raw", "qemu.log"})
    if (fs::exists(bundle.place(name), ignored)) bundle.adopt(name);
  if (fs::is_directory(bundle.place("disks"), ignored))
    for (auto const& disk : what.disks)
      if (fs::exists(bundle.place("disks/" + disk.name + ".raw"), ignored))
        bundle.adopt("disks/" + disk.name + ".raw");
  if (auto sealed = bundle.seal(std::move(facts)); !sealed) return sealed.error();
  std::vector<store::artifact> artifacts;
  for (auto const& item : bundle.items())
    for (auto const& file : item.files) artifacts.push_back({file.path, file.bytes, file.sha256});
  return artifacts;
}

struct finished_files {
  bool end_noted = false;                  // the database knows that the run has ended
  std::string trouble;                     // of the host: a full disk, a locked database
  std::vector<wreckage::kept_item> items;  // of the wreckage, when any is kept
};

// Blocking: the last writes of a run, while nobody else touches it.
finished_files finish_files(environment& env, store::run_key const& key, plan::plan const& what,
                            verdict::final_verdict const& said, one_run const& run,
                            std::string const& folder) {
  finished_files done;
  auto const note = [&done](auto const& outcome) {
    if (!outcome && done.trouble.empty()) done.trouble = outcome.error().message();
    return outcome.has_value();
  };
  done.end_noted = note(env.database.played(key.id, run.outcome()));
  if (!run.kept()) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return done;
  }
  auto bundle = *run.kept();
  auto const artifacts = finish_bundle(bundle, env, key, what, said, run.command_line());
  done.items = bundle.items();
  if (note(artifacts)) {
    note(env.database.keep_wreckage(key.id, store::results_directory::wreckage_of(key.name),
                                    artifacts.value()));
    note(env.results.point_latest(key.name));
  }
  return done;
}

}  // namespace

loop::awaitable<result<run_report>> perform(environment& env, plan::plan what,
                                            std::string recipe_text, progress_sink tell) {
  auto const executor = co_await loop::asio::this_coro::executor;
  auto const dry = dry_command_line(what, env.image, *env.backend);
  auto const facts = facts_of(env, what, recipe_text, dry);
  // Work is named before it is awaited: GCC 12 copies a temporary of a co_await expression bit by
  // bit.
  auto const begin = [&env, facts] { return env.database.begin_run(facts, env.owner); };
  auto const key = co_await loop::offload(env.pool, begin);
  if (!key) co_return key.error();
  auto const folder = env.results.make_wreckage(key->name);
  if (!folder) co_return folder.error();

  one_run run(env, what, key.value(), folder->string(), tell, executor);
  co_await run.live();

  run_report report;
  report.key = key.value();
  report.recipe = what.name;
  report.variant = facts.variant;
  report.seed = what.seed;
  report.verdict = run.verdict();
  report.expected = describe(what.expects);
  report.met = fulfils(report.verdict, run.asked(), run.outcome().boot_s, what.expects);
  report.duration_s = run.outcome().duration_s;
  report.signature = run.signature();
  report.interrupted = run.interrupted();
  report.exit_code = report.interrupted ? 130 : exit_code_of(report.verdict);
  auto const word = report.verdict.word;
  if (word == verdict::run_word::wedged || word == verdict::run_word::locked_up)
    report.stuck = run.stuck();

  std::optional<wreckage::bundle> const bundle = run.kept();
  auto const finish = [&env, key = key.value(), &what, &report, &run, folder = folder->string()] {
    return finish_files(env, key, what, report.verdict, run, folder);
  };
  finished_files const finished = co_await loop::offload(env.pool, finish);
  if (!finished.trouble.empty()) {
    report.verdict.invalid = true;
    report.verdict.because.push_back("host: " + finished.trouble);
    report.exit_code = 2;
    report.met = false;
  }
  for (auto const& item : finished.items)
    if (!item.missing.empty())
      report.missing.push_back(fmt::format("{}: {}", item.name, item.missing));
  if (bundle) report.wreckage = folder->string();

  store::judgement opinion;
  opinion.judged = wall_clock_now();
  opinion.judge = "wedgehog " + env.version;
  opinion.verdict = word_of(report.verdict);
  opinion.kind = std::string(verdict::name_of(report.verdict.kind));
  opinion.recovery = std::string(verdict::name_of(report.verdict.recovery));
  opinion.because = report.verdict.because;
  if (!report.signature.empty()) opinion.signature = report.signature;
  opinion.exit_code = report.exit_code;
  opinion.expected = report.expected;
  opinion.met = report.met;
  opinion.stuck = report.stuck;
  auto const keep_opinion = [&env, &run, id = key->id, opinion,
                             end_noted = finished.end_noted]() -> result<void> {
    // Only what has ended is judged. What kept the end from being noted may be over.
    if (!end_noted)
      if (auto again = env.database.played(id, run.outcome()); !again) return again;
    return env.database.judged(id, opinion);
  };
  auto const judged = co_await loop::offload(env.pool, keep_opinion);
  if (!judged) {
    auto& because = report.verdict.because;
    auto const reason = "host: " + judged.error().message();
    if (std::find(because.begin(), because.end(), reason) == because.end())
      because.push_back(reason);
    report.exit_code = 2;
  }
  co_return report;
}

}  // namespace wedgehog::conductor
