// What comes of the output of scripts, workloads and collectors, from the real agent on this host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <tuple>

#include "agent/kept_output.hpp"
#include "loop/within.hpp"
#include "tests/agent/agent_on_host.hpp"
#include "tests/file_text.hpp"

namespace wedgehog::agent {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

wire::output const* output_of(event const& one, std::string_view workload) {
  auto const* piece = std::get_if<wire::output>(&one);
  return piece != nullptr && piece->workload.view() == workload ? piece : nullptr;
}

awaitable<void> keeps_both_ends(agent_on_host& all) {
  wire::exec request;
  request.script = "seq 1 500000; seq 1 500000 >&2; echo THE-REASON; printf LAST-WORDS >&2";
  request.output_limit = 10000;
  std::string texts[2];
  std::uint64_t ends[2] = {};
  bool gaps[2] = {};
  output_sink const keep = [&](wire::output const& piece) {
    auto const index = static_cast<int>(piece.stream);
    EXPECT_GE(piece.offset, ends[index]);
    gaps[index] = gaps[index] || piece.offset > ends[index];
    ends[index] = piece.offset + piece.bytes.size();
    texts[index] += piece.bytes;
  };
  auto const ended = co_await all.line->run(request, patience, keep);
  EXPECT_TRUE(ended);
  if (!ended) co_return;
  for (int index = 0; index < 2; ++index) {
    EXPECT_THAT(texts[index], StartsWith("1\n2\n3\n"));
    EXPECT_TRUE(gaps[index]);
    EXPECT_GE(texts[index].size(), 10000U);
    EXPECT_LT(texts[index].size(), 100000U);  // a trickle, when it took long
  }
  EXPECT_THAT(texts[0], EndsWith("\n499999\n500000\nTHE-REASON\n"));
  EXPECT_THAT(texts[1], EndsWith("\n499999\n500000\nLAST-WORDS"));
  EXPECT_EQ(ends[0], ended->output_bytes);
  EXPECT_EQ(ends[1], ended->error_bytes);
  EXPECT_EQ(ended->unsent_bytes,
            ended->output_bytes + ended->error_bytes - texts[0].size() - texts[1].size());
}
TEST(output, of_a_flood_both_ends_are_kept) {
  perform(keeps_both_ends);
}

// A workload that fell silent is what somebody looks for: its last words do not wait for its end.
awaitable<void> shows_last_words(agent_on_host& all) {
  wire::start_workload request;
  request.name = std::string_view("talker");
  request.script = "seq 1 100000; echo BEFORE-IT-HUNG; exec sleep 100";
  request.output_limit = 4096;
  EXPECT_TRUE(co_await all.line->start_workload(request, patience));
  EXPECT_TRUE(co_await all.saw([](event const& one) {
    auto const* piece = output_of(one, "talker");
    return piece && piece->bytes.find("BEFORE-IT-HUNG\n") != std::string::npos;
  }));
}
TEST(output, the_last_words_before_a_silence_come_while_it_lasts) {
  perform(shows_last_words);
}

// Rows of the list of tasks in which the second column is not a number, or which are not rows.
std::vector<std::string> forged_rows(std::string const& list) {
  std::vector<std::string> found;
  std::istringstream lines(list);
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) {
    if (line.starts_with("    ")) continue;
    std::istringstream columns(line);
    std::uint64_t process = 0;
    std::uint64_t thread = 0;
    if (!(columns >> process >> thread) || process == 424242) found.push_back(line);
  }
  return found;
}

awaitable<void> lists_tasks(agent_on_host& all) {
  wire::collect request;
  request.what = "ps";
  kept_output tasks;
  output_sink const keep = [&tasks](wire::output const& piece) { tasks.take(piece); };
  EXPECT_TRUE(co_await all.line->collect(request, patience, keep));
  EXPECT_THAT(forged_rows(tasks.text()), ::testing::IsEmpty());
  EXPECT_THAT(tasks.text(), HasSubstr(R"(z\x0a424242 1 D)"));
  EXPECT_THAT(tasks.text(), HasSubstr(R"(\x1b[2J\x5c\xff)"));
}
TEST(output, a_task_cannot_forge_a_row_by_its_name) {
  pid_t named[2];
  char const* const names[] = {"z\n424242 1 D", "\x1b[2J\\\xff"};
  for (int i = 0; i < 2; ++i) {
    named[i] = ::fork();
    if (named[i] != 0) continue;
    ::prctl(PR_SET_NAME, names[i]);
    ::pause();
    ::_exit(0);
  }
  ::usleep(100000);  // for both to have taken their names
  perform(lists_tasks);
  for (pid_t const one : named) {
    ::kill(one, SIGKILL);
    ::waitpid(one, nullptr, 0);
  }
}

// Packed on its way where it becomes shorter, plain where it does not: nobody sees the difference.
awaitable<void> collects_much(agent_on_host& all) {
  wire::collect request;
  request.what = "command";
  for (auto const* script : {"seq 1 60000", "cat /proc/self/exe | head -c 200000", "printf x"}) {
    request.argument = std::string(script) + " | tee " + all.home.path() + "/meant";
    std::string came;
    std::uint64_t pieces = 0;
    output_sink const keep = [&](wire::output const& piece) {
      EXPECT_EQ(piece.offset, came.size());
      EXPECT_EQ(piece.unpacked, 0U);
      came += piece.bytes;
      ++pieces;
    };
    auto const ended = co_await all.line->collect(request, patience, keep);
    auto const meant = testing::text_of(all.home.path() + "/meant");
    EXPECT_TRUE(came == meant) << script;
    EXPECT_TRUE(ended && ended->output_bytes == meant.size() && ended->unsent_bytes == 0) << script;
  }
}
TEST(output, of_a_collector_comes_whole_whether_or_not_it_was_packed) {
  perform(collects_much);
}

awaitable<void> spares_files(agent_on_host& all) {
  auto const path = all.home.path() + "/precious";
  std::ofstream(path) << "content";
  loop::process_options options;
  options.argv = {WEDGEHOG_AGENT, "--socket", path};
  options.output_file = all.home.path() + "/said";
  auto refused = loop::process::start(all.executor, options).value();
  auto const status = co_await loop::within<loop::exit_status>(all.time, 5s, refused.wait());
  EXPECT_TRUE(status && status->code == 1);
  if (!status) {
    refused.kill_group(SIGKILL);
    co_await refused.wait();
  }
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "content");
  std::string said;
  std::ifstream file(all.home.path() + "/said");
  std::getline(file, said);
  EXPECT_THAT(said, HasSubstr("it is no socket"));
}
TEST(output, a_file_is_not_mistaken_for_an_old_socket) {
  perform(spares_files);
}

awaitable<void> waits(link& line, request_id request, int& told) {
  auto const ended = co_await line.wait_for_end(request, patience);
  if (ended && ended->exit_status == 3) ++told;
}

awaitable<void> tells_both(agent_on_host& all) {
  wire::start_workload request;
  request.name = std::string_view("short");
  request.script = "sleep 0.5; exit 3";
  auto const started = co_await all.line->start_workload(request, patience);
  EXPECT_TRUE(started);
  int told = 0;
  loop::nursery both(all.executor);
  both.spawn(waits(*all.line, *started, told));
  both.spawn(waits(*all.line, *started, told));
  co_await both.join();
  EXPECT_EQ(told, 2);
  // The listener hears of it, too: how a workload ends goes into the timeline.
  auto const heard = [&started](event const& one) {
    auto const* ended = std::get_if<wire::ended>(&one);
    return ended && ended->request == *started;
  };
  EXPECT_TRUE(co_await all.saw(heard));
}
TEST(output, two_who_wait_for_one_end_are_both_told) {
  perform(tells_both);
}

TEST(kept_text, keeps_a_short_text_whole) {
  kept_text text(100);
  text.append("one\n");
  text.append("two\n");
  EXPECT_EQ(text.text(), "one\ntwo\n");
  EXPECT_EQ(text.left_out(), 0U);
  EXPECT_EQ(text.last(3), "two");
  EXPECT_EQ(text.last(100), "one\ntwo");
}

TEST(kept_text, keeps_both_ends_of_a_long_one_however_it_comes) {
  std::string whole;
  for (int i = 0; i < 2000; ++i) whole += std::to_string(i) + "\n";
  for (std::size_t const piece : {1U, 7U, 64U, 5000U, 100000U}) {
    kept_text text(200);
    for (std::size_t at = 0; at < whole.size(); at += piece) text.append(whole.substr(at, piece));
    EXPECT_EQ(text.left_out(), whole.size() - 200);
    EXPECT_THAT(text.text(), StartsWith(whole.substr(0, 100)));
    EXPECT_THAT(text.text(), EndsWith(whole.substr(whole.size() - 100)));
    EXPECT_THAT(text.text(), HasSubstr("bytes are left out here]"));
    EXPECT_EQ(text.last(9), "1998\n1999");
  }
}

// On a line that loses bytes; seen on a DragonFly guest, whose log of 8 KiB came as nothing at all.
TEST(kept_output, says_that_its_end_was_lost) {
  wire::ended how;
  how.output_bytes = 8123;
  how.error_bytes = 40;
  kept_output nothing;
  nothing.finish(how);
  EXPECT_THAT(nothing.text(), HasSubstr("8123 bytes are left out here"));
  EXPECT_THAT(nothing.text(), HasSubstr("40 bytes are left out here"));

  kept_output part;
  wire::output piece;
  piece.stream = wire::output_stream::standard_output;
  piece.bytes = std::string(8000, 'x') + "\n";
  part.take(piece);
  piece.stream = wire::output_stream::standard_error;
  piece.bytes = std::string(39, 'e') + "\n";
  part.take(piece);
  part.finish(how);
  EXPECT_THAT(part.text(), EndsWith("… [122 bytes are left out here] …\n"));
  auto const said = part.text();
  part.finish(how);
  EXPECT_EQ(part.text(), said);
}

TEST(kept_output, says_what_was_lost_on_its_way) {
  kept_output output(1000);
  wire::output piece;
  piece.bytes = "begin";
  output.take(piece);
  piece.offset = 105;
  piece.bytes = "end\n";
  output.take(piece);
  EXPECT_EQ(output.text(), "begin\n… [100 bytes are left out here] …\nend\n");
  piece.stream = wire::output_stream::standard_error;
  piece.offset = 0;
  output.take(piece);
  EXPECT_EQ(output.all().left_out(), 100U);
}

}  // namespace
}  // namespace wedgehog::agent
