// Which file systems lie on other hosts, where a database that several may write is lost.
#pragma once

#include <cstdint>
#include <string_view>

namespace wedgehog::store {

// Its name, by the magic number that statfs(2) tells; empty for one of this host.
[[nodiscard]] std::string_view network_file_system(std::uint64_t magic);

}  // namespace wedgehog::store
