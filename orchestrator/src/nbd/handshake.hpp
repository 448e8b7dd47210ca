// The server's side of NBD's fixed newstyle negotiation as a state machine: bytes in, bytes out,
// no sockets. It ends in the transmission phase or with the connection to be closed; where the
// export demands TLS it stands still in between until that was begun.
#pragma once

#include <cstdint>
#include <string>

#include "nbd/protocol.hpp"

namespace wedgehog::nbd {

struct export_facts {
  std::string name;  // clients may also ask for ""
  std::uint64_t size = 0;
  bool read_only = false;
  // Not empty: what a client must ask for, and what no list tells.
  std::string secret{};
  // It is told to nobody who has not begun TLS.
  bool demands_tls = false;
};

class handshake {
 public:
  // tls: whatever the client says from here on is sealed; what it has already said is not.
  enum class phase { negotiating, tls, transmission, ended };

  explicit handshake(export_facts facts) : facts_(std::move(facts)) {}

  // The first thing to send.
  static void greet(byte_buffer& out);
  // Takes the client's bytes; appends what is to be sent. Returns how many bytes were used: fewer
  // than given when more are needed, or when the phase changed.
  std::size_t take(std::span<std::byte const> bytes, byte_buffer& out);

  [[nodiscard]] phase state() const { return phase_; }
  // TLS was begun: the negotiation goes on within it. Only in phase tls.
  void secured();
  // Valid once state() is transmission.
  [[nodiscard]] agreement agreed() const;
  // Why it ended, for the log; empty when the client left politely.
  [[nodiscard]] std::string const& complaint() const { return complaint_; }
  // Options with more data are refused; so is an export name.
  static constexpr std::size_t largest_option = 8192;

 private:
  void end(std::string why);
  [[nodiscard]] bool refuses_plain(std::uint32_t option) const;
  void answer_plain(std::uint32_t option, byte_buffer& out);
  void answer_starttls(std::span<std::byte const> data, byte_buffer& out);
  void answer_option(std::uint32_t option, std::span<std::byte const> data, byte_buffer& out);
  void answer_information(std::uint32_t option, std::span<std::byte const> data, byte_buffer& out);
  void answer_contexts(std::uint32_t option, std::span<std::byte const> data, byte_buffer& out);
  [[nodiscard]] bool is_ours(std::string_view name) const;
  [[nodiscard]] std::uint16_t flags() const;

  export_facts facts_;
  phase phase_ = phase::negotiating;
  bool flags_seen_ = false;
  bool secured_ = false;
  bool no_zeroes_ = false;
  bool structured_ = false;
  bool block_status_ = false;
  std::uint64_t skip_ = 0;  // data of an option that was too long
  int options_seen_ = 0;
  std::string complaint_;
};

}  // namespace wedgehog::nbd
