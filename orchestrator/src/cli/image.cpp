// wedgehog image build|list|show.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/images.hpp"
#include "cli/interruptible.hpp"
#include "cli/terminal.hpp"

namespace wedgehog::cli {
namespace {

struct image_command_options {
  std::string name = "linux";
  image_options build;
};

void print_image(vm::image const& made, bool as_json) {
  if (as_json)
    print("{}", made.facts);
  else
    print("{}: kernel {}, in {}\n{}", made.name, made.kernel_release, made.folder, made.checksums);
}

int build(image_command_options const& asked, common_options const& common) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  std::optional<result<vm::image>> finished;
  auto const making = [&](work_context context) -> loop::awaitable<void> {
    auto work = ensure_image(where.value(), asked.name, asked.build, common.quiet);
    finished = co_await context.stop.unless_requested(std::move(work));
  };
  perform_interruptible(making);
  if (!finished) return exit_interrupted;
  auto const& made = *finished;
  if (!made)
    return complain(made.error().message(),
                    made.error().whose() == blame::recipe ? exit_usage : exit_inconclusive);
  print_image(made.value(), common.json);
  return 0;
}

int show(image_command_options const& asked, common_options const& common) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  auto const made = built_image(where.value(), asked.name);
  if (!made) return complain(made.error().message(), exit_inconclusive);
  print_image(made.value(), common.json);
  return 0;
}

int list(common_options const&) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  for (auto const& name : image_names(where.value())) {
    auto const made = built_image(where.value(), name);
    auto const how = can_be_had(where.value(), name) ? "not built: wedgehog image build " + name
                                                     : "not here, and nothing builds it yet";
    print("{:12} {}\n", name, made ? "kernel " + made->kernel_release : how);
  }
  return 0;
}

}  // namespace

void add_image(CLI::App& to, common_options& common, action& act) {
  auto* image = to.add_subcommand("image", "Guest images: build, list, show");
  image->require_subcommand(1);
  auto asked = std::make_shared<image_command_options>();
  auto* building =
      image->add_subcommand("build", "Build an image (does nothing when nothing changed)");
  building->add_option("name", asked->name, "Its folder below images/")->capture_default_str();
  building->add_option("--kernel-package", asked->build.kernel_package,
                       "Debian kernel package (NAME or NAME=VERSION)");
  building->add_option("--kernel", asked->build.kernel, "Your own bzImage …");
  building->add_option("--modules", asked->build.modules,
                       "… and what make modules_install INSTALL_MOD_PATH=DIR made");
  building->callback(
      [asked, &common, &act] { act = [asked, &common] { return build(*asked, common); }; });
  auto* listing = image->add_subcommand("list", "Which images there are");
  listing->callback([&common, &act] { act = [&common] { return list(common); }; });
  auto* showing = image->add_subcommand("show", "What an image is made of");
  showing->add_option("name", asked->name, "Its folder below images/")->capture_default_str();
  showing->callback(
      [asked, &common, &act] { act = [asked, &common] { return show(*asked, common); }; });
}

}  // namespace wedgehog::cli
