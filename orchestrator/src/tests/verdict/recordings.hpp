// Recordings of real guests with what was true of them (../shared/traces, when present), and what
// may be said of each truth.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "tools/trace_signals.hpp"
#include "verdict/judge.hpp"

namespace wedgehog::verdict {

namespace json = boost::json;

struct labelled {
  tools::trace_sample sample;
  std::string truth;
};
struct recording {
  std::string name;
  double budget_s = 20;
  std::vector<labelled> samples;  // without the boot and the probes
};

inline std::vector<recording> recordings() {
  std::vector<recording> all;
  for (auto const* place : {"/../shared/traces", "/../../shared/traces"}) {
    std::error_code absent;
    for (auto const& entry :
         std::filesystem::directory_iterator(std::string(WEDGEHOG_SOURCE_DIR) + place, absent)) {
      if (entry.path().extension() != ".jsonl") continue;
      recording one;
      one.name = entry.path().filename().string();
      if (one.name.starts_with("14")) one.budget_s = 60;
      tools::trace_reader reader;
      std::ifstream file(entry.path());
      for (std::string text; std::getline(file, text);) {
        auto const value = json::parse(text);
        auto const& object = value.get_object();
        if (object.contains("type")) continue;
        auto const phase = object.at("phase").as_string();
        if (phase == "boot" || phase == "probe") continue;
        auto line = reader.read(text);
        if (!line) ADD_FAILURE() << one.name << ": " << line.error().message();
        one.samples.push_back(
            {std::move(line->sample), std::string(object.at("truth").as_string())});
      }
      all.push_back(std::move(one));
    }
    if (!all.empty()) break;
  }
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
  return all;
}

inline bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What may be said of each truth; "+flag" is any state with that flag.
inline bool accepts(std::string const& truth, judgement const& said) {
  static std::map<std::string, std::vector<std::string>> const table = {
      {"ok", {"ok"}},
      {"ok-paused", {"ok", "suspect", "slow"}},
      {"ok-frozen", {"ok", "frozen", "suspect", "slow"}},
      {"slow", {"slow", "ok"}},
      {"wedged", {"wedged", "suspect"}},
      {"wedged-user", {"wedged", "suspect"}},
      {"oops-wedged", {"wedged"}},
      {"oops", {"+oops"}},
      {"hardlock", {"locked-up"}},
      {"hardlock1", {"locked-up", "+cpu-stuck"}},
      {"softlock", {"locked-up", "+cpu-stuck"}},
      {"rcuhog", {"locked-up", "+cpu-stuck"}},
      {"panic", {"panicked", "exited", "rebooted"}},
      {"ioerror", {"workload-failed"}},
      {"starved", {"userland-starved"}},
      {"workload-stopped", {"workload-stopped", "suspect"}}};
  auto const row = table.find(truth);
  if (row == table.end()) return name_of(said.state) == truth;
  return std::any_of(row->second.begin(), row->second.end(), [&](std::string const& word) {
    if (word[0] != '+') return name_of(said.state) == word;
    return std::any_of(said.flags.begin(), said.flags.end(),
                       [&](flag_word flag) { return name_of(flag) == word.substr(1); });
  });
}

// How long after a change of the truth nobody can know.
inline double settle_s(std::string const& truth, double budget_s) {
  static std::map<std::string, double> const table = {
      {"panic", 3},        {"exited", 2.5}, {"rebooted", 2.5}, {"paused", 3},
      {"host-stopped", 5}, {"oops", 3},     {"ok", 12},        {"ok-paused", 0}};
  auto const row = table.find(truth);
  return row == table.end() ? budget_s + 8 : row->second;
}

inline bool healthy(std::string const& truth) {
  return one_of(truth, {"ok", "slow", "ok-paused", "ok-frozen"});
}

inline bool wedge(judgement const& said) {
  return one_of(name_of(said.state), {"wedged", "locked-up", "panicked"});
}

inline judge sitting_on(recording const& one) {
  budgets granted;
  granted.no_progress = microseconds(static_cast<std::int64_t>(one.budget_s * 1e6));
  return judge(granted);
}

// The kind that a wedge must have at the end, by the beginning of the recording's name.
inline std::map<std::string, std::string> const& kinds_by_name() {
  static std::map<std::string, std::string> const kinds = {
      {"03", "software-wait"}, {"04", "livelock"},        {"05", "held-io"},
      {"25", "held-io"},       {"19", "lost-completion"}, {"16", "software-wait"},
      {"09b", "after-oops"},   {"21", "user-wait"},       {"22", "user-spin"}};
  return kinds;
}

struct score {
  std::size_t samples = 0;
  std::size_t wrong = 0;
};

// Judges a recording sample by sample and holds each judgement against its label; `change` is done
// to every payload before the judge sees it.
template <class Change>
void judge_by_labels(recording const& one, Change const& change, score& into) {
  auto sitting = sitting_on(one);
  std::string truth, kind;
  double changed_s = -99;
  for (auto const& [sample, label] : one.samples) {
    for (auto each : sample.signals) {
      change(each.what);
      sitting.observe(each);
    }
    auto const said = sitting.at(sample.at);
    if (label != truth && !truth.empty()) changed_s = sample.t;
    truth = label;
    double const since_s = sample.t - changed_s;
    EXPECT_FALSE(healthy(truth) && wedge(said) && since_s > 12)
        << one.name << " at " << sample.t << ": false " << name_of(said.state);
    if (since_s < settle_s(truth, one.budget_s)) continue;
    ++into.samples;
    if (!accepts(truth, said)) {
      ++into.wrong;
      std::cout << one.name << " at " << sample.t << " is " << truth << ", said "
                << name_of(said.state) << '\n';
    }
    if (said.state == state_word::wedged && !healthy(truth)) kind = name_of(said.kind);
  }
  for (auto const& [prefix, want] : kinds_by_name()) {
    bool const named = one.name.starts_with(prefix) && !kind.empty();
    EXPECT_EQ(named ? kind : want, want) << one.name;
  }
}

}  // namespace wedgehog::verdict
