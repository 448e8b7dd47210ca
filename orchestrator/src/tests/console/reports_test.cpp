// Failure texts as people paste them, against what a person says of each (../shared/reports).
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "console/events.hpp"
#include "console/wedge.hpp"
#include "samples.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::console {
namespace {

struct asked {
  std::string file, how, shows, answer;
};

std::vector<asked> questions() {
  std::vector<asked> out;
  std::ifstream in(samples::shared("reports") / "expected.tsv");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream cells(line);
    asked one;
    std::getline(cells, one.file, '\t');
    std::getline(cells, one.how, '\t');
    std::getline(cells, one.shows, '\t');
    std::getline(cells, one.answer, '\t');
    out.push_back(std::move(one));
  }
  return out;
}

event named(std::filesystem::path const& file) {
  event_list found{classifier()};
  found.feed(testing::text_of(file));
  found.finish();
  return found.naming() ? *found.naming() : event{};
}

// The answers are a person's words; these are the forms that they take.
void expect_answer(asked const& one, event const& said) {
  std::string const& answer = one.answer;
  auto const speaks_of = [&](char const* words) { return answer.find(words) != std::string::npos; };
  std::smatch found;
  auto const matches = [&](char const* expression) {
    return std::regex_search(answer, found, std::regex(expression));
  };
  if (answer.starts_with("null")) {
    EXPECT_EQ(said.name.signature, "");
    return;
  }
  EXPECT_NE(said.name.signature, "");
  if (speaks_of("info/")) {  // at least this level, of this class
    EXPECT_TRUE(speaks_of(("info/" + said.what.class_word).c_str()));
  } else if (matches(R"(([a-z-]+)/([\w+-]*)(\.\.\.)?)")) {
    std::string const wanted = found[1].str() + "/" + found[2].str();
    EXPECT_EQ(said.name.signature.substr(0, found[3].matched ? wanted.size() : std::string::npos),
              wanted);
  }
  if (matches(R"(func (\w*_\w*))")) {
    EXPECT_EQ(said.what.function, found[1].str());
  }
  if (speaks_of("with func")) {
    EXPECT_NE(said.what.function, "");
  }
  if (speaks_of("without the handler")) {
    EXPECT_EQ(said.what.function.find("handler"), std::string::npos);
  }
  std::string const unquoted = std::regex_replace(answer, std::regex(R"x("[^"]*")x"), "");
  if (std::regex_search(unquoted, found, std::regex(R"(\b([A-Z]{2,}[A-Z_-]*[A-Z])\b)"))) {
    EXPECT_EQ(said.type, found[1].str());
  }
  if (matches(R"(class "(\w+)\")")) {
    EXPECT_EQ(said.what.class_word, found[1].str());
  } else if (matches(R"x("(.+)")x")) {
    EXPECT_NE(said.what.title.find(found[1].str()), std::string::npos) << said.what.title;
  }
  if (matches(R"(\" in (\w+))")) {
    EXPECT_EQ(said.what.function, found[1].str());
  }
  if (speaks_of("> 0")) {
    EXPECT_NE(said.what.title.find("> 0"), std::string::npos);
  }
  if (speaks_of("title with Write")) {
    EXPECT_NE(said.what.title.find(" Write "), std::string::npos);
  }
  if (answer.starts_with("oops") || answer.ends_with("oops")) {
    EXPECT_EQ(said.what.level, severity::oops);
  }
}

TEST(reports, come_out_as_a_person_says) {
  auto const all = questions();
  if (all.empty()) GTEST_SKIP() << "no ../shared/reports here";
  std::string before;  // "one signature": this file and the one before it
  for (auto const& one : all) {
    SCOPED_TRACE(one.file + " (" + one.shows + "): " + one.answer);
    auto const file = samples::shared("reports") / one.file;
    if (one.how.find("wedge") != std::string::npos) {
      std::string const name = wedge_signature(read_tasks(testing::text_of(file))).name;
      EXPECT_EQ(name, one.answer.starts_with("nothing") ? "" : one.answer);
      continue;
    }
    event const said = named(file);
    expect_answer(one, said);
    if (one.answer.starts_with("one signature")) {
      if (before.empty())
        before = said.name.signature;
      else
        EXPECT_EQ(std::exchange(before, {}), said.name.signature);
    }
  }
}

}  // namespace
}  // namespace wedgehog::console
