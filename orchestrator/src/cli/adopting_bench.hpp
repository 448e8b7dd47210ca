// What making an image of a disk needs of this host: an accelerator, a backend, limits to suit it.
#pragma once

#include <memory>
#include <string>

#include "adoption/adopt.hpp"
#include "cli/adopted.hpp"
#include "vm/direct/backend.hpp"

namespace wedgehog::cli {

class adopting_bench {
 public:
  // Blame: host, also when it was interrupted.
  static loop::awaitable<result<std::unique_ptr<adopting_bench>>> set_up(
      work_context in, places const& where, adopting_options const& asked, bool quiet);

  [[nodiscard]] adoption::workshop const& shop() const { return shop_; }

 private:
  adopting_bench(work_context in, adopting_options const& asked, vm::accelerator accelerator,
                 bool quiet);

  loop::real_clock time_;
  vm::direct::backend backend_;
  adoption::workshop shop_;
};

}  // namespace wedgehog::cli
