// Names of wedges on real guests as a matrix (testdata/runs/causes.tsv: run, cause): different
// causes have different names, and the same cause has the same name in every run.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "tests/verdict/replayed.hpp"

namespace wedgehog::verdict {
namespace {

namespace files = std::filesystem;

files::path const folder = files::path(WEDGEHOG_TESTDATA) / "runs";

std::map<std::string, std::string> causes_of_runs() {
  std::map<std::string, std::string> found;
  std::ifstream table(folder / "causes.tsv");
  for (std::string line; std::getline(table, line);) {
    auto const tab = line.find('\t');
    if (line.empty() || line.front() == '#') continue;
    EXPECT_NE(tab, std::string::npos) << line;
    EXPECT_TRUE(found.emplace(line.substr(0, tab), line.substr(tab + 1)).second) << line;
  }
  return found;
}

TEST(causes, have_a_name_each_and_the_same_in_every_run) {
  std::map<std::string, std::set<std::string>> names_of_cause, causes_of_name;
  for (auto const& [run, cause] : causes_of_runs()) {
    auto const made = replay(read_exported(folder / (run + ".jsonl")));
    EXPECT_TRUE(made.signature.starts_with("wedge/")) << run << ": " << made.signature;
    names_of_cause[cause].insert(made.signature);
    causes_of_name[made.signature].insert(cause);
  }
  for (auto const& [cause, names] : names_of_cause)
    EXPECT_EQ(names.size(), 1U) << cause << ": " << ::testing::PrintToString(names);
  for (auto const& [name, causes] : causes_of_name)
    EXPECT_EQ(causes.size(), 1U) << name << ": " << ::testing::PrintToString(causes);
}

TEST(causes, of_all_runs_that_wedged_are_in_the_table) {
  auto const known = causes_of_runs();
  std::map<std::string, int> runs_of_cause;
  for (auto const& entry : files::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    auto const run = entry.path().stem().string();
    bool const named = read_exported(entry.path()).head.signature.starts_with("wedge/");
    EXPECT_TRUE(!named || known.contains(run)) << run;
  }
  for (auto const& [run, cause] : known) ++runs_of_cause[cause];
  int twice = 0;
  for (auto const& [cause, runs] : runs_of_cause) twice += runs > 1;
  EXPECT_GE(runs_of_cause.size(), 8U);
  EXPECT_GE(twice, 5) << "causes that were seen more than once";
}

}  // namespace
}  // namespace wedgehog::verdict
