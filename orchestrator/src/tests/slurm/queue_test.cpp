// What Slurm 22.05 said, recorded; whole, cut and damaged.
#include "farm/slurm/queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/file_text.hpp"

namespace wedgehog::farm::slurm {
namespace {

std::string recorded(std::string const& name) {
  auto text = testing::text_of(std::string(WEDGEHOG_TESTDATA "/slurm/") + name);
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

std::ptrdiff_t count(std::map<task_key, listed_task> const& all, task_phase phase) {
  return std::count_if(all.begin(), all.end(),
                       [phase](auto const& one) { return one.second.phase == phase; });
}

TEST(queue, tells_who_runs_where_and_who_waits_for_what) {
  auto const all = read_queue(recorded("squeue-running.txt"));
  ASSERT_EQ(all.size(), 16U);
  EXPECT_EQ(count(all, task_phase::running), 12);
  EXPECT_EQ(count(all, task_phase::waiting), 4);
  auto const& first = all.at({1, 0});
  EXPECT_EQ(first.job, 2U) << "a task has a number of its own";
  EXPECT_EQ(first.node, "n1");
  EXPECT_EQ(first.reason, "");
  EXPECT_EQ(all.at({1, 15}).reason, "Resources");
}

TEST(queue, has_each_task_of_what_stands_in_one_line) {
  auto const apart = read_queue(recorded("squeue-running.txt"));
  auto const together = read_queue(recorded("squeue-unexpanded.txt"));
  ASSERT_EQ(together.size(), apart.size());
  for (auto const& [key, one] : apart) EXPECT_EQ(together.at(key).state, one.state);
  auto const stepped = read_queue("9|9|0-8:4,20,30-31%2|PENDING|JobArrayTaskLimit|\n");
  EXPECT_EQ(stepped.size(), 6U);
  EXPECT_TRUE(stepped.contains({9, 4}));
}

TEST(queue, tells_the_ended_from_the_lost) {
  auto const all = read_queue(recorded("squeue-ended.txt"));
  EXPECT_EQ(all.at({1, 0}).phase, task_phase::ended);
  EXPECT_EQ(all.at({1, 2}).phase, task_phase::lost);
  EXPECT_FALSE(all.contains({16, 0})) << "no task of an array";
}

TEST(queue, has_advice_where_slurm_hides_that_it_was_munge) {
  EXPECT_NE(advice_for("sbatch: error: Batch job submission failed: Zero Bytes were transmitted or "
                       "received"),
            "");
  EXPECT_NE(advice_for("srun: error: Protocol authentication error"), "");
  EXPECT_EQ(advice_for("Unable to contact slurm controller (connect failure)"), "");
  EXPECT_EQ(advice_for(""), "");
}

TEST(queue, tells_of_jobs_that_are_no_arrays) {
  auto const all = read_jobs("17|17|N/A|PENDING|Resources|\n18|17|0|RUNNING|None|n1\nx|1|N/A|\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].job, 17U);
  EXPECT_EQ(all[0].phase, task_phase::waiting);
  EXPECT_EQ(all[0].reason, "Resources");
}

TEST(queue, each_beginning_of_a_recording_reads_as_what_stands_in_it) {
  for (auto const* name : {"squeue-running.txt", "squeue-unexpanded.txt", "squeue-ended.txt"}) {
    auto const text = recorded(name);
    auto const whole = read_queue(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      auto const lines = text.substr(0, text.rfind('\n', cut == 0 ? 0 : cut - 1) + 1);
      for (auto const& [key, one] : read_queue(lines))
        EXPECT_EQ(whole.at(key).state, one.state) << name << " cut at " << cut;
      EXPECT_LE(read_queue(text.substr(0, cut)).size(), whole.size());
    }
  }
}

TEST(queue, damage_costs_its_own_line) {
  auto const text = recorded("squeue-running.txt");
  auto const whole = read_queue(text);
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto damaged = text;
    damaged[at] = '#';
    EXPECT_GE(read_queue(damaged).size() + 2, whole.size()) << at;
  }
  EXPECT_TRUE(read_queue("1|1|0-4000000000|RUNNING|None|n1\n").empty());
  EXPECT_TRUE(read_queue("1|1|5-2|RUNNING|None|n1\n1|1||RUNNING|None|\n||||||\n|\n").empty());
  EXPECT_LE(read_queue("1|1|0-4000000|RUNNING|None|n1\n").size(), 100'000U);
}

TEST(queue, a_reason_may_hold_anything) {
  auto const all = read_queue("7|7|0|PENDING|Nodes are DOWN|or DRAINED|\n");
  EXPECT_EQ(all.at({7, 0}).reason, "Nodes are DOWN|or DRAINED");
  EXPECT_EQ(all.at({7, 0}).node, "");
}

TEST(queue, a_state_of_a_newer_slurm_is_none) {
  EXPECT_FALSE(phase_of("DREAMING"));
  EXPECT_FALSE(phase_of(""));
  EXPECT_EQ(phase_of("CANCELLED by 1000"), task_phase::lost);
  EXPECT_EQ(phase_of("NODE_FAIL"), task_phase::lost);
  EXPECT_EQ(phase_of("TIMEOUT"), task_phase::ended);
}

TEST(submission, is_a_number_whatever_stands_before_and_behind) {
  EXPECT_EQ(read_submission("17"), 17U);
  EXPECT_EQ(read_submission("17;east\n"), 17U);
  EXPECT_EQ(read_submission("sbatch: warning: be nice\n18\n"), 18U);
  for (auto const* none : {"", "\n", "0", "-3", "1 7", "x17", "17x", "Submitted batch job 17"})
    EXPECT_FALSE(read_submission(none)) << none;
}

TEST(words_of_slurm, tell_a_controller_that_is_away_from_a_refusal) {
  EXPECT_TRUE(is_out_of_reach("Unable to contact slurm controller (connect failure)"));
  EXPECT_TRUE(is_out_of_reach("sbatch --parsable: timed out after 1m"));
  EXPECT_TRUE(is_out_of_reach("slurm_load_jobs error: Socket timed out on send/recv operation"));
  EXPECT_FALSE(is_out_of_reach("Batch job submission failed: Invalid partition name specified"));
  EXPECT_FALSE(is_out_of_reach("Requested node configuration is not available"));
}

TEST(words_of_slurm, tell_what_only_people_can_mend) {
  EXPECT_FALSE(needs_people(""));
  EXPECT_FALSE(needs_people("Resources"));
  EXPECT_FALSE(needs_people("BeginTime"));
  EXPECT_TRUE(needs_people("ReqNodeNotAvail, UnavailableNodes:n1"));
  EXPECT_TRUE(needs_people("JobHeldUser"));
  EXPECT_TRUE(needs_people("QOSMaxJobsPerUserLimit"));
}

}  // namespace
}  // namespace wedgehog::farm::slurm
