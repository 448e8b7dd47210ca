#include "cli/adopting_bench.hpp"

#include <fmt/format.h>

#include "cli/session.hpp"
#include "cli/terminal.hpp"

namespace wedgehog::cli {

adopting_bench::adopting_bench(work_context in, adopting_options const& asked,
                               vm::accelerator accelerator, bool quiet)
    : backend_(time_, {asked.qemu, accelerator}),
      shop_{.time = time_,
            .pool = in.pool,
            .stop = in.stop,
            .backend = backend_,
            .time_scale = asked.time_scale > 0 ? asked.time_scale : usual_time_scale(accelerator),
            .tell = [quiet](std::string const& line) {
              if (!quiet) tell("wedgehog: {}\n", line);
            }} {}

loop::awaitable<result<std::unique_ptr<adopting_bench>>> adopting_bench::set_up(
    work_context in, places const& where, adopting_options const& asked, bool quiet) {
  static loop::real_clock time;
  auto choosing =
      vm::choose_accelerator(time, asked.accel, asked.qemu, where.cache + "/accelerator.json");
  auto const chosen = co_await in.stop.unless_requested(std::move(choosing));
  if (!chosen) co_return host_error("interrupted");
  if (!*chosen) co_return chosen->error();
  std::unique_ptr<adopting_bench> made(
      new adopting_bench(in, asked, chosen->value().chosen, quiet));
  made->shop().tell(
      fmt::format("accelerator {}; limits x {:g}", chosen->value().why, made->shop().time_scale));
  co_return std::move(made);
}

}  // namespace wedgehog::cli
