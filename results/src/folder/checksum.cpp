#include "folder/checksum.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/ensure.hpp"
#include "loop/descriptor.hpp"

namespace wedgehog::folder {
namespace {

constexpr std::size_t at_once = 4U << 20U;
constexpr auto const* sha256 = "sha256";

class digest {
 public:
  bool begin(char const* algorithm) {
    auto const* const known = EVP_get_digestbyname(algorithm);
    return context_ && known != nullptr && EVP_DigestInit_ex(context_.get(), known, nullptr) == 1;
  }
  void take(char const* bytes, std::size_t count) {
    EVP_DigestUpdate(context_.get(), bytes, count);
  }
  std::string text() {
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), sum, &length);
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", sum[i]);
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
};

// Where the next data begins at or after `from`; `end` when only a hole is left.
off_t next_data(int file, off_t from, off_t end) {
  off_t const at = ::lseek(file, from, SEEK_DATA);
  if (at >= 0) return std::min(at, end);
  return errno == ENXIO ? end : from;  // a file system that knows no holes
}

}  // namespace

result<std::string> sum_of_file(std::string const& algorithm, std::filesystem::path const& path,
                                std::function<bool(std::uint64_t)> const& tell) {
  loop::descriptor const file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0)
    return system_failure("opening " + path.string(), errno);
  digest sum;
  if (!sum.begin(algorithm.c_str()))
    return host_error(algorithm + " is not available from libcrypto");
  std::vector<char> bytes(at_once);
  std::vector<char> const zeroes(at_once);
  off_t const end = about.st_size;
  off_t at = 0;
  off_t data = next_data(file.get(), 0, end);
  while (at < end) {
    auto const room = static_cast<off_t>(at_once);
    off_t step = 0;
    if (at < data) {
      step = std::min(room, data - at);
      sum.take(zeroes.data(), static_cast<std::size_t>(step));
    } else {
      ssize_t const got = ::pread(file.get(), bytes.data(), bytes.size(), at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_failure("reading " + path.string(), errno);
      if (got == 0) break;  // it became shorter
      step = std::min<off_t>(got, end - at);
      sum.take(bytes.data(), static_cast<std::size_t>(step));
    }
    at += step;
    if (at >= data) data = next_data(file.get(), at, end);
    if (tell && !tell(static_cast<std::uint64_t>(step)))
      return host_error("the checksum of " + path.string() + " was interrupted");
  }
  return sum.text();
}

result<std::string> sha256_of_file(std::filesystem::path const& path,
                                   std::function<bool(std::uint64_t)> const& tell) {
  return sum_of_file(sha256, path, tell);
}

std::string sha256_of_text(std::string_view text) {
  digest sum;
  ensure(sum.begin(sha256), "libcrypto has SHA-256");
  sum.take(text.data(), text.size());
  return sum.text();
}

}  // namespace wedgehog::folder
