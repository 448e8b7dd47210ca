#include "conductor/perform.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "conductor/one_run.hpp"
#include "faults/cpu_group.hpp"
#include "faults/injector.hpp"
#include "loop/offload.hpp"
#include "vm/command_line.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

store::moment wall_clock_now() {
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
  facts.accelerator = std::string(vm::name_of(env.accel));
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

bool is_of_host(verdict::run_word word) {
  using verdict::run_word;
  return word == run_word::host_stopped || word == run_word::paused ||
         word == run_word::host_starved;
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

int exit_code_of(verdict::final_verdict const& said) {
  using verdict::run_word;
  if (said.invalid) return 2;
  switch (said.word) {
    case run_word::passed:
    case run_word::slow:
      return 0;
    case run_word::unknown:
    case run_word::host_stopped:
    case run_word::paused:
    case run_word::host_starved:
    case run_word::invalid:
      return 2;
    default:
      return 1;
  }
}

std::string word_of(verdict::final_verdict const& said) {
  bool const plainly_invalid = said.invalid && !is_of_host(said.word);
  return std::string(plainly_invalid ? "invalid" : verdict::name_of(said.word));
}

std::string describe(plan::expectation const& expected) {
  auto text = expected.kind ? expected.verdict + "/" + *expected.kind : expected.verdict;
  if (expected.recovery) text += ", " + *expected.recovery;
  if (!expected.answers.empty())
    text += fmt::format(", answers {}", fmt::join(expected.answers, " "));
  return text;
}

bool meets(verdict::final_verdict const& said, plan::expectation const& expected) {
  auto const word = word_of(said);
  bool const as_invalid = said.invalid && expected.verdict == "invalid";
  return (word == expected.verdict || as_invalid) &&
         (!expected.kind || *expected.kind == verdict::name_of(said.kind)) &&
         (!expected.recovery || *expected.recovery == verdict::name_of(said.recovery));
}

bool answered_all(std::vector<timeline::probe> const& asked, plan::expectation const& expected) {
  return std::all_of(expected.answers.begin(), expected.answers.end(), [&](auto const& name) {
    return std::any_of(asked.begin(), asked.end(),
                       [&](auto const& one) { return one.name == name && one.answer_s; });
  });
}

bool in_time(verdict::final_verdict const& said, std::optional<double> boot_s,
             plan::expectation const& expected) {
  auto const ready = microseconds(std::llround(boot_s.value_or(0) * 1e6));
  return !expected.by || said.since - ready <= *expected.by;
}

bool fulfils(verdict::final_verdict const& said, std::vector<timeline::probe> const& asked,
             std::optional<double> boot_s, plan::expectation const& expected) {
  return meets(said, expected) && answered_all(asked, expected) && in_time(said, boot_s, expected);
}

std::string dry_command_line(plan::plan const& what, vm::image const& image, bool kvm,
                             std::string const& qemu) {
  auto const spec =
      machine_spec_of(what, image, kvm ? vm::accelerator::kvm : vm::accelerator::tcg, qemu,
                      {"/dev/shm/wedgehog-by-hand", "./wedgehog-by-hand", false});
  std::string text = "mkdir -p /dev/shm/wedgehog-by-hand ./wedgehog-by-hand/disks\n";
  for (auto const& disk : what.disks)
    text += fmt::format("truncate -s {} ./wedgehog-by-hand/disks/{}.raw\n", disk.size, disk.name);
  return text + vm::pasteable(vm::command_line(spec, image.guest));
}

vm::machine_spec machine_spec_of(plan::plan const& what, vm::image const& image,
                                 vm::accelerator accel, std::string const& qemu,
                                 machine_place const& where) {
  vm::machine_spec spec;
  spec.qemu = qemu;
  spec.name = what.name;
  spec.accel = accel;
  spec.vcpus = static_cast<int>(what.guest.vcpus);
  spec.memory_bytes = what.guest.memory;
  spec.kernel = image.kernel;
  spec.initramfs = image.initramfs;
  auto const append = [&](std::string const& word) {
    if (!spec.extra_kernel_arguments.empty()) spec.extra_kernel_arguments += ' ';
    spec.extra_kernel_arguments += word;
  };
  for (auto const& argument : what.guest.kernel_arguments) append(argument);
  for (auto const& [name, value] : what.guest.sysctls)
    append(fmt::format("wedgehog.sysctl={}={}", name, value));
  std::string modules;
  for (auto const& module : what.guest.modules) modules += (modules.empty() ? "" : ",") + module;
  if (!modules.empty()) append("wedgehog.modules=" + modules);
  spec.paths.directory = where.runtime_folder;
  spec.console_file = where.run_folder + "/console.raw";
  for (auto const& disk : what.disks) {
    vm::disk_spec one;
    one.name = disk.name;
    one.file = where.run_folder + "/disks/" + disk.name + ".raw";
    if (where.serve_disks) one.nbd_socket = where.runtime_folder + "/disk-" + disk.name;
    one.read_error =
        disk.read_errors == plan::error_policy::stop ? vm::on_error::stop : vm::on_error::report;
    one.write_error =
        disk.write_errors == plan::error_policy::stop ? vm::on_error::stop : vm::on_error::report;
    one.volatile_cache = disk.cache == plan::disk_cache::fleeting;
    one.reconnect_s = static_cast<int>(disk.reconnect / std::chrono::seconds(1));
    for (auto const& fault : faults::planned(what)) {
      if (fault.disk != disk.name) continue;
      one.hotplug = one.hotplug || fault.fault == "unplug";
      one.resizable = one.resizable || fault.fault == "resize";
    }
    spec.disks.push_back(std::move(one));
  }
  for (auto const& fault : faults::planned(what))
    spec.network = spec.network || fault.fault == "link";
  return spec;
}

std::string lacking_on_this_host(plan::plan const& what) {
  auto const all = faults::planned(what);
  bool const quota =
      std::any_of(all.begin(), all.end(), [](auto const& one) { return one.fault == "cpu-quota"; });
  return quota ? faults::why_no_quota() : std::string();
}

loop::awaitable<result<run_report>> perform(environment& env, plan::plan what,
                                            std::string recipe_text, progress_sink tell) {
  auto const executor = co_await loop::asio::this_coro::executor;
  auto const dry = dry_command_line(what, env.image, env.accel == vm::accelerator::kvm, env.qemu);
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
