#include "faults/base_image.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "nbd/backing.hpp"

namespace wedgehog::faults {

result<void> base_fits(std::string const& image, std::uint64_t disk_size) {
  nbd::backing_options options{.base = image, .size = disk_size, .read_only = true};
  if (auto opened = nbd::backing::open(options); !opened)
    return recipe_error(opened.error().message());
  return {};
}

result<void> note_base(std::string const& image, std::string const& file) {
  struct stat about {};
  if (::stat(image.c_str(), &about) != 0)
    return recipe_error(system_failure("looking at the base image " + image, errno).what());
  std::error_code failure;
  auto const absolute = std::filesystem::canonical(image, failure);
  boost::json::object facts;
  facts["path"] = failure ? image : absolute.string();
  facts["size"] = static_cast<std::uint64_t>(about.st_size);
  facts["modified"] = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(about.st_mtim.tv_sec),
                                  about.st_mtim.tv_nsec);
  std::ofstream written(file, std::ios::binary);
  written << boost::json::serialize(facts) << '\n';
  written.close();
  if (!written) return host_error("writing " + file + " failed");
  return {};
}

}  // namespace wedgehog::faults
