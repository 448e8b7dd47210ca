// A person's word for an executor.
#include "farm/chosen_executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace wedgehog::farm {
namespace {

using ::testing::HasSubstr;

struct executors : ::testing::Test {
  result<std::unique_ptr<executor>> make(std::string_view word) {
    return make_executor(word, {.time = time,
                                .pool = pool,
                                .stop = stop,
                                .slots = 7,
                                .campaign = "c",
                                .results = "/nonesuch",
                                .close = {},
                                .say = {}});
  }
  loop::asio::io_context context{1};
  loop::asio::thread_pool pool{1};
  loop::real_clock time;
  loop::interruption stop{context.get_executor()};
};

TEST_F(executors, are_made_by_their_word_and_what_sbatch_is_told_besides) {
  auto const here = make("local");
  ASSERT_TRUE(here);
  EXPECT_EQ((*here)->slots(), 7U);
  auto const far = make("slurm:--partition=night --account=me");
  ASSERT_TRUE(far);
  EXPECT_EQ((*far)->describe(), "Slurm --partition=night --account=me");
  EXPECT_EQ((*far)->slots(), 7U);
  EXPECT_TRUE(make("slurm"));
  auto const streamed = make("srun:--partition=night");
  ASSERT_TRUE(streamed);
  EXPECT_EQ((*streamed)->describe(), "Slurm, by stream --partition=night");
}

TEST_F(executors, that_nobody_knows_are_refused_with_those_that_there_are) {
  for (auto const* word : {"", "slur", "slurmm", "ssh", "slurm:night", "srun:night", "local:x"}) {
    auto const none = make(word);
    ASSERT_FALSE(none) << word;
    EXPECT_EQ(none.error().whose(), blame::recipe);
  }
  EXPECT_THAT(make("ssh").error().message(), HasSubstr("local, slurm, srun"));
}

}  // namespace
}  // namespace wedgehog::farm
