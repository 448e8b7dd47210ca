// A campaign being played: its stage, its supervisor, and what a person, a hook and a collector of
// metrics see of it.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "base/described.hpp"
#include "cli/campaign_cells.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"

namespace wedgehog::cli {

// How a campaign is played, as the command line that began it had it: what a resumption needs.
struct night_settings {
  std::string accel, qemu, on, disks_from, disks_tls, kernel_package, kernel, modules, executor,
      seed;
  std::vector<std::string> packages;
  double time_scale = 0;
  bool clone = false;
  std::uint64_t slots = 1;
  std::uint64_t shard = 1;
  std::uint64_t shards = 1;
};
BOOST_DESCRIBE_STRUCT(night_settings, (),
                      (accel, qemu, on, disks_from, disks_tls, kernel_package, kernel, modules,
                       executor, seed, packages, time_scale, clone, slots, shard, shards))

struct night_request {
  campaign_cells what;
  session_options session;
  night_settings settings;
  std::string uid;   // of a campaign that goes on; empty: a new one
  std::string name;  // empty: the file's
  bool with_changes = false;
  bool take_over = false;
};

// Tells a supervisor to begin no run any more, and to let those end that are under way.
inline constexpr int last_orders = SIGUSR1;

// Plays it until it is over; returns the exit code (0: it was played as asked, whatever was found;
// 2: the host kept it from that, or every cell came to nothing; 130: stopped).
int play_night(night_request& asked, common_options const& common);

}  // namespace wedgehog::cli
