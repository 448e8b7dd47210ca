// wedgehog export RUN -o FILE: a stored run as a file that becomes a regression test.
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "verdict/exported_run.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::cli {
namespace {

struct export_options {
  std::string run = "latest";
  std::string file;
  std::optional<double> cause_s;
};

std::string directory_of(std::string const& variable) {
  auto const* value = std::getenv(variable.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

verdict::substitutions words_of_this_host(store::stored_run const& run,
                                          std::filesystem::path const& results) {
  std::error_code ignored;
  verdict::substitutions list{{std::filesystem::absolute(results, ignored).string(), "RESULTS"},
                              {results.string(), "RESULTS"},
                              {directory_of("XDG_CACHE_HOME"), "CACHE"},
                              {directory_of("XDG_DATA_HOME"), "DATA"},
                              {std::filesystem::current_path(ignored).string(), "HERE"},
                              {directory_of("XDG_RUNTIME_DIR"), "RUNTIME"},
                              {"/dev/shm/", "RUNTIME/"},
                              {run.facts.host.size() < 4 ? "" : run.facts.host, "HOST"}};
  auto const home = directory_of("HOME");
  if (home.size() > 5) list.push_back({home, "HOME"});  // "/root" is a guest's, too
  return list;
}

int export_run(export_options const& asked, common_options const& common) {
  auto chosen = choose_run(asked.run, common.results);
  if (!chosen) return complain_of(chosen.error());
  auto const& run = chosen->run;
  auto const what = plan::from_text(run.facts.plan);
  if (!what) return complain(what.error().message(), exit_inconclusive);
  auto const host = words_of_this_host(run, chosen->root);
  auto const granted = verdict::granted_by(what.value(), run.facts.time_scale);

  // Judged as it will be replayed: from the text that is written.
  verdict::judged_run judged(granted);
  verdict::cause_watch cause;
  std::string body;
  timeline::text_reader written([&](timeline::signal const& one) { judged.observe(one); });
  timeline::text_reader reader([&](timeline::signal const& one) {
    if (judged.ended() || !verdict::is_judged(one.what)) return;
    cause.observe(one);
    auto const line = verdict::without_host(timeline::to_text(one), host) + '\n';
    written.feed(line);
    body += line;
  });
  auto const damaged =
      chosen->each_timeline_chunk([&reader](std::string_view piece) { reader.feed(piece); });
  if (!damaged) return complain(damaged.error().message(), exit_inconclusive);
  reader.finish();
  auto const concluded = judged.conclude();

  verdict::exported_head head;
  head.name = what->name;
  head.about = verdict::without_host(what->about.substr(0, what->about.find('\n')), host);
  head.no_progress_s = in_seconds(granted.no_progress);
  head.time_scale = granted.time_scale;
  head.verdict = std::string(verdict::name_of(concluded.said.word));
  head.kind = std::string(verdict::name_of(concluded.said.kind));
  head.invalid = concluded.said.invalid;
  head.signature = concluded.signature;
  head.cause_s = asked.cause_s ? asked.cause_s : cause.cause_s();
  auto const text = verdict::to_text(head) + '\n' + body;
  if (asked.file == "-") {
    print("{}", text);
  } else {
    std::ofstream file(asked.file, std::ios::binary | std::ios::trunc);
    file << text;
    if (!file.flush())
      return complain(fmt::format("writing {}: {}", asked.file, std::strerror(errno)),
                      exit_inconclusive);
    if (!common.quiet)
      tell("{}: {}{}{}, {} bytes\n", asked.file, head.verdict, head.kind.empty() ? "" : "/",
           head.kind, text.size());
  }
  if (reader.skipped() + *damaged > 0)
    complain(fmt::format("{} lines of the timeline could not be read and are left out",
                         reader.skipped() + *damaged),
             0);
  return 0;
}

}  // namespace

void add_export(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "export", "Write a stored run as one file that can be replayed as a regression test");
  auto asked = std::make_shared<export_options>();
  command->add_option("run", asked->run, words_for_a_run)->capture_default_str();
  command->add_option("-o,--output", asked->file, "Where to; - is standard output")->required();
  command->add_option("--cause", asked->cause_s,
                      "When the guest was broken, in seconds since the run began (default: the "
                      "first fault or laboratory step)");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return export_run(*asked, common); }; });
}

}  // namespace wedgehog::cli
