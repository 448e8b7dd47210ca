// What becomes of one domain, as libvirt reports it: told on libvirt's thread, kept on the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "loop/bell.hpp"
#include "vm/machine.hpp"

namespace wedgehog::vm::libvirt {

class fate {
 public:
  explicit fate(loop::asio::any_io_executor const& executor)
      : executor_(executor), bell_(executor) {}

  // libvirt: the detail of VIR_DOMAIN_EVENT_STOPPED.
  void stopped(int detail);
  // Nobody can see any more what becomes of it, by the host's fault.
  void lose(std::string why);
  // It was told to go, and libvirt does not say that it went.
  void give_up(std::string why);

  [[nodiscard]] std::optional<ending> const& status() const { return status_; }
  [[nodiscard]] std::string const& why() const { return why_; }
  loop::awaitable<ending> wait();
  [[nodiscard]] loop::asio::any_io_executor const& executor() const { return executor_; }

 private:
  void end(ending how, std::string why);

  loop::asio::any_io_executor executor_;
  loop::bell bell_;
  std::optional<ending> status_;
  std::string why_;
};

}  // namespace wedgehog::vm::libvirt
