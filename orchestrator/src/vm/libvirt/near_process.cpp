#include "vm/libvirt/near_process.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace wedgehog::vm::libvirt {
namespace {

// QEMU 7.2, backends/hostmem-memfd.c: the name that the kernel shows of guest memory.
constexpr std::string_view memory_name = "/memfd:memory-backend-memfd";

}  // namespace

result<near_process> near_process::of(pid_t pid) {
  loop::descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle) return system_failure(fmt::format("looking at the QEMU process {}", pid), errno);
  return near_process(pid, std::move(handle));
}

bool near_process::signal(int number) {
  return ::syscall(SYS_pidfd_send_signal, handle_.get(), number, nullptr, 0) == 0;
}

// A descriptor of a process becomes readable when it has ended.
bool near_process::is_there() const {
  pollfd seen{handle_.get(), POLLIN, 0};
  return ::poll(&seen, 1, 0) == 0;
}

std::optional<thread_stat> near_process::main_thread() const {
  if (!is_there()) return std::nullopt;
  return read_stat(pid_, pid_);
}

std::optional<thread_stat> near_process::vcpu_thread(std::size_t index) const {
  if (index >= vcpu_threads_.size() || !is_there()) return std::nullopt;
  return read_stat(pid_, vcpu_threads_[index]);
}

std::string near_process::memory_file() const {
  std::error_code failed;
  std::filesystem::directory_iterator const open(fmt::format("/proc/{}/fd", pid_), failed);
  if (failed) return {};
  for (auto const& one : open) {
    auto const target = std::filesystem::read_symlink(one.path(), failed);
    if (!failed && target.string().starts_with(memory_name)) return one.path().string();
  }
  return {};
}

}  // namespace wedgehog::vm::libvirt
