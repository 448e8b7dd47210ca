// The server's side of one TLS connection as a state machine of values: sealed bytes in, sealed
// bytes out, no sockets.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "tls/certificates.hpp"

struct bio_st;
struct ssl_st;

namespace wedgehog::tls {

class session {
 public:
  explicit session(certificates const& ours);
  ~session();
  session(session const&) = delete;
  session& operator=(session const&) = delete;

  // What came from the client. Whether it is any good shows when it is used.
  void take(std::span<std::byte const> sealed);
  // Goes on as far as what came allows; true once both sides have shown who they are. After a
  // failure the client may still be told why: see take_sealed. Blame: host.
  result<bool> shake_hands();
  // What the client meant, into `room`; how much. 0: more must come, or it has ended. Blame: host.
  result<std::size_t> open(std::span<std::byte> room);
  // It said that nothing more will come.
  [[nodiscard]] bool ended() const { return ended_; }
  // For the client, to be taken from here once sealed. Blame: host.
  result<void> seal(std::span<std::byte const> plain);

  // Bytes to be sent, of whatever this session has to say.
  [[nodiscard]] std::size_t sealed() const;
  // At most sealed().
  void take_sealed(std::span<std::byte> into);

 private:
  struct freed {
    void operator()(ssl_st* session) const;
  };
  std::unique_ptr<ssl_st, freed> ssl_;
  bio_st* arrived_;  // both are the session's
  bio_st* leaving_;
  bool ended_ = false;
};

}  // namespace wedgehog::tls
