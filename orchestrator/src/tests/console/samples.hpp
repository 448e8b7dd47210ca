// Sample files for the console tests, and what the reports of a text look like when written down.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "console/report.hpp"
#include "console/signature.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::console::samples {

inline std::filesystem::path folder(char const* name) {
  return std::filesystem::path(WEDGEHOG_TESTDATA) / name;
}

// The shared seeds and corpus, which stand beside the source tree; WEDGEHOG_SHARED says where else.
inline std::filesystem::path shared(char const* what) {
  char const* elsewhere = std::getenv("WEDGEHOG_SHARED");
  return (elsewhere ? std::filesystem::path(elsewhere)
                    : std::filesystem::path(WEDGEHOG_SOURCE_DIR) / "../shared") /
         what;
}

inline std::vector<std::string> names(char const* in) {
  std::vector<std::string> out;
  for (auto const& entry : std::filesystem::directory_iterator(folder(in)))
    if (entry.path().extension() == ".txt") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

struct reading {
  std::vector<finding> findings;
  std::vector<report> reports;
};

inline reading read_in_pieces(std::string_view text, std::size_t piece) {
  static classifier const rules;
  report_reader reader{rules};
  for (std::size_t i = 0; i < text.size(); i += piece) reader.feed(text.substr(i, piece));
  reader.finish();
  return {reader.take_findings(), reader.take()};
}

// With `places` the line numbers and levels of every noteworthy line; without, the reports' names
// only.
inline std::string written(reading const& said, bool places = true) {
  std::string out;
  if (places)
    for (auto const& f : said.findings)
      out += "line " + std::to_string(f.line_number) + " " + std::string(name_of(f.level)) + " " +
             f.class_word + ": " + f.title + "\n";
  for (auto const& r : said.reports) {
    out += "report " + r.signature + " [" + std::string(name_of(r.head.level)) + " " + r.type +
           "] " + r.head.title;
    if (!r.signature.ends_with(r.head.function)) out += ", where: " + r.head.function;
    out += "\n";
  }
  return out.empty() ? "nothing\n" : out;
}

}  // namespace wedgehog::console::samples
