// A connection to a libvirt daemon, on this host or another. libvirt's calls block, some of them
// for as long as a guest's disk does: they run on threads of their own, and whoever waits for one
// stops waiting at his limit.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "loop/bell.hpp"
#include "loop/clock.hpp"
#include "loop/within.hpp"
#include "vm/libvirt/event_thread.hpp"
#include "vm/libvirt/handles.hpp"

namespace wedgehog::vm::libvirt {

class connection {
 public:
  // "qemu:///system", "qemu+ssh://host/system", … `time` must outlive it. Blame: host, with what
  // to do where the cause is a usual one.
  static loop::awaitable<result<std::shared_ptr<connection>>> open(loop::clock& time,
                                                                   std::string uri,
                                                                   loop::duration limit);
  connection(loop::asio::any_io_executor executor, loop::clock& time, std::string uri);
  // Waits for the calls that are under way: none lasts longer than libvirt needs to notice that
  // the other end is gone (keep_alive_*).
  ~connection();
  connection(connection const&) = delete;
  connection& operator=(connection const&) = delete;

  // Runs `work` on a thread. It must own what it touches, since it may go on after the limit.
  // Blame: host; `doing` says what took too long.
  template <class T>
  loop::awaitable<result<T>> call(std::string doing, loop::duration limit,
                                  std::function<result<T>(virConnectPtr)> work) {
    auto const box = std::make_shared<answer<T>>(executor_);
    auto const open = handle_;
    loop::asio::post(*threads_, [box, open, work = std::move(work), executor = executor_] {
      auto value = work(open.get());
      loop::asio::post(executor, [box, value = std::move(value)]() mutable {
        box->value.emplace(std::move(value));
        box->given.ring();
      });
    });
    co_await loop::within(time_, limit, until_given(box));
    if (!box->value) co_return overdue(doing, limit);
    auto said = std::move(*box->value);
    if (!said) co_return std::move(said.error()).within(std::move(doing));
    co_return said;
  }
  // Runs `work` on a thread, and nobody waits for it.
  void let(std::function<void(virConnectPtr)> work);

  // On which calls are made; may be outlived, and does nothing then.
  [[nodiscard]] std::weak_ptr<loop::asio::thread_pool> threads() const { return threads_; }
  [[nodiscard]] std::string const& uri() const { return uri_; }
  [[nodiscard]] loop::asio::any_io_executor const& executor() const { return executor_; }
  [[nodiscard]] loop::clock& time() { return time_; }
  // Why there is none any more; nothing while it lives.
  [[nodiscard]] std::optional<std::string> lost() const { return lost_->why; }
  // The other end was not heard any more, and cannot be asked by another connection either.
  [[nodiscard]] bool out_of_reach() const { return lost_->silent; }
  // Called on the loop, once, when it is lost; of each that listens. Nothing: it listens no more.
  void on_loss(void const* whose, std::function<void()> tell);

 private:
  template <class T>
  struct answer {
    explicit answer(loop::asio::any_io_executor const& executor) : given(executor) {}
    loop::bell given;
    std::optional<result<T>> value;
  };
  template <class T>
  static loop::awaitable<void> until_given(std::shared_ptr<answer<T>> box) {
    while (!box->value) co_await box->given.wait();
  }
  struct loss {
    loop::asio::any_io_executor executor;
    std::optional<std::string> why;
    bool silent = false;
    std::map<void const*, std::function<void()>> listeners;
  };
  struct watched {
    std::shared_ptr<loss> by;
  };
  static void closed(virConnectPtr, int reason, void* opaque);
  [[nodiscard]] error overdue(std::string const& doing, loop::duration limit) const;

  loop::asio::any_io_executor executor_;
  loop::clock& time_;
  std::string uri_;
  std::shared_ptr<event_thread> events_;
  std::shared_ptr<loss> lost_;
  std::shared_ptr<virConnect> handle_;
  std::shared_ptr<loop::asio::thread_pool> threads_;
};

}  // namespace wedgehog::vm::libvirt
