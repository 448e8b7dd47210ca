// wedgehog image adopt: a disk of the user's own becomes an image.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/adopted.hpp"
#include "cli/commands.hpp"
#include "cli/terminal.hpp"

namespace wedgehog::cli {
namespace {

struct adopt_command_options {
  adopting_options adopting;
  std::string os = "linux";
};

int adopt(adopt_command_options asked, common_options const& common) {
  auto const where = find_places();
  if (!where) return complain(where.error().message(), exit_inconclusive);
  auto const kind = kind_of_system(*where, asked.os);
  if (!kind) return complain(kind.error().message(), exit_usage);
  asked.adopting.kind = *kind;
  if (asked.adopting.name.empty())
    asked.adopting.name = asked.os == "linux" ? "my-linux" : asked.os;
  std::optional<result<vm::image>> done;
  bool const stopped = perform_interruptible([&](work_context context) -> loop::awaitable<void> {
    done = co_await adopt_disk(context, *where, asked.adopting, common.quiet);
  });
  if (stopped || !done) return exit_interrupted;
  return report_image(*done, common);
}

}  // namespace

int report_image(result<vm::image> const& made, common_options const& common) {
  if (!made) {
    auto const whose = made.error().whose();
    return complain(made.error().message(), whose == blame::recipe  ? exit_usage
                                            : whose == blame::guest ? 1
                                                                    : exit_inconclusive);
  }
  if (common.json)
    print("{}", made->facts);
  else
    print("{}: kernel {}, in {}\n{}", made->name, made->kernel_release, made->folder,
          made->checksums);
  return 0;
}

void add_adopting_options(CLI::App& to, adopting_options& asked) {
  static std::map<std::string, vm::accel_choice> const choices{
      {"auto", vm::accel_choice::automatic},
      {"kvm", vm::accel_choice::kvm},
      {"tcg", vm::accel_choice::tcg}};
  to.add_flag("--replace", asked.replace, "Make it anew although it is there");
  to.add_option("--accel", asked.accel, "auto, kvm or tcg")
      ->transform(CLI::CheckedTransformer(choices, CLI::ignore_case));
  to.add_option("--time-scale", asked.time_scale,
                "Stretch every limit by this factor (default: 1 with KVM, 2 with TCG)")
      ->check(CLI::Range(0.1, 1000.0));
  to.add_flag(
      "--network", asked.network,
      "Let the guest reach what this host reaches while it is installed (default: nothing)");
  to.add_option("--qemu", asked.qemu, "The QEMU program")->capture_default_str();
}

void add_adopt(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "adopt",
      "Make an image of a disk with an installed system and a root login on its serial console");
  auto asked = std::make_shared<adopt_command_options>();
  command
      ->add_option("file", asked->adopting.file,
                   "The disk (raw, qcow2, vmdk, …): only read, never changed")
      ->required();
  command->add_option("--os", asked->os, "What is installed on it: linux, dragonfly or illumos")
      ->capture_default_str();
  command->add_option("--name", asked->adopting.name,
                      "The image's name in recipes and for `run --image` (default: my-linux, "
                      "dragonfly, illumos)");
  command->add_option("--password-file", asked->adopting.password_file,
                      "A file with root's password (default: none is asked for)");
  command->add_option("--agent", asked->adopting.agent,
                      "The agent's executable for that system (default: for Linux this program's; "
                      "else the guest's own compiler builds it)");
  add_adopting_options(*command, asked->adopting);
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return adopt(*asked, common); }; });
}

}  // namespace wedgehog::cli
