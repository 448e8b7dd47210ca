// Talks with consoles of three systems, whole and split at every byte; lines that lose what was
// typed; questions that nobody expected.
#include "guest/console_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guest/adoption.hpp"

namespace wedgehog::guest {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// What a guest says, and what it then gets: one after the other.
struct exchange_seen {
  std::string shown;
  std::string typed;
};

struct transcript {
  std::string name;
  talk_plan plan;
  std::vector<exchange_seen> talk;
  std::size_t over;
};

std::vector<interjection> const usual{{"assword: ", "secret\n", "", 1},
                                      {"--More--", " ", "", 1000},
                                      {"Login incorrect", "", "the login was refused", 1000}};

talk_plan plan_of(std::vector<talk_step> steps) {
  return {std::move(steps), usual};
}

std::vector<transcript> const transcripts{
    {"Debian, without a password",
     plan_of({{"login: ", "root\n", 60s}, {":~# ", "sh /wedgehog/install\n", 60s}}),
     {{"\x1b[0;1;39mgetty\x1b[0m\r\n\r\nDebian GNU/Linux 12 wedgehog-disk "
       "ttyS0\r\n\r\nwedgehog-disk "
       "login: ",
       "root\n"},
      {"root\r\n[   33.229896] kvm: Nested Virtualization enabled\r\nLinux wedgehog-disk "
       "6.1.0-57-amd64 #1 SMP\r\n\x1b[?2004hroot@wedgehog-disk:~# ",
       "sh /wedgehog/install\n"}},
     2},
    {"Debian, with a password",
     plan_of({{"login: ", "root\n", 60s}, {"# ", "", 60s}}),
     {{"debian login: ", "root\n"},
      {"root\r\nPassword: ", "secret\n"},
      {"\r\nroot@debian:~# ", ""}},
     2},
    {"DragonFly: loader, login, a pager in between",
     plan_of({{"Boot in ", "1", 60s},
              {"login: ", "root\n", 5min},
              {"# ", "ps\n", 60s},
              {"# ", "", 60s}}),
     {{"FreeBSD/x86_64 bootstrap loader\r\n  1. Boot DragonFly [kernel]\r\nBoot in 9 ", "1"},
      {"seconds\r\nsio0: <Standard PC COM port> port 0x3f8-0x3ff irq 4\r\nDragonFly/x86_64 "
       "(Amnesiac) (ttyd0)\r\n\r\nlogin: ",
       "root\n"},
      {"root\r\nWelcome to DragonFly!\r\n# ", "ps\n"},
      {"ps\r\n  PID STAT WCHAN\r\n    0 B0   -\r\n--More--", " "},
      {"\r        \r    1 Is1  wait\r\n# ", ""}},
     4},
    {"DragonFly: a panic that ends in the debugger is no prompt",
     plan_of({{"login: ", "root\n", 60s}}),
     {{"panic: sysctl_debug_panic\r\ncpuid = 1\r\nDebugger(\"panic\")\r\nStopped at      "
       "Debugger+0x7c:  movb    $0,0x9f5619(%rip)\r\ndb> ",
       ""}},
     0},
    {"illumos",
     plan_of({{"console login: ", "root\n", 10min}, {"# ", "uname -a\n", 60s}}),
     {{"Loading unix...\r\nLoading /platform/i86pc/amd64/boot_archive...\r\nOmniOS 5.11 "
       "omnios-r151054\r\nHostname: unknown\r\n\r\nunknown console login: ",
       "root\n"},
      {"root\r\nPassword: ", "secret\n"},
      {"\r\nThe illumos Project\r\nroot@unknown:~# ", "uname -a\n"}},
     2},
    {"what was matched is not matched again",
     plan_of({{"# ", "a\n", 60s}, {"# ", "b\n", 60s}}),
     {{"x# ", "a\n"}, {"y# z# ", "b\n"}},
     2},
    {"a beginning that goes on otherwise", plan_of({{"aab", "!", 60s}}), {{"aaab", "!"}}, 1},
    {"a step that waits for nothing",
     plan_of({{"", "\n", 60s}, {"ok", "go", 60s}}),
     {{"ok", "\ngo"}},
     2},
    {"nothing to say", {}, {{"anything", ""}}, 0},
    {"what is no text",
     plan_of({{"login: ", "root\n", 60s}}),
     {{std::string("\0\xff\x1b[2J", 6), ""}},
     0},
};

std::string all_typed(console_dialogue& talk, std::string_view text, std::size_t piece) {
  std::string typed;
  for (std::size_t at = 0; at < text.size(); at += piece)
    typed += talk.hear(text.substr(at, piece), 1s);
  return typed;
}

TEST(console_dialogue, says_what_each_system_wants) {
  for (auto const& one : transcripts) {
    console_dialogue talk(one.plan, 0s);
    for (auto const& [shown, typed] : one.talk) EXPECT_EQ(talk.hear(shown, 1s), typed) << one.name;
    EXPECT_EQ(talk.over(), one.over) << one.name;
    EXPECT_EQ(talk.done(), one.over == one.plan.steps.size()) << one.name;
    EXPECT_FALSE(talk.failure()) << one.name;
  }
}

TEST(console_dialogue, says_the_same_however_the_bytes_arrive) {
  for (auto const& one : transcripts) {
    std::string shown;
    std::string typed;
    for (auto const& each : one.talk) {
      shown += each.shown;
      typed += each.typed;
    }
    for (std::size_t piece : {1, 2, 3, 7, 64}) {
      console_dialogue talk(one.plan, 0s);
      EXPECT_EQ(all_typed(talk, shown, piece), typed) << one.name << " in pieces of " << piece;
      EXPECT_EQ(talk.over(), one.over) << one.name;
    }
    for (std::size_t at = 0; at <= shown.size(); ++at) {
      console_dialogue talk(one.plan, 0s);
      auto heard = talk.hear(std::string_view(shown).substr(0, at), 1s);
      heard += talk.hear(std::string_view(shown).substr(at), 1s);
      EXPECT_EQ(heard, typed) << one.name << " split at " << at;
    }
  }
}

TEST(console_dialogue, a_prompt_that_does_not_come_is_said_with_what_came_instead) {
  console_dialogue talk(plan_of({{"login: ", "root\n", 60s}, {"# ", "", 30s}}), 0s);
  EXPECT_EQ(talk.hear("debian login: ", 10s), "root\n");
  EXPECT_EQ(talk.hear("\r\nYou are required to change your password.\r\nNew: ", 20s), "");
  EXPECT_EQ(talk.next_look(), 40s);
  EXPECT_EQ(talk.look(39s), "");
  EXPECT_FALSE(talk.failure());
  EXPECT_EQ(talk.look(40s), "");
  ASSERT_TRUE(talk.failure());
  EXPECT_THAT(*talk.failure(), HasSubstr("it did not say '# ' within 30"));
  EXPECT_THAT(*talk.failure(), HasSubstr("step 2 of 2"));
  EXPECT_THAT(talk.last_words(), HasSubstr("You are required to change your password.\nNew:"));
  EXPECT_EQ(talk.next_look(), std::nullopt);
  EXPECT_EQ(talk.hear("# ", 41s), "");
  EXPECT_FALSE(talk.done());
}

TEST(console_dialogue, types_again_what_a_line_has_lost) {
  talk_step const step{"ready", "go\n", 5min, "echo re''ady\n", 10s};
  console_dialogue talk({{step}, {}}, 0s);
  EXPECT_EQ(talk.next_look(), 10s);
  EXPECT_EQ(talk.look(9s), "");
  EXPECT_EQ(talk.look(10s), "echo re''ady\n");
  // The echo of it, which the line cut short: silence begins anew with every byte.
  EXPECT_EQ(talk.hear("echo re'", 15s), "");
  EXPECT_EQ(talk.look(20s), "");
  EXPECT_EQ(talk.look(25s), "echo re''ady\n");
  EXPECT_EQ(talk.hear("echo re''ady\r\nready\r\n", 26s), "go\n");
  EXPECT_TRUE(talk.done());
}

TEST(console_dialogue, what_asks_again_after_its_answer_is_a_failure) {
  console_dialogue talk(plan_of({{"# ", "", 60s}}), 0s);
  EXPECT_EQ(talk.hear("Password: ", 1s), "secret\n");
  EXPECT_EQ(talk.hear("\r\nSorry\r\nPassword: ", 2s), "");
  ASSERT_TRUE(talk.failure());
  EXPECT_THAT(*talk.failure(), HasSubstr("'assword: ' again"));
}

TEST(console_dialogue, a_refusal_ends_it_at_once) {
  console_dialogue talk(plan_of({{"# ", "", 60s}}), 0s);
  EXPECT_EQ(talk.hear("\r\nLogin incorrect\r\nlogin: # ", 1s), "");
  ASSERT_TRUE(talk.failure());
  EXPECT_THAT(*talk.failure(), HasSubstr("the login was refused"));
}

TEST(console_dialogue, a_flood_takes_no_memory_and_hides_nothing) {
  console_dialogue talk(plan_of({{"login: ", "root\n", 60s}}), 0s);
  std::string const flood(1 << 20, 'x');
  EXPECT_EQ(talk.hear(flood, 1s), "");
  EXPECT_LT(talk.last_words().size(), 5000U);
  EXPECT_EQ(talk.hear("login: ", 1s), "root\n");
}

TEST(console_dialogue, what_moves_a_cursor_is_not_shown) {
  EXPECT_EQ(without_cursor_moves("\x1b[0;1;39mOK\x1b[0m a\r\n\x1b]0;title\ab\x1b"), "OK a\nb");
  EXPECT_EQ(without_cursor_moves("\x1b["), "");
}

constexpr std::string_view good = R"(format: 1
os: linux
memory: 1GiB
disk: /dev/x
dialogue:
  - {expect: "login: ", send: "root\n", limit: 2m}
  - {expect: "# ", limit: 1m, again: "tar {disk} {other}\n", after: 5s}
meanwhile:
  - {expect: "word: ", send: "{password}\n", most: 1}
  - {expect: "bad", failure: "it is bad"}
off: "poweroff\n"
off_by_agent: poweroff
off_limit: 1m
ready_limit: 2m
)";

std::string complaints_about(std::string text, std::string const& from, std::string const& to) {
  text.replace(text.find(from), from.size(), to);
  auto const read = read_adoption(text);
  return recipe::print(read.complaints, "adopt.yaml");
}

TEST(adoption, is_read_and_filled) {
  auto const read = read_adoption(good);
  EXPECT_EQ(recipe::print(read.complaints, "adopt.yaml"), "");
  auto const plan = filled(read.value.dialogue, {"/dev/vbd1", "secret"}, 2);
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.steps[0].limit, 4min);
  EXPECT_EQ(plan.steps[1].again, "tar /dev/vbd1 {other}\n");
  EXPECT_EQ(plan.steps[1].after, 10s);
  ASSERT_EQ(plan.meanwhile.size(), 2U);
  EXPECT_EQ(plan.meanwhile[0].send, "secret\n");
  EXPECT_EQ(plan.meanwhile[0].most, 1U);
  EXPECT_EQ(plan.meanwhile[1].failure, "it is bad");
}

TEST(adoption, mistakes_are_said_with_their_place) {
  std::string const text(good);
  EXPECT_THAT(complaints_about(text, "limit: 2m", "limt: 2m"), HasSubstr("adopt.yaml:6:"));
  EXPECT_THAT(complaints_about(text, "after: 5s", "send: x"), HasSubstr("go together"));
  EXPECT_THAT(complaints_about(text, "failure: \"it is bad\"", "most: 2"),
              HasSubstr("wants `send`"));
  EXPECT_THAT(complaints_about(text, "off_limit: 1m\n", ""), HasSubstr("off_limit"));
  EXPECT_THAT(complaints_about(text, "1GiB", "much"), HasSubstr("memory"));
  EXPECT_THAT(complaints_about(text, "format: 1", "colour: red"), HasSubstr("colour"));
  EXPECT_FALSE(read_adoption("- a list\n").complaints.empty());
  EXPECT_FALSE(read_adoption("").complaints.empty());
}

}  // namespace
}  // namespace wedgehog::guest
