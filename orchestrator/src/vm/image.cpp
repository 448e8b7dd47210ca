#include "vm/image.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <fstream>

#include "base/described.hpp"

namespace wedgehog::vm {
namespace {

result<guest_profile> read_profile(std::string const& file) {
  try {
    YAML::Node const root = YAML::LoadFile(file);
    guest_profile guest;
    guest.os = root["os"].as<std::string>();
    for (auto const& argument : root["kernel_arguments"]) {
      if (!guest.kernel_arguments.empty()) guest.kernel_arguments += ' ';
      guest.kernel_arguments += argument.as<std::string>();
    }
    auto const agent = root["agent"];
    auto const transport = agent["transport"].as<std::string>();
    if (transport != "virtio-serial" && transport != "isa-serial")
      return host_error(fmt::format(
          "{}: agent: transport: '{}' is neither virtio-serial nor isa-serial", file, transport));
    guest.transport =
        transport == "isa-serial" ? agent_transport::isa_serial : agent_transport::virtio_serial;
    if (agent["port"]) guest.agent_port = agent["port"].as<std::string>();
    return guest;
  } catch (YAML::Exception const& failure) {
    return host_error(fmt::format("reading the guest profile {}: {}", file, failure.what()));
  }
}

}  // namespace

result<image> read_image(std::string const& built_folder, std::string const& profile_file) {
  std::string const file = built_folder + "/image.json";
  std::ifstream stream(file, std::ios::binary);
  std::string const text{std::istreambuf_iterator<char>(stream), {}};
  boost::system::error_code failure;
  json::value const value = json::parse(text, failure);
  if (!stream || failure || !value.is_object())
    return host_error(fmt::format("{} is missing or damaged: run `wedgehog image build`", file));
  auto const& object = value.get_object();
  auto guest = read_profile(profile_file);
  if (!guest) return guest.error();
  image made;
  made.name = text_at(object, "name");
  made.folder = built_folder;
  made.kernel = built_folder + "/vmlinuz";
  made.initramfs = built_folder + "/initramfs";
  made.kernel_release = text_at(object, "kernel_release");
  made.facts = text;
  made.guest = std::move(guest.value());
  auto const* files = object.if_contains("files");
  if (files != nullptr && files->is_object())
    for (auto const& one : files->get_object())
      if (one.value().is_object())
        made.checksums += fmt::format("{} sha256:{}\n", std::string_view(one.key()),
                                      text_at(one.value().get_object(), "sha256"));
  return made;
}

}  // namespace wedgehog::vm
