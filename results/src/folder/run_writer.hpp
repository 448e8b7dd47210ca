// Writes a run's folder while the run is performed: facts first, then the timeline piece by piece,
// outcome and judgement at the end, the manifest last of all. Killed between any two of them, what
// is there can be read and judged (run_reader.hpp). Every call may wait for the disk.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "folder/record.hpp"
#include "folder/timeline_file.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::folder {

class run_writer {
 public:
  // The folder may be there, with what its supervisor left (order.json), but no run in it. Writes
  // facts, plan and recipe, and holds room for what comes at the end, so that a disk that fills up
  // meanwhile does not cost the verdict. Blame: host.
  static result<run_writer> begin(std::filesystem::path const& folder, run_facts const& facts);
  // A run whose performer is gone, to be ended in its stead. What is there stays as it is.
  static result<run_writer> take_over(std::filesystem::path const& folder);

  [[nodiscard]] std::filesystem::path const& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t timeline_bytes() const { return timeline_.bytes(); }

  // An error when somebody removed the folder or put another in its place.
  [[nodiscard]] result<void> still_there() const;

  // All of these fail when the folder was removed or replaced meanwhile: nothing is written to what
  // stands in its place.

  // Whole lines of timeline text.
  result<void> keep_timeline(std::string_view lines);
  result<void> played(outcome const& how);
  // Adds an opinion; those that are there stay.
  result<void> judged(judgement const& opinion);
  // Sizes and SHA-256 of every file that is there, in MANIFEST.json: nothing is changed afterwards
  // but by adding judgements. Reads every file once; `tell`, when given, hears of each byte that
  // was read; once it returns false, nobody waits for sums any more, and files that have none yet
  // are listed with their size alone.
  result<void> seal(run_facts const& facts, std::function<bool(std::uint64_t)> const& tell = {});

 private:
  run_writer(std::filesystem::path folder, loop::descriptor place, timeline_writer timeline)
      : folder_(std::move(folder)), place_(std::move(place)), timeline_(std::move(timeline)) {}
  static result<run_writer> writing_into(std::filesystem::path const& folder);

  std::filesystem::path folder_;
  loop::descriptor place_;  // that folder, whatever its path leads to by now
  timeline_writer timeline_;
};

// Held from the beginning of a run to its end.
inline constexpr std::uint64_t room_for_the_end = 512U << 10U;

// Adds an opinion to a folder, whoever wrote it.
result<void> add_judgement(std::filesystem::path const& folder, judgement const& opinion);

}  // namespace wedgehog::folder
