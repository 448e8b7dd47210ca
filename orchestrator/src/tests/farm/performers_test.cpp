// A performer as its supervisor sees it; the performer is a script.
#include "farm/played_in_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "folder/files.hpp"
#include "folder/run_writer.hpp"
#include "tests/loop_runner.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::farm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool is_gone(std::string const& pid) {
  std::string name;
  std::string state;
  std::string number;
  std::ifstream status("/proc/" + pid + "/stat");
  status >> number >> name >> state;
  return state.empty() || state == "Z" || state == "X";
}

struct performers : ::testing::Test {
  // The script gets: ORDER --into FOLDER --progress FD.
  result<run_report> play(std::string const& script, loop::duration most_silence = 60s,
                          std::function<void()> while_it_runs = {}) {
    std::filesystem::create_directory(place / "run");
    performer_terms const terms{{"/bin/sh", "-c", script, "performer"}, most_silence};
    result<run_report> report = host_error("it was never played");
    line_sink const told = [&](std::string_view line) {
      lines.emplace_back(line);
      if (while_it_runs) while_it_runs();
    };
    close_run const close = [this](std::filesystem::path const& folder, std::string const& why) {
      whys.push_back(why);
      return folder::read_run(folder);
    };
    auto const body = [&]() -> loop::awaitable<void> {
      auto const folder = place / "run";
      report = co_await play_in_child(time, pool, stop, terms, folder, told, close);
    };
    testing::run_to_end(context, body());
    return report;
  }

  testing::own_folder place;
  loop::asio::io_context context{1};
  loop::asio::thread_pool pool{1};
  loop::real_clock time;
  loop::interruption stop{context.get_executor()};
  std::vector<std::string> lines;
  std::vector<std::string> whys;
};

TEST_F(performers, what_is_said_on_the_pipe_is_heard_line_by_line) {
  folder::run_facts const facts{.uid = folder::new_uid(), .name = "run", .plan = "{}"};
  ASSERT_TRUE(folder::run_writer::begin(place / "made", facts)->seal(facts));
  auto const report = play("printf 'one\\ntw' >&$5; sleep 0.05; printf 'o\\n' >&$5; cp -r " +
                           (place / "made").string() + "/. $3");
  ASSERT_TRUE(report);
  EXPECT_THAT(lines, ElementsAre("one", "two"));
  EXPECT_EQ(report->trouble, "") << "a sealed folder is a run that ended by itself";
  EXPECT_TRUE(whys.empty());
}

TEST_F(performers, one_that_dies_costs_its_own_run_and_leaves_its_words) {
  auto const report = play("echo '{}' > $3/plan.json; echo 'ensure failed' >&2; kill -ABRT $$");
  ASSERT_TRUE(report);
  ASSERT_EQ(whys.size(), 1U) << "it was closed in its stead";
  EXPECT_THAT(whys[0], HasSubstr("killed by SIGABRT"));
  EXPECT_THAT(whys[0], HasSubstr("ensure failed"));
  EXPECT_EQ(report->trouble, whys[0]);
}

TEST_F(performers, one_that_hangs_is_killed_with_all_it_started) {
  auto const report =
      play("echo '{}' > $3/plan.json; sleep 600 & echo $! > $3/child; wait", 1500ms);
  ASSERT_TRUE(report);
  ASSERT_EQ(whys.size(), 1U);
  EXPECT_THAT(whys[0], HasSubstr("was silent for"));
  std::string pid;
  std::ifstream(place / "run/child") >> pid;
  ASSERT_FALSE(pid.empty());
  // SIGKILL was sent; on a busy host its end takes a moment.
  bool gone = false;
  for (int tries = 0; tries < 500 && !gone; ++tries) {
    gone = is_gone(pid);
    if (!gone) std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(gone) << "its child lives on";
}

TEST_F(performers, a_wish_to_stop_is_passed_on) {
  auto const report = play(
      "echo '{}' > $3/plan.json; trap 'echo stopped >&$5; exit 3' TERM; echo up >&$5; "
      "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; done",
      60s, [this] { stop.request(); });
  ASSERT_TRUE(report);
  EXPECT_THAT(lines, ElementsAre("up", "stopped"));
}

TEST_F(performers, a_line_without_end_fills_nothing) {
  auto const report =
      play("echo '{}' > $3/plan.json; head -c 3000000 /dev/zero >&$5; echo >&$5; echo end >&$5");
  ASSERT_TRUE(report);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back(), "end");
  for (auto const& line : lines) EXPECT_LT(line.size(), 100'000U);
}

TEST_F(performers, what_is_no_program_is_an_error) {
  std::filesystem::create_directory(place / "run");
  performer_terms const terms{{"/nonesuch/program"}};
  auto const body = [&]() -> loop::awaitable<void> {
    auto const folder = place / "run";
    line_sink const nobody;
    close_run const nothing;
    auto const report = co_await play_in_child(time, pool, stop, terms, folder, nobody, nothing);
    EXPECT_FALSE(report);
  };
  testing::run_to_end(context, body());
}

}  // namespace
}  // namespace wedgehog::farm
