#include "vm/direct/backend.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "vm/accel.hpp"
#include "vm/direct/machine.hpp"

namespace wedgehog::vm::direct {

abilities const& backend::can() const {
  return can_do();
}

loop::awaitable<result<std::unique_ptr<vm::machine>>> backend::start(machine_spec const& spec,
                                                                     guest_profile const& guest,
                                                                     loop::duration limit) {
  return machine::start(time_, qemu_, spec, guest, limit);
}

std::string backend::by_hand(machine_spec const& spec, guest_profile const& guest) const {
  return pasteable(command_line(qemu_, spec, guest));
}

std::string backend::program_file() const {
  if (qemu_.path.find('/') != std::string::npos) return qemu_.path;
  char const* const all = std::getenv("PATH");
  for (std::string_view rest = all == nullptr ? "" : all; !rest.empty();) {
    auto const folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    auto file = fmt::format("{}/{}", folder, qemu_.path);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

std::string_view backend::accelerator_name() const {
  return name_of(qemu_.accel);
}

}  // namespace wedgehog::vm::direct
