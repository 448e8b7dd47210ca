// The judge against recordings of real guests (../shared/traces, when present): no false wedge, at
// most one sample in a hundred wrong, every kind right; and no false wedge when the recording is
// spoiled.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/verdict/spoil.hpp"
#include "tools/trace_signals.hpp"
#include "verdict/judge.hpp"

namespace wedgehog::verdict {
namespace {

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

std::vector<recording> recordings() {
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

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// What may be said of each truth; "+flag" is any state with that flag.
bool accepts(std::string const& truth, judgement const& said) {
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
double settle_s(std::string const& truth, double budget_s) {
  static std::map<std::string, double> const table = {
      {"panic", 3},        {"exited", 2.5}, {"rebooted", 2.5}, {"paused", 3},
      {"host-stopped", 5}, {"oops", 3},     {"ok", 12},        {"ok-paused", 0}};
  auto const row = table.find(truth);
  return row == table.end() ? budget_s + 8 : row->second;
}

bool healthy(std::string const& truth) {
  return one_of(truth, {"ok", "slow", "ok-paused", "ok-frozen"});
}

bool wedge(judgement const& said) {
  return one_of(name_of(said.state), {"wedged", "locked-up", "panicked"});
}

judge sitting_on(recording const& one) {
  budgets granted;
  granted.no_progress = microseconds(static_cast<std::int64_t>(one.budget_s * 1e6));
  return judge(granted);
}

TEST(traces, are_judged_as_their_labels_say) {
  auto const all = recordings();
  if (all.empty()) GTEST_SKIP() << "no recordings in ../shared/traces";
  static std::map<std::string, std::string> const kinds = {
      {"03", "software-wait"}, {"04", "livelock"},        {"05", "held-io"},
      {"25", "held-io"},       {"19", "lost-completion"}, {"16", "software-wait"},
      {"09b", "after-oops"},   {"21", "user-wait"},       {"22", "user-spin"}};
  std::size_t scored = 0, wrong = 0;
  for (auto const& one : all) {
    auto sitting = sitting_on(one);
    std::string truth, kind;
    double changed_s = -99;
    for (auto const& [sample, label] : one.samples) {
      for (auto const& each : sample.signals) sitting.observe(each);
      auto const said = sitting.at(sample.at);
      if (label != truth) {
        if (!truth.empty()) changed_s = sample.t;
        truth = label;
      }
      double const since_s = sample.t - changed_s;
      EXPECT_FALSE(healthy(truth) && wedge(said) && since_s > 12)
          << one.name << " at " << sample.t << ": false " << name_of(said.state);
      if (since_s < settle_s(truth, one.budget_s)) continue;
      ++scored;
      if (!accepts(truth, said)) {
        ++wrong;
        std::cout << one.name << " at " << sample.t << " is " << truth << ", said "
                  << name_of(said.state) << '\n';
      }
      if (said.state == state_word::wedged && !healthy(truth)) kind = name_of(said.kind);
    }
    for (auto const& [prefix, want] : kinds) {
      bool const named = one.name.starts_with(prefix) && !kind.empty();
      EXPECT_EQ(named ? kind : want, want) << one.name;
    }
  }
  std::cout << all.size() << " recordings, " << scored << " samples, " << wrong << " wrong\n";
  EXPECT_GT(scored, 1000U);
  EXPECT_LE(wrong * 100, scored);
}

// Nothing rests on one sign: without any one source the judge knows less, and accuses nobody for
// it.
TEST(traces, a_source_that_is_missing_makes_no_false_wedge) {
  auto const all = recordings();
  if (all.empty()) GTEST_SKIP() << "no recordings in ../shared/traces";
  std::vector<std::vector<std::string_view>> const absences = {
      {"beat"},          {"canary"},
      {"disk"},          {"vcpu"},
      {"guest"},         {"console_class", "console_line"},
      {"machine_state"}, {"workload"},
      {"disk", "guest"}, {"beat", "canary", "guest"}};
  for (auto const& absent : absences) {
    for (auto const& one : all) {
      auto sitting = sitting_on(one);
      std::string truth;
      double changed_s = -99;
      for (auto const& [sample, label] : one.samples) {
        for (auto const& each : sample.signals)
          if (std::find(absent.begin(), absent.end(), timeline::kind_of(each.what)) == absent.end())
            sitting.observe(each);
        if (label != truth) changed_s = truth.empty() ? -99 : sample.t;
        truth = label;
        auto const said = sitting.at(sample.at);
        ASSERT_FALSE(healthy(truth) && wedge(said) && sample.t - changed_s > 12)
            << one.name << " without " << absent.front() << " at " << sample.t << ": false "
            << name_of(said.state);
      }
    }
  }
}

TEST(traces, spoiled_recordings_make_no_false_wedge) {
  auto const all = recordings();
  if (all.empty()) GTEST_SKIP() << "no recordings in ../shared/traces";
  for (auto const& one : all) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      std::vector<timeline::signal> whole;
      std::map<microseconds, std::string> truths;
      std::vector<std::pair<microseconds, microseconds>> unsure;  // around changes of the truth
      std::string truth;
      for (auto const& [sample, label] : one.samples) {
        whole.insert(whole.end(), sample.signals.begin(), sample.signals.end());
        if (label != truth)
          unsure.emplace_back(sample.at - std::chrono::seconds(1),
                              sample.at + std::chrono::seconds(16));
        truth = label;
        truths[sample.at] = label;
      }
      auto sitting = sitting_on(one);
      microseconds latest{};
      for (auto const& each : spoil(whole, chance(seed))) {
        sitting.observe(each);
        if (each.at <= latest) continue;
        latest = each.at;
        auto const said = sitting.at(latest);
        auto const now = truths.find(latest);
        if (now == truths.end() || !healthy(now->second)) continue;
        bool const settled = std::none_of(unsure.begin(), unsure.end(), [&](auto const& span) {
          return latest >= span.first && latest <= span.second;
        });
        ASSERT_FALSE(settled && wedge(said))
            << one.name << " seed " << seed << " at " << in_seconds(latest) << ": "
            << name_of(said.state) << (said.because.empty() ? "" : "; " + said.because.front());
      }
    }
  }
}

}  // namespace
}  // namespace wedgehog::verdict
