// judge-trace FILE [--budget SECONDS]: reads one recording and prints one JSON object per sample.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "tools/trace_signals.hpp"
#include "verdict/judge.hpp"

namespace {

using namespace wedgehog;

boost::json::object answer(double t, verdict::judgement const& said) {
  boost::json::object out;
  out["t"] = t;
  out["state"] = verdict::name_of(said.state);
  if (said.kind == verdict::kind_word::none)
    out["kind"] = nullptr;
  else
    out["kind"] = verdict::name_of(said.kind);
  auto& flags = out["flags"].emplace_array();
  for (auto const flag : said.flags) flags.emplace_back(verdict::name_of(flag));
  auto& because = out["because"].emplace_array();
  for (auto const& reason : said.because) because.emplace_back(reason);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::string path;
  double budget_s = 60;
  for (int i = 1; i < argc; ++i) {
    std::string const word = argv[i];
    if (word == "--budget" && i + 1 < argc)
      budget_s = std::atof(argv[++i]);
    else if (path.empty() && !word.starts_with("-"))
      path = word;
    else
      path.clear(), i = argc;
  }
  if (path.empty() || !(budget_s > 0)) {
    std::cerr << "usage: judge-trace FILE [--budget SECONDS]\n";
    return 3;
  }
  std::ifstream file(path);
  if (!file) {
    std::cerr << "judge-trace: cannot read " << path << '\n';
    return 3;
  }
  verdict::budgets granted;
  granted.no_progress = microseconds(static_cast<std::int64_t>(budget_s * 1e6));
  verdict::judge sitting(granted);
  tools::trace_reader reader;
  std::size_t unread = 0;
  for (std::string text; std::getline(file, text);) {
    if (text.empty()) continue;
    auto const line = reader.read(text);
    if (!line) {
      ++unread;
      continue;
    }
    if (!line->is_sample) continue;
    for (auto const& one : line->sample.signals) sitting.observe(one);
    std::cout << answer(line->sample.t, sitting.at(line->sample.at)) << '\n';
  }
  if (unread > 0) std::cerr << "judge-trace: " << unread << " lines could not be read\n";
  return 0;
}
