// Folders that somebody else wrote: of a newer program, with links out of them, with things in the
// way of what is written. They are refused or read as far as they are the run's own, and nothing
// outside of them is read or touched.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "folder/files.hpp"
#include "folder/run_reader.hpp"
#include "folder/run_writer.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::folder {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct hostile_folder : ::testing::Test {
  testing::own_folder place;
  fs::path run = place / "run";
  fs::path outside = place / "outside";
  run_facts facts{.uid = new_uid(), .name = "run", .recipe = "lost-wakeup", .plan = "{}"};

  hostile_folder() {
    auto writer = run_writer::begin(run, facts);
    EXPECT_TRUE(writer);
    EXPECT_TRUE(make_folder(run / "guest"));
    EXPECT_TRUE(write_document(run / "guest/ps.txt", "1 init\n"));
    EXPECT_TRUE(writer->played({.ended = "all steps done"}));
    EXPECT_TRUE(writer->judged({.judge = "wedgehog", .verdict = "passed"}));
    EXPECT_TRUE(writer->seal(facts));
    EXPECT_TRUE(make_folder(outside));
    EXPECT_TRUE(write_document(outside / "0001.json", R"({"verdict": "forged"})"));
    EXPECT_TRUE(write_document(outside / "ps.txt", "1 init\n"));
  }

  [[nodiscard]] std::string why_not() const {
    auto const read = read_run(run);
    return read ? "" : read.error().message();
  }
  [[nodiscard]] static std::size_t files_in(fs::path const& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
};

TEST_F(hostile_folder, of_a_newer_version_is_refused_whichever_file_tells) {
  for (auto const name : {names::facts, names::manifest}) {
    auto const before = read_document(run / name);
    ASSERT_TRUE(before);
    for (auto const* format : {"2", "99999999999999", "\"two\"", "1.5", "null"}) {
      ASSERT_TRUE(write_document(
          run / name,
          fmt::format(R"({{"wedgehog_run_folder": {}, "uid": "{}"}})", format, facts.uid)));
      EXPECT_THAT(why_not(), HasSubstr("use a newer Wedgehog")) << name << " " << format;
      EXPECT_THAT(why_not(), HasSubstr(run.string())) << name;
    }
    ASSERT_TRUE(write_document(run / name, *before));
  }
  EXPECT_EQ(why_not(), "");
}

TEST_F(hostile_folder, opinions_are_not_read_through_a_link) {
  fs::remove_all(run / names::judgements);
  fs::create_directory_symlink(outside, run / names::judgements);
  auto const read = read_run(run);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->judgements.empty());
  EXPECT_THAT(read->complaints, ::testing::Contains(HasSubstr("is a link")));
}

TEST_F(hostile_folder, no_opinion_is_written_through_a_link) {
  fs::remove_all(run / names::judgements);
  fs::create_directory_symlink(outside, run / names::judgements);
  auto const before = files_in(outside);
  auto const added = add_judgement(run, {.judge = "wedgehog", .verdict = "passed"});
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message(), HasSubstr((run / names::judgements).string()));
  EXPECT_EQ(files_in(outside), before);
}

TEST_F(hostile_folder, no_file_of_the_manifest_is_one_behind_a_link) {
  fs::remove_all(run / "guest");
  fs::create_directory_symlink(outside, run / "guest");
  auto const read = read_run(run);
  ASSERT_TRUE(read);
  for (auto const& one : read->artifacts) EXPECT_NE(one.path, "guest/ps.txt");
  EXPECT_THAT(read->complaints, ::testing::Contains(HasSubstr("leave the folder")));
}

// In a child: it would wait for ever.
TEST_F(hostile_folder, what_lies_in_the_way_of_a_file_holds_nobody_up) {
  pid_t const child = ::fork();
  if (child == 0) {
    ::alarm(10);
    auto const pipe = (run / "outcome.json").string() + ".new";
    fs::create_hard_link(outside / "ps.txt", (run / "removed.json").string() + ".new");
    bool const fine = ::mkfifo(pipe.c_str(), 0600) == 0 &&
                      write_document(run / "outcome.json", "{}").has_value() &&
                      write_document(run / "removed.json", "{}").has_value() &&
                      read_document(outside / "ps.txt").value() == "1 init\n";
    ::_exit(fine ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(hostile_folder, many_who_write_one_file_leave_one_of_theirs_whole) {
  std::vector<pid_t> children;
  for (char letter : {'a', 'b', 'c', 'd'}) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    std::string const mine(200'000, letter);
    bool fine = true;
    for (int i = 0; i < 20; ++i) fine = fine && write_document(run / "outcome.json", mine);
    ::_exit(fine ? 0 : 1);
  }
  for (pid_t const child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  auto const text = read_document(run / "outcome.json").value();
  EXPECT_EQ(text, std::string(200'000, text.front()));
  EXPECT_EQ(files_in(run), 8U) << "run.json plan.json recipe.yaml timeline.zst outcome.json "
                                  "judgements guest MANIFEST.json, and nothing half written";
}

}  // namespace
}  // namespace wedgehog::folder
