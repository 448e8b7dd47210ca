// Building and finding guest images.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "cli/places.hpp"
#include "loop/clock.hpp"
#include "loop/process.hpp"
#include "vm/image.hpp"

namespace wedgehog::cli {

struct image_options {
  std::string kernel_package;           // Debian package; empty: the cloud kernel
  std::string kernel;                   // own bzImage …
  std::string modules;                  // … and its modules
  std::vector<std::string> packages{};  // Debian's, whose programs are added
};

// Builds when something changed (the build script decides) and reads the result, which no later
// build of whomever changes. Its words go to stderr unless `quiet`. Cancelled, it kills the build.
// Blame: host.
loop::awaitable<result<vm::image>> ensure_image(places where, std::string name,
                                                image_options options, bool quiet);
// Where an image is, or would be, and what its guest's profile is.
struct image_home {
  std::string folder;
  std::string profile;
  bool adopted = false;     // made of a disk: `image adopt`, or a build that ends in it
  std::string built_as{};   // the folder of images/ whose build makes it
  image_options options{};  // that its build gets: its name's own, and those that were asked for
  std::string trouble{};    // what is wrong with the file that says so
};
[[nodiscard]] image_home home_of(places const& where, std::string const& name,
                                 image_options const& options = {});
// Folders of images/ out of which `image build` makes a disk that is then adopted.
[[nodiscard]] bool makes_disk(places const& where, std::string const& name);
// Folders of images/ whose system is installed from a vendor's medium.
[[nodiscard]] bool has_medium(places const& where, std::string const& name);
// Runs a script, its words going to stderr. Cancelled, it kills it. Blame: host.
loop::awaitable<result<loop::exit_status>> run_script(std::vector<std::string> argv);
// The same of one that must succeed. Blame: host, also when it fails.
loop::awaitable<result<void>> run_build(std::vector<std::string> argv);

// Reads what was built before; an error says how to build it.
result<vm::image> built_image(places const& where, std::string const& name,
                              image_options const& options = {});
// Reads all its files: blame host when one is not what image.json says.
result<void> check_sums(vm::image const& made);
// Those that have a profile, or are built like one that has, whether or not anything can build
// them.
[[nodiscard]] std::vector<std::string> image_names(places const& where);
[[nodiscard]] bool is_image_name(std::string_view name);
// From now on `name` is how `of` is built with these options. Blame: recipe, when the name is taken
// by what is no such image, or by another one and `replace` is false.
result<void> name_build(places const& where, std::string const& name, std::string const& of,
                        image_options const& options, bool replace);
// "linux with linux-image-amd64": how an image is built that is not its own folder's.
[[nodiscard]] std::string how_built(places const& where, std::string const& name);
// What to do about an image that is not there.
[[nodiscard]] std::string how_to_have(places const& where, std::string const& name);
// It was built before, or there is a script that builds it.
[[nodiscard]] bool can_be_had(places const& where, std::string const& name);
[[nodiscard]] std::string built_folder(places const& where, std::string const& name,
                                       image_options const& options);

}  // namespace wedgehog::cli
