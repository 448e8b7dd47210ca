// A whole life whose folder lies on 8 MiB that fill up at some moment: what the performer said by
// then, and how it says what it could not keep.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/descriptor.hpp"
#include "loop/temporary.hpp"
#include "tests/simulation/plans.hpp"
#include "tests/simulation/promises.hpp"
#include "tests/store/mounts.hpp"

namespace wedgehog::simulation {
namespace {

namespace files = std::filesystem;

std::string const recipe_that_fills_disks =
    recipe_of_a_worker("full", "{boot: 20s, no_progress: 20s, run: 60s}", "0.2") +
    R"(  - wait: 30s
)";

void fill(files::path const& with) {
  loop::descriptor const file(::open(with.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  std::string const bytes(4096, 'b');
  while (::write(file.get(), bytes.data(), bytes.size()) > 0) {
  }
}

// What is wrong with the life that is left, for a person; empty: nothing.
std::string wrong_with(record const& read) {
  auto const& lived = read.lived;
  // It had not even begun.
  bool const refused = lived.failure.find("run.json") != std::string::npos &&
                       lived.failure.find("free some space") != std::string::npos;
  if (!lived.done) return refused ? "" : "it has no verdict: " + lived.failure;
  if (!read.sealed || read.opinions != 1) return "its folder is not whole";
  if (lived.alive > 0 || lived.descriptors > 0 || !lived.left_behind.empty())
    return "something of it stays";
  auto const& said = lived.done->said;
  auto const reasons = fmt::format("{}", fmt::join(said.because, "; "));
  if (said.verdict == "passed") return {};
  if (said.verdict != "invalid") return "the guest is blamed: " + said.verdict + ": " + reasons;
  for (auto const* part : {"No space left on device", "free some space"})
    if (reasons.find(part) == std::string::npos) return "it does not say why: " + reasons;
  return {};
}

// 77: no mounts of our own may be made here.
int live_on_a_small_disk(files::path const& place, std::uint64_t full_at) {
  if (!store::alone_with_mounts()) return 77;
  if (::mount("tmpfs", place.c_str(), "tmpfs", 0, "size=8m,mode=777") != 0) return 77;
  life_options options{.seed = 1, .what = plan_of(recipe_that_fills_disks)};
  options.into = place / "run";
  options.look = [&place, full_at](std::uint64_t turn) {
    if (turn == full_at) fill(place / "filler");
  };
  auto const wrong = wrong_with(read_back(options, play(options)));
  if (!wrong.empty()) fmt::print(stderr, "full at turn {}: {}\n", full_at, wrong);
  return wrong.empty() ? 0 : 1;
}

TEST(full_disk, costs_no_verdict_blames_no_guest_and_leaves_nothing) {
  for (std::uint64_t const turn : {1, 20, 300, 1000, 2000, 4000}) {
    auto const place = loop::temporary_directory::make().value();
    pid_t const child = ::fork();
    if (child == 0) ::_exit(live_on_a_small_disk(place.path(), turn));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
      GTEST_SKIP() << "no mount namespace of our own may be made here";
    EXPECT_EQ(status, 0) << "full at turn " << turn;
  }
}

}  // namespace
}  // namespace wedgehog::simulation
