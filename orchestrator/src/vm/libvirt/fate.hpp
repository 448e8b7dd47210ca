// What becomes of one domain, as libvirt reports it: told on libvirt's thread, kept on the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "loop/bell.hpp"
#include "loop/process.hpp"

namespace wedgehog::vm::libvirt {

// Of a QEMU that is nobody's child here: no program ends with it.
inline constexpr int unknown_code = -1;

class fate {
 public:
  explicit fate(loop::asio::any_io_executor const& executor)
      : executor_(executor), bell_(executor) {}

  // libvirt: the detail of VIR_DOMAIN_EVENT_STOPPED.
  void stopped(int detail);
  // Its end was seen by other means, or nobody can see it any more.
  void end(loop::exit_status how, std::string why);

  [[nodiscard]] std::optional<loop::exit_status> const& status() const { return status_; }
  [[nodiscard]] std::string const& why() const { return why_; }
  loop::awaitable<loop::exit_status> wait();
  [[nodiscard]] loop::asio::any_io_executor const& executor() const { return executor_; }

 private:
  loop::asio::any_io_executor executor_;
  loop::bell bell_;
  std::optional<loop::exit_status> status_;
  std::string why_;
};

}  // namespace wedgehog::vm::libvirt
