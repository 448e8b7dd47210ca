#include "qmp/message.hpp"

#include <fmt/format.h>

#include "base/described.hpp"

namespace wedgehog::qmp {
namespace {

constexpr std::string_view refusal_prefix = "QEMU refused ";

error strange(std::string_view what, std::string_view line) {
  return host_error(fmt::format("QEMU sent {}: {}", what, excerpt(line)));
}

std::optional<std::uint64_t> id_of(json::object const& object) {
  auto const* id = object.if_contains("id");
  if (id == nullptr || !id->is_number() || id->is_double()) return std::nullopt;
  boost::system::error_code failure;
  auto const number = id->to_number<std::uint64_t>(failure);
  if (failure) return std::nullopt;
  return number;
}

std::int64_t number_at(json::object const& object, std::string_view key) {
  auto const* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code failure;
  auto const number = value->to_number<std::int64_t>(failure);
  return failure ? 0 : number;
}

json::object const* object_at(json::object const& object, std::string_view key) {
  auto const* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

greeting read_greeting(json::object const& qmp) {
  greeting read;
  if (auto const* version = object_at(qmp, "version")) {
    read.package = text_at(*version, "package");
    if (auto const* qemu = object_at(*version, "qemu"))
      read.version = fmt::format("{}.{}.{}", number_at(*qemu, "major"), number_at(*qemu, "minor"),
                                 number_at(*qemu, "micro"));
  }
  auto const* capabilities = qmp.if_contains("capabilities");
  if (capabilities != nullptr && capabilities->is_array())
    for (auto const& one : capabilities->get_array())
      if (one.is_string() && one.get_string() == "oob") read.offers_oob = true;
  return read;
}

// A hostile clock must not overflow: more than this is not a time.
constexpr std::int64_t last_second = 1'000'000'000'000;

event read_event(json::object& object) {
  event read;
  read.name = text_at(object, "event");
  if (auto* data = object.if_contains("data"); data != nullptr && data->is_object())
    read.data = std::move(data->get_object());
  if (auto const* stamp = object_at(object, "timestamp")) {
    auto const seconds = number_at(*stamp, "seconds");
    auto const micro = number_at(*stamp, "microseconds");
    bool const told = seconds >= 0 && seconds <= last_second && micro >= 0 && micro < 1'000'000;
    read.qemu_time = told ? microseconds(seconds * 1'000'000 + micro) : microseconds(-1);
  }
  return read;
}

}  // namespace

result<message> parse_message(std::string_view line) {
  json::parse_options options;
  options.max_depth = deepest_nesting;
  boost::system::error_code failure;
  auto value = json::parse(line, failure, {}, options);
  if (failure) return strange(fmt::format("what is not JSON ({})", failure.message()), line);
  auto* object = value.if_object();
  if (object == nullptr) return strange("JSON that is not an object", line);

  if (auto* found = object->if_contains("return"))
    return message(returned{id_of(*object), std::move(*found)});
  if (auto const* found = object->if_contains("error")) {
    auto const* details = found->if_object();
    if (details == nullptr) return strange("an error that is not an object", line);
    auto error_class = text_at(*details, "class");
    if (error_class.empty()) return strange("an error without a class", line);
    return message(refused{id_of(*object), std::move(error_class), text_at(*details, "desc")});
  }
  if (object->contains("event")) {
    auto read = read_event(*object);
    if (read.name.empty()) return strange("an event without a name", line);
    return message(std::move(read));
  }
  if (auto const* qmp = object_at(*object, "QMP")) return message(read_greeting(*qmp));
  return strange("a message that is no greeting, return, error or event", line);
}

std::string print_command(command const& what, std::uint64_t id) {
  json::object object;
  object[what.out_of_band ? "exec-oob" : "execute"] = what.name;
  if (!what.arguments.empty()) object["arguments"] = what.arguments;
  object["id"] = id;
  auto line = json::serialize(object);
  line += '\n';
  return line;
}

std::string excerpt(std::string_view line) {
  constexpr std::size_t shown = 120;
  std::string text;
  for (char c : line.substr(0, shown)) {
    bool const printable = c >= ' ' && c < 0x7f;
    text += printable ? c : '.';
  }
  if (line.size() > shown) text += "…";
  return text;
}

error refusal(std::string_view command_name, refused const& answer) {
  return host_error(fmt::format("{}{}: {}: {}", refusal_prefix, command_name, answer.error_class,
                                answer.description));
}

namespace {
// "getfd: GenericError: text" -> {"GenericError", "text"}
std::pair<std::string_view, std::string_view> parts(std::string_view what) {
  constexpr std::string_view colon = ": ";
  if (!what.starts_with(refusal_prefix)) return {};
  what.remove_prefix(refusal_prefix.size());
  auto const first = what.find(colon);
  if (first == what.npos) return {};
  what.remove_prefix(first + colon.size());
  auto const second = what.find(colon);
  if (second == what.npos) return {};
  return {what.substr(0, second), what.substr(second + colon.size())};
}
}  // namespace

std::string failure_class(error const& failure) {
  return std::string(parts(failure.what()).first);
}

std::string failure_description(error const& failure) {
  return std::string(parts(failure.what()).second);
}

void line_splitter::feed(std::string_view bytes) {
  if (overlong_) return;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  buffer_ += bytes;
}

std::optional<std::string_view> line_splitter::next() {
  while (!overlong_) {
    auto const end = buffer_.find('\n', scanned_);
    auto const length = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (length > limit_) {
      overlong_ = true;
      buffer_.clear();
      begin_ = scanned_ = 0;
      break;
    }
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      break;
    }
    std::string_view line(buffer_.data() + begin_, length);
    begin_ = scanned_ = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

}  // namespace wedgehog::qmp
