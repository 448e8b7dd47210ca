#include "conductor/closing.hpp"

#include "conductor/opinion.hpp"
#include "folder/files.hpp"
#include "folder/run_order.hpp"
#include "folder/run_writer.hpp"
#include "timeline/timeline.hpp"
#include "verdict/judged_run.hpp"

namespace wedgehog::conductor {
namespace fs = std::filesystem;

namespace {

// Its performer died before it noted a single fact.
result<void> note_facts_of_order(fs::path const& folder) {
  auto const told = folder::order_from(folder / folder::names::order);
  if (!told) return told.error();
  folder::run_facts facts{.uid = folder::new_uid(),
                          .name = folder.filename().string(),
                          .recipe_text = told->order.recipe_text,
                          .plan = told->plan,
                          .qemu = told->order.qemu_version,
                          .accelerator = told->order.accelerator,
                          .time_scale = told->order.time_scale,
                          .campaign = told->order.campaign,
                          .ticket = told->order.ticket,
                          .attempt = told->order.attempt,
                          .started = wall_clock_now()};
  if (auto const what = plan::from_text(told->plan)) {
    facts.recipe = what->name;
    facts.recipe_file = what->recipe;
    facts.variant = plan::variant_text(*what);
    facts.seed = what->seed;
    facts.image = what->image;
  }
  auto const begun = folder::run_writer::begin(folder, facts);
  if (!begun) return begun.error();
  return {};
}

bool proves_something(folder::judgement const& opinion) {
  return opinion.exit_code == 1;
}

result<void> finish(folder::run_contents const& run, std::string const& why,
                    std::string const& judge) {
  auto writer = folder::run_writer::take_over(run.folder);
  if (!writer) return writer.error();
  verdict::judged_run judged(run.what ? verdict::granted_by(*run.what, folder::time_scale_of(run))
                                      : verdict::budgets{.time_scale = folder::time_scale_of(run)});
  if (auto const read = judge_timeline(run, judged); !read) return read.error();
  auto played = run.played.value_or(folder::outcome{});
  if (!run.played) {
    played.ended = why;
    played.interrupted = true;
    played.duration_s = in_seconds(judged.latest());
    if (auto const ready = judged.ready()) {
      played.boot_s = in_seconds(*ready);
      played.exposure_s = in_seconds(judged.latest() - *ready);
    }
    if (auto noted = writer->played(played); !noted) return noted;
  }
  auto opinion =
      opinion_of(judged.conclude(), {.expected = run.what ? run.what->expects : plan::expectation{},
                                     .asked = judged.asked(),
                                     .judge = judge,
                                     .when = wall_clock_now()});
  // A run that was cut short has not passed, and did not fail to.
  bool const stands = judged.ended() || proves_something(opinion);
  opinion.because.push_back("interrupted: " + why);
  if (run.judgements.empty() && stands)
    if (auto kept = writer->judged(opinion); !kept) return kept;
  return writer->seal(run.facts);
}

}  // namespace

result<folder::timeline_extent> judge_timeline(folder::run_contents const& run,
                                               verdict::judged_run& judge) {
  timeline::text_reader reader([&judge](timeline::signal const& one) { judge.observe(one); });
  auto const extent = folder::each_timeline_piece_of(
      run, [&reader](std::string_view piece) { reader.feed(piece); });
  reader.finish();
  return extent;
}

result<folder::run_contents> close_abandoned(fs::path const& folder, std::string const& why,
                                             std::string const& judge) {
  std::error_code ignored;
  if (!fs::exists(folder / folder::names::facts, ignored))
    if (auto noted = note_facts_of_order(folder); !noted) return noted.error();
  auto run = folder::read_run(folder);
  if (!run) return run.error();
  if (run->sealed) return run;
  if (auto ended = finish(*run, why, judge); !ended) return ended.error();
  return folder::read_run(folder);
}

}  // namespace wedgehog::conductor
