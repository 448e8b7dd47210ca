#include <random>

#include "fixture.hpp"
#include "folder/chunker.hpp"

namespace wedgehog::store {
namespace {

struct recording : ::testing::Test {
  own_folder temporary;
  results_database database = good(results_database::open(temporary / "results.sqlite"));
};

TEST_F(recording, a_run_is_saved_in_three_steps) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  EXPECT_EQ(key.id, 1);
  EXPECT_EQ(key.name.substr(0, 26), "lost-wakeup-20261121-0341-");
  EXPECT_EQ(key.name.size(), 30U);

  auto run = good(database.load(key.id));
  EXPECT_EQ(run.reached, phase::existed);
  EXPECT_EQ(word_of(run), "running");
  EXPECT_FALSE(run.played);

  good(database.played(key.id, some_outcome()));
  run = good(database.load(key.id));
  EXPECT_EQ(word_of(run), "unjudged");
  ASSERT_TRUE(run.played);
  EXPECT_EQ(run.played->ended, "all steps done");
  EXPECT_EQ(run.played->duration_s, 184.5);
  EXPECT_EQ(run.played->boot_s, 12.25);
  EXPECT_EQ(run.played->exposure_s, 1800);
  EXPECT_EQ(run.played->steps, "9 of 9 done");
  EXPECT_EQ(run.played->faults, some_outcome().faults);

  good(database.judged(key.id, some_verdict()));
  run = good(database.load(key.id));
  EXPECT_EQ(run.reached, phase::judged);
  EXPECT_EQ(word_of(run), "wedged");
  ASSERT_TRUE(run.judged);
  auto const said = some_verdict();
  EXPECT_EQ(run.judged->judged, said.judged);
  EXPECT_EQ(run.judged->judge, said.judge);
  EXPECT_EQ(run.judged->kind, said.kind);
  EXPECT_EQ(run.judged->because, said.because);
  EXPECT_EQ(run.judged->signature, said.signature);
  EXPECT_EQ(run.judged->exit_code, 1);
  EXPECT_EQ(run.judged->expected, "passed");
  EXPECT_FALSE(run.judged->met);
  EXPECT_EQ(run.judged->stuck, said.stuck);
}

TEST_F(recording, every_fact_comes_back) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  auto const facts = good(database.load(key.id)).facts;
  auto const given = some_facts();
  EXPECT_EQ(facts.recipe, given.recipe);
  EXPECT_EQ(facts.recipe_file, given.recipe_file);
  EXPECT_EQ(facts.recipe_text, given.recipe_text);
  EXPECT_EQ(facts.plan, given.plan);
  EXPECT_EQ(facts.variant, given.variant);
  EXPECT_EQ(facts.seed, given.seed);
  EXPECT_EQ(facts.image, given.image);
  EXPECT_EQ(facts.kernel, given.kernel);
  EXPECT_EQ(facts.image_checksums, given.image_checksums);
  EXPECT_EQ(facts.qemu, given.qemu);
  EXPECT_EQ(facts.accelerator, given.accelerator);
  EXPECT_EQ(facts.time_scale, given.time_scale);
  EXPECT_EQ(facts.host, given.host);
  EXPECT_EQ(facts.host_kernel, given.host_kernel);
  EXPECT_EQ(facts.wedgehog, given.wedgehog);
  EXPECT_EQ(facts.command_line, given.command_line);
  EXPECT_EQ(facts.started, given.started);
}

TEST_F(recording, names_are_short_plain_and_never_the_same) {
  auto facts = some_facts("  ../Lost Wakeup (ext4)!  ");
  auto const first = good(database.begin_run(facts, this_process()));
  auto const second = good(database.begin_run(facts, this_process()));
  EXPECT_EQ(first.name.substr(0, 17), "lost-wakeup-ext4-");
  EXPECT_NE(first.name, second.name);
  EXPECT_LT(first.id, second.id);
  EXPECT_EQ(good(database.begin_run(some_facts("###"), this_process())).name.substr(0, 4), "run-");
  EXPECT_LE(
      good(database.begin_run(some_facts(std::string(5000, 'a')), this_process())).name.size(),
      60U);
}

TEST_F(recording, nobody_ends_a_run_that_is_under_way) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  auto const too_early = database.judged(key.id, some_verdict());
  ASSERT_FALSE(too_early);
  EXPECT_NE(too_early.error().message().find("under way"), std::string::npos);
  EXPECT_TRUE(good(database.judgements_of(key.id)).empty());
  good(database.played(key.id, some_outcome()));
  good(database.judged(key.id, some_verdict()));
}

TEST_F(recording, opinions_gather_and_the_newest_counts) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  good(database.played(key.id, some_outcome()));
  good(database.judged(key.id, some_verdict("unknown")));
  auto better = some_verdict("wedged");
  better.judge = "wedgehog 0.2.0";
  better.signature = std::nullopt;
  good(database.judged(key.id, better));
  EXPECT_EQ(good(database.load(key.id)).judged->judge, "wedgehog 0.2.0");
  EXPECT_FALSE(good(database.load(key.id)).judged->signature);
  auto const all = good(database.judgements_of(key.id));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].verdict, "unknown");
  EXPECT_EQ(all[1].verdict, "wedged");
}

TEST_F(recording, a_run_ends_once_and_must_exist) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  good(database.played(key.id, some_outcome()));
  EXPECT_FALSE(database.played(key.id, some_outcome()));
  for (auto const& failed :
       {database.played(99, some_outcome()), database.judged(99, some_verdict()),
        database.keep_timeline(99, "x\n"), database.keep_wreckage(99, "a", {})}) {
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message().find("no run 99"), std::string::npos);
  }
}

TEST_F(recording, wreckage_is_relative_and_replaced_as_a_whole) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  std::vector<artifact> const files{{"console.txt", 812, "aa"},
                                    {"memory/guest.raw", 1ULL << 40U, "bb"}};
  good(database.keep_wreckage(key.id, "wreckage/" + key.name, files));
  EXPECT_EQ(good(database.load(key.id)).wreckage, "wreckage/" + key.name);
  EXPECT_EQ(good(database.artifacts_of(key.id)), files);
  good(database.keep_wreckage(key.id, "wreckage/" + key.name, {files[0]}));
  EXPECT_EQ(good(database.artifacts_of(key.id)).size(), 1U);

  EXPECT_FALSE(database.keep_wreckage(key.id, "/var/tmp/elsewhere", {}));
  EXPECT_FALSE(database.keep_wreckage(key.id, "wreckage/x", {{"../../.ssh/keys", 1, ""}}));
  EXPECT_EQ(good(database.artifacts_of(key.id)).size(), 1U) << "a refused change changes nothing";
}

// A timeline of so many signals, with consoles that look like consoles.
timeline::timeline long_timeline(int signals) {
  timeline::timeline whole;
  std::minstd_rand draws(7);
  for (int i = 0; i < signals; ++i) {
    microseconds const when(i * 50'000);
    if (i % 3 == 0)
      whole.append({when, timeline::beat{.source = "agent-fifo", .count = draws() % 3}});
    else if (i % 3 == 1)
      whole.append({when, timeline::disk{.name = "d0", .reads = draws() % 1000, .in_flight = 3}});
    else
      whole.append({when, timeline::console_line{"[  1.0] xfs: \xff\xfe \"odd\" " +
                                                 std::to_string(draws()) + std::string(300, '.')}});
  }
  return whole;
}

TEST_F(recording, a_timeline_comes_back_as_it_was) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  auto const other = good(database.begin_run(some_facts(), this_process()));
  auto const whole = long_timeline(24'000);  // several sealed chunks and some open ones
  folder::chunker gather;
  int chunks = 0;
  for (auto const& one : whole.signals())
    if (auto chunk = gather.append(one)) {
      good(database.keep_timeline(key.id, *chunk));
      if (++chunks % 10 == 0) good(database.keep_timeline(other.id, "{}\n"));
    }
  auto const text = timeline::to_text(whole);
  auto const left = gather.take();
  EXPECT_TRUE(good(database.timeline_text_of(key.id)).text + left == text) << "while it lives";
  good(database.keep_timeline(key.id, left));
  EXPECT_TRUE(good(database.timeline_text_of(key.id)).text == text);

  good(database.played(key.id, some_outcome()));
  EXPECT_TRUE(good(database.timeline_text_of(key.id)).text == text) << "after it was packed";
  auto const read = good(database.timeline_of(key.id));
  EXPECT_EQ(read.skipped, 0U);
  EXPECT_EQ(read.signals.size(), 24'000U);

  // What comes after the end (pokes) is appended.
  good(database.keep_timeline(key.id, "{\"t\":1.0,\"signal\":\"hold\"}\n"));
  EXPECT_EQ(good(database.timeline_of(key.id)).signals.size(), 24'001U);
  EXPECT_EQ(good(database.timeline_text_of(other.id)).text.substr(0, 6), "{}\n{}\n");
}

TEST_F(recording, sealing_keeps_the_number_of_chunks_small_and_the_counts_right) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  folder::chunker gather;
  auto const whole = long_timeline(24'000);
  for (auto const& one : whole.signals())
    if (auto chunk = gather.append(one)) good(database.keep_timeline(key.id, *chunk));
  good(database.keep_timeline(key.id, gather.take()));
  good(database.played(key.id, some_outcome()));
  auto raw = good(sqlite::connection::open(temporary / "results.sqlite", std::chrono::seconds(1)));
  EXPECT_LT(good(raw.integer("SELECT count(*) FROM timeline_chunks")), 10);
  EXPECT_GT(good(raw.integer("SELECT count(*) FROM timeline_chunks")), 2);
  EXPECT_EQ(good(raw.integer("SELECT SUM(signals) FROM timeline_chunks")), 24'000);
  EXPECT_EQ(good(raw.integer("SELECT SUM(raw_bytes) FROM timeline_chunks")),
            std::ssize(timeline::to_text(whole)));
  EXPECT_EQ(good(raw.integer("SELECT count(*) FROM timeline_chunks WHERE sealed = 0")), 0);
}

TEST_F(recording, a_damaged_chunk_costs_its_own_signals_only) {
  auto const key = good(database.begin_run(some_facts(), this_process()));
  for (auto const* line : {"{\"t\":1.0,\"signal\":\"hold\"}\n", "{\"t\":2.0,\"signal\":\"hold\"}\n",
                           "{\"t\":3.0,\"signal\":\"hold\"}\n"})
    good(database.keep_timeline(key.id, line));
  auto raw = good(sqlite::connection::open(temporary / "results.sqlite", std::chrono::seconds(1)));
  good(raw.change("UPDATE timeline_chunks SET zstd = x'00112233' WHERE number = 2"));
  auto const text = good(database.timeline_text_of(key.id));
  EXPECT_EQ(text.damaged_chunks, 1U);
  EXPECT_EQ(text.text, "{\"t\":1.0,\"signal\":\"hold\"}\n{\"t\":3.0,\"signal\":\"hold\"}\n");
  good(database.played(key.id, some_outcome()));  // sealing keeps what it cannot read
  auto const read = good(database.timeline_of(key.id));
  EXPECT_EQ(read.signals.size(), 2U);
  EXPECT_EQ(read.skipped, 1U);
  EXPECT_EQ(read.first_complaint, "a timeline chunk is damaged");
}

}  // namespace
}  // namespace wedgehog::store
