// The QEMU of a domain on this host, which is not our child: looked at and signalled through a
// descriptor, so that another process that gets its number is never meant.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "loop/descriptor.hpp"
#include "vm/host_process.hpp"

namespace wedgehog::vm::libvirt {

class near_process final : public host_process {
 public:
  // Blame: host.
  static result<near_process> of(pid_t pid);

  [[nodiscard]] pid_t pid() const override { return pid_; }
  bool signal(int number) override;
  [[nodiscard]] std::optional<thread_stat> main_thread() const override;
  [[nodiscard]] std::optional<thread_stat> vcpu_thread(std::size_t index) const override;
  [[nodiscard]] std::size_t vcpu_threads() const override { return vcpu_threads_.size(); }
  void set_vcpu_threads(std::vector<int> threads) { vcpu_threads_ = std::move(threads); }
  // Its file of guest memory, as a path that can be opened while it lives; empty: none is found.
  [[nodiscard]] std::string memory_file() const;

 private:
  near_process(pid_t pid, loop::descriptor handle) : pid_(pid), handle_(std::move(handle)) {}
  [[nodiscard]] bool is_there() const;

  pid_t pid_;
  loop::descriptor handle_;
  std::vector<int> vcpu_threads_;
};

}  // namespace wedgehog::vm::libvirt
