// Runs of real guests in situations that somebody decided first (../shared/truths, when present):
// what a kernel expert would say of each, and what names those that wedge.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "tests/verdict/replayed.hpp"

namespace wedgehog::verdict {
namespace {

namespace files = std::filesystem;

files::path place_of_truths() {
  for (auto const* place : {"/../shared/truths/runs", "/../../shared/truths/runs"}) {
    files::path const found = std::string(WEDGEHOG_SOURCE_DIR) + place;
    if (files::is_directory(found)) return found;
  }
  return {};
}

// Any of these words is right. The runs end where the judge of their day ended them, so what would
// have passed had it gone on is `unknown` here.
std::map<std::string, std::set<std::string>> const truths{
    {"05b", {"slow"}},
    {"06", {"workload-stopped", "frozen"}},
    {"08-6", {"slow"}},
    {"09", {"workload-died", "workload-failed", "panicked"}},
    {"18-retries", {"workload-failed", "failed"}},
    {"19c", {"wedged/software-wait"}},
    {"20b", {"passed", "slow"}},
    {"25", {"slow"}},
    {"27", {"frozen"}},
    {"43", {"wedged/software-wait"}},
    {"52", {"slow"}},
    {"57", {"exited", "unknown"}},
    {"70", {"workload-died", "workload-failed", "failed"}},
    {"71", {"workload-failed", "failed"}},
};

TEST(truths, are_what_is_said_of_their_runs) {
  auto const place = place_of_truths();
  if (place.empty()) GTEST_SKIP() << "no runs in ../shared/truths";
  for (auto const& [name, words] : truths) {
    auto const run = read_exported(place / (name + ".jsonl"));
    auto const made = replay(run);
    EXPECT_TRUE(words.contains(describe(made.said)))
        << name << ": " << describe(made.said) << " " << made.signature << reasons(made.said);
  }
}

TEST(truths, are_all_known) {
  auto const place = place_of_truths();
  if (place.empty()) GTEST_SKIP() << "no runs in ../shared/truths";
  for (auto const& entry : files::directory_iterator(place))
    EXPECT_TRUE(truths.contains(entry.path().stem().string())) << entry.path();
}

}  // namespace
}  // namespace wedgehog::verdict
