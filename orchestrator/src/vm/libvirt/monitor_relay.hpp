// QEMU's monitor as libvirt passes it on, spoken as QMP over a socket: qmp::client is at the other
// end and does not know the difference. Commands go through virDomainQemuMonitorCommand one after
// the other, events come as libvirt reports them.
//
// What libvirt cannot say of a QEMU that does not answer, it does not say either: where libvirt
// gives up waiting for its own lock, the command is sent again, and to the client QEMU is silent.
#pragma once

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <memory>
#include <string>

#include "base/described.hpp"
#include "vm/libvirt/connection.hpp"

namespace wedgehog::vm::libvirt {

class monitor_relay : public std::enable_shared_from_this<monitor_relay> {
 public:
  // Takes over `socket`, a connected one.
  monitor_relay(std::shared_ptr<connection> by, domain_handle domain, loop::descriptor socket);

  // Greets. `version` is the value of query-version.
  void start(json::value const& version);
  // "STOP", {"…"}; seconds and microseconds of QEMU's clock.
  void announce(std::string const& name, std::string const& details, long long seconds,
                unsigned microseconds);
  // Nothing is sent or said any more.
  void close();

 private:
  void read();
  void take_line(std::string const& line);
  void next();
  void ask(std::string text, json::value id);
  void answered(std::string const& text, json::value id, result<std::string> said, int code);
  void say(json::object what);
  void write();

  std::shared_ptr<connection> by_;
  domain_handle domain_;
  loop::asio::local::stream_protocol::socket socket_;
  std::array<char, 16384> input_{};
  std::string incoming_;
  std::deque<json::object> commands_;
  bool asking_ = false;
  std::string outgoing_;
  std::string writing_;
};

}  // namespace wedgehog::vm::libvirt
