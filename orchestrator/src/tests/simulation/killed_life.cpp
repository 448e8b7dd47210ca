#include "tests/simulation/killed_life.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tuple>

#include "conductor/expectation.hpp"
#include "folder/run_reader.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::simulation {

std::optional<left_folder> read_as_it_stands(std::filesystem::path const& folder) {
  auto const run = folder::read_run(folder);
  if (!run) return std::nullopt;
  left_folder left;
  auto const what =
      run->what ? *run->what : plan::plan{.limits = {.no_progress = std::chrono::seconds(60)}};
  verdict::judged_run judged(verdict::granted_by(what, folder::time_scale_of(run.value())));
  timeline::text_reader text([&](timeline::signal const& one) { judged.observe(one); });
  auto const extent = folder::each_timeline_piece_of(run.value(), [&](std::string_view piece) {
    left.timeline += piece;
    text.feed(piece);
  });
  EXPECT_TRUE(extent);
  text.finish();
  EXPECT_EQ(text.skipped(), 0U) << text.first_complaint();
  left.evidence_began = judged.ended();
  left.verdict = conductor::word_of(judged.conclude().said);
  return left;
}

void play_until_killed(life_options options, std::uint64_t turn) {
  pid_t const child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    options.look = [turn](std::uint64_t now) {
      if (now >= turn) ::kill(::getpid(), SIGKILL);
    };
    std::ignore = play(options);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
}

}  // namespace wedgehog::simulation
