// What is said to Slurm.
#include "farm/slurm/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "farm/slurm/task_folder.hpp"
#include "folder/files.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::farm::slurm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(words_for_slurm, ask_for_as_much_as_each_task_needs) {
  auto const said = submission({.name = "wedgehog-x",
                                .mark = "m",
                                .work = "/w",
                                .tasks = 40,
                                .memory = (std::uint64_t{300} << 20U) + 1,
                                .processors = 2,
                                .more = {"--partition=main"}});
  EXPECT_EQ(said.front(), "sbatch");
  EXPECT_EQ(said.back(), "/w/script");
  for (auto const* word : {"--parsable", "--requeue", "--array=0-39", "--mem=301M",
                           "--cpus-per-task=2", "--job-name=wedgehog-x", "--partition=main"})
    EXPECT_THAT(said, Contains(word));
}

TEST(words_for_slurm, have_srun_carry_bytes_as_they_are_and_a_job_of_its_own) {
  auto const said = carrier({.name = streamed_job_name("x"),
                             .mark = "m",
                             .memory = std::uint64_t{300} << 20U,
                             .processors = 2,
                             .more = {"--partition=main"},
                             .performer = {"/bin/wedgehog", "perform", "--stream"}});
  EXPECT_EQ(said.front(), "env") << "srun within an allocation is a step of that";
  for (auto const* word : {"SLURM_JOB_ID", "srun", "--unbuffered", "--mem=300M", "--comment=m",
                           "--cpus-per-task=2", "--job-name=wedgehog-x-stream"})
    EXPECT_THAT(said, Contains(word));
  EXPECT_EQ(said.back(), "--stream");
  EXPECT_NE(job_name("x"), streamed_job_name("x"));
}

TEST(words_for_slurm, signal_a_performer_and_not_what_it_started) {
  EXPECT_THAT(ask_to_end({"17"}), Contains("--batch"));
  EXPECT_THAT(cancel({"17_3"}), ::testing::Not(Contains("--batch")));
}

TEST(words_for_slurm, find_a_job_by_its_mark) {
  EXPECT_EQ(marked("17|aa\n18|bb\n", "bb"), 18U);
  EXPECT_EQ(marked("17|aa\n18|bb", "bb"), 18U);
  EXPECT_EQ(marked("17|aa\nx|bb\n|bb\nbb\n", "bb"), 0U);
  EXPECT_EQ(marked("", ""), 0U);
}

struct scripts : ::testing::Test {
  // As a task of an array: the performer prints its words.
  int run(int index, int restarts) {
    folder::write_document(place / "script",
                           script({"/bin/sh", "-c", "echo \"$@\"", "x"}, place.path().string()))
        .value();
    auto const line = "SLURM_ARRAY_TASK_ID=" + std::to_string(index) +
                      " SLURM_RESTART_COUNT=" + std::to_string(restarts) + " sh " +
                      in_quotes((place / "script").string()) + " 2>/dev/null";
    return std::system(line.c_str());
  }
  testing::own_folder place;
};

TEST_F(scripts, play_the_order_of_their_line_and_begin_anew_beside) {
  auto const odd = (place / "it's $(odd) \"run\"").string();
  std::filesystem::create_directory(odd);
  std::ofstream(place / "list") << "/nonesuch\n" << odd << "\n";
  std::ofstream(odd + "/order.json") << "{}";
  ASSERT_EQ(run(1, 0), 0);
  task_place const where{odd, place.path().string(), 1};
  EXPECT_EQ(last_progress(where, 0),
            odd + "/order.json --into " + odd + " --progress 1 --restarts 0");
  ASSERT_EQ(run(1, 2), 0);
  EXPECT_EQ(last_progress(where, 2),
            odd + "/order.json --into " + odd + "-r2 --progress 1 --restarts 2");
  EXPECT_TRUE(std::filesystem::exists(odd + "-r2/order.json")) << "whoever closes it needs it";

  auto const seen = attempts_at(where);
  ASSERT_EQ(seen.size(), 2U) << "one that never came to write is left out";
  EXPECT_EQ(seen[1].restarts, 2);
  EXPECT_TRUE(seen[1].begun);
  EXPECT_NE(run(0, 0), 0) << "a folder that this node does not see";
}

TEST_F(scripts, what_is_said_is_read_by_whole_lines_from_its_end) {
  task_place const where{place / "run", place.path().string(), 0};
  EXPECT_EQ(last_progress(where, 0), "");
  std::ofstream file(progress_file(where.work, 0, 0));
  file << std::string(100'000, 'x') << "\none\ntw" << std::flush;
  EXPECT_EQ(last_progress(where, 0), "one");
  file << "o\n" << std::flush;
  EXPECT_EQ(last_progress(where, 0), "two");
  forget_words(where);
  EXPECT_EQ(last_progress(where, 0), "");
}

}  // namespace
}  // namespace wedgehog::farm::slurm
