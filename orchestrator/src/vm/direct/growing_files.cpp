#include "vm/direct/growing_files.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "loop/descriptor.hpp"

namespace wedgehog::vm::direct {

namespace asio = boost::asio;

asio::execution_context::id growing_files::id;

growing_files::growing_files(asio::execution_context& context)
    : asio::execution_context::service(context) {}

growing_files& growing_files::of(asio::any_io_executor const& executor) {
  return asio::use_service<growing_files>(asio::query(executor, asio::execution::context));
}

growing_files::watching::watching(watching&& other) noexcept
    : by_(std::exchange(other.by_, nullptr)), number_(other.number_) {}

growing_files::watching& growing_files::watching::operator=(watching&& other) noexcept {
  std::swap(by_, other.by_);
  std::swap(number_, other.number_);
  return *this;
}

growing_files::watching::~watching() {
  if (by_ != nullptr) by_->forget(number_);
}

result<growing_files::watching> growing_files::watch(asio::any_io_executor const& executor,
                                                     std::string const& file,
                                                     std::function<void()> grown) {
  if (!kernel_) {
    loop::descriptor made(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!made)
      return system_failure(
          "asking the kernel to watch files (raise "
          "fs.inotify.max_user_instances?)",
          errno);
    kernel_.emplace(executor, made.release());
  }
  int const number = ::inotify_add_watch(kernel_->native_handle(), file.c_str(), IN_MODIFY);
  if (number < 0)
    return system_failure("watching " + file + " (raise fs.inotify.max_user_watches?)", errno);
  watched_[number] = std::move(grown);
  wait();
  return watching(*this, number);
}

// Nobody is left to wait for: the loop may end.
void growing_files::forget(int number) {
  watched_.erase(number);
  if (!kernel_) return;
  ::inotify_rm_watch(kernel_->native_handle(), number);
  boost::system::error_code ignored;
  if (watched_.empty()) kernel_->cancel(ignored);
}

void growing_files::wait() {
  if (waiting_ || watched_.empty()) return;
  waiting_ = true;
  kernel_->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](boost::system::error_code failure) {
                        waiting_ = false;
                        if (!failure) read();
                        // Cancelled, and watched again before it was told.
                        if (!failure || failure == asio::error::operation_aborted) wait();
                      });
}

void growing_files::read() {
  std::array<char, 16384> bytes;
  for (;;) {
    auto const got = ::read(kernel_->native_handle(), bytes.data(), bytes.size());
    if (got <= 0) return;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, bytes.data() + at, sizeof event);
      at += sizeof event + event.len;
      auto const found = watched_.find(event.wd);
      if (found != watched_.end()) found->second();
      // Events were lost: each may have grown.
      if ((event.mask & IN_Q_OVERFLOW) != 0)
        for (auto const& [number, grown] : watched_) grown();
    }
  }
}

void growing_files::shutdown() {
  watched_.clear();
  kernel_.reset();
}

}  // namespace wedgehog::vm::direct
