// Transcripts of consoles, whole and split at every byte.
#include "guest/boot_dialogue.hpp"

#include <gtest/gtest.h>

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;

std::vector<exchange> const login{{"login: ", "root\n", 60s}, {"# ", "start\n", 10s}};

struct short_transcript {
  std::vector<exchange> exchanges;
  std::string shown;
  std::string typed;
  std::size_t over;
};

std::vector<short_transcript> const short_transcripts{
    {login, "FreeBSD/i386\r\n\r\nlogin: ", "root\n", 1},
    {login, "login: root\r\nWelcome\r\nhost# ", "root\nstart\n", 2},
    // What was matched is not matched again.
    {{{"# ", "a\n", 1s}, {"# ", "b\n", 1s}}, "x# ", "a\n", 1},
    {{{"# ", "a\n", 1s}, {"# ", "b\n", 1s}}, "x# y# z# ", "a\nb\n", 2},
    // A beginning that goes on otherwise, and then does come.
    {{{"aab", "!", 1s}}, "aaab", "!", 1},
    {{{"login: ", "root\n", 1s}}, "loginlogin:login: ", "root\n", 1},
    // Only waited for.
    {{{"ready", "", 1s}, {"$", "go\n", 1s}}, "ready$", "go\n", 2},
    {{}, "anything", "", 0},
    {login, std::string("\0\xff\x1b[2J", 6), "", 0},
    {login, "", "", 0},
};

TEST(boot_dialogue, says_what_the_transcript_wants) {
  for (auto const& one : short_transcripts) {
    boot_dialogue talk(one.exchanges);
    EXPECT_EQ(talk.hear(one.shown), one.typed) << one.shown;
    EXPECT_EQ(talk.over(), one.over) << one.shown;
    EXPECT_EQ(talk.done(), one.over == one.exchanges.size());
  }
}

TEST(boot_dialogue, says_the_same_however_the_bytes_arrive) {
  for (auto const& one : short_transcripts)
    for (std::size_t i = 0; i <= one.shown.size(); ++i) {
      boot_dialogue halves(one.exchanges);
      auto typed = halves.hear(std::string_view(one.shown).substr(0, i));
      typed += halves.hear(std::string_view(one.shown).substr(i));
      EXPECT_EQ(typed, one.typed) << one.shown << " split at " << i;
    }
  for (auto const& one : short_transcripts) {
    boot_dialogue bytes(one.exchanges);
    std::string typed;
    for (char const c : one.shown) typed += bytes.hear(std::string_view(&c, 1));
    EXPECT_EQ(typed, one.typed) << one.shown;
  }
}

TEST(boot_dialogue, tells_what_it_waits_for) {
  boot_dialogue talk(login);
  ASSERT_NE(talk.awaited(), nullptr);
  EXPECT_EQ(talk.awaited()->expect, "login: ");
  (void)talk.hear("login: ");
  ASSERT_NE(talk.awaited(), nullptr);
  EXPECT_EQ(talk.awaited()->limit, 10s);
  (void)talk.hear("# ");
  EXPECT_EQ(talk.awaited(), nullptr);
}

}  // namespace
}  // namespace wedgehog::guest
