#include "agent/dialogue.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "wire/packing.hpp"

namespace wedgehog::agent {

namespace {

using namespace std::chrono_literals;
constexpr auto longest_pause = 16s;
constexpr auto outcome_pause = 10s;
constexpr std::size_t sessions_remembered = 16;

bool fits(wire::hello const& hello) {
  return hello.protocol >= wire::oldest_protocol_version &&
         hello.oldest_protocol <= wire::protocol_version;
}

incompatible describe_misfit(wire::hello const& hello) {
  return {
      fmt::format("the agent in the guest (version {}) speaks protocols {} to {}, this wedgehog "
                  "speaks {} to {}: "
                  "rebuild the guest's image, or use the wedgehog it was built with",
                  hello.agent.substr(0, 32), hello.oldest_protocol, hello.protocol,
                  wire::oldest_protocol_version, wire::protocol_version)};
}

}  // namespace

void dialogue::receive(std::string_view bytes, std::function<void(event const&)> const& on_event) {
  counts_.bytes += bytes.size();
  decoder_.feed(bytes, [&](wire::frame const& frame) { read(frame, on_event); });
}

void dialogue::read(wire::frame const& frame, std::function<void(event const&)> const& on_event) {
  using type = wire::message_type;
  switch (static_cast<type>(frame.type)) {
    case type::hello:
      return read_as<wire::hello>(frame.payload, on_event);
    case type::beat:
      return read_as<wire::beat>(frame.payload, on_event);
    case type::observation:
      return read_as<wire::observation>(frame.payload, on_event);
    case type::output:
      return read_output(frame.payload, on_event);
    case type::accepted:
      return read_as<wire::accepted>(frame.payload, on_event);
    case type::refused:
      return read_as<wire::refused>(frame.payload, on_event);
    case type::ended:
      return read_as<wire::ended>(frame.payload, on_event);
    case type::echoed:
      return read_as<wire::echoed>(frame.payload, on_event);
    case type::hog_state:
      return read_as<wire::hog_state>(frame.payload, on_event);
    default:
      ++counts_.unknown;
  }
}

template <class Message>
void dialogue::read_as(std::string_view payload,
                       std::function<void(event const&)> const& on_event) {
  Message message;
  if (!wire::decode(payload, message)) {
    ++counts_.unreadable;
    return;
  }
  if constexpr (std::is_same_v<Message, wire::hello>) {
    note(message, on_event);
  } else {
    if constexpr (std::is_same_v<Message, wire::accepted>) {
      auto const found = waiting_.find(message.request);
      if (found != waiting_.end()) found->second.accepted = true;
    }
    on_event(std::move(message));
  }
}

void dialogue::read_output(std::string_view payload,
                           std::function<void(event const&)> const& on_event) {
  wire::output piece;
  std::string text;
  bool readable = wire::decode(payload, piece);
  if (readable && piece.unpacked != 0) {
    readable = wire::unpack(piece.bytes, piece.unpacked, text);
    piece.bytes = std::move(text);
    piece.unpacked = 0;
  }
  if (!readable) {
    ++counts_.unreadable;
    return;
  }
  on_event(std::move(piece));
}

void dialogue::note(wire::hello const& hello, std::function<void(event const&)> const& on_event) {
  greeting_ = false;
  if (!fits(hello)) return on_event(describe_misfit(hello));
  auto const session = std::max<std::uint64_t>(hello.session, 1);
  // No agent comes back: this one was delayed, or somebody else writes to the port.
  if (std::count(former_sessions_.begin(), former_sessions_.end(), session) > 0) {
    ++counts_.stale_hellos;
    return;
  }
  bool const another = session_ != 0 && session_ != session;
  if (another) {
    former_sessions_.push_back(session_);
    if (former_sessions_.size() > sessions_remembered) former_sessions_.pop_front();
  }
  session_ = session;
  if (another) {
    waiting_.clear();
    on_event(restarted{});
  }
  on_event(hello);
}

void dialogue::greet(time_point now) {
  greeting_ = true;
  greet_again_ = now;
  tick(now);
}

result<request_id> dialogue::queue(wire::message_type type, std::string payload, time_point now) {
  if (outgoing_.size() + payload.size() > outgoing_limit)
    return host_error("the guest's agent does not read its line: too much is waiting to be sent");
  auto const id = next_++;
  auto& request = waiting_[id];
  request.type = type;
  request.payload = std::move(payload);
  request.again = now + request.pause;
  send(type, request.payload);
  return id;
}

void dialogue::follow(request_id request, time_point now) {
  auto const [followed, fresh] = waiting_.try_emplace(request);
  // Whoever has asked for it on this line, and had no answer yet, still asks for it.
  if (fresh) followed->second.accepted = true;
  followed->second.again = now;
  tick(now);
}

void dialogue::send(wire::message_type type, std::string_view payload) {
  wire::frame frame;
  frame.type = static_cast<std::uint16_t>(type);
  frame.sequence = sequence_++;
  frame.payload = payload;
  wire::append_frame(outgoing_, frame);
}

void dialogue::tick(time_point now) {
  // While the agent reads nothing, repeating would only fill the queue.
  if (outgoing_.size() > outgoing_limit / 4) return;
  std::string payload;
  if (greeting_ && now >= greet_again_) {
    wire::greeting greeting;
    greeting.protocol = wire::protocol_version;
    greeting.oldest_protocol = wire::oldest_protocol_version;
    if (wire::encode(greeting, payload, wire::payload_limit)) send(wire::greeting::type, payload);
    greet_again_ = now + 1s;
  }
  for (auto& [id, request] : waiting_) {
    if (now < request.again) continue;
    ++counts_.sent_again;
    if (request.accepted) {
      wire::query question;
      question.target = id;
      if (wire::encode(question, payload, wire::payload_limit)) send(wire::query::type, payload);
      request.again = now + outcome_pause;
    } else {
      send(request.type, request.payload);
      request.pause = std::min<std::chrono::seconds>(request.pause * 2, longest_pause);
      request.again = now + request.pause;
    }
  }
}

std::string dialogue::take_outgoing() {
  return std::exchange(outgoing_, {});
}

std::string dialogue::describe_silence() const {
  auto const& line = decoder_.counts();
  if (counts_.bytes == 0)
    return "nothing came over its line: it may not have been started, or has the wrong port";
  if (line.frames == 0)
    return fmt::format(
        "{} bytes came over its line but no frame: something else (a login prompt, the console) "
        "may "
        "use that port",
        counts_.bytes);
  return fmt::format("{} frames came over its line, but no hello; {} bytes were garbage",
                     line.frames, line.garbage_bytes);
}

}  // namespace wedgehog::agent
