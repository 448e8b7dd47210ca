// Real crash logs with known answers, where ../shared/corpus is present: floors below which a
// change has broken something.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "console/wedge.hpp"
#include "samples.hpp"
#include "styles.hpp"
#include "tests/file_text.hpp"

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
    one.log = testing::text_of(folder / one.field["file"]);
    out.push_back(std::move(one));
  }
  return out;
}

class corpus : public ::testing::Test {
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
  EXPECT_GE(found * 1000, crashes * 997) << found << " of " << crashes << " crashes found";
  EXPECT_EQ(wrong, 0u) << "of " << quiet << " quiet logs";
  EXPECT_GE(right * 100, named * 88) << right << " of " << named << " functions right";
}

double pairs_in(std::map<std::string, std::size_t> const& groups) {
  double out = 0;
  for (auto const& [name, n] : groups) out += static_cast<double>(n * (n - 1)) / 2;
  return out;
}

// Of all pairs of logs: those that share a signature against those that are one failure.
TEST_F(corpus, logs_of_one_failure_share_a_name) {
  std::map<std::string, std::size_t> by_title, by_signature, by_both;
  for (auto& one : read_index(folder / "dev")) {
    std::string const title = one.field["os"] + one.field["title"];
    if (one.field["title"].empty() || one.field["corrupted"] != "n" ||
        one.field["origin"] != "kernel")
      continue;
    std::string signature = signature_in(one.log);
    if (signature.empty()) signature = one.field["file"];
    signature = one.field["os"] + signature;
    ++by_title[title];
    ++by_signature[signature];
    ++by_both[title + signature];
  }
  double const f1 = 2 * pairs_in(by_both) / (pairs_in(by_title) + pairs_in(by_signature));
  RecordProperty("pair_f1", std::to_string(f1));
  EXPECT_GE(f1, 0.86);
}

// Trust is told: most of what the corpus calls corrupted, and little else.
TEST_F(corpus, corrupted_texts_are_told_from_whole_ones) {
  std::size_t corrupted = 0, told = 0, whole = 0, accused = 0;
  for (auto& one : read_index(folder / "dev")) {
    if (one.field["title"].empty() || one.field["origin"] != "kernel") continue;
    auto const said = samples::read_in_pieces(one.log, 65536);
    report const* const first = first_failure(said.reports);
    if (first == nullptr) continue;
    bool const truth = one.field["corrupted"] == "y";
    (truth ? corrupted : whole) += 1;
    (truth ? told : accused) += first->corrupted ? 1 : 0;
  }
  RecordProperty("told", std::to_string(told) + " of " + std::to_string(corrupted));
  EXPECT_GE(told * 2, corrupted) << told << " of " << corrupted;
  EXPECT_LE(accused * 20, whole) << accused << " of " << whole;
}

TEST_F(corpus, quiet_logs_stay_quiet) {
  std::size_t wrong = 0;
  auto const quiet = read_index(folder / "negatives");
  for (auto const& one : quiet) wrong += !signature_in(one.log).empty();
  ASSERT_GT(quiet.size(), 5u);
  EXPECT_EQ(wrong, 0u);
}

TEST_F(corpus, names_do_not_depend_on_how_the_bytes_arrive) {
  std::size_t n = 0;
  for (auto const& one : read_index(folder / "dev")) {
    if (++n % 5 != 0) continue;
    EXPECT_EQ(signature_in(one.log, 1), signature_in(one.log)) << one.field.at("file");
  }
}

std::string wedge_in(std::string const& text) {
  return wedge_signature(read_tasks(text)).name;
}

TEST_F(corpus, names_do_not_depend_on_the_transport) {
  for (auto const& one : read_index(folder / "dev")) {
    auto const words = samples::words_of(one.log);
    auto const& styles = samples::styles();
    std::string const plain = samples::printed(words, styles[0]);
    std::string const name = signature_in(plain);
    std::string const wedge = wedge_in(plain);
    for (auto const& style : styles) {
      std::string const text = samples::printed(words, style);
      EXPECT_EQ(signature_in(text), name) << one.field.at("file") << " by " << style.name;
      EXPECT_EQ(wedge_in(text), wedge) << one.field.at("file") << " by " << style.name;
    }
  }
}

TEST_F(corpus, names_do_not_depend_on_the_width_of_a_console) {
  std::size_t odd = 0;  // a different width for each log, between 73 and 160
  for (auto const& one : read_index(folder / "dev")) {
    odd = (odd + 31) % 88;
    for (std::size_t const width :
         {std::size_t{72}, std::size_t{80}, std::size_t{100}, std::size_t{132}, 73 + odd}) {
      std::string const text = samples::wrapped(one.log, width);
      EXPECT_EQ(signature_in(text), signature_in(one.log)) << one.field.at("file") << " " << width;
      EXPECT_EQ(wedge_in(text), wedge_in(one.log)) << one.field.at("file") << " " << width;
    }
  }
}

// The same crash on another machine: other addresses, times, tasks and CPUs.
TEST_F(corpus, names_do_not_depend_on_addresses_times_and_tasks) {
  std::regex const number(R"((\bffff[0-9a-f]{6}|\[ *|\]\[ *T|PID: |pid: ?)([0-9a-f]+))");
  for (auto const& one : read_index(folder / "dev")) {
    std::string other;
    auto from = one.log.begin();
    for (std::sregex_iterator it(one.log.begin(), one.log.end(), number), end; it != end; ++it) {
      other.append(from, (*it)[2].first);
      for (char const c : (*it)[2].str())
        other.push_back(c >= '1' && c < '9' ? static_cast<char>(c + 1) : c);
      from = (*it)[2].second;
    }
    other.append(from, one.log.end());
    EXPECT_EQ(signature_in(other), signature_in(one.log)) << one.field.at("file");
  }
}

}  // namespace
}  // namespace wedgehog::console
