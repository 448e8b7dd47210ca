// The judge against recordings of real guests (../shared/traces, when present): no false wedge, at
// most one sample in a hundred wrong, every kind right; and no false wedge when the recording is
// spoiled.
#include "tests/verdict/recordings.hpp"
#include "tests/verdict/spoil.hpp"

namespace wedgehog::verdict {
namespace {

TEST(traces, are_judged_as_their_labels_say) {
  auto const all = recordings();
  if (all.empty()) GTEST_SKIP() << "no recordings in ../shared/traces";
  score all_in_all;
  for (auto const& one : all)
    judge_by_labels(
        one, [](timeline::payload&) {}, all_in_all);
  std::cout << all.size() << " recordings, " << all_in_all.samples << " samples, "
            << all_in_all.wrong << " wrong\n";
  EXPECT_GT(all_in_all.samples, 1000U);
  EXPECT_LE(all_in_all.wrong * 100, all_in_all.samples);
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
