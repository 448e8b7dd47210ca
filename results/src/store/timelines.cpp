// A run's timeline, from its folder or, of runs without one, from the chunks that stand here.
#include <fmt/format.h>

#include "folder/files.hpp"
#include "folder/pack.hpp"
#include "store/locations.hpp"
#include "store/results_database.hpp"

namespace wedgehog::store {
result<std::uint64_t> each_timeline_chunk(std::filesystem::path const& folder,
                                          stored_run const& run,
                                          std::function<void(std::string_view)> const& take) {
  if (!holds(folder, run))
    return host_error(
        fmt::format("{} holds another run by now, not {}", folder.string(), run.key.name));
  std::error_code failure;
  auto const file = folder / folder::names::timeline;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, failure)))
    return run.removed || run.sealed ? 1 : 0;
  auto const extent = folder::each_timeline_piece(file, take);
  if (!extent) return extent.error();
  // The end of one that is written, or whose writer was killed, may be cut: nothing was lost that
  // had been there.
  return extent->damaged + (run.sealed && extent->cut_short ? 1 : 0);
}

result<std::uint64_t> results_database::each_timeline_chunk(
    run_id run, std::function<void(std::string_view)> const& take) {
  auto const lock = alone();
  auto const one = load_one(run);
  if (!one) return one.error();
  if (!one->folder.empty()) return store::each_timeline_chunk(folder_of(*one), *one, take);
  std::uint64_t missing = one->removed ? 1 : 0;
  // One chunk per query: a run that still writes must not find a reader that lasts for minutes.
  for (std::int64_t after = 0;;) {
    auto const chunk = database_.first(
        "SELECT number, zstd FROM timeline_chunks WHERE run = ? AND number > ? ORDER BY number "
        "LIMIT 1",
        {run, after}, [](sqlite::row const& at) { return std::pair(at.integer(0), at.text(1)); });
    if (!chunk) return chunk.error();
    if (!*chunk) return missing;
    after = (*chunk)->first;
    if (auto const text = folder::unpack((*chunk)->second))
      take(*text);
    else
      ++missing;
  }
}

result<timeline_text> results_database::timeline_text_of(run_id run) {
  timeline_text whole;
  auto const damaged =
      each_timeline_chunk(run, [&](std::string_view piece) { whole.text += piece; });
  if (!damaged) return damaged.error();
  whole.damaged_chunks = *damaged;
  return whole;
}

result<timeline::reading> results_database::timeline_of(run_id run) {
  auto const whole = timeline_text_of(run);
  if (!whole) return whole.error();
  auto read = timeline::read_text(whole->text);
  read.skipped += whole->damaged_chunks;
  if (whole->damaged_chunks != 0 && read.first_complaint.empty())
    read.first_complaint = "a timeline chunk is damaged";
  return read;
}

}  // namespace wedgehog::store
