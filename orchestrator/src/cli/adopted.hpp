// Disks that become images: a user's own (`image adopt`), and those that `image build` makes of
// packages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adoption/adopt.hpp"
#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/interruptible.hpp"
#include "cli/places.hpp"
#include "vm/accel.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {

struct adopting_options {
  std::string file;
  std::string kind;  // a folder of images/ with an adopt.yaml
  std::string name;
  std::string agent;  // empty: the one that was built with this program, for Linux
  std::string password_file;
  bool replace = false;
  bool network = false;  // while it is installed, the guest reaches what this host reaches
  vm::accel_choice accel = vm::accel_choice::automatic;
  std::string qemu = "qemu-system-x86_64";
  double time_scale = 0;  // 0: by the accelerator
};

struct disk_options {
  std::string suite;
  std::string mirror;
  std::string kernel_package;
  std::vector<std::string> packages;
  std::uint64_t size = 0;  // 0: the build's own
};

// Blame: recipe for what was asked, guest for the system on the disk, host for the rest.
loop::awaitable<result<vm::image>> adopt_disk(work_context in, places where, adopting_options asked,
                                              bool quiet);
// Makes the disk first; does nothing when nothing that it is made of has changed.
loop::awaitable<result<vm::image>> build_disk(work_context in, places where, adopting_options asked,
                                              disk_options disk, bool quiet);

// What of both every such command needs.
result<adoption::wanted> wanted_of(places const& where, adopting_options const& asked);
loop::awaitable<result<vm::image>> adopt_wanted(adoption::workshop const& shop,
                                                adoption::wanted const& what);
// Of everything that decides what an image is: what was asked, the files of its folder, the agent.
result<std::string> sum_of_inputs(std::string words, std::string const& folder,
                                  adoption::wanted const& what);
// The image that was made of such inputs before; nothing: it is to be made. Blame: recipe when the
// name belongs to somebody's own disk.
result<std::optional<vm::image>> made_before(places const& where, adopting_options const& asked,
                                             std::string const& inputs);

// Prints it, or complains; the exit code.
int report_image(result<vm::image> const& made, common_options const& common);
// What both commands take.
void add_adopting_options(CLI::App& to, adopting_options& asked);

// Systems whose disks can be adopted ("dragonfly", "illumos", "linux"), and the folder of images/
// that says how.
[[nodiscard]] std::vector<std::string> adoptable_systems(places const& where);
result<std::string> kind_of_system(places const& where, std::string const& os);

}  // namespace wedgehog::cli
