// What the agent's own children do: code that may get stuck on a sick disk or a short memory, each
// run in a fork by spawn(). Output goes to descriptor 1, complaints to 2; the value is the exit
// status.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "board.hpp"
#include "one_row.hpp"
#include "wire/messages.hpp"

namespace wedgehog::guest {

// Rounds for ever: fork and exec a binary on the file system under test, then create, write, fsync
// and unlink a file there. `page` says at any moment what it is at.
int run_canary(wire::start_canary const& wanted, canary_page& page);

int run_collector(wire::collect const& wanted);

int run_write_file(wire::write_file const& wanted);
int run_power(wire::power const& wanted);
int run_sysrq(wire::sysrq const& wanted);
int run_step_clock(wire::step_clock const& wanted);
int run_become_another(wire::become_another const& wanted);

// What a hog has achieved, in memory that it shares with the supervisor.
struct hog_page {
  std::atomic<std::uint64_t> held{0};  // MiB
  std::atomic<std::uint64_t> peak{0};
  std::atomic<std::uint64_t> rounds{0};
  std::atomic<std::uint64_t> dirty{0};  // MiB of the file beside memory
  std::atomic<std::uint64_t> dirty_peak{0};
};
// Takes memory until it is killed, or there is no more to be had.
int run_hog(wire::start_hog const& wanted, hog_page& page);

// For bodies: writes all of `text`; false when nobody reads any more.
bool print(int to, std::string_view text);
// "wedgehog-agent: <what>: <errno's text>" to descriptor 2; returns 1, to be returned by the body.
int complain(std::string const& what);

}  // namespace wedgehog::guest
