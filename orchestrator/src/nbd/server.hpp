// Serves one fault disk over a UNIX socket or a TCP port inside somebody's loop: any number of
// connections, over TLS where the port has certificates, each batch of requests read at once and
// answered with one write.
#pragma once

#include <memory>
#include <string>

#include "loop/clock.hpp"
#include "nbd/fault_disk.hpp"
#include "nbd/listener.hpp"

namespace wedgehog::nbd {

class server {
 public:
  // Both must outlive the server. The disk's clock must be the same one. Takes the disk's
  // on_change for itself.
  server(loop::asio::any_io_executor executor, loop::clock& time, fault_disk& disk);
  // stop() must have been awaited when start() was called.
  ~server();
  server(server const&) = delete;
  server& operator=(server const&) = delete;

  // Listens when it returns. Blame: host.
  result<void> start(place where);
  // Drops all clients, takes a socket file away. What they had in flight is forgotten.
  loop::awaitable<void> stop();

  // Once started, with the port that was chosen.
  [[nodiscard]] place const& where() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  struct state;
  struct connection;
  std::unique_ptr<state> state_;
};

}  // namespace wedgehog::nbd
