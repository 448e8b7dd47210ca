// wedgehog signature FILE…: names the failures that console logs and task listings show.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "console/report.hpp"
#include "console/signature.hpp"
#include "console/wedge.hpp"

namespace wedgehog::cli {
namespace {

struct options {
  std::vector<std::string> files{"-"};
  std::string system = "any";
  bool wedges = false;
};

constexpr std::size_t listing_bound = std::size_t{16} << 20U;

// Only the first failure is kept: a log may be longer than memory.
std::optional<console::report> first_failure_in(std::istream& input, console::system which) {
  console::report_reader reader{console::classifier(which)};
  std::optional<console::report> first;
  auto const look = [&] {
    (void)reader.take_findings();
    for (auto& one : reader.take())
      if (!first && one.head.level >= console::severity::warning) first = std::move(one);
  };
  std::vector<char> chunk(1U << 16U);
  while (!first && input) {
    input.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    reader.feed({chunk.data(), static_cast<std::size_t>(input.gcount())});
    look();
  }
  reader.finish();
  look();
  return first;
}

boost::json::value text_or_null(std::string const& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

void print_json(boost::json::object const& one) {
  fmt::print("{}\n", boost::json::serialize(one));
}

// Task listings are small: the whole text at a time, up to a bound.
bool name_wedge(std::string const& name, std::istream& input, bool as_json) {
  std::string text(listing_bound, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  auto tasks = console::read_linux_tasks(text);
  if (tasks.empty()) tasks = console::read_illumos_tasks(text);
  if (tasks.empty()) tasks = console::read_ps_tasks(text);
  console::wedge const found = console::wedge_signature(tasks);
  if (as_json) {
    boost::json::array members;
    for (auto const& m : found.members) members.push_back({{"kind", m.kind}, {"place", m.place}});
    print_json({{"title", text_or_null(found.name)},
                {"type", "HANG"},
                {"class", "wedge"},
                {"func", nullptr},
                {"signature", text_or_null(found.name)},
                {"members", members}});
  } else {
    fmt::print("{}: {}\n", name, found.name.empty() ? "nothing is blocked" : found.name);
    for (auto const& m : found.members) fmt::print("  {} at {}\n", m.kind, m.place);
  }
  return !found.name.empty();
}

bool name_crash(std::string const& name, std::istream& input, options const& asked, bool as_json) {
  console::system which = console::system::any;
  (void)console::parse_name(asked.system, which);
  auto const first = first_failure_in(input, which);
  console::report const shown = first.value_or(console::report{});
  if (as_json)
    print_json({{"title", text_or_null(shown.head.title)},
                {"type", text_or_null(shown.type)},
                {"class", text_or_null(shown.head.class_word)},
                {"func", text_or_null(shown.head.function)},
                {"signature", text_or_null(shown.signature)}});
  else if (first)
    fmt::print("{}: {} ({})\n", name, shown.signature, shown.head.title);
  else
    fmt::print("{}: no failure found\n", name);
  return first.has_value();
}

int sign(options const& asked, common_options const& common) {
  int outcome = 0;
  for (auto const& name : asked.files) {
    std::ifstream file;
    bool const standard_input = name == "-";
    if (!standard_input) file.open(name, std::ios::binary);
    if (!standard_input && !file)
      return complain(fmt::format("reading {}: {}", name, std::strerror(errno)), exit_usage);
    std::error_code ignored;
    if (!standard_input && std::filesystem::is_directory(name, ignored))
      return complain(fmt::format("{} is a folder, not a console log", name), exit_usage);
    std::istream& input = standard_input ? std::cin : file;
    bool const named = asked.wedges ? name_wedge(name, input, common.json)
                                    : name_crash(name, input, asked, common.json);
    if (!named) outcome = 1;
  }
  return outcome;
}

}  // namespace

void add_signature(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "signature", "Name the failure in a console log, stable across addresses, pids and builds");
  auto asked = std::make_shared<options>();
  command->add_option("files", asked->files, "Console logs; - or none: standard input");
  command->add_flag("--wedge", asked->wedges,
                    "The files are task listings (sysrq-w, ps -axl, ::findstack -v): name the "
                    "wedge that they show");
  command->add_option("--system", asked->system, "Whose messages: any, or one system's tables only")
      ->capture_default_str()
      ->check(CLI::IsMember({"any", "linux", "dragonfly", "illumos", "bsd"}));
  command->footer("Exit code: 0 every file shows a failure, 1 not every one, 3 wrong usage.");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return sign(*asked, common); }; });
}

}  // namespace wedgehog::cli
