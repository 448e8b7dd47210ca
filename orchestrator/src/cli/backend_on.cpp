#include "cli/backend_on.hpp"

#include "cli/interruptible.hpp"

namespace wedgehog::cli {

result<vm::backend_place> backend_on(std::string const& on) {
  loop::real_clock time;
  result<vm::backend_place> found = host_error("interrupted");
  perform_interruptible([&](work_context) -> loop::awaitable<void> {
    found = co_await vm::look_at_backend(time, on);
  });
  return found;
}

}  // namespace wedgehog::cli
