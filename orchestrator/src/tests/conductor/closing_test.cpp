// Runs whose performer is gone, ended in its stead; and a folder that is cut everywhere, judged.
#include "conductor/closing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "conductor/opinion.hpp"
#include "conductor/progress.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "folder/run_writer.hpp"
#include "tests/own_folder.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

plan::plan some_plan() {
  plan::plan what;
  what.name = "closing";
  what.limits = {.boot = 10s, .no_progress = 10s, .run = 100s, .collect = 10s};
  return what;
}

folder::run_facts facts_of(plan::plan const& what) {
  return {.uid = folder::new_uid(),
          .name = "closing-1",
          .recipe = what.name,
          .plan = plan::to_text(what),
          .started = wall_clock_now(),
          .owner = {.host = "h", .boot = "b", .pid = 1}};
}

std::string text(std::vector<timeline::signal> const& signals) {
  std::string lines;
  for (auto const& one : signals) lines += timeline::to_text(one) + "\n";
  return lines;
}

// A run that has panicked, as far as its performer recorded it.
std::string panicked_timeline() {
  std::vector<timeline::signal> seen{
      {0s, timeline::mark(timeline::reached::guest_os, "linux")},
      {0s, timeline::mark(timeline::reached::machine_started, "tcg")},
      {5s, timeline::mark(timeline::reached::guest_ready)},
      {9s, timeline::console_line{"[    9.0] Kernel panic - not syncing: Fatal exception", false}},
      {9s, timeline::qmp_event{"GUEST_PANICKED", "{}"}}};
  for (int i = 9; i < 15; ++i)
    seen.push_back({std::chrono::seconds(i), timeline::machine_state{.run_state = "paused"}});
  return text(seen);
}

TEST(closing, what_was_proven_stays_proven) {
  testing::own_folder place;
  auto const facts = facts_of(some_plan());
  auto writer = folder::run_writer::begin(place / "run", facts);
  ASSERT_TRUE(writer->keep_timeline(panicked_timeline()));
  auto const run = close_abandoned(place / "run", "its performer was killed", "test");
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_TRUE(run->sealed);
  ASSERT_EQ(run->judgements.size(), 1U);
  EXPECT_EQ(run->judgements[0].verdict, "panicked");
  EXPECT_EQ(run->judgements[0].exit_code, 1);
  EXPECT_THAT(run->judgements[0].because.back(), HasSubstr("its performer was killed"));
  EXPECT_TRUE(run->played->interrupted);
  // It counts as a failure, so its time does.
  EXPECT_EQ(run->played->boot_s, 5);
  EXPECT_EQ(run->played->exposure_s, 9);
  EXPECT_NEAR(folder::at_risk_s(*run->played, run->judgements[0]), 4, 1.1);
}

TEST(closing, what_was_not_is_interrupted) {
  testing::own_folder place;
  auto writer = folder::run_writer::begin(place / "run", facts_of(some_plan()));
  ASSERT_TRUE(
      writer->keep_timeline(text({{0s, timeline::mark(timeline::reached::machine_started, "tcg")},
                                  {5s, timeline::mark(timeline::reached::guest_ready)}})));
  auto const run = close_abandoned(place / "run", "killed", "test");
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->judgements.empty()) << run->judgements[0].verdict;
  EXPECT_EQ(run->played->ended, "killed");
  EXPECT_EQ(run->played->duration_s, 5);
  auto const again = close_abandoned(place / "run", "another reason", "test");
  EXPECT_EQ(again->played->ended, "killed") << "what is sealed stays as it is";
}

TEST(closing, one_that_did_not_even_note_its_facts_has_its_order) {
  testing::own_folder place;
  ASSERT_TRUE(folder::make_folder(place / "run"));
  folder::run_order const order{.recipe_text = "steps:", .accelerator = "tcg", .time_scale = 2};
  ASSERT_TRUE(folder::write_document(place / "run/order.json",
                                     folder::to_text(order, plan::to_text(some_plan()))));
  auto const run = close_abandoned(place / "run", "killed at once", "test");
  ASSERT_TRUE(run) << run.error().message();
  EXPECT_EQ(run->facts.recipe, "closing");
  EXPECT_TRUE(folder::is_uid(run->facts.uid));
  EXPECT_EQ(run->facts.time_scale, 2);
  EXPECT_TRUE(run->sealed);
}

TEST(closing, a_folder_that_was_cut_anywhere_is_judged) {
  testing::own_folder place;
  auto const facts = facts_of(some_plan());
  auto writer = folder::run_writer::begin(place / "whole", facts);
  ASSERT_TRUE(writer->keep_timeline(panicked_timeline()));
  ASSERT_TRUE(writer->played({.ended = "the judge ended it"}));
  ASSERT_TRUE(writer->seal(facts));
  for (auto const& each : fs::directory_iterator(place / "whole")) {
    if (!each.is_regular_file()) continue;
    auto const copy = place / "copy";
    fs::remove_all(copy);
    fs::copy(place / "whole", copy, fs::copy_options::recursive);
    for (auto length = fs::file_size(each.path()); length-- > 0;) {
      fs::resize_file(copy / each.path().filename(), length);
      auto const run = folder::read_run(copy);
      ASSERT_TRUE(run) << each.path() << " cut at " << length;
      verdict::judged_run judged(run->what ? verdict::granted_by(*run->what, 1)
                                           : verdict::budgets{});
      ASSERT_TRUE(judge_timeline(*run, judged));
      auto const concluded = judged.conclude();
      bool const timeline = each.path().filename() == folder::names::timeline;
      if (!timeline) {
        ASSERT_EQ(concluded.said.word, verdict::run_word::panicked) << each.path() << length;
      }
    }
  }
}

TEST(orders, are_read_as_they_were_written) {
  testing::own_folder place;
  folder::run_order const order{.recipe_text = "a\nb",
                                .image_folder = "/i",
                                .image_profile = "/p",
                                .accelerator = "kvm",
                                .qemu = "q",
                                .qemu_version = "7.2",
                                .time_scale = 1.5};
  ASSERT_TRUE(folder::write_document(place / "order.json",
                                     folder::to_text(order, plan::to_text(some_plan()))));
  auto const read = folder::order_from(place / "order.json");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->order.recipe_text, "a\nb");
  EXPECT_EQ(read->order.time_scale, 1.5);
  EXPECT_EQ(plan::from_text(read->plan).value(), some_plan());
  ASSERT_TRUE(folder::write_document(place / "order.json", "{}"));
  EXPECT_FALSE(folder::order_from(place / "order.json"));
  ASSERT_TRUE(folder::write_document(place / "order.json", R"({"wedgehog_order":9,"plan":{}})"));
  EXPECT_THAT(folder::order_from(place / "order.json").error().message(),
              HasSubstr("is of format 9"));
}

TEST(progress_lines, come_through_the_pipe_as_they_are) {
  progress const now{"run", "steps", "1 \"mkfs\"\n\x1b[2J", "ok", 1.5, 7, "note\nnote"};
  auto const line = to_line(now);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(progress_from(line), now);
  EXPECT_LT(to_line({.note = std::string(1'000'000, 'x')}).size(), 2'000U);
  EXPECT_FALSE(progress_from("no json"));
  EXPECT_FALSE(progress_from("[1]"));
}

}  // namespace
}  // namespace wedgehog::conductor
