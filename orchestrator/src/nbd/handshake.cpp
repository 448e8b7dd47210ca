#include "nbd/handshake.hpp"

#include <algorithm>

#include "base/ensure.hpp"

namespace wedgehog::nbd {
namespace {

enum option : std::uint32_t {
  opt_export_name = 1,
  opt_abort = 2,
  opt_list = 3,
  opt_starttls = 5,
  opt_info = 6,
  opt_go = 7,
  opt_structured_reply = 8,
  opt_list_meta_context = 9,
  opt_set_meta_context = 10,
};
enum option_reply : std::uint32_t {
  rep_ack = 1,
  rep_server = 2,
  rep_info = 3,
  rep_meta_context = 4,
  rep_err_unsup = (1U << 31U) + 1,
  rep_err_policy = (1U << 31U) + 2,
  rep_err_invalid = (1U << 31U) + 3,
  rep_err_tls_required = (1U << 31U) + 5,
  rep_err_unknown = (1U << 31U) + 6,
  rep_err_too_big = (1U << 31U) + 9,
};
enum information : std::uint16_t { info_export = 0, info_name = 1, info_block_size = 3 };

constexpr std::string_view allocation_context = "base:allocation";
// A client that only chatters is dropped; a real one needs fewer than ten.
constexpr int most_options = 256;

void reply(byte_buffer& out, std::uint32_t option, std::uint32_t type, std::string_view text = {}) {
  out.append_big(wire::option_reply_magic);
  out.append_big(option);
  out.append_big(type);
  out.append_big(static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

std::string_view as_text(std::span<std::byte const> bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

// Takes a 32-bit length and that many bytes off the front; false when they are not there.
bool take_string(std::span<std::byte const>& data, std::string_view& out) {
  if (data.size() < 4) return false;
  auto const length = load_big<std::uint32_t>(data.data());
  if (length > data.size() - 4) return false;
  out = as_text(data.subspan(4, length));
  data = data.subspan(4 + std::size_t{length});
  return true;
}

}  // namespace

void handshake::greet(byte_buffer& out) {
  out.append_big(wire::greeting_magic);
  out.append_big(wire::option_magic);
  out.append_big(std::uint16_t{3});  // fixed newstyle, no zeroes
}

agreement handshake::agreed() const {
  return {.size = facts_.size,
          .read_only = facts_.read_only,
          .structured = structured_,
          .block_status = block_status_};
}

void handshake::end(std::string why) {
  phase_ = phase::ended;
  complaint_ = std::move(why);
}

bool handshake::is_ours(std::string_view name) const {
  if (!facts_.secret.empty()) return name == facts_.secret;
  return name.empty() || name == facts_.name;
}

std::uint16_t handshake::flags() const {
  unsigned flags = wire::has_flags | wire::send_flush | wire::send_fua | wire::send_trim |
                   wire::send_write_zeroes | wire::can_multi_conn;
  if (structured_) flags |= wire::send_df;
  if (facts_.read_only) flags |= wire::read_only;
  return static_cast<std::uint16_t>(flags);
}

std::size_t handshake::take(std::span<std::byte const> bytes, byte_buffer& out) {
  std::size_t const given = bytes.size();
  auto const used = [&] { return given - bytes.size(); };
  if (!flags_seen_) {
    if (bytes.size() < 4) return 0;
    auto const client_flags = load_big<std::uint32_t>(bytes.data());
    bytes = bytes.subspan(4);
    flags_seen_ = true;
    no_zeroes_ = (client_flags & 2U) != 0;
    // NBD proto.md, "Client flags": a server must drop a client that sets bits it does not know.
    if ((client_flags & ~3U) != 0) {
      end("unknown client flags");
      return used();
    }
  }
  while (phase_ == phase::negotiating) {
    if (skip_ > 0) {
      auto const count = std::min<std::uint64_t>(skip_, bytes.size());
      bytes = bytes.subspan(count);
      skip_ -= count;
      if (skip_ > 0) break;
    }
    if (bytes.size() < wire::option_size) break;
    auto const* const p = bytes.data();
    auto const option = load_big<std::uint32_t>(p + 8);
    auto const length = load_big<std::uint32_t>(p + 12);
    if (load_big<std::uint64_t>(p) != wire::option_magic) {
      end("an option does not begin with IHAVEOPT");
      break;
    }
    if (length <= largest_option && bytes.size() - wire::option_size < length) break;
    bytes = bytes.subspan(wire::option_size);
    if (++options_seen_ > most_options) {
      end("too many options");
      break;
    }
    if (length > largest_option) {
      if (option == opt_export_name) {
        end("an export name of more than 8 KiB");
        break;
      }
      if (refuses_plain(option))
        answer_plain(option, out);
      else
        reply(out, option, rep_err_too_big, "more than 8 KiB of option data");
      skip_ = length;
      continue;
    }
    answer_option(option, bytes.first(length), out);
    bytes = bytes.subspan(length);
  }
  return used();
}

// NBD proto.md, "Certificate validation and TLS": a server that serves nothing without TLS refuses
// every option but the one that begins it, and ABORT.
bool handshake::refuses_plain(std::uint32_t option) const {
  return facts_.demands_tls && !secured_ && option != opt_starttls && option != opt_abort;
}

void handshake::answer_plain(std::uint32_t option, byte_buffer& out) {
  if (option == opt_export_name) return end("asked for an export without TLS");
  reply(out, option, rep_err_tls_required, "this disk is served over TLS only");
}

void handshake::answer_starttls(std::span<std::byte const> data, byte_buffer& out) {
  if (!facts_.demands_tls) return reply(out, opt_starttls, rep_err_unsup, "not supported");
  if (secured_) return reply(out, opt_starttls, rep_err_invalid, "TLS was begun already");
  if (!data.empty()) return reply(out, opt_starttls, rep_err_invalid, "STARTTLS takes no data");
  reply(out, opt_starttls, rep_ack);
  phase_ = phase::tls;
}

void handshake::secured() {
  ensure(phase_ == phase::tls, "TLS is begun when the client has asked for it");
  secured_ = true;
  phase_ = phase::negotiating;
}

void handshake::answer_option(std::uint32_t option, std::span<std::byte const> data,
                              byte_buffer& out) {
  if (refuses_plain(option)) return answer_plain(option, out);
  switch (option) {
    case opt_starttls:
      return answer_starttls(data, out);
    case opt_export_name:
      // This option has no error reply: the connection is dropped instead.
      if (!is_ours(as_text(data))) return end("asked for an unknown export");
      out.append_big(facts_.size);
      out.append_big(flags());
      if (!no_zeroes_) std::memset(out.append(124), 0, 124);
      phase_ = phase::transmission;
      return;
    case opt_abort:
      reply(out, option, rep_ack);
      return end("");
    case opt_list: {
      if (!data.empty()) return reply(out, option, rep_err_invalid, "LIST takes no data");
      if (!facts_.secret.empty()) return reply(out, option, rep_err_policy, "who may, knows");
      std::string text(4, '\0');
      store_big(reinterpret_cast<std::byte*>(text.data()),
                static_cast<std::uint32_t>(facts_.name.size()));
      reply(out, option, rep_server, text + facts_.name);
      return reply(out, option, rep_ack);
    }
    case opt_info:
    case opt_go:
      return answer_information(option, data, out);
    case opt_structured_reply:
      if (!data.empty())
        return reply(out, option, rep_err_invalid, "STRUCTURED_REPLY takes no data");
      structured_ = true;
      return reply(out, option, rep_ack);
    case opt_list_meta_context:
    case opt_set_meta_context:
      return answer_contexts(option, data, out);
    default:
      return reply(out, option, rep_err_unsup, "not supported");
  }
}

void handshake::answer_information(std::uint32_t option, std::span<std::byte const> data,
                                   byte_buffer& out) {
  std::string_view name;
  if (!take_string(data, name) || data.size() < 2 ||
      data.size() != 2 + std::size_t{2} * load_big<std::uint16_t>(data.data()))
    return reply(out, option, rep_err_invalid, "malformed");
  if (!is_ours(name)) return reply(out, option, rep_err_unknown, "no such export");
  auto const information = [&](std::uint32_t length, std::uint16_t type) {
    out.append_big(wire::option_reply_magic);
    out.append_big(option);
    out.append_big(std::uint32_t{rep_info});
    out.append_big(length);
    out.append_big(type);
  };
  information(12, info_export);
  out.append_big(facts_.size);
  out.append_big(flags());
  for (data = data.subspan(2); !data.empty(); data = data.subspan(2)) {
    switch (load_big<std::uint16_t>(data.data())) {
      case info_name:
        information(static_cast<std::uint32_t>(2 + facts_.name.size()), info_name);
        out.append(facts_.name);
        break;
      case info_block_size:
        information(14, info_block_size);
        out.append_big(std::uint32_t{facts_.size % sector_size == 0 ? sector_size : 1});
        out.append_big(std::uint32_t{4096});
        out.append_big(wire::largest_payload);
        break;
      default:
        break;
    }
  }
  reply(out, option, rep_ack);
  if (option == opt_go) phase_ = phase::transmission;
}

void handshake::answer_contexts(std::uint32_t option, std::span<std::byte const> data,
                                byte_buffer& out) {
  std::string_view name;
  bool const set = option == opt_set_meta_context;
  if (set) block_status_ = false;
  if (!structured_)
    return reply(out, option, rep_err_invalid, "structured replies were not negotiated");
  if (!take_string(data, name) || data.size() < 4)
    return reply(out, option, rep_err_invalid, "malformed");
  auto const queries = load_big<std::uint32_t>(data.data());
  data = data.subspan(4);
  if (!is_ours(name)) return reply(out, option, rep_err_unknown, "no such export");
  bool wanted = queries == 0 && !set;
  for (std::uint32_t i = 0; i < queries; ++i) {
    std::string_view query;
    if (!take_string(data, query)) return reply(out, option, rep_err_invalid, "malformed");
    if (query == allocation_context || (!set && query == "base:")) wanted = true;
  }
  if (!data.empty()) return reply(out, option, rep_err_invalid, "malformed");
  if (wanted) {
    std::string text(4, '\0');
    text[3] = set ? '\1' : '\0';  // NBD proto.md: the id is meaningless in a LIST answer
    reply(out, option, rep_meta_context, text.append(allocation_context));
  }
  if (set) block_status_ = wanted;
  reply(out, option, rep_ack);
}

}  // namespace wedgehog::nbd
