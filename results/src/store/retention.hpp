// Which runs lose their timeline and their evidence to make room, and why: by age, by how many of a
// failure are enough, by the bytes of all. What a run was and what it was judged to be always
// stays. Pure but for remove_evidence.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "store/run.hpp"

namespace wedgehog::store {

struct retention {
  std::optional<microseconds> age;          // of runs that began longer ago: none
  std::optional<std::int64_t> a_signature;  // of each failure: the newest so many
  std::optional<std::uint64_t> bytes;       // of all together: at most
};

// A run that has ended and of which something is left to remove.
struct evidence {
  run_key run;
  moment started{};
  std::string signature;    // with aliases resolved; empty: none
  std::string campaign{};   // its uid; empty: of none
  bool failed = false;      // or says nothing: whatever did not pass
  std::uint64_t bytes = 0;  // on the disk
};

struct removal_of {
  evidence what;
  std::string why;
};

// In the order in which they should be removed. Of a total that is too large, runs that passed go
// first, then those of which there is a newer one of the same failure, then the oldest.
[[nodiscard]] std::vector<removal_of> chosen_by(retention const& rules, std::vector<evidence> all,
                                                moment now);

// Those of one campaign; without the first run of each failure where that shall be kept whole.
[[nodiscard]] std::vector<evidence> of_campaign(std::string_view uid, bool keep_first_of_failure,
                                                std::vector<evidence> all);

// Bytes on the disk that remove_evidence would free.
[[nodiscard]] std::uint64_t bytes_of_evidence(std::filesystem::path const& folder);

// Removes the regular files below a run's folder, through no link, but those that say what the run
// was; notes them in removed.json first. Returns the bytes that are free again. Blame: host.
result<std::uint64_t> remove_evidence(std::filesystem::path const& folder, std::string_view why,
                                      moment when);

}  // namespace wedgehog::store
