#include "wreckage/bundle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "loop/descriptor.hpp"
#include "loop/within.hpp"

namespace wedgehog::wreckage {
namespace fs = std::filesystem;

namespace {

// An item's outcome as a value that co_spawn can make by default.
struct outcome {
  std::string missing = "it did not run";
};

loop::awaitable<outcome> run_item(bundle& into, bundle::work what) {
  auto const done = co_await what(into);
  co_return outcome{done ? std::string() : done.error().message()};
}

result<void> write_whole(std::string const& path, std::string_view content) {
  loop::descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return system_failure("creating " + path, errno);
  while (!content.empty()) {
    ssize_t const written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("writing " + path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

result<std::string> sha256_of_file(std::string const& path) {
  loop::descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_failure("opening " + path, errno);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1)
    return host_error("SHA-256 is not available from libcrypto");
  auto bytes = std::make_unique<std::array<char, 1U << 18U>>();
  for (;;) {
    ssize_t const got = ::read(file.get(), bytes->data(), bytes->size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + path, errno);
    if (got == 0) break;
    EVP_DigestUpdate(digest.get(), bytes->data(), static_cast<std::size_t>(got));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(digest.get(), sum.data(), &length);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", sum[i]);
  return text;
}

result<bundle> bundle::open(std::string folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) return host_error(fmt::format("creating {}: {}", folder, failure.message()));
  return bundle(std::move(folder));
}

loop::awaitable<void> bundle::take(loop::clock& time, std::string name, loop::duration limit,
                                   bundle::work what) {
  items_.push_back({std::move(name), 0, {}, {}});
  auto const begin = time.now();
  std::string missing;
  try {
    auto const done = co_await loop::within<outcome>(time, limit, run_item(*this, std::move(what)));
    if (done)
      missing = done->missing;
    else
      missing = "it took longer than its " +
                describe_duration(std::chrono::duration_cast<microseconds>(limit));
  } catch (boost::system::system_error const& failure) {
    if (failure.code() == boost::asio::error::operation_aborted) {
      items_.back().missing = "the collection was interrupted";
      throw;
    }
    missing = failure.what();
  } catch (std::exception const& failure) {
    missing = failure.what();
  }
  items_.back().missing = std::move(missing);
  items_.back().took_s = std::chrono::duration<double>(time.now() - begin).count();
}

void bundle::give_up(std::string name, std::string why) {
  items_.push_back({std::move(name), 0, std::move(why), {}});
}

result<void> bundle::file(std::string const& path, std::string_view content) {
  std::error_code failure;
  fs::create_directories(fs::path(place(path)).parent_path(), failure);
  auto written = write_whole(place(path), content);
  adopt(path);
  return written;
}

void bundle::adopt(std::string const& path) {
  if (items_.empty()) items_.push_back({"bundle", 0, {}, {}});
  items_.back().files.push_back({path, 0, {}});
}

result<void> bundle::seal(json::object facts) {
  for (auto& item : items_) {
    for (auto& kept : item.files) {
      std::error_code failure;
      kept.bytes = fs::file_size(place(kept.path), failure);
      if (failure) {
        kept.bytes = 0;
        if (item.missing.empty())
          item.missing = fmt::format("{}: {}", kept.path, failure.message());
        continue;
      }
      auto sum = sha256_of_file(place(kept.path));
      if (sum)
        kept.sha256 = std::move(sum.value());
      else if (item.missing.empty())
        item.missing = sum.error().message();
    }
  }
  facts["items"] = to_json(items_);
  // The manifest comes last and by rename: a bundle without one was cut short.
  auto written = write_whole(place("MANIFEST.json.new"), json::serialize(facts) + "\n");
  if (!written) return written;
  std::error_code failure;
  fs::rename(place("MANIFEST.json.new"), place("MANIFEST.json"), failure);
  if (failure)
    return host_error(fmt::format("writing {}: {}", place("MANIFEST.json"), failure.message()));
  return {};
}

}  // namespace wedgehog::wreckage
