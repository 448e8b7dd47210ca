// wedgehog perform ORDER --into FOLDER: plays one run and ends. What `run` and all others start for
// each of theirs.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "cli/commands.hpp"
#include "cli/interruptible.hpp"
#include "conductor/opinion.hpp"
#include "conductor/perform.hpp"
#include "folder/run_order.hpp"
#include "recipe/recipe.hpp"
#include "vm/accel.hpp"
#include "vm/chosen_backend.hpp"
#include "vm/runtime_directory.hpp"

namespace wedgehog::cli {
namespace {

struct perform_options {
  std::string order;
  std::string folder;
  int progress = 1;            // a descriptor: standard output
  std::uint64_t restarts = 0;  // so many times a cluster has begun it anew, beside
};

// A pipe whose reader is gone or slow must not hold the run up: what does not fit is left out.
void say(int descriptor, std::string const& line) {
  [[maybe_unused]] auto const ignored = ::write(descriptor, line.data(), line.size());
}

folder::run_facts facts_of(folder::read_order const& told, plan::plan const& what,
                           vm::image const& image, std::string name) {
  utsname host{};
  ::uname(&host);
  return {.uid = folder::new_uid(),
          .name = std::move(name),
          .recipe = what.name,
          .recipe_file = what.recipe,
          .recipe_text = told.order.recipe_text,
          .plan = told.plan,
          .variant = plan::variant_text(what),
          .seed = what.seed,
          .image = what.image,
          .kernel = image.kernel_release,
          .image_checksums = image.checksums,
          .qemu = told.order.qemu_version,
          .accelerator = told.order.accelerator,
          .time_scale = told.order.time_scale,
          .host = host.nodename,
          .host_kernel = host.release,
          .wedgehog = WEDGEHOG_VERSION,
          .campaign = told.order.campaign,
          .ticket = told.order.ticket,
          .attempt = told.order.attempt,
          .started = conductor::wall_clock_now(),
          .owner = folder::this_process()};
}

int perform(perform_options const& asked, common_options const& common) {
  if (asked.progress != 1) ::fcntl(asked.progress, F_SETFL, O_WRONLY | O_NONBLOCK);
  ::umask(077);  // guest memory and disks are nobody else's business
  auto told = folder::order_from(asked.order);
  if (!told) return complain(told.error().message(), exit_usage);
  told->order.attempt += asked.restarts;
  auto const what = plan::from_text(told->plan);
  if (!what) return complain(what.error().message(), exit_usage);
  auto image = vm::read_image(told->order.image_folder, told->order.image_profile);
  if (!image) return complain(image.error().message(), exit_inconclusive);
  auto const into = std::filesystem::absolute(asked.folder).lexically_normal();
  auto const facts = facts_of(*told, *what, *image, into.filename().string());
  bool const kvm = told->order.accelerator == vm::name_of(vm::accelerator::kvm);
  auto const tell = [&](conductor::progress const& now) {
    // Whoever starts a performer listens to it, and takes silence for a hang.
    if (asked.progress != 1 || !common.quiet) say(asked.progress, conductor::to_line(now));
  };
  int code = exit_inconclusive;
  bool const stopped = perform_interruptible([&](work_context context) -> loop::awaitable<void> {
    loop::real_clock time;
    vm::backend_choice const choice{told->order.on, told->order.qemu,
                                    kvm ? vm::accelerator::kvm : vm::accelerator::tcg,
                                    told->order.disks_from};
    auto const backend = co_await vm::make_backend(time, choice);
    if (!backend) {
      code = complain(backend.error().message(), exit_inconclusive);
      co_return;
    }
    conductor::stage on{.time = time,
                        .pool = context.pool.get_executor(),
                        .stop = context.stop,
                        .backend = **backend,
                        .image = *image,
                        .time_scale = told->order.time_scale,
                        .version = WEDGEHOG_VERSION,
                        .templates = told->order.templates,
                        .read_fault = recipe::read_fault_line};
    auto const done = co_await conductor::perform(on, *what, facts, into, tell);
    code =
        done ? conductor::exit_code_of(*done) : complain(done.error().message(), exit_inconclusive);
  });
  return stopped ? exit_interrupted : code;
}

}  // namespace

void add_perform(CLI::App& to, common_options& common, action& act) {
  auto* command = to.add_subcommand(
      "perform", "Play one run from its order and leave its folder; `run` starts one for each run");
  auto asked = std::make_shared<perform_options>();
  command->add_option("order", asked->order, "The order: a plan and where it is played (JSON)")
      ->required();
  command->add_option("--into", asked->folder, "The run's folder; nothing but the order is in it")
      ->required();
  command->add_option("--progress", asked->progress, "Descriptor for lines of progress (JSON)")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--restarts", asked->restarts,
                      "So many attempts beyond that of the order: a cluster began it anew");
  command->callback(
      [asked, &common, &act] { act = [asked, &common] { return perform(*asked, common); }; });
}

}  // namespace wedgehog::cli
