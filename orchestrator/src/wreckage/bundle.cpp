#include "wreckage/bundle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

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
  loop::descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
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
  items_.back().files.push_back({path});
}

}  // namespace wedgehog::wreckage
