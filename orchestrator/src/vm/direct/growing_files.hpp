// Tells when files have grown: one inotify instance of the kernel for all consoles of a process,
// because a user has 128 of them and a process may follow hundreds of machines.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::vm::direct {

class growing_files : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;
  explicit growing_files(boost::asio::execution_context& context);
  // The one of the loop that this executor belongs to.
  static growing_files& of(loop::asio::any_io_executor const& executor);

  // While it lives, `grown` is called on the loop each time that the file has changed; never from
  // within watch(). It must not stop watching from there.
  class watching {
   public:
    watching() = default;
    watching(growing_files& by, int number) : by_(&by), number_(number) {}
    watching(watching&& other) noexcept;
    watching& operator=(watching&& other) noexcept;
    ~watching();

   private:
    growing_files* by_ = nullptr;
    int number_ = -1;
  };
  // Blame: host. One file is watched by one at a time.
  result<watching> watch(loop::asio::any_io_executor const& executor, std::string const& file,
                         std::function<void()> grown);

 private:
  void shutdown() override;
  void forget(int number);
  void wait();
  void read();

  std::map<int, std::function<void()>> watched_;
  std::optional<loop::asio::posix::stream_descriptor> kernel_;
  bool waiting_ = false;
};

}  // namespace wedgehog::vm::direct
