#include "vm/direct/backend.hpp"

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

std::string_view backend::accelerator_name() const {
  return name_of(qemu_.accel);
}

}  // namespace wedgehog::vm::direct
