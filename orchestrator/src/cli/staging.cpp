#include "cli/staging.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <fstream>

#include "cli/terminal.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"
#include "vm/accel.hpp"
#include "vm/chosen_backend.hpp"

namespace wedgehog::cli {
namespace {

// Empty when QEMU does not say it soon: a version is not worth waiting for a program that hangs.
loop::awaitable<std::string> version_of(loop::clock& time, std::string qemu) {
  auto const place = loop::temporary_directory::make();
  if (!place) co_return "";
  loop::process_options options;
  options.argv = {std::move(qemu), "--version"};
  options.output_file = place->path() + "/version";
  auto child = loop::process::start(co_await loop::asio::this_coro::executor, options);
  if (!child) co_return "";
  auto const ended =
      co_await loop::within<loop::exit_status>(time, std::chrono::seconds(5), child->wait());
  if (!ended || !ended->clean()) co_return "";
  std::string line;
  std::ifstream file(options.output_file);
  std::getline(file, line);
  constexpr std::string_view prefix = "QEMU emulator version ";
  if (line.starts_with(prefix)) line.erase(0, prefix.size());
  co_return line;
}

}  // namespace

loop::awaitable<result<std::optional<folder::run_order>>> order_of_stage(
    loop::clock& time, loop::interruption& stop, session_options const& options,
    common_options const& common, places const& where) {
  auto choosing =
      vm::choose_accelerator(time, options.accel, options.qemu, where.cache + "/accelerator.json");
  auto const chosen = co_await stop.unless_requested(std::move(choosing));
  if (!chosen) co_return std::optional<folder::run_order>();
  auto const& accel = *chosen;
  if (!accel) co_return accel.error();
  double const scale =
      options.time_scale > 0 ? options.time_scale : usual_time_scale(accel->chosen);
  if (!common.quiet)
    tell("wedgehog: accelerator {}{}; budgets x {:g}\n", accel->why,
         accel->remembered ? " (remembered since this host's boot)" : "", scale);
  folder::run_order order{.accelerator = std::string(vm::name_of(accel->chosen)),
                          .qemu = options.qemu,
                          .on = options.on,
                          .disks_from = options.disks_from,
                          .disks_tls = options.disks_tls,
                          .time_scale = scale};
  order.templates = where.cache + "/templates";
  if (options.on.empty())
    order.qemu_version = co_await version_of(time, options.qemu);
  else if (auto const place = co_await vm::look_at_backend(time, options.on))
    order.qemu_version = place->qemu_version;
  else
    co_return place.error();
  co_return std::optional(std::move(order));
}

}  // namespace wedgehog::cli
