// wedgehog signature FILE…: names the failures that console logs and task listings show, and lists
// every event of a night.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/opened_results.hpp"
#include "cli/terminal.hpp"
#include "console/events.hpp"
#include "console/wedge.hpp"

namespace wedgehog::cli {
namespace {

struct signature_options {
  std::vector<std::string> files{"-"};
  std::string system = "any";
  bool wedges = false;
};

constexpr std::size_t listing_bound = std::size_t{16} << 20U;

constexpr std::size_t chunk_bytes = std::size_t{1} << 16U;

// The whole text, however long: what is kept of it is bounded.
console::event_list events_in(std::istream& input, std::string_view head, console::system which) {
  console::event_list found{console::classifier(which)};
  found.feed(head);
  std::vector<char> chunk(chunk_bytes);
  while (input) {
    input.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    found.feed({chunk.data(), static_cast<std::size_t>(input.gcount())});
  }
  found.finish();
  return found;
}

boost::json::value text_or_null(std::string const& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

void print_json(boost::json::object const& one) {
  print("{}\n", boost::json::serialize(one));
}

std::string read_up_to(std::istream& input, std::size_t bound) {
  std::string text(bound, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  return text;
}

// Task listings are small: the whole text at a time, up to a bound.
bool name_wedge(std::string const& name, std::istream& input, std::string const& head,
                bool as_json) {
  std::string const text = head + read_up_to(input, listing_bound);
  console::wedge const found = console::wedge_signature(console::read_tasks(text));
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
    print("{}: {}\n", name, found.name.empty() ? "nothing is blocked" : found.name);
    for (auto const& m : found.members) print("  {} at {}\n", m.kind, m.place);
  }
  return !found.name.empty();
}

boost::json::object as_json(console::event const& one) {
  boost::json::array alternatives;
  for (auto const& other : one.name.alternatives) alternatives.emplace_back(other);
  return {{"title", text_or_null(one.what.title)},
          {"type", text_or_null(one.type)},
          {"class", text_or_null(one.what.class_word)},
          {"func", text_or_null(one.what.function)},
          {"signature", text_or_null(one.name.signature)},
          {"level", console::name_of(one.what.level)},
          {"line", one.what.line_number},
          {"time", text_or_null(one.what.time)},
          {"count", one.count},
          {"last_line", one.last_line},
          {"corrupted", one.name.corrupted},
          {"alternatives", alternatives}};
}

// The first failure's fields, as if it were alone, and all events beside them.
void print_events_as_json(console::event_list const& found) {
  boost::json::object out;
  if (auto const* naming = found.naming())
    out = as_json(*naming);
  else
    for (char const* key : {"title", "type", "class", "func", "signature"}) out[key] = nullptr;
  boost::json::array events;
  for (auto const& one : found.events()) events.push_back(as_json(one));
  out["events"] = std::move(events);
  out["events_omitted"] = found.omitted();
  print_json(out);
}

void print_event(console::event const& one) {
  std::string line = fmt::format("  line {}", one.what.line_number);
  if (!one.what.time.empty()) line += fmt::format(", {}", one.what.time);
  line += fmt::format(": {} {} ({})", console::name_of(one.what.level), one.name.signature,
                      one.what.title);
  if (one.count > 1) line += fmt::format(", {} times up to line {}", one.count, one.last_line);
  if (one.name.corrupted) line += ", corrupted: the text around it is cut or mixed";
  for (auto const& other : one.name.alternatives) line += fmt::format("\n    or {}", other);
  print("{}\n", line);
}

bool name_events(std::string const& name, std::istream& input, std::string const& head,
                 signature_options const& asked, bool json) {
  console::system which = console::system::any;
  (void)console::parse_name(asked.system, which);
  auto const found = events_in(input, head, which);
  auto const* naming = found.naming();
  if (json) {
    print_events_as_json(found);
    return naming != nullptr;
  }
  if (naming != nullptr)
    print("{}: {} ({})\n", name, naming->name.signature, naming->what.title);
  else
    print("{}: no failure found\n", name);
  for (auto const& one : found.events()) print_event(one);
  if (found.omitted() > 0) print("  and {} more events\n", found.omitted());
  return naming != nullptr;
}

// What is read for a name: a file as it is, and of a run, by its folder or what people call it,
// what its console said or which tasks its guest had.
result<std::filesystem::path> text_of(std::string const& name, signature_options const& asked,
                                      common_options const& common) {
  std::error_code failure;
  auto const kind = std::filesystem::status(name, failure).type();
  if (kind != std::filesystem::file_type::not_found &&
      kind != std::filesystem::file_type::directory)
    return name;
  auto const chosen = choose_run(name, common.results);
  if (!chosen)
    return recipe_error(
        fmt::format("{}: no such file, and no run: {}", name, chosen.error().message()));
  auto const folder = chosen->folder();
  auto const file = folder / (asked.wedges ? "guest/ps.txt" : "console.raw");
  if (folder.empty() || !std::filesystem::exists(file, failure))
    return recipe_error(fmt::format(
        "the run {} has no {}", name,
        asked.wedges ? "listing of its tasks (guest/ps.txt)" : "console (console.raw)"));
  return file;
}

int sign(signature_options const& asked, common_options const& common) {
  int outcome = 0;
  for (auto const& name : asked.files) {
    std::ifstream file;
    bool const standard_input = name == "-";
    if (!standard_input) {
      auto const from = text_of(name, asked, common);
      if (!from) return complain(from.error().message(), exit_usage);
      file.open(*from, std::ios::binary);
      if (!file)
        return complain(fmt::format("reading {}: {}", from->string(), std::strerror(errno)),
                        exit_usage);
    }
    std::istream& input = standard_input ? std::cin : file;
    std::string const head = read_up_to(input, chunk_bytes);
    if (auto const why = console::why_no_text(head); !why.empty())
      return complain(fmt::format("{} cannot be read: {}", name, why), exit_usage);
    bool const named = asked.wedges ? name_wedge(name, input, head, common.json)
                                    : name_events(name, input, head, asked, common.json);
    if (!named) outcome = 1;
  }
  return outcome;
}

}  // namespace

void add_signature(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "signature",
      "Name the failures in a console log or journal, stable across addresses, pids and builds");
  auto asked = std::make_shared<signature_options>();
  command->add_option("files", asked->files,
                      "Console logs, as dmesg, journalctl or a serial line give them, or runs, by "
                      "their folder or as "
                      "`show` takes them; - or none: standard input");
  command->add_flag(
      "--wedge", asked->wedges,
      "The files are task listings (sysrq-w, /proc/PID/stack, crash's bt, procstat -kk, "
      "ps -axl, ::findstack -v): name the "
      "wedge that they show");
  command->add_option("--system", asked->system, "Whose messages: any, or one system's tables only")
      ->capture_default_str()
      ->check(CLI::IsMember({"any", "linux", "dragonfly", "illumos", "bsd"}));
  command->footer("Exit code: 0 every file shows a failure, 1 not every one, 3 wrong usage.");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return sign(*asked, common); }; });
}

}  // namespace wedgehog::cli
