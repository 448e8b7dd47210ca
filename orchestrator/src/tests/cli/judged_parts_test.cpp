// `wedgehog judge --at` and `--signal` on the folder of a stored run: one moment is what was known
// then, a course is every signal of its kind, and looking changes nothing. $WEDGEHOG is the
// program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "folder/run_writer.hpp"
#include "plan/plan.hpp"
#include "tests/file_text.hpp"
#include "tests/own_folder.hpp"
#include "timeline/timeline.hpp"
#include "verdict/exported_run.hpp"

namespace wedgehog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct said {
  int code = -1;
  std::string text;  // stdout and stderr
};

// An exported run, put into a folder as a performer would.
class stored {
 public:
  stored() {
    auto const text = testing::text_of(WEDGEHOG_TESTDATA "/runs/held-write.jsonl");
    auto const end = text.find('\n');
    head = verdict::head_from_text(text.substr(0, end)).value();
    body = text.substr(end + 1);
    plan::plan what;
    what.name = head.name;
    what.limits.no_progress = std::chrono::duration_cast<decltype(what.limits.no_progress)>(
        std::chrono::duration<double>(head.no_progress_s * head.time_scale));
    folder::run_facts facts;
    facts.uid = folder::new_uid();
    facts.name = "held-write-20261121-0341-7f3a";
    facts.recipe = head.name;
    facts.plan = plan::to_text(what);
    facts.time_scale = head.time_scale;
    facts.owner = folder::this_process();
    auto writer = folder::run_writer::begin(path(), facts).value();
    writer.keep_timeline(body).value();
    writer.played({.ended = "all steps done"}).value();
    writer.seal(facts).value();
  }

  [[nodiscard]] std::filesystem::path path() const { return place_ / "run"; }

  [[nodiscard]] said judged(std::string const& arguments) const {
    auto const* program = std::getenv("WEDGEHOG");
    auto const command = std::string("exec '") + program + "' --results '" +
                         (place_ / "none").string() + "' judge '" + path().string() + "' " +
                         arguments + " 2>&1";
    said one;
    FILE* const pipe = ::popen(command.c_str(), "r");
    char piece[4096];
    while (auto const got = std::fread(piece, 1, sizeof piece, pipe)) one.text.append(piece, got);
    auto const status = ::pclose(pipe);
    one.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return one;
  }

  [[nodiscard]] std::size_t files() const {
    auto const all = std::filesystem::recursive_directory_iterator(path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  verdict::exported_head head;
  std::string body;

 private:
  testing::own_folder place_;
};

std::ptrdiff_t lines(std::string const& text) {
  return std::count(text.begin(), text.end(), '\n');
}

class judged_parts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("WEDGEHOG") == nullptr) GTEST_SKIP() << "$WEDGEHOG names no program";
  }
  stored run;
};

TEST_F(judged_parts, one_moment_is_what_was_known_then) {
  auto const cause = std::to_string(static_cast<int>(*run.head.cause_s)) + "s";
  auto const before = run.judged("--at " + cause);
  EXPECT_EQ(before.code, 0) << before.text;
  EXPECT_THAT(before.text, HasSubstr(": ok"));
  EXPECT_THAT(before.text, Not(HasSubstr("wedged"))) << "nothing that came later counts";
  auto const after = run.judged("--at 1h");
  EXPECT_EQ(after.code, 0) << after.text;
  EXPECT_THAT(after.text, HasSubstr("wedged/held-io"));
  EXPECT_THAT(after.text, HasSubstr("says held_io"));
  EXPECT_THAT(after.text, HasSubstr("What each detector said at that look"));
}

TEST_F(judged_parts, one_moment_is_json_too) {
  auto const seen = run.judged("--at 1h --json");
  EXPECT_EQ(seen.code, 0) << seen.text;
  auto const object = json::parse(seen.text).as_object();
  EXPECT_EQ(object.at("state"), "wedged");
  EXPECT_EQ(object.at("kind"), "held-io");
  EXPECT_EQ(object.at("detector"), "held_io");
  EXPECT_FALSE(object.at("because").as_array().empty());
}

TEST_F(judged_parts, a_course_is_every_signal_of_its_kind_until_then) {
  auto const whole = run.judged("--signal disk");
  EXPECT_EQ(whole.code, 0) << whole.text;
  std::ptrdiff_t disks = 0;
  timeline::text_reader reader([&disks](timeline::signal const& one) {
    disks += std::holds_alternative<timeline::disk>(one.what);
  });
  reader.feed(run.body);
  reader.finish();
  EXPECT_GT(disks, 0);
  EXPECT_EQ(lines(whole.text), disks);
  auto const part = run.judged("--signal disk --at 10s");
  EXPECT_EQ(part.code, 0) << part.text;
  EXPECT_GT(lines(part.text), 0);
  EXPECT_LT(lines(part.text), disks);
  EXPECT_EQ(whole.text.compare(0, part.text.size(), part.text), 0);
}

TEST_F(judged_parts, mistakes_are_told_with_what_there_is) {
  auto const unknown = run.judged("--signal nonesuch");
  EXPECT_EQ(unknown.code, 3);
  EXPECT_THAT(unknown.text, HasSubstr("nonesuch"));
  EXPECT_THAT(unknown.text, HasSubstr("disk ("));
  auto const nonsense = run.judged("--at yesterday");
  EXPECT_EQ(nonsense.code, 3);
  EXPECT_THAT(nonsense.text, HasSubstr("--at"));
}

TEST_F(judged_parts, looking_changes_nothing) {
  auto const before = run.files();
  static_cast<void>(run.judged("--at 20s"));
  static_cast<void>(run.judged("--signal disk"));
  EXPECT_EQ(run.files(), before);
  auto const whole = run.judged("");
  EXPECT_THAT(whole.text, HasSubstr("wedged"));
  EXPECT_EQ(run.files(), before + 2) << "an opinion over the whole run is kept: " << whole.text;
}

}  // namespace
}  // namespace wedgehog::cli
