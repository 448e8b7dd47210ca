#include "cli/gathering.hpp"

namespace wedgehog::cli {

void gathering::began(std::filesystem::path const& folder) {
  auto const run = folder::read_run(folder);
  if (run && !run->facts.uid.empty()) (void)into_.database.ingest(*run);
}

gathered_run gathering::ended(farm::run_report const& report) {
  gathered_run done{store::from_folder(report.run), {}};
  auto const taken = into_.database.ingest(report.run);
  if (!taken) {
    done.trouble = taken.error().message();
  } else if (auto stored = into_.database.load(taken->key.id)) {
    done.run = std::move(*stored);
  }
  // What passed leaves nothing to look into. A link that cannot be made is no loss.
  if (report.exit_code != 0)
    (void)into_.directory.point_latest("runs/" + report.run.folder.filename().string());
  return done;
}

}  // namespace wedgehog::cli
