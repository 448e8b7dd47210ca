// wedgehog perform ORDER --into FOLDER: plays one run and ends. What `run` and all others start for
// each of theirs.
#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/performed_order.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::cli {
namespace {

struct perform_options {
  order_to_play what;
  int progress = 1;  // a descriptor: standard output
  bool stream = false;
};

// A pipe whose reader is gone or slow must not hold the run up: what does not fit is left out.
void say(int descriptor, std::string const& line) {
  [[maybe_unused]] auto const ignored = ::write(descriptor, line.data(), line.size());
}

int perform(perform_options const& asked, common_options const& common) {
  if (asked.stream) return perform_streamed();
  if (asked.what.order.empty() || asked.what.folder.empty())
    return complain("perform takes an order and --into FOLDER, or --stream", exit_usage);
  if (asked.progress != 1)
    ::fcntl(asked.progress, F_SETFL, O_WRONLY | O_NONBLOCK);
  else
    // No supervisor of this host began it (a cluster's did), and so nobody has swept here yet.
    vm::runtime_directory::sweep();
  auto const tell = [&](conductor::progress const& now) {
    // Whoever starts a performer listens to it, and takes silence for a hang.
    if (asked.progress != 1 || !common.quiet) say(asked.progress, conductor::to_line(now));
  };
  return perform_order(asked.what, {.tell = tell});
}

}  // namespace

void add_perform(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "perform", "Play one run from its order and leave its folder; `run` starts one for each run");
  auto asked = std::make_shared<perform_options>();
  command->add_option("order", asked->what.order,
                      "The order: a plan and where it is played (JSON)");
  command->add_option("--into", asked->what.folder,
                      "The run's folder; nothing but the order is in it");
  command->add_option("--progress", asked->progress, "Descriptor for lines of progress (JSON)")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--restarts", asked->what.restarts,
                      "So many attempts beyond that of the order: a cluster began it anew");
  command->add_flag("--stream", asked->stream,
                    "For a supervisor that shares no folder with this host: the order comes on "
                    "standard input, and the folder goes out on standard output as it grows");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return perform(*asked, common); }; });
}

}  // namespace wedgehog::cli
