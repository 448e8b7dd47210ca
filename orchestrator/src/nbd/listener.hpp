// Where a disk's clients knock: a UNIX socket's path, or a TCP address for a QEMU on another host.
// Whoever can reach a TCP port is a stranger: there a client must know the export's secret name,
// and speak TLS where that has certificates.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "base/error.hpp"
#include "loop/clock.hpp"

namespace wedgehog::tls {
class certificates;
}

namespace wedgehog::nbd {

struct tcp_place {
  std::string address;      // one of this host's, in numbers
  std::uint16_t port = 0;   // 0: one that is free, kept from then on
  std::string export_name;  // the only one; not empty
  std::shared_ptr<tls::certificates const> certificates{};  // none: everybody can read along
};
using place = std::variant<std::string, tcp_place>;  // a path of at most 107 bytes, or a port

class listener {
 public:
  using socket = loop::asio::generic::stream_protocol::socket;

  listener(loop::asio::any_io_executor executor, place where);

  // Listens when it returns. A socket file that nobody listens on is replaced. Blame: host.
  result<void> open();
  // Nobody can connect any more; a socket file is taken away.
  void close();
  [[nodiscard]] bool is_open() const { return path_.is_open() || port_.is_open(); }
  // Fails with operation_aborted when it is closed meanwhile.
  loop::awaitable<socket> accept(boost::system::error_code& failed);
  // With the port that was chosen.
  [[nodiscard]] place const& where() const { return where_; }

 private:
  result<void> open_path(std::string const& path);
  result<void> open_port(tcp_place& at);

  loop::asio::any_io_executor executor_;
  place where_;
  loop::asio::local::stream_protocol::acceptor path_;
  loop::asio::ip::tcp::acceptor port_;
};

}  // namespace wedgehog::nbd
