// A program that is held ready (illumos' mdb), with a stand-in in its place: what it answers, that
// it hangs, ends, floods, and that those who ask go away.
#include "held_program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "clock.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::guest {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// As mdb: no prompt on a pipe, "N=J" prints N in hexadecimal behind blanks, complaints on the other
// output.
constexpr char const* stand_in = R"(#!/bin/sh
echo "$$" >>"$1/started"
while read -r line; do
  echo "$line" >>"$1/asked"
  case $line in
    0x*=J) n=${line#0x}; echo "                ${n%=J}" ;;
    ::stacks*)
      echo "THREAD           STATE    SOBJ                COUNT"
      echo "fffffe000b SLEEP CV 1"
      echo "                 txg_thread_wait" ;;
    ::unknown) echo "mdb: invalid command '::unknown': unknown dcmd name" >&2 ;;
    ::partial) printf 'no end of line' ;;
    ::hang) sleep 1000 ;;
    ::die) echo "last words"; exit 1 ;;
    ::flood)
      i=0
      while [ $i -lt 3000 ]; do echo "line $i 5eed000001"; i=$((i + 1)); done ;;
    ::long) head -c 300000 /dev/zero | tr '\0' x; echo ;;
  esac
done
)";

struct held_programs : ::testing::Test {
  fs::path place;
  std::string socket;
  held_program what;

  held_programs() {
    std::string name = (fs::temp_directory_path() / "wedgehog-held-XXXXXX").string();
    place = mkdtemp(name.data());
    socket = (place / "socket").string();
    std::ofstream(place / "mdb") << stand_in;
    what = {.command = "exec sh " + (place / "mdb").string() + " " + place.string(),
            .mark_command = "0x{}=J"};
  }
  ~held_programs() override {
    if (holder > 0) {
      kill(holder, SIGKILL);
      waitpid(holder, nullptr, 0);
    }
    // The keeper and its program end with whoever wanted them.
    for (int i = 0; i < 100 && programs_running() > 0; ++i) pause_ms(50);
    EXPECT_EQ(programs_running(), 0U);
    fs::remove_all(place);
  }

  static void pause_ms(int count) { std::this_thread::sleep_for(std::chrono::milliseconds(count)); }

  // In a process of its own, as an agent is one.
  void hold() {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    holder = fork();
    if (holder == 0) {
      std::string why;
      bool const held = hold_program(
          what, socket, [] {}, why);
      [[maybe_unused]] auto const told = write(ready[1], held ? "+" : "-", 1);
      for (;;) pause();
    }
    char heard = 0;
    ASSERT_EQ(read(ready[0], &heard, 1), 1);
    EXPECT_EQ(heard, '+');
    close(ready[0]);
    close(ready[1]);
  }

  std::size_t programs_running() const {
    std::size_t alive = 0;
    std::istringstream all(testing::text_of(place / "started"));
    for (pid_t pid = 0; all >> pid;) alive += kill(pid, 0) == 0 ? 1 : 0;
    return alive;
  }
  std::size_t starts() const {
    auto const text = testing::text_of(place / "started");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  // Nothing: nobody holds it.
  std::optional<std::string> ask(std::string const& question) const {
    auto const file = place / "answer";
    FILE* const to = std::fopen(file.c_str(), "w");
    bool const heard = ask_held_program(socket, question, fileno(to));
    std::fclose(to);
    auto text = testing::text_of(file);
    EXPECT_TRUE(heard || text.empty()) << text;
    return heard ? std::optional(text) : std::nullopt;
  }

  pid_t holder = -1;
};

TEST_F(held_programs, answer_and_go_on) {
  hold();
  for (int i = 0; i < 3; ++i) {
    auto const answer = ask("::stacks -m zfs");
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer,
              "THREAD           STATE    SOBJ                COUNT\nfffffe000b SLEEP CV 1\n"
              "                 txg_thread_wait\n");
  }
  EXPECT_THAT(ask("::unknown").value_or(""), HasSubstr("unknown dcmd name"));
  EXPECT_EQ(ask("::nothing").value_or("?"), "");
  EXPECT_EQ(starts(), 1U);
}

TEST_F(held_programs, are_warm_before_anybody_asks) {
  what.warm_with = {"::stacks -m zfs"};
  what.warm_every_ms = 200;
  hold();
  ASSERT_TRUE(ask("::nothing"));
  EXPECT_THAT(testing::text_of(place / "asked"),
              HasSubstr("::stacks -m zfs\n0x5eed000001=J\n::nothing\n"));
  for (int i = 0;
       i < 100 && testing::text_of(place / "asked").find("0x5eed000004=J") == std::string::npos;
       ++i)
    pause_ms(50);
  EXPECT_THAT(testing::text_of(place / "asked"), HasSubstr("0x5eed000004=J"));
}

TEST_F(held_programs, that_hang_are_started_anew) {
  what.deadline_ms = 300;
  what.between_starts_ms = 0;
  hold();
  EXPECT_THAT(ask("::hang").value_or(""), HasSubstr("did not answer to the end"));
  EXPECT_THAT(ask("::stacks").value_or(""), HasSubstr("THREAD"));
  EXPECT_EQ(starts(), 2U);
}

TEST_F(held_programs, that_end_say_what_they_said) {
  hold();
  EXPECT_THAT(ask("::die").value_or(""),
              AllOf(HasSubstr("last words\n"), HasSubstr("did not answer to the end")));
  // Not again and again: the disk that it comes from may be what is wedged.
  EXPECT_EQ(ask("::stacks"), std::nullopt);
  EXPECT_EQ(starts(), 1U);
}

TEST_F(held_programs, that_flood_are_cut_off) {
  what.most_bytes = 1000;
  hold();
  auto const answer = ask("::flood").value_or("");
  EXPECT_LT(answer.size(), 1100U);
  EXPECT_THAT(answer, EndsWith("[cut off here]\n"));
  EXPECT_EQ(starts(), 1U);
  EXPECT_THAT(ask("::stacks").value_or(""), HasSubstr("THREAD"));
  EXPECT_TRUE(ask("::long"));
  EXPECT_THAT(ask("::stacks").value_or(""), HasSubstr("THREAD"));
}

// What it says before the mark without an end of line is part of the answer's last line.
TEST_F(held_programs, that_end_no_line_are_given_up_in_time) {
  what.deadline_ms = 300;
  hold();
  EXPECT_THAT(ask("::partial").value_or(""), HasSubstr("no end of line"));
}

TEST_F(held_programs, do_not_wait_for_those_who_have_gone) {
  hold();
  pid_t const asks = fork();
  if (asks == 0) {
    ask_held_program(socket, "::hang", STDERR_FILENO);
    _exit(0);
  }
  for (int i = 0; i < 100 && testing::text_of(place / "asked").find("::hang") == std::string::npos;
       ++i)
    pause_ms(50);
  auto const before = now_us();
  kill(asks, SIGKILL);
  waitpid(asks, nullptr, 0);
  // It stands in the keeper's queue, and is answered or told that nobody is there.
  (void)ask("::stacks");
  EXPECT_LT(now_us() - before, 10'000'000U);
}

TEST_F(held_programs, that_are_not_there_are_said_to_be) {
  EXPECT_EQ(ask("::stacks"), std::nullopt);
  what.command = "exec /nonexistent/mdb";
  hold();
  (void)ask("::stacks");
  EXPECT_EQ(ask("::stacks"), std::nullopt);
  EXPECT_EQ(ask("two\nlines"), std::nullopt);
}

TEST(held_files, are_locked_up_to_a_limit) {
  std::string name = (fs::temp_directory_path() / "wedgehog-held-XXXXXX").string();
  fs::path const place = mkdtemp(name.data());
  for (auto const* file : {"a", "b", "c"}) std::ofstream(place / file) << std::string(8192, 'x');
  std::ofstream(place / "empty");
  auto const all = (place / "*").string();
  auto const held = hold_files({all, "/nonexistent/*"}, 1 << 20U);
  EXPECT_TRUE(held == 3 * 8192U || held == 0) << held;  // 0: not allowed to lock anything
  EXPECT_LE(hold_files({all}, 20000), 16384U);
  EXPECT_EQ(hold_files({all}, 100), 0U);
  EXPECT_EQ(hold_files({(place / "a/b").string()}, 1 << 20U), 0U);
  fs::remove_all(place);
}

}  // namespace
}  // namespace wedgehog::guest
