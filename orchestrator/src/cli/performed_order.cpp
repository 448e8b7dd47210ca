#include "cli/performed_order.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "cli/commands.hpp"
#include "conductor/opinion.hpp"
#include "conductor/perform.hpp"
#include "folder/run_order.hpp"
#include "loop/nursery.hpp"
#include "recipe/recipe.hpp"
#include "vm/accel.hpp"
#include "vm/chosen_backend.hpp"

namespace wedgehog::cli {
namespace {

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

}  // namespace

int perform_order(order_to_play const& asked, order_witness const& witness) {
  ::umask(077);  // guest memory and disks are nobody else's business
  auto told = folder::order_from(asked.order);
  if (!told) return complain(told.error().message(), exit_usage);
  told->order.attempt += asked.restarts;
  auto const what = plan::from_text(told->plan);
  if (!what) return complain(what.error().message(), exit_usage);
  auto image = vm::read_image(told->order.image_folder, told->order.image_profile);
  if (!image) return complain(image.error().message(), exit_inconclusive);
  auto const& promised = told->order.image_checksums;
  if (!promised.empty() && promised != image->checksums)
    return complain(fmt::format("the image in {} on this host is not the one that the supervisor "
                                "has: bring its folder here",
                                told->order.image_folder),
                    exit_inconclusive);
  auto const into = std::filesystem::absolute(asked.folder).lexically_normal();
  auto const facts = facts_of(*told, *what, *image, into.filename().string());
  bool const kvm = told->order.accelerator == vm::name_of(vm::accelerator::kvm);
  int code = exit_inconclusive;
  bool const stopped = perform_interruptible([&](work_context context) -> loop::awaitable<void> {
    loop::real_clock time;
    vm::backend_choice const choice{told->order.on, told->order.qemu,
                                    kvm ? vm::accelerator::kvm : vm::accelerator::tcg,
                                    told->order.disks_from, told->order.disks_tls};
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
    loop::nursery beside(co_await loop::asio::this_coro::executor);
    if (witness.beside) beside.spawn(witness.beside(context));
    auto const done = co_await conductor::perform(on, *what, facts, into, witness.tell);
    co_await beside.stop();
    if (witness.after) co_await witness.after(context);
    code =
        done ? conductor::exit_code_of(*done) : complain(done.error().message(), exit_inconclusive);
  });
  return stopped ? exit_interrupted : code;
}

}  // namespace wedgehog::cli
