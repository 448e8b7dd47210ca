#include "vm/image.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/described.hpp"
#include "guest/read_profile.hpp"
#include "loop/small_file.hpp"

namespace wedgehog::vm {
namespace {

constexpr std::size_t longest_facts = 1U << 20U;
constexpr std::int64_t known_format = 1;

// What is wrong with one file's row; empty: nothing.
std::string wrong_with(std::string_view name, json::value const& row) {
  auto const* const object = row.if_object();
  if (object == nullptr) return fmt::format("files: {}: is no object", name);
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos)
    return fmt::format("files: '{}' is no name of a file in its folder", name);
  auto const sum = text_at(*object, "sha256");
  if (sum.size() != 64 || sum.find_first_not_of("0123456789abcdef") != std::string::npos)
    return fmt::format("files: {}: sha256 is no checksum", name);
  auto const* const bytes = object->if_contains("bytes");
  bool const whole = bytes != nullptr && (bytes->is_uint64() || bytes->is_int64());
  if (!whole || (bytes->is_int64() && bytes->get_int64() <= 0))
    return fmt::format("files: {}: bytes is no size", name);
  return {};
}

std::string wrong_with(json::object const& facts) {
  auto const* const format = facts.if_contains("format");
  if (format == nullptr || !format->is_int64()) return "it has no format";
  if (format->get_int64() != known_format)
    return fmt::format("its format is {}, and {} is the one that is known", format->get_int64(),
                       known_format);
  if (text_at(facts, "name").empty()) return "it has no name";
  auto const* const files = facts.if_contains("files");
  if (files == nullptr || !files->is_object()) return "it names no files";
  for (auto const& one : files->get_object())
    if (auto wrong = wrong_with(one.key(), one.value()); !wrong.empty()) return wrong;
  return {};
}

bool lists(json::object const& facts, std::string_view file) {
  return facts.at("files").get_object().contains(file);
}

// The files that it boots from.
std::vector<std::string> boot_files(guest_profile const& guest) {
  std::vector<std::string> names;
  switch (guest.boot.from) {
    case guest::boot_medium::kernel:
      names = {"vmlinuz", "initramfs"};
      break;
    case guest::boot_medium::disk:
      names = {"disk.qcow2"};
      break;
    case guest::boot_medium::cd:
      names = {"cd.iso"};
      break;
  }
  if (guest.agent.delivery == guest::agent_delivery::disk) names.emplace_back("agent.img");
  return names;
}

// What stands there when a disk is sealed.
void read_seal(json::object const& facts, image& made) {
  auto const* const seal = facts.if_contains("sealed");
  if (seal == nullptr || !seal->is_object()) return;
  auto const* const time = seal->get_object().if_contains("mtime_ns");
  if (time == nullptr || !time->is_int64()) return;
  made.sealed_mtime_ns = time->get_int64();
  made.sealed_bytes = facts.at("files").at("disk.qcow2").at("bytes").to_number<std::uint64_t>();
}

void place_files(image& made) {
  auto const in_folder = [&made](char const* name) { return made.folder + "/" + name; };
  switch (made.guest.boot.from) {
    case guest::boot_medium::kernel:
      made.kernel = in_folder("vmlinuz");
      made.initramfs = in_folder("initramfs");
      break;
    case guest::boot_medium::disk:
      made.medium = in_folder("disk.qcow2");
      break;
    case guest::boot_medium::cd:
      made.medium = in_folder("cd.iso");
      break;
  }
  if (made.guest.agent.delivery == guest::agent_delivery::disk)
    made.agent_disk = in_folder("agent.img");
}

}  // namespace

result<void> still_sealed(image const& what) {
  if (what.sealed_mtime_ns == 0) return {};
  struct stat now {};
  if (::stat(what.medium.c_str(), &now) != 0)
    return system_failure("looking at " + what.medium, errno);
  auto const time = now.st_mtim.tv_sec * 1'000'000'000LL + now.st_mtim.tv_nsec;
  if (time == what.sealed_mtime_ns && static_cast<std::uint64_t>(now.st_size) == what.sealed_bytes)
    return {};
  return host_error(fmt::format(
      "{} was changed since it was sealed, and what stands on it is worth nothing: make the image "
      "'{}' anew (`wedgehog image adopt FILE --replace`, or `image build`)",
      what.medium, what.name));
}

result<guest_profile> read_profile(std::string const& profile_file) {
  auto const text = loop::read_small_file(profile_file, guest::longest_profile);
  if (!text)
    return host_error(fmt::format("reading the guest profile: {}", text.error().message()));
  auto read = guest::read_profile(text.value());
  if (read.complaints.empty()) return std::move(read.value);
  auto said = recipe::print(read.complaints, profile_file);
  while (said.ends_with('\n')) said.pop_back();
  return host_error("the guest profile is wrong: " + said);
}

result<image> read_image(std::string const& built_folder, std::string const& profile_file) {
  std::string const file = built_folder + "/image.json";
  auto const text = loop::read_small_file(file, longest_facts);
  boost::system::error_code failure;
  json::value const value = text ? json::parse(text.value(), failure) : json::value();
  if (!text || failure || !value.is_object())
    return host_error(fmt::format("{} is missing or damaged: run `wedgehog image build`", file));
  auto const& facts = value.get_object();
  if (auto const wrong = wrong_with(facts); !wrong.empty())
    return host_error(fmt::format("{}: {}: run `wedgehog image build`", file, wrong));
  auto guest = read_profile(profile_file);
  if (!guest) return guest.error();
  image made;
  made.name = text_at(facts, "name");
  if (made.name != guest->name)
    return host_error(fmt::format("{} is of an image '{}', and {} of '{}'", file, made.name,
                                  profile_file, guest->name));
  for (auto const& name : boot_files(guest.value()))
    if (!lists(facts, name))
      return host_error(
          fmt::format("{} does not list {}, from which the profile wants to boot: "
                      "run `wedgehog image build`",
                      file, name));
  made.folder = built_folder;
  made.profile_file = profile_file;
  made.kernel_release = text_at(facts, "kernel_release");
  made.facts = text.value();
  if (auto const* listed = facts.if_contains("packages"); listed != nullptr && listed->is_array())
    for (auto const& one : listed->get_array())
      if (one.is_string()) made.packages.emplace_back(one.get_string());
  std::sort(made.packages.begin(), made.packages.end());
  made.guest = std::move(guest.value());
  place_files(made);
  if (!made.medium.empty() && lists(facts, "disk.qcow2")) read_seal(facts, made);
  if (auto const same = still_sealed(made); !same) return same.error();
  for (auto const& one : facts.at("files").get_object())
    made.checksums += fmt::format("{} sha256:{}\n", std::string_view(one.key()),
                                  text_at(one.value().get_object(), "sha256"));
  return made;
}

std::string checksum_of(image const& what, std::string const& file) {
  auto const line = std::filesystem::path(file).filename().string() + " sha256:";
  auto const& all = what.checksums;
  for (auto at = all.find(line); at != std::string::npos; at = all.find(line, at + 1)) {
    if (at > 0 && all[at - 1] != '\n') continue;
    auto const begin = at + line.size();
    return all.substr(begin, all.find('\n', begin) - begin);
  }
  return {};
}

}  // namespace wedgehog::vm
