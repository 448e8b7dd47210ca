// A performer as its supervisor sees it; the performer is a script.
#include "farm/played_in_child.hpp"
#include "farm/slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <mutex>
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

// --- the pipe breaks

TEST_F(performers, one_that_hangs_up_and_ends_its_run_lost_nothing) {
  folder::run_facts const facts{.uid = folder::new_uid(), .name = "run", .plan = "{}"};
  ASSERT_TRUE(folder::run_writer::begin(place / "made", facts)->seal(facts));
  auto const report = play("echo up >&$5; eval \"exec $5>&-\"; sleep 0.3; cp -r " +
                           (place / "made").string() + "/. $3");
  ASSERT_TRUE(report);
  EXPECT_THAT(lines, ElementsAre("up"));
  EXPECT_EQ(report->trouble, "");
  EXPECT_TRUE(whys.empty());
}

TEST_F(performers, one_that_hangs_up_and_stays_is_ended_and_its_run_closed) {
  auto const report = play(
      "echo '{}' > $3/plan.json; echo up >&$5; eval \"exec $5>&-\"; echo $$ > $3/pid; sleep 600",
      1500ms);
  ASSERT_TRUE(report);
  ASSERT_EQ(whys.size(), 1U) << "its run was closed in its stead";
  EXPECT_THAT(whys[0], HasSubstr("was silent for"));
  std::string pid;
  std::ifstream(place / "run/pid") >> pid;
  EXPECT_TRUE(is_gone(pid));
}

// --- the disk is full

TEST_F(performers, where_there_is_no_room_for_its_words_it_is_not_started) {
  std::filesystem::create_directory(place / "run");
  std::filesystem::create_symlink("/dev/full", place / "run" / folder::names::performer_words);
  auto const report = play("echo '{}' > $3/plan.json; echo words >&2; exit 4");
  ASSERT_TRUE(report) << "what it says is lost, its run is not";
  ASSERT_EQ(whys.size(), 1U);
  EXPECT_THAT(whys[0], HasSubstr("exit code 4"));
}

// --- many at once

struct crowd {
  performers& of;
  std::filesystem::path root;
  std::string script;
  loop::asio::io_context context{1};
  loop::asio::thread_pool pool{1};  // ends before the loop
  loop::interruption stop{context.get_executor()};
  std::size_t reports = 0;
  std::size_t spoken = 0;
  std::size_t closed = 0;
  std::optional<error> failure{};

  loop::awaitable<result<run_report>> one(std::filesystem::path folder) {
    performer_terms const terms{{"/bin/sh", "-c", script, "performer"}, 60s};
    line_sink const told = [this](std::string_view) { ++spoken; };
    std::mutex alone;
    close_run const close = [this, &alone](std::filesystem::path const& where, std::string const&) {
      std::lock_guard const lock(alone);
      ++closed;
      return folder::read_run(where);
    };
    co_return co_await play_in_child(of.time, pool, stop, terms, folder, told, close);
  }
  loop::awaitable<void> all(std::size_t count) {
    std::vector<job> jobs(count);
    int next = 0;
    auto const play = [this, &next](job const&) {
      auto const folder = root / std::to_string(next++);
      std::filesystem::create_directories(folder);
      return one(folder);
    };
    auto const on_report = [this](run_report const&) { ++reports; };
    slot_terms const terms{.at_once = count};
    auto const done = co_await play_all(play, stop, std::move(jobs), terms, on_report);
    if (!done) failure = done.error();
  }
};

// Not `>&$5`: some shells know descriptors of one digit only.
TEST_F(performers, three_hundred_start_at_once_and_each_is_heard) {
  crowd all{*this, place / "runs",
            "echo '{}' > $3/plan.json; echo up >/proc/self/fd/$5; sleep 0.5; echo down "
            ">/proc/self/fd/$5"};
  testing::run_to_end(all.context, all.all(300), 120s);
  EXPECT_FALSE(all.failure);
  EXPECT_EQ(all.reports, 300U);
  EXPECT_EQ(all.spoken, 600U);
  EXPECT_EQ(all.closed, 300U);
}

// A limit that cannot be raised: some cannot be started. Those that run are not lost.
TEST_F(performers, without_descriptors_for_all_the_reason_is_told_and_the_others_end) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit const low{60, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  crowd all{*this, place / "runs",
            "echo '{}' > $3/plan.json; echo up >/proc/self/fd/$5; sleep 0.3"};
  testing::run_to_end(all.context, all.all(60), 120s);
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(all.failure);
  EXPECT_THAT(all.failure->message(), HasSubstr("Too many open files"));
  EXPECT_THAT(all.failure->message(), HasSubstr("ulimit -n"));
  EXPECT_GT(all.reports, 5U);
  EXPECT_EQ(all.reports, all.closed);
}

}  // namespace
}  // namespace wedgehog::farm
