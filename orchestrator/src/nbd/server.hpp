// Serves one fault disk over a UNIX socket inside somebody's loop: any number of connections, each
// batch of requests read at once and answered with one write.
#pragma once

#include <memory>
#include <string>

#include "loop/clock.hpp"
#include "nbd/fault_disk.hpp"

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

  // Listens when it returns. A socket file that nobody listens on is replaced. Blame: host.
  result<void> start(std::string path);
  // Drops all clients, takes the socket file away. What they had in flight is forgotten.
  loop::awaitable<void> stop();

  [[nodiscard]] std::string const& path() const;
  [[nodiscard]] std::size_t connections() const;

 private:
  struct state;
  struct connection;
  std::unique_ptr<state> state_;
};

}  // namespace wedgehog::nbd
