// SHA-256 of a file, whose holes are not read, and of text; and the sums that others give of their
// files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace wedgehog::folder {

// Lower-case hexadecimal, of the content as any other program sees it. `tell` hears how many more
// bytes are done with, every few MiB, and ends the work by returning false. Blame: host.
result<std::string> sha256_of_file(std::filesystem::path const& file,
                                   std::function<bool(std::uint64_t)> const& tell = {});

// The same by another algorithm, as libcrypto calls it ("md5", "sha512").
result<std::string> sum_of_file(std::string const& algorithm, std::filesystem::path const& file,
                                std::function<bool(std::uint64_t)> const& tell = {});

[[nodiscard]] std::string sha256_of_text(std::string_view text);

}  // namespace wedgehog::folder
