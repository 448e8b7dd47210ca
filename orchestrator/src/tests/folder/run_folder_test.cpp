#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "folder/files.hpp"
#include "folder/run_reader.hpp"
#include "folder/run_writer.hpp"
#include "tests/own_folder.hpp"

namespace wedgehog::folder {
namespace {

namespace fs = std::filesystem;

run_facts some_facts() {
  plan::plan what;
  what.name = "lost-wakeup";
  what.seed = 7;
  return {.uid = new_uid(),
          .name = "lost-wakeup-20261121-0341-7f3a",
          .recipe = "lost-wakeup",
          .recipe_file = "recipes/lab/lost-wakeup.yaml",
          .recipe_text = "steps:\n  - run: mkfs\n",
          .plan = plan::to_text(what),
          .variant = "fs=xfs",
          .seed = 18446744073709551557ULL,
          .image = "linux",
          .kernel = "6.1.0",
          .image_checksums = "vmlinuz sha256:00ff",
          .qemu = "7.2.19",
          .accelerator = "tcg",
          .time_scale = 2.5,
          .host = "farm-7",
          .host_kernel = "6.1.0",
          .wedgehog = "0.1.0",
          .command_line = "qemu-system-x86_64 -m 256",
          .started = parse_moment("2026-11-21T03:41:07.123Z").value(),
          .owner = this_process()};
}

outcome some_outcome() {
  return {.ended = "all steps done",
          .duration_s = 184.5,
          .boot_s = 12.25,
          .exposure_s = 150,
          .steps = "9 done",
          .faults = {{"hold-1", "hold", 3}},
          .missing = {"memory: no room"}};
}

judgement some_opinion(std::string verdict = "wedged") {
  return {.judged = parse_moment("2026-11-21T03:44:12.000Z").value(),
          .judge = "wedgehog 0.1.0",
          .verdict = std::move(verdict),
          .kind = "software-wait",
          .because = {"nothing outstanding for 61 s"},
          .signature = "wedge/xlog_wait",
          .exit_code = 1,
          .expected = "passed",
          .stuck = {{.pid = 17, .name = "syncer", .wait_channel = "flstik", .frames = {"a", "b"}}}};
}

// A run from its beginning to its manifest.
run_facts write_whole_run(fs::path const& folder) {
  auto const facts = some_facts();
  auto writer = run_writer::begin(folder, facts);
  EXPECT_TRUE(writer);
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(writer->keep_timeline("{\"t\":" + std::to_string(i) +
                                      ",\"signal\":\"milestone\",\"name\":\"progress\"}\n"));
  std::ofstream(folder / "console.raw") << "booting\n";
  EXPECT_TRUE(writer->played(some_outcome()));
  EXPECT_TRUE(writer->judged(some_opinion()));
  EXPECT_TRUE(writer->seal(facts));
  return facts;
}

std::string timeline_of(run_contents const& run) {
  std::string text;
  EXPECT_TRUE(each_timeline_piece_of(run, [&text](std::string_view piece) { text += piece; }));
  return text;
}

// A results folder that was deleted under a run, or restored from a backup meanwhile.
TEST(run_folder, nothing_is_kept_in_a_folder_that_took_its_place) {
  testing::own_folder place;
  auto const facts = some_facts();
  auto writer = run_writer::begin(place / "run", facts);
  ASSERT_TRUE(writer);
  fs::remove_all(place / "run");
  EXPECT_FALSE(writer->keep_timeline("{\"t\":1}\n"));
  EXPECT_FALSE(writer->judged(some_opinion()));
  EXPECT_FALSE(fs::exists(place / "run"));
  fs::create_directory(place / "run");
  EXPECT_FALSE(writer->played(some_outcome()));
  EXPECT_FALSE(writer->seal(facts));
  EXPECT_TRUE(fs::is_empty(place / "run"));
}

// Whoever stopped the run does not wait for the sums of gigabytes.
TEST(run_folder, nobody_has_to_wait_for_sums) {
  testing::own_folder place;
  auto const facts = some_facts();
  auto writer = run_writer::begin(place / "run", facts);
  ASSERT_TRUE(writer);
  for (auto const* name : {"a.raw", "b.raw", "c.raw"})
    std::ofstream(place / "run" / name) << "bytes of " << name << "\n";
  ASSERT_TRUE(writer->played(some_outcome()));
  int asked = 0;
  ASSERT_TRUE(writer->seal(facts, [&asked](std::uint64_t) { return ++asked < 2; }));
  EXPECT_EQ(asked, 2);
  auto const run = read_run(place / "run");
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->sealed);
  EXPECT_TRUE(run->complaints.empty()) << run->complaints.front();
  auto const with_sum =
      std::count_if(run->artifacts.begin(), run->artifacts.end(),
                    [](artifact const& one) { return one.bytes > 0 && !one.sha256.empty(); });
  EXPECT_EQ(with_sum, 1);
  auto const size_of = [&](std::string_view path) {
    auto const found = std::find_if(run->artifacts.begin(), run->artifacts.end(),
                                    [path](artifact const& one) { return one.path == path; });
    return found == run->artifacts.end() ? 0 : found->bytes;
  };
  EXPECT_EQ(size_of("c.raw"), 15U);
}

TEST(run_folder, every_fact_comes_back) {
  testing::own_folder place;
  auto const facts = write_whole_run(place / "run");
  auto const run = read_run(place / "run");
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->complaints.empty()) << run->complaints.front();
  EXPECT_EQ(json::serialize(to_object(run->facts)), json::serialize(to_object(facts)));
  EXPECT_EQ(run->facts.recipe_text, facts.recipe_text);
  ASSERT_TRUE(run->what);
  EXPECT_EQ(run->what->seed, 7U);
  EXPECT_EQ(run->played, some_outcome());
  ASSERT_EQ(run->judgements.size(), 1U);
  EXPECT_EQ(run->judgements[0], some_opinion());
  EXPECT_TRUE(run->sealed);
  EXPECT_EQ(standing_of(*run), standing::ended);
  auto const console = std::find_if(run->artifacts.begin(), run->artifacts.end(),
                                    [](artifact const& one) { return one.path == "console.raw"; });
  ASSERT_NE(console, run->artifacts.end());
  // printf 'booting\n' | sha256sum
  EXPECT_EQ(console->sha256, "5b9da7cd6f76daf178ec524ee4317184ea71d3c63bfc2eade82b2a6ac23135d7");
}

TEST(run_folder, nothing_in_it_is_for_other_users) {
  testing::own_folder place;
  write_whole_run(place / "run");
  for (auto const& each : fs::recursive_directory_iterator(place / "run")) {
    if (each.path().filename() == "console.raw") continue;  // not ours
    struct stat about {};
    ASSERT_EQ(::stat(each.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0077U, 0U) << each.path();
  }
}

TEST(run_folder, two_runs_do_not_share_one) {
  testing::own_folder place;
  write_whole_run(place / "run");
  auto const again = run_writer::begin(place / "run", some_facts());
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message().find("there is a run in"), std::string::npos);
}

TEST(run_folder, opinions_gather) {
  testing::own_folder place;
  write_whole_run(place / "run");
  ASSERT_TRUE(add_judgement(place / "run", some_opinion("slow")));
  auto const run = read_run(place / "run");
  ASSERT_EQ(run->judgements.size(), 2U);
  EXPECT_EQ(run->judgements[1].verdict, "slow");
  EXPECT_TRUE(run->complaints.empty()) << "an opinion that came later is no tampering";
}

TEST(run_folder, any_file_may_be_missing) {
  testing::own_folder place;
  write_whole_run(place / "whole");
  for (auto const& each : fs::directory_iterator(place / "whole")) {
    auto const copy = place / "copy";
    fs::remove_all(copy);
    fs::copy(place / "whole", copy, fs::copy_options::recursive);
    fs::remove_all(copy / each.path().filename());
    auto const run = read_run(copy);
    ASSERT_TRUE(run) << each.path();
    EXPECT_EQ(timeline_of(*run).empty(), each.path().filename() == names::timeline);
    bool const optional = each.path().filename() == names::manifest ||
                          each.path().filename() == names::judgements ||
                          each.path().filename() == names::outcome;
    EXPECT_TRUE(optional || !run->complaints.empty()) << each.path();
  }
}

TEST(run_folder, any_file_may_be_cut_at_any_byte) {
  testing::own_folder place;
  write_whole_run(place / "whole");
  auto const whole = timeline_of(*read_run(place / "whole"));
  for (auto const& each : fs::directory_iterator(place / "whole")) {
    if (!each.is_regular_file()) continue;
    auto const size = fs::file_size(each.path());
    auto const copy = place / "copy";
    fs::remove_all(copy);
    fs::copy(place / "whole", copy, fs::copy_options::recursive);
    // From the end, so that one copy serves them all.
    for (auto length = size; length-- > 0;) {
      fs::resize_file(copy / each.path().filename(), length);
      auto const run = read_run(copy);
      ASSERT_TRUE(run) << each.path() << " cut at " << length;
      ASSERT_TRUE(whole.starts_with(timeline_of(*run)));
      ASSERT_FALSE(run->complaints.empty() && run->sealed && length + 1 < size) << each.path();
    }
  }
}

TEST(run_folder, of_a_newer_version_is_left_to_newer_programs) {
  testing::own_folder place;
  write_whole_run(place / "run");
  ASSERT_TRUE(write_document(place / "run/run.json", R"({"wedgehog_run_folder": 2})"));
  auto const run = read_run(place / "run");
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message().find("use a newer Wedgehog"), std::string::npos);
}

TEST(run_folder, forged_names_and_paths_lead_nowhere) {
  testing::own_folder place;
  write_whole_run(place / "run");
  ASSERT_TRUE(write_document(place / "run/run.json",
                             R"({"wedgehog_run_folder": 1, "uid": "../../etc", "name": "../up"})"));
  ASSERT_TRUE(write_document(
      place / "run/MANIFEST.json",
      R"({"files": [{"path": "../../etc/passwd"}, {"path": "/etc/passwd"}, {"path": "a\n"}]})"));
  auto const run = read_run(place / "run");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->facts.uid, "");
  EXPECT_EQ(run->facts.name, "run");
  EXPECT_TRUE(run->artifacts.empty());
}

TEST(run_folder, links_and_pipes_are_not_read) {
  testing::own_folder place;
  write_whole_run(place / "run");
  fs::remove(place / "run/outcome.json");
  ASSERT_EQ(::mkfifo((place / "run/outcome.json").c_str(), 0600), 0);
  fs::remove(place / "run/recipe.yaml");
  fs::create_symlink("/etc/passwd", place / "run/recipe.yaml");
  auto const run = read_run(place / "run");
  ASSERT_TRUE(run);
  EXPECT_FALSE(run->played);
  EXPECT_EQ(run->facts.recipe_text, "");
}

TEST(run_folder, other_folders_are_none) {
  testing::own_folder place;
  EXPECT_FALSE(read_run(place.path()));
  EXPECT_FALSE(read_run(place / "nonesuch"));
}

TEST(run_folder, one_without_manifest_lives_or_was_interrupted) {
  testing::own_folder place;
  auto facts = some_facts();
  ASSERT_TRUE(run_writer::begin(place / "living", facts));
  EXPECT_EQ(standing_of(*read_run(place / "living")), standing::living);
  facts.owner.began += 1;  // the same pid, of a later process
  ASSERT_TRUE(run_writer::begin(place / "dead", facts));
  EXPECT_EQ(standing_of(*read_run(place / "dead")), standing::interrupted);
}

}  // namespace
}  // namespace wedgehog::folder
