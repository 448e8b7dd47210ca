// Payloads of every message, read and written again: what was understood must survive that.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ensure.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

using namespace wedgehog;

namespace {

template <class Message>
void there_and_back(std::string_view payload) {
  Message message;
  if (!wire::decode(payload, message)) return;
  std::string first;
  if (!wire::encode(message, first, wire::payload_limit)) return;
  Message again;
  ensure(wire::decode(first, again), "what was written cannot be read");
  std::string second;
  ensure(wire::encode(again, second, wire::payload_limit), "what was read cannot be written");
  ensure(first == second, "writing and reading changed the message");
}

template <class... Messages>
void all_of(std::string_view payload) {
  (there_and_back<Messages>(payload), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const payload(reinterpret_cast<char const*>(data), size);
  all_of<wire::greeting, wire::query, wire::echo, wire::exec, wire::signal, wire::start_workload,
         wire::stop_workload, wire::start_canary, wire::stop_canary, wire::collect, wire::power,
         wire::write_file, wire::sysrq, wire::start_hog, wire::stop_hog, wire::ask_hog,
         wire::step_clock, wire::become_another, wire::hog_state, wire::hello, wire::beat,
         wire::observation, wire::output, wire::accepted, wire::refused, wire::ended, wire::echoed>(
      payload);
  return 0;
}
