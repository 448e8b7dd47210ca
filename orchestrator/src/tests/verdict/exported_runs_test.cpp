// Runs of real guests, exported (wedgehog export RUN -o FILE) into testdata/runs: every file is a
// test. It says its budget and the answer; the laws below hold for each. One was written by hand
// from a report, where no guest was at hand, and says so in its first line.
#include "verdict/exported_run.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/verdict/replayed.hpp"

namespace wedgehog::verdict {
namespace {

namespace files = std::filesystem;

std::vector<files::path> exported_runs() {
  std::vector<files::path> found;
  for (auto const& entry : files::directory_iterator(files::path(WEDGEHOG_TESTDATA) / "runs"))
    if (entry.path().extension() == ".jsonl") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::string name_of_case(::testing::TestParamInfo<files::path> const& info) {
  auto name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::string answer(judged_run& run) {
  auto const concluded = run.conclude();
  auto const& said = concluded.said;
  std::string text(name_of(said.word));
  if (said.kind != kind_word::none) text += "/" + std::string(name_of(said.kind));
  if (said.invalid) text += " invalid";
  return text + " " + concluded.signature;
}

std::string expected(exported_head const& head) {
  return head.verdict + (head.kind.empty() ? "" : "/" + head.kind) +
         (head.invalid ? " invalid" : "") + " " + head.signature;
}

std::string judge_in_pieces(exported const& one, std::size_t piece) {
  judged_run run(granted_by(one.head));
  timeline::text_reader reader([&run](timeline::signal const& each) { run.observe(each); });
  for (std::size_t at = 0; at < one.body.size(); at += piece)
    reader.feed(std::string_view(one.body).substr(at, piece));
  reader.finish();
  EXPECT_EQ(reader.skipped(), 0U) << reader.first_complaint();
  return answer(run);
}

// States that accuse somebody.
bool is_finding(state_word state) {
  return state != state_word::ok && state != state_word::slow && state != state_word::suspect &&
         state != state_word::frozen && state != state_word::paused &&
         state != state_word::host_stopped && state != state_word::host_starved;
}

std::string printed_again(exported const& one) {
  std::string printed;
  timeline::text_reader reader(
      [&printed](timeline::signal const& each) { printed += timeline::to_text(each) + '\n'; });
  reader.feed(one.body);
  reader.finish();
  return printed;
}

class exported_run : public ::testing::TestWithParam<files::path> {};

TEST_P(exported_run, is_judged_as_its_first_line_says_however_its_bytes_come) {
  auto one = read_exported(GetParam());
  if (std::getenv("WEDGEHOG_REWRITE") != nullptr) {
    auto const made = replay(one);
    one.head.verdict = name_of(made.said.word);
    one.head.kind = name_of(made.said.kind);
    one.head.invalid = made.said.invalid;
    one.head.signature = made.signature;
    one.body = printed_again(one);
    std::ofstream(GetParam(), std::ios::binary) << to_text(one.head) << '\n' << one.body;
  }
  EXPECT_EQ(judge_in_pieces(one, one.body.size()), expected(one.head));
  EXPECT_EQ(judge_in_pieces(one, 1), expected(one.head));
  EXPECT_EQ(judge_in_pieces(one, 4099), expected(one.head));
}

std::string course_of(exported const& one, microseconds asked_every) {
  course told;
  judged_run run(granted_by(one.head), &told);
  microseconds next{};
  timeline::text_reader reader([&](timeline::signal const& each) {
    for (; asked_every.count() > 0 && next < each.at; next += asked_every) (void)run.at(next);
    run.observe(each);
  });
  reader.feed(one.body);
  auto text = answer(run);
  for (auto const& each : told.states())
    text += fmt::format("\n{} {} {}", each.said, each.began.count(), each.looks);
  return text;
}

// A live run is asked all the time, a stored one never.
TEST_P(exported_run, looks_the_same_however_often_one_asks) {
  auto const one = read_exported(GetParam());
  auto const never = course_of(one, {});
  EXPECT_EQ(course_of(one, std::chrono::milliseconds(250)), never);
  EXPECT_EQ(course_of(one, std::chrono::milliseconds(7300)), never);
}

TEST_P(exported_run, has_no_finding_before_its_cause) {
  auto const one = read_exported(GetParam());
  judge sitting(granted_by(one.head));
  microseconds latest{};
  timeline::text_reader reader([&](timeline::signal const& each) {
    auto const* mark = std::get_if<timeline::milestone>(&each.what);
    if (mark != nullptr && mark->name == "machine-stopping") return;
    sitting.observe(each);
    latest = std::max(latest, each.at);
    auto const said = sitting.at(latest);
    bool const early = !one.head.cause_s || in_seconds(latest) < *one.head.cause_s;
    EXPECT_FALSE(early && is_finding(said.state))
        << in_seconds(latest) << " s: " << name_of(said.state);
  });
  reader.feed(one.body);
}

// A rate counts hours until then: neither those of the budget, nor fewer than there were.
TEST_P(exported_run, a_failure_began_with_its_cause_and_before_it_was_said) {
  auto const one = read_exported(GetParam());
  if (!one.head.cause_s || one.head.invalid) return;  // nobody knows when it began
  auto const said = replay(one).said;
  if (said.word == run_word::passed || said.word == run_word::slow ||
      said.word == run_word::unknown)
    return;
  // A workload that moved shortly before its cause, or for a few seconds after it.
  EXPECT_GE(in_seconds(said.began), *one.head.cause_s - 2);
  EXPECT_LE(in_seconds(said.began), *one.head.cause_s + 10);
  EXPECT_LE(said.began, said.since);
}

TEST_P(exported_run, survives_what_it_does_not_know) {
  auto const one = read_exported(GetParam());
  judged_run run(granted_by(one.head));
  timeline::text_reader reader([&run](timeline::signal const& each) { run.observe(each); });
  std::uint64_t strange = 0;
  for (std::size_t at = 0; at < one.body.size();) {
    auto const end = std::min(one.body.find('\n', at), one.body.size() - 1) + 1;
    reader.feed(std::string_view(one.body).substr(at, end - at));
    reader.feed("{\"t\":1,\"signal\":\"from-the-future\",\"x\":[1]}\n");
    ++strange;
    at = end;
  }
  reader.finish();
  EXPECT_EQ(reader.skipped(), strange);
  EXPECT_EQ(answer(run), expected(one.head));
}

// Late and doubled signals may cost certainty, never make a finding of nothing.
TEST_P(exported_run, doubled_and_late_signals_accuse_nobody_before_the_cause) {
  auto const one = read_exported(GetParam());
  judge sitting(granted_by(one.head));
  std::vector<timeline::signal> late;
  microseconds latest{};
  timeline::text_reader reader([&](timeline::signal const& each) {
    auto const* mark = std::get_if<timeline::milestone>(&each.what);
    if (mark != nullptr && mark->name == "machine-stopping") return;
    if (one.head.cause_s && in_seconds(each.at) >= *one.head.cause_s) return;
    sitting.observe(each);
    late.push_back(each);
    latest = std::max(latest, each.at);
    if (late.size() < 20) return;
    for (auto const& again : late)
      if (!std::holds_alternative<timeline::milestone>(again.what) &&
          !std::holds_alternative<timeline::step>(again.what) &&
          !std::holds_alternative<timeline::hold>(again.what))
        sitting.observe(again);
    late.clear();
    auto const said = sitting.at(latest);
    EXPECT_FALSE(is_finding(said.state)) << in_seconds(latest) << " s: " << name_of(said.state);
  });
  reader.feed(one.body);
}

TEST_P(exported_run, prints_as_it_was_read_and_names_no_place_of_a_host) {
  auto const one = read_exported(GetParam());
  EXPECT_TRUE(printed_again(one) == one.body);
  EXPECT_EQ(head_from_text(to_text(one.head)).value(), one.head);
  for (auto const* place : {"/home/", "/root/", "/dev/shm/", "/run/user", "/var/tmp"})
    EXPECT_EQ(one.body.find(place), std::string::npos) << place;
}

INSTANTIATE_TEST_SUITE_P(testdata, exported_run, ::testing::ValuesIn(exported_runs()),
                         name_of_case);

TEST(exported_runs, cover_findings_and_healthy_guests) {
  std::size_t healthy = 0;
  std::size_t broken = 0;
  for (auto const& path : exported_runs()) ++(read_exported(path).head.cause_s ? broken : healthy);
  EXPECT_GE(healthy, 1U);
  EXPECT_GE(broken, 4U);
}

TEST(exported_head, refuses_what_it_is_not) {
  EXPECT_FALSE(head_from_text(""));
  EXPECT_FALSE(head_from_text("{\"t\":0.1,\"signal\":\"beat\"}"));
  EXPECT_FALSE(head_from_text("{\"wedgehog_run\":1,\"verdict\":\"passed\"}"));
  auto const later = head_from_text("{\"wedgehog_run\":2}");
  ASSERT_FALSE(later);
  EXPECT_NE(later.error().message().find("format 2"), std::string::npos);
}

TEST(exported_head, what_belongs_to_a_host_is_replaced_everywhere) {
  substitutions const words{{"/srv/results/deep", "RESULTS"}, {"/srv", "DATA"}, {"x", "never"}};
  EXPECT_EQ(without_host("a /srv/results/deep/1 and /srv/x, /srv/results/deep", words),
            "a RESULTS/1 and DATA/x, RESULTS");
  EXPECT_EQ(without_host("", words), "");
  EXPECT_EQ(without_host("aa", {{"aa", "aaa"}}), "aaa");
}

TEST(cause, is_the_first_thing_that_was_done_to_the_guest) {
  cause_watch watch;
  watch.observe({microseconds(1'000'000), timeline::step{"1", "wait 3s", "began", ""}});
  EXPECT_FALSE(watch.cause_s());
  watch.observe({microseconds(2'500'000),
                 timeline::step{"2", "run echo abba > /proc/wedgehog_lab", "began", ""}});
  watch.observe({microseconds(3'000'000), timeline::fault{"f", "hold", "injected", "", 0}});
  EXPECT_EQ(watch.cause_s(), 2.5);
}

}  // namespace
}  // namespace wedgehog::verdict
