// wedgehog log RUN: what a run's console, its steps and its workloads wrote, also while it lives.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "folder/files.hpp"
#include "folder/timeline_file.hpp"
#include "report/escape.hpp"

namespace wedgehog::cli {
namespace {

struct log_options {
  std::string run = "latest";
  std::string of;
  bool follow = false;
};

// The timeline is written every few seconds.
constexpr std::chrono::milliseconds pause{500};

std::string who_wrote(timeline::output const& line) {
  auto const who = line.of == "step" ? "step " + line.source : line.source;
  return line.stream == "stderr" ? who + " (stderr)" : who;
}

class printer {
 public:
  printer(std::string of, bool json) : of_(std::move(of)), json_(json) {}

  void take(timeline::signal const& one) {
    if (auto const* line = std::get_if<timeline::console_line>(&one.what)) {
      if (of_.empty() || of_ == "console") print(one, "console", line->text);
    } else if (auto const* output = std::get_if<timeline::output>(&one.what)) {
      if (!of_.empty() && of_ != output->source) return;
      if (output->omitted > 0 && !json_)
        print(one, who_wrote(*output), fmt::format("({} bytes left out)", output->omitted));
      print(one, who_wrote(*output), output->text);
    }
  }

  [[nodiscard]] bool printed() const { return printed_; }

 private:
  void print(timeline::signal const& one, std::string_view who, std::string_view text) {
    printed_ = true;
    if (json_)
      cli::print("{}\n", timeline::to_text(one));
    else
      cli::print("{:12.6f} {}: {}\n", in_seconds(one.at), report::for_terminal(who),
                 report::for_terminal(text));
  }

  std::string of_;
  bool json_;
  bool printed_ = false;
};

// Until the run has ended and all that it left is printed.
result<void> follow(chosen_run const& chosen, timeline::text_reader& reader) {
  folder::timeline_follower timeline(chosen.folder() / folder::names::timeline);
  for (;;) {
    // Asked before the last look, so that nothing written in between is missed.
    auto const now = folder::read_run(chosen.folder());
    auto const read = timeline.read_on([&reader](std::string_view piece) { reader.feed(piece); });
    if (!read) return read.error();
    if (flush_output() != 0) return {};
    if (!now || standing_of(*now) != folder::standing::living) return {};
    std::this_thread::sleep_for(pause);
  }
}

int log(log_options const& asked, common_options const& common) {
  auto chosen = choose_run(asked.run, common.results);
  if (!chosen) return complain_of(chosen.error());
  printer lines(asked.of, common.json);
  timeline::text_reader reader([&lines](timeline::signal const& one) { lines.take(one); });
  std::uint64_t missing = 0;
  if (asked.follow && !chosen->run.folder.empty()) {
    if (auto const read = follow(*chosen, reader); !read)
      return complain(read.error().message(), exit_inconclusive);
  } else {
    auto const read =
        chosen->each_timeline_chunk([&reader](std::string_view piece) { reader.feed(piece); });
    if (!read) return complain(read.error().message(), exit_inconclusive);
    missing = *read;
  }
  reader.finish();
  if (missing > 0)
    complain(chosen->run.removed ? "the timeline was removed to make room"
                                 : fmt::format("{} pieces of the timeline are missing", missing),
             0);
  else if (!lines.printed() && !common.quiet)
    complain(asked.of.empty() ? "it wrote nothing"
                              : fmt::format("{} wrote nothing", report::for_terminal(asked.of)),
             0);
  return 0;
}

}  // namespace

void add_log(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "log", "What a run's console, steps and workloads wrote, with seconds since it began");
  auto asked = std::make_shared<log_options>();
  command->add_option("run", asked->run, words_for_a_run)->capture_default_str();
  command->add_option("--of", asked->of, "Only a workload (its name), a step (2.1), or console");
  command->add_flag("-f,--follow", asked->follow, "Go on while the run lives");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return log(*asked, common); }; });
}

}  // namespace wedgehog::cli
