// The real agent as a process on this host, behind a socket where a guest's port would be.
#include "agent/link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/write.hpp>
#include <fstream>
#include <vector>

#include "tests/agent/agent_on_host.hpp"

namespace wedgehog::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct text_of {
  std::string output;
  std::string error;
};
output_sink into(text_of& text) {
  return [&text](wire::output const& piece) {
    (piece.stream == wire::output_stream::standard_output ? text.output : text.error) +=
        piece.bytes;
  };
}

wire::exec script(std::string text) {
  wire::exec request;
  request.script = std::move(text);
  return request;
}

// The named workload as a beat reports it.
wire::workload_report const* report_in(event const& one, std::string_view name) {
  auto const* beat = std::get_if<wire::beat>(&one);
  if (!beat) return nullptr;
  for (auto const& report : beat->workloads)
    if (report.name.view() == name) return &report;
  return nullptr;
}

awaitable<void> greets_and_beats(agent_on_host& all) {
  auto const hello = co_await all.line->greet(patience);
  EXPECT_TRUE(hello) << (hello ? "" : hello.error().message());
  if (!hello) co_return;
  EXPECT_EQ(hello->protocol, wire::protocol_version);
  EXPECT_EQ(hello->os, "linux");
  EXPECT_GT(hello->cpus, 0U);
  EXPECT_GT(hello->memory_kib, 0U);
  for (auto const source : {wire::beat_source::fifo, wire::beat_source::ordinary}) {
    auto const second_beat = [source](event const& one) {
      auto const* beat = std::get_if<wire::beat>(&one);
      return beat && beat->source == source && beat->number == 2 && beat->guest_us > 0;
    };
    EXPECT_TRUE(co_await all.saw(second_beat));
  }
  auto const full_observation = [](event const& one) {
    auto const* seen = std::get_if<wire::observation>(&one);
    return seen && !seen->cpus.empty() && seen->memory_total > 0 && seen->context_switches > 0 &&
           seen->tasks > 1;
  };
  EXPECT_TRUE(co_await all.saw(full_observation));
}
TEST(link, greets_and_beats) {
  perform(greets_and_beats);
}

awaitable<void> runs_a_script(agent_on_host& all) {
  auto request = script("echo out $GREETING; pwd; echo error >&2; exit 7");
  request.environment = {"GREETING=hello"};
  request.directory = "/proc";
  text_of text;
  auto const ended = co_await all.line->run(request, patience, into(text));
  EXPECT_TRUE(ended);
  if (!ended) co_return;
  EXPECT_EQ(ended->exit_status, 7U);
  EXPECT_EQ(ended->signal, 0U);
  EXPECT_FALSE(ended->timed_out);
  EXPECT_EQ(text.output, "out hello\n/proc\n");
  EXPECT_EQ(text.error, "error\n");
  EXPECT_EQ(ended->output_bytes, text.output.size());
  EXPECT_EQ(ended->unsent_bytes, 0U);

  auto const crashed = co_await all.line->run(script("kill -SEGV $$"), patience);
  EXPECT_TRUE(crashed && crashed->signal == 11U);
  request = script("true");
  request.interpreter = "/does/not/exist";
  text_of complaint;
  auto const missing = co_await all.line->run(request, patience, into(complaint));
  EXPECT_TRUE(missing && missing->exit_status == 127U);
  EXPECT_THAT(complaint.error, HasSubstr("/does/not/exist"));
  // Long scripts come whole, and what is left running in the background does not hold up the end.
  auto const lasting = co_await all.line->run(
      script("sleep 5 & : " + std::string(50000, 'x') + "; exit 3"), patience);
  EXPECT_TRUE(lasting && lasting->exit_status == 3U && lasting->took_us < 4000000U);
}
TEST(link, runs_a_script) {
  perform(runs_a_script);
}

awaitable<void> kills_at_the_deadline(agent_on_host& all) {
  auto request = script("echo before; (sleep 100 & wait) & sleep 100");
  request.deadline_ms = 200;
  text_of text;
  auto const ended = co_await all.line->run(request, patience, into(text));
  EXPECT_TRUE(ended);
  if (!ended) co_return;
  EXPECT_TRUE(ended->timed_out);
  EXPECT_FALSE(ended->unkillable);
  EXPECT_EQ(ended->signal, 9U);
  EXPECT_EQ(text.output, "before\n");
  // The host's own limit, when the agent does not answer in time.
  auto const late = co_await all.line->run(script("sleep 100"), 100ms);
  EXPECT_FALSE(late);
  if (!late) {
    EXPECT_EQ(late.error().whose(), blame::guest);
    EXPECT_THAT(late.error().message(), HasSubstr("did not answer within"));
  }
}
TEST(link, kills_at_the_deadline) {
  perform(kills_at_the_deadline);
}

awaitable<void> bounds_a_flood(agent_on_host& all) {
  auto request = script("head -c 3000000 /dev/zero");
  request.output_limit = 10000;
  text_of text;
  auto const ended = co_await all.line->run(request, patience, into(text));
  EXPECT_TRUE(ended);
  if (!ended) co_return;
  EXPECT_GE(text.output.size(), 10000U);
  EXPECT_LT(text.output.size(), 100000U);  // a trickle, when it took long
  EXPECT_EQ(ended->output_bytes, 3000000U);
  EXPECT_EQ(ended->unsent_bytes, 3000000U - text.output.size());
}
TEST(link, bounds_a_flood) {
  perform(bounds_a_flood);
}

awaitable<void> counts_a_workload(agent_on_host& all) {
  wire::start_workload request;
  request.name = std::string_view("ticker");
  request.script =
      "$WEDGEHOG_AGENT tick; $WEDGEHOG_AGENT tick 41; echo error: one >&2; exec sleep 100";
  request.progress = wire::progress_source::counter;
  auto const started = co_await all.line->start_workload(request, patience);
  EXPECT_TRUE(started);
  auto const ticked = [](event const& one) {
    auto const* report = report_in(one, "ticker");
    return report && report->done == 42 && report->errors == 1 &&
           report->state == wire::workload_state::running;
  };
  EXPECT_TRUE(co_await all.saw(ticked));
  auto const twice = co_await all.line->start_workload(request, patience);
  EXPECT_FALSE(twice);
  EXPECT_THAT(twice.error().message(), HasSubstr("is running"));

  wire::signal halt;
  halt.target = *started;
  halt.number = SIGSTOP;
  EXPECT_TRUE(co_await all.line->signal(halt, patience));
  auto const stopped = [](event const& one) {
    auto const* report = report_in(one, "ticker");
    return report && report->state == wire::workload_state::stopped;
  };
  EXPECT_TRUE(co_await all.saw(stopped));

  wire::stop_workload stop;
  stop.name = std::string_view("ticker");
  stop.grace_ms = 10000;
  auto const ended = co_await all.line->stop_workload(stop, patience);
  EXPECT_TRUE(ended && ended->signal == SIGTERM);
  auto const gone = [](event const& one) {
    auto const* report = report_in(one, "ticker");
    return report && report->state == wire::workload_state::gone && report->done == 42 &&
           report->signal == SIGTERM;
  };
  EXPECT_TRUE(co_await all.saw(gone));
  auto const again = co_await all.line->wait_for_end(*started, patience);
  EXPECT_TRUE(again && again->signal == SIGTERM);
}
TEST(link, counts_a_workload_by_its_counter) {
  perform(counts_a_workload);
}

awaitable<void> counts_lines(agent_on_host& all) {
  wire::start_workload request;
  request.name = std::string_view("printer");
  request.script = "seq 1 1000; exit 5";
  auto const started = co_await all.line->start_workload(request, patience);
  EXPECT_TRUE(started);
  auto const counted = [](event const& one) {
    auto const* report = report_in(one, "printer");
    return report && report->done == 1000 && report->state == wire::workload_state::gone &&
           report->exit_status == 5 && report->errors == 1;
  };
  EXPECT_TRUE(co_await all.saw(counted));
}
TEST(link, counts_a_workload_by_its_lines) {
  perform(counts_lines);
}

awaitable<void> keeps_a_canary(agent_on_host& all) {
  wire::start_canary request;
  request.directory = all.home.path();
  request.interval_ms = 50;
  auto const started = co_await all.line->start_canary(request, patience);
  EXPECT_TRUE(started);
  auto const sings = [](event const& one) {
    auto const* beat = std::get_if<wire::beat>(&one);
    return beat && !beat->canaries.empty() && beat->canaries[0].completed >= 2 &&
           beat->canaries[0].execute_us > 0 && beat->canaries[0].failed == 0;
  };
  EXPECT_TRUE(co_await all.saw(sings));
  wire::stop_canary stop;
  stop.directory = request.directory;
  auto const ended = co_await all.line->stop_canary(stop, patience);
  EXPECT_TRUE(ended && ended->signal == SIGKILL);

  request.directory = std::string_view("/proc");
  EXPECT_TRUE(co_await all.line->start_canary(request, patience));
  auto const fails = [](event const& one) {
    auto const* beat = std::get_if<wire::beat>(&one);
    if (!beat) return false;
    for (auto const& canary : beat->canaries)
      if (canary.directory.view() == "/proc" && canary.failed > 0 && canary.error_number != 0 &&
          canary.failed_phase == wire::canary_phase::preparing)
        return true;
    return false;
  };
  EXPECT_TRUE(co_await all.saw(fails));
}
TEST(link, keeps_a_canary) {
  perform(keeps_a_canary);
}

awaitable<void> collects(agent_on_host& all) {
  wire::collect request;
  request.what = "ps";
  text_of tasks;
  auto const ps = co_await all.line->collect(request, patience, into(tasks));
  EXPECT_TRUE(ps && ps->exit_status == 0 && ps->output_bytes == tasks.output.size());
  EXPECT_THAT(tasks.output, StartsWith("PID TID PPID STATE"));
  EXPECT_THAT(tasks.output, HasSubstr("wedgehog-agent"));

  request.what = "proc";
  text_of vital;
  EXPECT_TRUE(co_await all.line->collect(request, patience, into(vital)));
  EXPECT_THAT(vital.output, HasSubstr("==> /proc/meminfo <==\nMemTotal"));

  request.what = "files";
  request.argument = all.home.path() + "/sample*";
  request.size_limit = 5;
  std::ofstream(all.home.path() + "/sample1") << "0123456789";
  text_of files;
  EXPECT_TRUE(co_await all.line->collect(request, patience, into(files)));
  EXPECT_THAT(files.output, HasSubstr("sample1 <==\n01234\n[cut off here]\n"));

  request.what = "command";
  request.argument = "echo partial; sleep 100";
  request.deadline_ms = 300;
  text_of partial;
  auto const cut = co_await all.line->collect(request, patience, into(partial));
  EXPECT_TRUE(cut && cut->timed_out);
  EXPECT_EQ(partial.output, "partial\n");

  // More than the agent can queue arrives whole: a collector waits for the line.
  request.argument = "head -c 5000000 /dev/zero";
  request.deadline_ms = 20000;
  text_of large;
  auto const whole = co_await all.line->collect(request, patience, into(large));
  EXPECT_TRUE(whole && whole->unsent_bytes == 0);
  EXPECT_EQ(large.output.size(), 5000000U);

  request.what = "horoscope";
  text_of complaint;
  auto const unknown = co_await all.line->collect(request, patience, into(complaint));
  EXPECT_TRUE(unknown && unknown->exit_status == 1);
  EXPECT_THAT(complaint.error, HasSubstr("no collector 'horoscope'"));
}
TEST(link, collects) {
  perform(collects);
}

awaitable<void> does_small_things(agent_on_host& all) {
  auto const echoed = co_await all.line->echo(std::string(1000, '\xD7'), patience);
  EXPECT_TRUE(echoed);
  wire::write_file file;
  file.path = all.home.path() + "/written";
  file.content = "content";
  file.mode = 0600;
  auto const wrote = co_await all.line->write_file(file, patience);
  EXPECT_TRUE(wrote && wrote->exit_status == 0);
  file.append = true;
  EXPECT_TRUE(co_await all.line->write_file(file, patience));
  std::string found;
  std::ifstream(file.path) >> found;
  EXPECT_EQ(found, "contentcontent");

  // Not in a guest: this is the developer's own machine.
  wire::step_clock step;
  step.by_us = 1000000;
  auto const stepped = co_await all.line->step_clock(step, patience);
  EXPECT_FALSE(stepped);
  wire::become_another born;
  born.seed = std::string(wire::least_seed, 's');
  auto const became = co_await all.line->become_another(born, patience, {});
  EXPECT_FALSE(became);
  // Not in a guest: this is the developer's own machine.
  auto const off = co_await all.line->power(wire::power{}, patience);
  EXPECT_FALSE(off);
  EXPECT_THAT(off.error().message(), HasSubstr("does not run in a guest"));
  EXPECT_FALSE(co_await all.line->press_sysrq('h', patience));
}
TEST(link, does_small_things) {
  perform(does_small_things);
}

awaitable<void> survives_garbage(agent_on_host& all) {
  all.line->close();
  co_await all.nursery.stop();
  co_await all.process->wait();
  // A second agent, to which a stranger speaks first on the same connection.
  auto const path = all.home.path() + "/second";
  loop::process_options options;
  options.argv = {WEDGEHOG_AGENT, "--socket", path};
  all.process.emplace(loop::process::start(all.executor, options).value());
  asio::local::stream_protocol::socket socket(all.executor);
  boost::system::error_code failure = asio::error::not_found;
  for (int attempt = 0; failure && attempt < 1000; ++attempt) {
    co_await all.time.sleep_for(10ms);
    socket = asio::local::stream_protocol::socket(all.executor);
    socket.connect(asio::local::stream_protocol::endpoint(path), failure);
  }
  EXPECT_FALSE(failure);
  std::string garbage = "\xD7WH\xF5";
  for (unsigned i = 0; i < 200000; ++i) garbage += static_cast<char>(i * 2654435761U >> 24U);
  for (std::uint16_t type = 0; type < 80; ++type)
    wire::append_frame(garbage, {type, type, "\x01\x01\x01\x02\x04____\xFF"});
  co_await asio::async_write(socket, asio::buffer(garbage), asio::use_awaitable);
  all.line = std::make_unique<link>(std::move(socket), all.time, link_options{});
  all.nursery.spawn(all.line->serve());
  EXPECT_TRUE(co_await all.line->greet(patience));
  auto const ended = co_await all.line->run(script("exit 4"), patience);
  EXPECT_TRUE(ended && ended->exit_status == 4);
}
TEST(link, the_agent_survives_garbage) {
  perform(survives_garbage);
}

awaitable<void> end_of_the_line(agent_on_host& all) {
  all.process->kill_group(SIGKILL);
  auto const ended = co_await all.line->run(script("exit 4"), patience);
  EXPECT_FALSE(ended);
  if (!ended) {
    EXPECT_EQ(ended.error().whose(), blame::host);
    EXPECT_THAT(ended.error().message(), HasSubstr("line is closed"));
  }
  EXPECT_TRUE(all.line->closed());
}
TEST(link, the_end_of_the_line_ends_all_waiting) {
  perform(end_of_the_line);
}

}  // namespace
}  // namespace wedgehog::agent
