// A guest that floods: whatever it sends over the agent's port, and however much, takes a bounded
// part of the host's memory and of the timeline.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <fstream>

#include "agent/kept_output.hpp"
#include "agent/link.hpp"
#include "collectors/agent_signals.hpp"
#include "loop/nursery.hpp"
#include "tests/loop_runner.hpp"

namespace wedgehog::collectors {
namespace {

using namespace std::chrono_literals;
using loop::awaitable;
namespace asio = boost::asio;
using stream_protocol = asio::local::stream_protocol;

std::uint64_t resident_bytes() {
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * 4096;
}

template <class Message>
void append(std::string& line, std::uint32_t sequence, Message const& message) {
  std::string payload;
  ASSERT_TRUE(wire::encode(message, payload, wire::payload_limit));
  wire::append_frame(line, {static_cast<std::uint16_t>(Message::type), sequence, payload});
}

// Frames of one kind, about a megabyte of them; `round` makes them differ.
using flood = std::string (*)(std::uint32_t round);

template <class Make>
std::string about_a_megabyte(std::uint32_t round, Make make) {
  std::string line;
  for (std::uint32_t i = 0; line.size() < (1U << 20U); ++i)
    append(line, round * 100'000 + i, make(round * 100'000ULL + i));
  return line;
}

std::string beats(std::uint32_t round) {
  return about_a_megabyte(round, [](std::uint64_t i) {
    wire::beat beat;
    beat.number = i;
    for (std::uint64_t k = 0; k < wire::workloads_limit; ++k) {
      wire::workload_report report;
      report.name = "w" + std::to_string(i * 8 + k);
      report.request = i * 8 + k + 1;
      report.state = wire::workload_state::running;
      beat.workloads.push_back(report);
    }
    return beat;
  });
}
std::string observations(std::uint32_t round) {
  return about_a_megabyte(round, [](std::uint64_t i) {
    wire::observation seen;
    seen.number = i;
    seen.cpus.resize(1000);
    for (auto& cpu : seen.cpus) cpu.user = i;
    wire::blocked_task task;
    task.comm = std::string(200, 'x');
    task.stack.resize(20, std::string(200, 'y'));
    seen.blocked_tasks.resize(10, task);
    return seen;
  });
}
std::string hellos(std::uint32_t round) {
  return about_a_megabyte(round, [](std::uint64_t i) {
    wire::hello hello;
    hello.protocol = i % 2 == 0 ? wire::protocol_version : 99;
    hello.oldest_protocol = i % 2 == 0 ? wire::oldest_protocol_version : 99;
    hello.session = i + 1;
    hello.complaints.resize(100, std::string(100, 'z'));
    return hello;
  });
}
std::string outputs(std::uint32_t round) {
  return about_a_megabyte(round, [](std::uint64_t i) {
    wire::output piece;
    piece.request = i % 40 + 1;
    piece.workload = "w" + std::to_string(i % 40);
    piece.offset = i * 1000;
    piece.bytes = std::string(i % 3 == 0 ? 3000 : 300, i % 5 == 0 ? '\n' : 'x');
    return piece;
  });
}
std::string answers(std::uint32_t round) {
  return about_a_megabyte(round, [](std::uint64_t i) {
    wire::ended end;
    end.request = i % 3 == 0 ? 1 : i;
    end.unkillable = true;
    end.stuck_in = std::string(2000, 's');
    return end;
  });
}
std::string garbage(std::uint32_t round) {
  std::string line;
  for (std::uint32_t i = 0; i < (1U << 20U); ++i)
    line += static_cast<char>((i * 2654435761U + round) >> 24U);
  return line;
}
// What somebody waits for.
std::string collected(std::uint32_t round) {
  return about_a_megabyte(round, [](std::uint64_t i) {
    wire::output piece;
    piece.request = 1;
    piece.offset = i * 32768;
    piece.bytes = std::string(32768, 'x');
    return piece;
  });
}

struct besieged {
  explicit besieged(asio::io_context& context)
      : ours(context), theirs(context), nursery(context.get_executor()) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours.assign(stream_protocol(), ends[0]);
    theirs.assign(stream_protocol(), ends[1]);
    agent::link_options options;
    options.first_request = 1;
    options.on_event = [this](agent::event const& one) { signals.take(one); };
    line = std::make_unique<agent::link>(std::move(ours), time, options);
  }
  void count(timeline::payload what) {
    timeline_bytes += timeline::to_text({microseconds{}, std::move(what)}).size();
  }

  stream_protocol::socket ours;
  stream_protocol::socket theirs;
  loop::real_clock time;
  loop::nursery nursery;
  bool over = false;
  std::uint64_t timeline_bytes = 0;
  agent_signals signals{[this](timeline::payload what) { count(std::move(what)); }, time};
  std::unique_ptr<agent::link> line;
};

constexpr std::uint32_t megabytes = 48;

awaitable<void> attack(besieged& all, flood what) {
  std::string pieces[4];
  for (std::uint32_t round = 0; round < megabytes; ++round) {
    auto& piece = pieces[round % 4];
    if (round < 4) piece = what(round);
    auto [failed, sent] = co_await asio::async_write(all.theirs, asio::buffer(piece),
                                                     asio::as_tuple(asio::use_awaitable));
    if (failed) break;
  }
  all.over = true;
}

awaitable<void> withstand(besieged& all, flood what, std::uint64_t& grown) {
  all.nursery.spawn(all.line->serve());
  agent::kept_output kept;
  agent::output_sink const keep = [&kept](wire::output const& piece) { kept.take(piece); };
  wire::collect request;
  request.what = "ps";
  auto const before = resident_bytes();
  all.nursery.spawn(attack(all, what));
  auto const enough = all.time.now() + 4s;
  [[maybe_unused]] auto const ended = co_await all.line->collect(request, 4s, keep);
  // A forged start of the agent ends the question, and not the flood.
  while (all.time.now() < enough && !all.over) co_await all.time.sleep_for(50ms);
  auto const after = resident_bytes();
  grown = after > before ? after - before : 0;
  all.theirs.close();
  all.line->close();
  co_await all.nursery.stop();
  all.signals.finish();
}

class floods : public ::testing::TestWithParam<std::pair<char const*, flood>> {};

TEST_P(floods, are_bounded_in_memory_and_in_the_timeline) {
  asio::io_context context;
  besieged all(context);
  std::uint64_t grown = 0;
  testing::run_to_end(context, withstand(all, GetParam().second, grown), 60s);
  EXPECT_LT(grown, 32U << 20U);
  EXPECT_LT(all.timeline_bytes, 40U << 20U);  // what a life has room for, mostly
  RecordProperty("grown_kib", static_cast<int>(grown >> 10U));
  RecordProperty("timeline_kib", static_cast<int>(all.timeline_bytes >> 10U));
}

INSTANTIATE_TEST_SUITE_P(of, floods,
                         ::testing::Values(std::pair{"beats", flood(beats)},
                                           std::pair{"observations", flood(observations)},
                                           std::pair{"hellos", flood(hellos)},
                                           std::pair{"outputs", flood(outputs)},
                                           std::pair{"answers", flood(answers)},
                                           std::pair{"garbage", flood(garbage)},
                                           std::pair{"collected", flood(collected)}),
                         [](auto const& one) { return std::string(one.param.first); });

}  // namespace
}  // namespace wedgehog::collectors
