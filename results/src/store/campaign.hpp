// What the results database knows of a campaign, as plain values. What became of its runs stands in
// their folders; what is summed up here is read from the rows that were made of those.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_words.hpp"
#include "store/run.hpp"

namespace wedgehog::store {

enum class campaign_state { running, stopped, done };
BOOST_DESCRIBE_ENUM(campaign_state, running, stopped, done)

struct campaign {
  std::string uid;   // 32 hexadecimal digits
  std::string name;  // for people; shards of one night share it
  campaign_state state = campaign_state::running;
  std::string why;  // it is stopped or done
  moment started{};
  std::optional<moment> ended;  // when its last supervisor ended
  std::string file;
  std::string text;      // of the file when the campaign began
  std::string inputs;    // JSON: checksums of recipes and images
  std::string settings;  // JSON: how it is played
  std::optional<folder::owner> supervisor;
};

// `stopped` when its supervisor is gone without a word; `unknown` hosts count as alive.
[[nodiscard]] campaign_state state_seen(campaign const& one);

// The counted runs of one recipe's variant on one image. A run is void when it says nothing about
// the guest (exit code 2); void runs add neither hits nor hours.
struct cell_sum {
  std::string recipe;
  std::string variant;
  std::string image;
  std::int64_t done = 0;  // finished and not void
  std::int64_t void_runs = 0;
  std::int64_t hits = 0;  // exit code 1; with a signature asked for, only that
  double hours = 0;       // at risk: of exposure, until the guest failed
  double duration_s = 0;  // wall time of all that are done
};

// A ticket of which no run came to its end: it was under way when its supervisor ended.
struct open_ticket {
  std::uint64_t number = 0;
  std::uint64_t attempts = 0;  // begun so far
  std::string recipe;
  std::string variant;
  std::string image;
  std::uint64_t seed = 0;
};

}  // namespace wedgehog::store
