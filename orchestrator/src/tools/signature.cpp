// wedgehog-signature FILE…: names the failure that a console log shows. Reads standard input
// without a file.
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "console/report.hpp"
#include "console/signature.hpp"
#include "console/wedge.hpp"

namespace {
namespace console = wedgehog::console;

std::vector<console::report> read_all(std::istream& input) {
  console::report_reader reader{console::classifier()};
  std::vector<char> chunk(1 << 16);
  while (input.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), input.gcount() > 0)
    reader.feed({chunk.data(), static_cast<std::size_t>(input.gcount())});
  reader.finish();
  return reader.take();
}

boost::json::value text_or_null(std::string const& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

// Task listings are small: the whole text at a time, up to a bound.
bool name_wedge(char const* name, std::istream& input, bool as_json) {
  std::string text(std::size_t{16} << 20, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  auto tasks = console::read_linux_tasks(text);
  if (tasks.empty()) tasks = console::read_illumos_tasks(text);
  if (tasks.empty()) tasks = console::read_ps_tasks(text);
  console::wedge const found = console::wedge_signature(tasks);
  if (as_json) {
    boost::json::array members;
    for (auto const& m : found.members) members.push_back({{"kind", m.kind}, {"place", m.place}});
    boost::json::object const object{{"title", text_or_null(found.name)},
                                     {"type", "HANG"},
                                     {"class", "wedge"},
                                     {"func", nullptr},
                                     {"signature", text_or_null(found.name)},
                                     {"members", members}};
    std::puts(boost::json::serialize(object).c_str());
  } else {
    std::printf("%s: %s\n", name, found.name.empty() ? "nothing is blocked" : found.name.c_str());
    for (auto const& m : found.members)
      std::printf("  %s at %s\n", m.kind.c_str(), m.place.c_str());
  }
  return !found.name.empty();
}
}  // namespace

int main(int argc, char** argv) {
  std::vector<char const*> files;
  bool as_json = false;
  bool wedges = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      as_json = true;
    } else if (std::strcmp(argv[i], "--wedge") == 0) {
      wedges = true;
    } else if (std::strcmp(argv[i], "--help") == 0) {
      std::puts(
          "usage: wedgehog-signature [--json] [--wedge] [FILE...]\n"
          "Names the failure that each console log shows; standard input without a file.\n"
          "With --wedge the files are listings of tasks (sysrq-w, ps -axl, ::findstack -v) and "
          "the wedge that they show is named.\n"
          "One line per file: the signature and the title, or a JSON object with --json.\n"
          "Exit code: 0 a failure was found in every file, 1 not in every one, 3 a file could not "
          "be read.");
      return 0;
    } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
      std::fprintf(stderr, "wedgehog-signature: unknown option %s; see --help\n", argv[i]);
      return 3;
    } else {
      files.push_back(argv[i]);
    }
  }
  if (files.empty()) files.push_back("-");

  int outcome = 0;
  for (char const* name : files) {
    std::ifstream file;
    bool const standard_input = std::strcmp(name, "-") == 0;
    if (!standard_input) file.open(name, std::ios::binary);
    if (!standard_input && !file) {
      std::fprintf(stderr, "wedgehog-signature: reading %s: %s\n", name, std::strerror(errno));
      return 3;
    }
    std::istream& input = standard_input ? std::cin : file;
    if (wedges) {
      if (!name_wedge(name, input, as_json)) outcome = 1;
      continue;
    }
    std::vector<console::report> const reports = read_all(input);
    console::report const* first = console::first_failure(reports);
    if (first == nullptr) outcome = 1;
    console::report const none;
    console::report const& shown = first ? *first : none;
    if (as_json) {
      boost::json::object object{{"title", text_or_null(shown.head.title)},
                                 {"type", text_or_null(shown.type)},
                                 {"class", text_or_null(shown.head.class_word)},
                                 {"func", text_or_null(shown.head.function)},
                                 {"signature", text_or_null(shown.signature)}};
      std::puts(boost::json::serialize(object).c_str());
    } else if (first) {
      std::printf("%s: %s (%s)\n", name, shown.signature.c_str(), shown.head.title.c_str());
    } else {
      std::printf("%s: no failure found\n", name);
    }
  }
  return outcome;
}
