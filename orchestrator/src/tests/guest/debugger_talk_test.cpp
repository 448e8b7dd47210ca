// The talk with ddb, on what a DragonFly guest said (5.9, seen 2026-11): the same however it was
// cut, each answer by itself, and a debugger that does not come.
#include "guest/debugger_talk.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/file_text.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

std::string said_by_guest(std::string const& file) {
  return testing::text_of(WEDGEHOG_TESTDATA "/guest/" + file);
}

debugger_profile ddb() {
  return {.prompt = "db> ", .pager = "--More--", .commands = {"ps"}, .go_on = "continue"};
}

using words = std::vector<std::string>;
constexpr debugger_talk::limits limits{10s, 20s};

struct played {
  std::string typed;
  std::vector<debugger_answer> answers;
  bool done = false;
  bool operator==(played const&) const = default;
};

// In pieces that end at these places.
played play(std::string const& text, words const& commands, bool go_on,
            std::vector<std::size_t> const& cuts) {
  debugger_talk talk(ddb(), commands, go_on, limits, 0s);
  played all;
  std::size_t begun = 0;
  for (auto const cut : cuts) {
    all.typed += talk.hear(std::string_view(text).substr(begun, cut - begun), 1s);
    begun = cut;
  }
  all.typed += talk.hear(std::string_view(text).substr(begun), 1s);
  all.answers = talk.answers();
  all.done = talk.done();
  return all;
}

TEST(debugger_talk, turns_the_pages_and_keeps_each_answer_by_itself) {
  auto const text = said_by_guest("dragonfly-ddb-break.raw");
  words const commands{"ps", "trace", "show registers", "help"};
  auto const whole = play(text, commands, true, {});
  EXPECT_TRUE(whole.done);
  EXPECT_EQ(whole.typed, "ps\n    trace\nshow registers\nhelp\ncontinue\n");
  ASSERT_EQ(whole.answers.size(), 4U);
  auto const& ps = whole.answers[0].text;
  EXPECT_TRUE(whole.answers[0].whole);
  EXPECT_TRUE(ps.starts_with("cpu 0 curthread 0x")) << ps.substr(0, 200);
  EXPECT_EQ(ps.find("--More--"), std::string::npos);
  EXPECT_EQ(ps.find("db> "), std::string::npos);
  EXPECT_NE(ps.find("h2xop-ROOT.31\n"), std::string::npos);
  EXPECT_TRUE(whole.answers[1].text.starts_with("acpi_sci_setmode1() at "));
  EXPECT_TRUE(whole.answers[2].text.starts_with("cs          8"));
  EXPECT_NE(text_of(ddb(), whole.answers).find("db> show registers\ncs          8"),
            std::string::npos);
}

TEST(debugger_talk, is_the_same_one_byte_at_a_time) {
  auto const text = said_by_guest("dragonfly-ddb-break.raw");
  words const commands{"ps", "trace", "show registers", "help"};
  std::vector<std::size_t> every(text.size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
  EXPECT_EQ(play(text, commands, true, every), play(text, commands, true, {}));
}

TEST(debugger_talk, of_a_panic_is_the_same_split_at_every_byte) {
  auto const text = said_by_guest("dragonfly-ddb-panic.raw");
  words const commands{"trace", "show lockedvnods", "show foo"};
  auto const whole = play(text, commands, false, {});
  EXPECT_TRUE(whole.done);
  EXPECT_EQ(whole.typed, "trace\nshow lockedvnods\nshow foo\n");
  ASSERT_EQ(whole.answers.size(), 3U);
  EXPECT_NE(whole.answers[0].text.find("panic() at panic+0x"), std::string::npos);
  EXPECT_EQ(whole.answers[1].text, "No such command\n");
  for (std::size_t at = 1; at < text.size(); ++at)
    ASSERT_EQ(play(text, commands, false, {at}), whole) << at;
}

TEST(debugger_talk, is_survived_wherever_it_breaks_off) {
  auto const text = said_by_guest("dragonfly-ddb-panic.raw");
  for (std::size_t at = 0; at < text.size(); at += 3) {
    debugger_talk talk(ddb(), {"trace", "show foo", "show bar", "ps"}, true, limits, 0s);
    (void)talk.hear(std::string_view(text).substr(0, at), 1s);
    EXPECT_FALSE(talk.done());
    (void)talk.hear({}, 60s);
    ASSERT_TRUE(talk.failure()) << at;
    auto const answers = talk.answers();
    EXPECT_TRUE(answers.size() == 4 || answers.empty() || !answers.back().whole) << at;
  }
}

TEST(debugger_talk, that_never_begins_fails_in_time_and_types_nothing) {
  debugger_talk talk(ddb(), {"ps"}, false, limits, 0s);
  EXPECT_EQ(talk.hear("login: ", 1s), "");
  EXPECT_FALSE(talk.entered());
  EXPECT_EQ(talk.next_look(), 10s);
  EXPECT_EQ(talk.hear({}, 10s), "");
  ASSERT_TRUE(talk.failure());
  EXPECT_NE(talk.failure()->find("did not say 'db> ' within 10.0 s"), std::string::npos)
      << *talk.failure();
  EXPECT_TRUE(talk.answers().empty());
}

TEST(debugger_talk, keeps_a_megabyte_of_an_answer_and_says_so) {
  debugger_talk talk(ddb(), {"ps"}, false, limits, 0s);
  EXPECT_EQ(talk.hear("db> ", 1s), "ps\n");
  std::string const row(1023, 'x');
  for (int i = 0; i < 1100; ++i) (void)talk.hear(row + "\n", 2s);
  (void)talk.hear("db> ", 3s);
  EXPECT_TRUE(talk.done());
  ASSERT_EQ(talk.answers().size(), 1U);
  EXPECT_EQ(talk.answers()[0].text.size(), debugger_talk::most_kept);
  EXPECT_FALSE(talk.answers()[0].whole);
}

}  // namespace
}  // namespace wedgehog::guest
