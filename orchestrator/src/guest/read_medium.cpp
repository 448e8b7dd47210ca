#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "guest/medium.hpp"
#include "guest/talk_fields.hpp"

namespace wedgehog::guest {
namespace {

constexpr std::size_t most_files = 32;

// Digits of each in hexadecimal.
std::map<std::string, std::size_t, std::less<>> const& digits() {
  static std::map<std::string, std::size_t, std::less<>> const all{
      {"md5", 32}, {"sha1", 40}, {"sha256", 64}, {"sha512", 128}};
  return all;
}

// A place on the medium that is handed to a program as an argument.
bool is_path(std::string_view text) {
  if (text.size() < 2 || text.front() != '/' || text.back() == '/') return false;
  if (text.find("//") != std::string_view::npos) return false;
  for (std::size_t at = 0; at != std::string_view::npos; at = text.find('/', at + 1)) {
    auto const part = text.substr(at + 1, text.find('/', at + 1) - at - 1);
    if (part == "." || part == "..") return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("/._-+").find(c) != std::string_view::npos;
  });
}

bool is_file_name(std::string_view text) {
  return !text.starts_with('.') && text.find('/') == std::string_view::npos &&
         is_path("/" + std::string(text));
}

void read_exchanged(node const& item, medium& into, std::vector<complaint>& complaints) {
  fields line(&item, "exchange", complaints);
  exchanged_file one;
  line.require("path");
  one.path = line.text("path").value_or("");
  if (!one.path.empty() && !is_path(one.path))
    line.complain("path", "wants the path of a file on the medium, as /boot/loader.conf");
  one.appended = line.has("append");
  if (line.has("content") == one.appended)
    line.complain("path", "wants `append` or `content`: what is added, or all that it holds");
  one.content = line.script(one.appended ? "append" : "content").value_or("");
  if (!one.content.empty() && one.content.back() != '\n')
    line.complain(one.appended ? "append" : "content", "its last line wants an end");
  line.refuse_others();
  auto const same = [&one](exchanged_file const& other) { return other.path == one.path; };
  if (std::any_of(into.exchange.begin(), into.exchange.end(), same))
    line.complain("path", "'" + one.path + "' stands there twice");
  into.exchange.push_back(std::move(one));
}

void read_checksum(fields& root, medium& into) {
  auto const text = root.text("checksum", 200);
  if (!text) return;
  if (auto const sum = parse_checksum(*text)) {
    into.sum = *sum;
    return;
  }
  root.complain("checksum", fmt::format("wants ALGORITHM:HEX with all digits, ALGORITHM one of {}",
                                        fmt::join(checksum_algorithms(), ", ")));
}

void read_root(node const* map, medium_reading& into) {
  auto& made = into.value;
  fields root(map, "medium.yaml", into.complaints);
  for (auto const* key : {"format", "name", "url", "checksum", "most", "exchange"})
    root.require(key);
  root.number("format", 1, 1);
  made.name = root.text("name").value_or("");
  if (!made.name.empty() && !is_file_name(made.name))
    root.complain("name", "wants the name of a file: letters, digits, '.', '_', '-', '+'");
  made.url = root.text("url", 1000).value_or("");
  if (!made.url.empty() && !is_web_address(made.url))
    root.complain("url", "wants an address that begins with https:// or http://");
  read_checksum(root, made);
  made.most = root.size("most").value_or(0);
  made.no_disk = root.text("no_disk", 1000).value_or("");
  for (auto const* item : root.list("exchange", most_files)) {
    if (item->kind == recipe::node_kind::mapping)
      read_exchanged(*item, made, into.complaints);
    else
      root.complain("exchange", "each item is a mapping that begins with `path`");
  }
  root.refuse_others();
}

}  // namespace

std::vector<std::string> checksum_algorithms() {
  std::vector<std::string> all;
  for (auto const& [name, length] : digits()) all.push_back(name);
  return all;
}

std::optional<checksum> parse_checksum(std::string_view text) {
  auto const colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto const known = digits().find(text.substr(0, colon));
  checksum made{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
  if (known == digits().end() || made.hex.size() != known->second) return std::nullopt;
  for (char& digit : made.hex) {
    if (std::isxdigit(static_cast<unsigned char>(digit)) == 0) return std::nullopt;
    digit = static_cast<char>(std::tolower(static_cast<unsigned char>(digit)));
  }
  return made;
}

std::string print_checksum(checksum const& sum) {
  return sum.algorithm + ":" + sum.hex;
}

bool is_web_address(std::string_view text) {
  auto const scheme = text.starts_with("https://")  ? std::string_view("https://")
                      : text.starts_with("http://") ? std::string_view("http://")
                                                    : std::string_view();
  if (scheme.empty() || text.size() == scheme.size()) return false;
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '{' && c != '}' && c != '[' &&
           c != ']';
  });
}

medium_reading read_medium(std::string_view text) {
  medium_reading made;
  if (auto const root = mapping_of(text, made.complaints)) read_root(root.get(), made);
  return made;
}

}  // namespace wedgehog::guest
