#include "vm/libvirt/connection.hpp"

#include <fmt/format.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "base/units.hpp"
#include "vm/libvirt/uri.hpp"

namespace wedgehog::vm::libvirt {
namespace {

// A monitor command, a destruction, a stream that is opened, and one that hangs.
constexpr std::size_t thread_count = 4;
// A daemon that says nothing for their product is taken for gone, and every call to it fails.
constexpr int keep_alive_s = 5;
constexpr unsigned keep_alive_count = 3;

std::string_view word_of(int reason) {
  switch (reason) {
    case VIR_CONNECT_CLOSE_REASON_ERROR:
      return "an error on the line";
    case VIR_CONNECT_CLOSE_REASON_EOF:
      return "the other end hung up";
    case VIR_CONNECT_CLOSE_REASON_KEEPALIVE:
      return "the other end says nothing";
    default:
      return "it was closed";
  }
}

}  // namespace

void freed::operator()(char* text) const {
  ::free(text);
}

error last_error() {
  auto const* const last = virGetLastError();
  return host_error(last != nullptr && last->message != nullptr
                        ? fmt::format("libvirt: {}", last->message)
                        : "libvirt failed and does not say why");
}

int last_code() {
  auto const* const last = virGetLastError();
  return last == nullptr ? 0 : last->code;
}

connection::connection(loop::asio::any_io_executor executor, loop::clock& time, std::string uri)
    : executor_(executor),
      time_(time),
      uri_(std::move(uri)),
      events_(event_thread::of_process()),
      lost_(std::make_shared<loss>(loss{executor, std::nullopt, false, {}})),
      threads_(std::make_shared<loop::asio::thread_pool>(thread_count)) {}

connection::~connection() {
  lost_->listeners.clear();
  // Closing is a call too.
  loop::asio::post(*threads_, [open = std::move(handle_)]() mutable {
    if (open) virConnectUnregisterCloseCallback(open.get(), closed);
    open.reset();
  });
  threads_->join();
}

loop::awaitable<result<std::shared_ptr<connection>>> connection::open(loop::clock& time,
                                                                      std::string uri,
                                                                      loop::duration limit) {
  auto const executor = co_await loop::asio::this_coro::executor;
  auto made = std::make_shared<connection>(executor, time, uri);
  using opened = std::shared_ptr<virConnect>;
  std::function<result<opened>(virConnectPtr)> const work = [uri](virConnectPtr) -> result<opened> {
    auto* const handle = virConnectOpenAuth(uri.c_str(), virConnectAuthPtrDefault, 0);
    if (handle == nullptr) {
      auto failure = last_error();
      return host_error(failure.what() + remedy_for(uri, last_code()));
    }
    virConnectSetKeepAlive(handle, keep_alive_s, keep_alive_count);
    return opened(handle, [](virConnectPtr one) { virConnectClose(one); });
  };
  auto handle = co_await made->call<opened>("connecting to " + uri, limit, work);
  if (!handle) co_return handle.error();
  made->handle_ = std::move(handle.value());
  auto* const opaque = new watched{made->lost_};
  virFreeCallback const forget = [](void* given) { delete static_cast<watched*>(given); };
  if (virConnectRegisterCloseCallback(made->handle_.get(), closed, opaque, forget) != 0)
    delete opaque;
  co_return made;
}

// On libvirt's thread.
void connection::closed(virConnectPtr, int reason, void* opaque) {
  auto const by = static_cast<watched*>(opaque)->by;
  loop::asio::post(by->executor, [by, reason] {
    if (by->why) return;
    by->why = std::string(word_of(reason));
    by->silent = reason == VIR_CONNECT_CLOSE_REASON_KEEPALIVE;
    auto const listeners = by->listeners;
    for (auto const& [whose, tell] : listeners) tell();
  });
}

void connection::on_loss(void const* whose, std::function<void()> tell) {
  if (tell)
    lost_->listeners[whose] = std::move(tell);
  else
    lost_->listeners.erase(whose);
}

void connection::let(std::function<void(virConnectPtr)> work) {
  loop::asio::post(*threads_, [open = handle_, work = std::move(work)] { work(open.get()); });
}

error connection::overdue(std::string const& doing, loop::duration limit) const {
  auto const span = describe_duration(std::chrono::duration_cast<microseconds>(limit));
  return host_error(fmt::format("{} did not answer within {} (while {})", uri_, span, doing));
}

}  // namespace wedgehog::vm::libvirt
