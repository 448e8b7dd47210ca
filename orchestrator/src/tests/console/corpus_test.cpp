// Real crash logs with known answers, where ../shared/corpus is present: floors below which a
// change has broken something.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "samples.hpp"

namespace wedgehog::console {
namespace {

struct labelled {
  std::map<std::string, std::string> field;
  std::string log;
};

std::vector<labelled> read_index(std::filesystem::path const& folder) {
  std::ifstream index(folder / "index.tsv");
  auto const split = [](std::string const& line) {
    std::vector<std::string> out(1);
    for (char const c : line) {
      if (c == '\t') {
        out.emplace_back();
      } else {
        out.back().push_back(c);
      }
    }
    return out;
  };
  std::string line;
  std::getline(index, line);
  auto const columns = split(line);
  std::vector<labelled> out;
  while (std::getline(index, line)) {
    auto const cells = split(line);
    labelled one;
    for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i)
      one.field[columns[i]] = cells[i];
    one.log = samples::read(folder / one.field["file"]);
    out.push_back(std::move(one));
  }
  return out;
}

class corpus : public testing::Test {
 protected:
  std::filesystem::path const folder = samples::shared("corpus");
  void SetUp() override {
    if (!std::filesystem::exists(folder / "dev/index.tsv"))
      GTEST_SKIP() << "no ../shared/corpus here";
  }
};

std::string signature_in(std::string const& log, std::size_t piece = 65536) {
  auto const said = samples::read_in_pieces(log, piece);
  report const* first = first_failure(said.reports);
  return first ? first->signature : "";
}

// "… in f" or "… in f / g" at the end of a title.
bool names_function(std::string const& title, std::string const& function) {
  std::size_t const at = title.rfind(" in ");
  if (at == std::string::npos || function.empty()) return false;
  std::string wanted = title.substr(at + 4);
  if (wanted == function || "sys_" + wanted == function) return true;
  return wanted.starts_with(function + "/");
}

TEST_F(corpus, crashes_are_found_and_named) {
  std::size_t crashes = 0;
  std::size_t found = 0;
  std::size_t quiet = 0;
  std::size_t wrong = 0;
  std::size_t named = 0;
  std::size_t right = 0;
  for (auto& one : read_index(folder / "dev")) {
    auto const said = samples::read_in_pieces(one.log, 65536);
    report const* first = first_failure(said.reports);
    std::string const& title = one.field["title"];
    if (title.empty()) {
      ++quiet;
      wrong += first != nullptr;
      continue;
    }
    if (one.field["corrupted"] != "n" || one.field["origin"] != "kernel") continue;
    ++crashes;
    found += first != nullptr;
    if (title.find(" in ") != std::string::npos) {
      ++named;
      right += first != nullptr && names_function(title, first->head.function);
    }
  }
  RecordProperty("found", std::to_string(found) + " of " + std::to_string(crashes));
  RecordProperty("named", std::to_string(right) + " of " + std::to_string(named));
  ASSERT_GT(crashes, 100u);
  EXPECT_GE(found * 100, crashes * 99) << found << " of " << crashes << " crashes found";
  EXPECT_LE(wrong, 1u) << "of " << quiet << " quiet logs";
  EXPECT_GE(right * 100, named * 80) << right << " of " << named << " functions right";
}

TEST_F(corpus, quiet_logs_stay_quiet) {
  std::size_t wrong = 0;
  auto const quiet = read_index(folder / "negatives");
  for (auto const& one : quiet) wrong += !signature_in(one.log).empty();
  ASSERT_GT(quiet.size(), 5u);
  EXPECT_LE(wrong, 2u);
}

TEST_F(corpus, names_do_not_depend_on_how_the_bytes_arrive) {
  std::size_t n = 0;
  for (auto const& one : read_index(folder / "dev")) {
    if (++n % 5 != 0) continue;
    EXPECT_EQ(signature_in(one.log, 1), signature_in(one.log)) << one.field.at("file");
  }
}

}  // namespace
}  // namespace wedgehog::console
