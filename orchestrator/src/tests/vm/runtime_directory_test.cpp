// The folder of guest memory among other users of the host, dead orchestrators, and machines that
// have not taken yet what they may take.
#include "vm/runtime_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "loop/temporary.hpp"

namespace wedgehog::vm {
namespace {

namespace files = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct runtime_directories : ::testing::Test {
  loop::temporary_directory place = std::move(loop::temporary_directory::make().value());
  files::path const top = files::path(place.path()) / "top";

  runtime_directories() { point_at(top); }
  ~runtime_directories() override { ::unsetenv("WEDGEHOG_RUNTIME"); }
  static void point_at(files::path const& folder) {
    ::setenv("WEDGEHOG_RUNTIME", folder.c_str(), 1);
  }
  static std::string refusal(std::uint64_t memory = 4096) {
    auto const made = runtime_directory::make(memory, 50ms);
    return made ? "" : made.error().message();
  }
  // As an orchestrator leaves it that was killed.
  static std::string left_behind(std::uint64_t memory = 4096) {
    int ends[2];
    if (::pipe(ends) != 0) return {};
    if (::fork() == 0) {
      auto const made = runtime_directory::make(memory);
      auto const path = made ? made->path() : std::string();
      if (::write(ends[1], path.data(), path.size()) < 0) ::_exit(1);
      std::ofstream(path + "/ram") << "secret";
      files::create_directory(path + "/deeper");
      ::_exit(0);
    }
    ::wait(nullptr);
    std::string path(4096, '\0');
    auto const got = ::read(ends[0], path.data(), path.size());
    ::close(ends[0]);
    ::close(ends[1]);
    path.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return path;
  }
  static std::uint64_t free_bytes(files::path const& folder) {
    struct statvfs space {};
    ::statvfs(folder.c_str(), &space);
    return static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  }
};

TEST_F(runtime_directories, are_for_their_owner_alone_and_gone_afterwards) {
  std::string path;
  {
    auto const made = runtime_directory::make(4096);
    ASSERT_TRUE(made) << made.error().message();
    path = made->path();
    for (auto const& one : {top.string(), path, path + "/lock"}) {
      struct stat seen {};
      ASSERT_EQ(::stat(one.c_str(), &seen), 0) << one;
      EXPECT_EQ(seen.st_mode & 0077U, 0U) << one;
    }
    std::ofstream(path + "/ram") << "memory";
  }
  EXPECT_FALSE(files::exists(path));
}

TEST_F(runtime_directories, each_machine_has_its_own) {
  auto const one = runtime_directory::make(4096);
  auto const two = runtime_directory::make(4096);
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->path(), two->path());
}

TEST_F(runtime_directories, what_a_dead_owner_left_is_swept_and_what_lives_is_not) {
  auto const living = runtime_directory::make(4096);
  ASSERT_TRUE(living);
  auto const dead = left_behind();
  ASSERT_TRUE(files::exists(dead + "/ram"));
  EXPECT_EQ(runtime_directory::sweep(), 1);
  EXPECT_FALSE(files::exists(dead));
  EXPECT_TRUE(files::exists(living->path()));
}

TEST_F(runtime_directories, a_link_is_refused_and_nothing_behind_it_is_swept) {
  auto const victim = files::path(place.path()) / "victim";
  files::create_directories(victim / "machine-1");
  std::ofstream(victim / "machine-1/lock") << "wedgehog machine, memory 4096\n";
  files::permissions(victim, files::perms::owner_all);
  files::create_directory_symlink(victim, top);
  EXPECT_THAT(refusal(), HasSubstr("is a link"));
  EXPECT_EQ(runtime_directory::sweep(), 0);
  EXPECT_TRUE(files::exists(victim / "machine-1/lock"));
  point_at(top.string() + "/");
  EXPECT_THAT(refusal(), HasSubstr("is a link"));
}

TEST_F(runtime_directories, a_folder_that_others_may_enter_is_refused) {
  for (auto const mode : {0777U, 0750U, 0701U, 01777U}) {
    files::create_directory(top);
    ASSERT_EQ(::chmod(top.c_str(), mode), 0);
    EXPECT_THAT(refusal(), HasSubstr("is open to others")) << mode;
    EXPECT_EQ(runtime_directory::sweep(), 0);
    files::remove(top);
  }
}

TEST_F(runtime_directories, a_folder_of_another_user_is_refused) {
  files::create_directory(top);
  files::permissions(top, files::perms::owner_all);
  if (::chown(top.c_str(), 65534, 65534) != 0) GTEST_SKIP() << "only root can make one";
  EXPECT_THAT(refusal(), HasSubstr("belongs to user 65534"));
}

TEST_F(runtime_directories, only_what_bears_our_mark_is_swept) {
  ASSERT_TRUE(runtime_directory::make(4096));
  auto const foreign = [this](std::string const& name, std::string const& lock) {
    files::create_directory(top / name);
    std::ofstream(top / name / "lock") << lock;
  };
  foreign("important", "wedgehog machine, memory 4096\n");
  foreign("machine-x", "another program's\n");
  foreign("machine-y", "");
  files::create_directory(top / "machine-z");
  files::create_symlink(top / "important/lock", top / "machine-z/lock");
  files::create_directory_symlink(top / "important", top / "machine-link");
  std::ofstream(top / "machine-file") << "x";
  EXPECT_EQ(runtime_directory::sweep(), 0);
  for (auto const* name :
       {"important", "machine-x", "machine-y", "machine-z", "machine-link", "machine-file"})
    EXPECT_TRUE(files::exists(files::symlink_status(top / name))) << name;
}

TEST_F(runtime_directories, a_link_inside_is_removed_and_not_followed) {
  auto const kept = files::path(place.path()) / "kept";
  files::create_directory(kept);
  std::ofstream(kept / "file") << "x";
  auto const dead = left_behind();
  files::create_directory_symlink(kept, dead + "/link");
  EXPECT_EQ(runtime_directory::sweep(), 1);
  EXPECT_FALSE(files::exists(dead));
  EXPECT_TRUE(files::exists(kept / "file"));
}

TEST_F(runtime_directories, a_lock_that_nobody_gives_up_is_no_reason_to_wait_for_ever) {
  ASSERT_TRUE(runtime_directory::make(4096));
  loop::descriptor const folder(::open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(folder.get(), LOCK_EX), 0);
  EXPECT_THAT(refusal(), HasSubstr("keeps " + top.string() + " locked"));
  ASSERT_EQ(::flock(folder.get(), LOCK_UN), 0);
  EXPECT_EQ(refusal(), "");
}

TEST_F(runtime_directories, memory_that_a_machine_may_still_take_is_spoken_for) {
  auto const most = free_bytes(place.path()) / 5 * 3;
  {
    auto const first = runtime_directory::make(most);
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(runtime_directory::promised().value(), most);
    EXPECT_THAT(refusal(most), HasSubstr("of which machines that run may still take"));
    EXPECT_EQ(refusal(4096), "") << "a small one fits beside it";
    // What it has taken is not free any more, and not promised twice.
    std::ofstream(first->path() + "/ram") << std::string(1U << 20U, 'x');
    EXPECT_LE(runtime_directory::promised().value(), most - (1U << 20U));
  }
  EXPECT_EQ(runtime_directory::promised().value(), 0U);
  auto const dead = left_behind(most);
  EXPECT_EQ(runtime_directory::promised().value(), 0U) << "a dead one takes nothing";
}

TEST_F(runtime_directories, more_than_there_is_is_refused_with_numbers) {
  EXPECT_THAT(refusal(std::uint64_t{1} << 60U), HasSubstr("the guest's memory needs"));
}

TEST_F(runtime_directories, more_may_be_promised_later_as_far_as_there_is_room) {
  auto first = runtime_directory::make(0);
  ASSERT_TRUE(first);
  EXPECT_EQ(runtime_directory::promised().value(), 0U);
  ASSERT_TRUE(first->promise(8192));
  EXPECT_EQ(runtime_directory::promised().value(), 8192U);
  EXPECT_FALSE(first->promise(std::uint64_t{1} << 62U));
  EXPECT_EQ(runtime_directory::promised().value(), 8192U);
}

}  // namespace
}  // namespace wedgehog::vm
