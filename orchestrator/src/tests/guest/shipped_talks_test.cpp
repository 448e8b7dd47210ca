// The dialogues that ship, played against what a console says: each file of testdata/guest/talks
// whole, and split at every byte. A file names the dialogue; "<" is what the console shows, ">"
// what is typed then, "=" how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "guest/adoption.hpp"
#include "guest/installation.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::guest {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct line {
  char kind;
  std::string text;
};

struct talk {
  std::string name;
  talk_plan plan;
  std::vector<line> lines;
};

std::string unescaped(std::string const& text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      made += text[i];
      continue;
    }
    char const c = text[++i];
    made += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'e' ? '\x1b' : c;
  }
  return made;
}

talk_plan plan_of(std::string const& name) {
  auto const text = testing::text_of(WEDGEHOG_SOURCE_DIR "/images/" + name);
  if (name.ends_with("/adopt.yaml")) {
    auto const read = read_adoption(text);
    EXPECT_EQ(recipe::print(read.complaints, name), "");
    return filled(read.value.dialogue, {"DISK", "secret"}, 1);
  }
  auto const read = read_installation(text);
  EXPECT_EQ(recipe::print(read.complaints, name), "");
  return filled(read.value.dialogue, {"DISK", ""}, 1);
}

std::vector<talk> all_talks() {
  std::vector<talk> all;
  for (auto const& entry : fs::directory_iterator(WEDGEHOG_TESTDATA "/guest/talks")) {
    std::istringstream lines(testing::text_of(entry.path()));
    std::string of;
    std::getline(lines, of);
    talk made{entry.path().filename().string(), plan_of(of), {}};
    for (std::string one; std::getline(lines, one);)
      if (!one.empty() && one[0] != '#') made.lines.push_back({one[0], unescaped(one.substr(1))});
    all.push_back(std::move(made));
  }
  return all;
}

void expect_end(console_dialogue const& of, talk const& one, std::size_t at) {
  auto const& end = one.lines.back();
  ASSERT_EQ(end.kind, '=') << one.name;
  if (end.text == "done") {
    EXPECT_TRUE(of.done()) << one.name << " split at " << at << ": " << of.last_words();
  } else {
    ASSERT_TRUE(of.failure()) << one.name << " split at " << at;
    EXPECT_THAT(*of.failure(), HasSubstr(end.text)) << one.name;
  }
}

TEST(shipped_talks, say_what_is_wanted) {
  auto const all = all_talks();
  EXPECT_GE(all.size(), 6U);
  for (auto const& one : all) {
    console_dialogue played(one.plan, 0s);
    std::string typed;
    for (auto const& line : one.lines) {
      if (line.kind == '<') typed += played.hear(line.text, 1s);
      if (line.kind != '>') continue;
      EXPECT_EQ(typed, line.text) << one.name;
      typed.clear();
    }
    EXPECT_EQ(typed, "") << one.name;
    expect_end(played, one, 0);
  }
}

// What is typed gets lost: after a silence, and before the limit, it is typed in another way or
// again, so that the talk can go on.
TEST(shipped_talks, type_again_what_a_line_has_lost) {
  for (auto const& one : all_talks()) {
    if (one.lines.back().text != "done") continue;
    for (std::size_t lost = 0; lost < one.lines.size(); ++lost) {
      auto const& typed = one.lines[lost];
      // A pager that is not answered is asked for by nobody, and shows itself again.
      if (typed.kind != '>' || typed.text == " " || typed.text == "secret\n") continue;
      console_dialogue played(one.plan, 0s);
      for (std::size_t i = 0; i < lost; ++i)
        if (one.lines[i].kind == '<') (void)played.hear(one.lines[i].text, 1s);
      std::string again;
      while (again.empty() && !played.failure())
        again = played.look(played.next_look().value_or(10h));
      EXPECT_FALSE(again.empty()) << one.name << " after '" << typed.text
                                  << "' was lost: " << played.failure().value_or("");
    }
  }
}

TEST(shipped_talks, say_the_same_split_at_every_byte) {
  for (auto const& one : all_talks()) {
    std::string shown;
    std::string typed;
    for (auto const& line : one.lines) {
      if (line.kind == '<') shown += line.text;
      if (line.kind == '>') typed += line.text;
    }
    for (std::size_t at = 0; at <= shown.size(); ++at) {
      console_dialogue played(one.plan, 0s);
      auto heard = played.hear(std::string_view(shown).substr(0, at), 1s);
      heard += played.hear(std::string_view(shown).substr(at), 1s);
      EXPECT_EQ(heard, typed) << one.name << " split at " << at;
      expect_end(played, one, at);
    }
    console_dialogue single(one.plan, 0s);
    std::string heard;
    for (char const c : shown) heard += single.hear(std::string_view(&c, 1), 1s);
    EXPECT_EQ(heard, typed) << one.name << " byte by byte";
  }
}

}  // namespace
}  // namespace wedgehog::guest
