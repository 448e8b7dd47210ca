#include "medium/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/units.hpp"
#include "loop/descriptor.hpp"
#include "loop/offload.hpp"
#include "loop/process.hpp"
#include "loop/temporary.hpp"
#include "loop/within.hpp"
#include "medium/answer.hpp"
#include "medium/verified.hpp"

namespace wedgehog::medium {
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr unsigned most_in_vain = 3;
constexpr std::uint64_t room_left = 64U << 20U;
constexpr int above_max_filesize = 63;  // curl(1), "EXIT CODES"
constexpr auto between_looks = 300ms;
constexpr auto between_words = 10s;

// Bytes of the file; 0: it is not there.
std::uint64_t bytes_of(std::string const& file) {
  std::error_code failure;
  auto const bytes = fs::file_size(file, failure);
  return failure ? 0 : bytes;
}

std::string text_of(std::string const& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(64U << 10U, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

enum class outcome {
  whole,
  cut,         // what has come stays, and it goes on
  from_start,  // the server cannot go on where it was cut
  hopeless
};

struct attempt {
  outcome how = outcome::hopeless;
  error why;
};

// curl(1), "EXIT CODES": a name or a host that does not answer now, a cut, a time that has passed.
outcome outcome_of(int code, int status) {
  constexpr std::array passing{5, 6, 7, 16, 18, 28, 35, 52, 55, 56, 92, 95};
  if (code == 0) return outcome::whole;
  if (code == 22 && status == 416) return outcome::whole;  // it is all here
  if (code == 22 && (status >= 500 || status == 408 || status == 429)) return outcome::cut;
  if (code == 33 || code == 36) return outcome::from_start;
  bool const passes = std::find(passing.begin(), passing.end(), code) != passing.end();
  return passes ? outcome::cut : outcome::hopeless;
}

class download {
 public:
  download(errand const& by, guest::medium const& what, std::string part)
      : by_(by), what_(what), part_(std::move(part)) {}

  // One run of curl, to its end.
  loop::awaitable<attempt> once();

 private:
  [[nodiscard]] loop::process_options curl(std::string const& place) const;
  [[nodiscard]] error too_large() const;
  [[nodiscard]] std::optional<error> what_is_wrong(answer const& said) const;
  void tell_progress(answer const& said);

  errand const& by_;
  guest::medium const& what_;
  std::string part_;
  loop::time_point told_{};
};

loop::process_options download::curl(std::string const& place) const {
  auto const seconds = [this](double count) {
    return std::to_string(std::max(1, static_cast<int>(count * by_.time_scale)));
  };
  loop::process_options options;
  options.argv = {"curl", "--disable", "--silent", "--show-error", "--fail", "--location"};
  options.argv.insert(options.argv.end(), {"--max-redirs", "5", "--proto", "=http,https"});
  options.argv.insert(options.argv.end(), {"--proto-redir", "=http,https"});
  options.argv.insert(options.argv.end(), {"--connect-timeout", seconds(30)});
  options.argv.insert(options.argv.end(), {"--speed-limit", "512", "--speed-time", seconds(60)});
  options.argv.insert(options.argv.end(), {"--max-filesize", std::to_string(what_.most)});
  options.argv.insert(options.argv.end(), {"--continue-at", "-", "--output", part_});
  options.argv.insert(options.argv.end(), {"--dump-header", place + "/headers"});
  options.argv.insert(options.argv.end(), {"--url", what_.url});
  options.output_file = place + "/words";
  return options;
}

error download::too_large() const {
  return recipe_error(fmt::format("{} is larger than {}, and {} has at most that", what_.url,
                                  describe_size(what_.most), what_.name));
}

std::optional<error> download::what_is_wrong(answer const& said) const {
  auto const there = bytes_of(part_);
  if (std::max(there, said.whole.value_or(0)) > what_.most) return too_large();
  std::error_code failure;
  auto const folder = fs::path(part_).parent_path();
  auto const room = fs::space(folder, failure);
  auto const to_come = said.whole && *said.whole > there ? *said.whole - there : 0;
  if (!failure && room.available < to_come + room_left)
    return host_error(fmt::format(
        "there is not enough room for {}: {} are free in {}, {} are needed", what_.name,
        describe_size(room.available), folder.string(), describe_size(to_come + room_left)));
  return std::nullopt;
}

void download::tell_progress(answer const& said) {
  auto const now = by_.time.now();
  if (told_ != loop::time_point{} && now - told_ < between_words) return;
  told_ = now;
  auto const there = bytes_of(part_);
  if (said.whole.value_or(0) == 0) return by_.tell(fmt::format("fetching {}", what_.url));
  by_.tell(fmt::format("fetching {}: {} of {} ({} %)", what_.name, describe_size(there),
                       describe_size(*said.whole), 100 * there / *said.whole));
}

loop::awaitable<attempt> download::once() {
  auto const place = loop::temporary_directory::make();
  if (!place) co_return attempt{.why = place.error()};
  auto const options = curl(place->path());
  auto child = loop::process::start(co_await loop::asio::this_coro::executor, options);
  if (!child) {
    auto why = child.error();
    co_return attempt{
        .why = std::move(why).within("starting curl; is it installed (apt-get install curl)?")};
  }
  std::optional<loop::exit_status> ended;
  while (!ended) {
    auto waiting = child->wait();
    ended = co_await loop::within<loop::exit_status>(by_.time, between_looks, std::move(waiting));
    auto const said = last_answer(text_of(place->path() + "/headers"));
    if (auto const wrong = what_is_wrong(said)) co_return attempt{.why = *wrong};
    tell_progress(said);
  }
  if (ended->code == above_max_filesize) co_return attempt{.why = too_large()};
  auto const said = last_answer(text_of(place->path() + "/headers"));
  auto const how = ended->signal != 0 ? outcome::cut : outcome_of(ended->code, said.status);
  auto const words = text_of(options.output_file);
  auto const text =
      fmt::format("fetching {}: {}", what_.url, words.empty() ? loop::describe(*ended) : words);
  bool const not_there = how == outcome::hopeless && ended->code == 22;
  co_return attempt{how, not_there ? recipe_error(text) : host_error(text)};
}

result<loop::descriptor> lock_of(std::string const& file, std::string const& name) {
  loop::descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_failure("opening " + file, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return system_failure("locking " + file, errno);
  return host_error(fmt::format("somebody else is fetching {} at this moment", name));
}

loop::awaitable<result<void>> check(errand const& by, std::string file, guest::medium what) {
  by.tell(fmt::format("reading {} for its checksum", file));
  auto const reading = [file, what] { return std::make_shared<result<void>>(verify(file, what)); };
  auto const read = co_await loop::offload(by.pool, reading);
  co_return *read;
}

// Until all of it is there, right or wrong; whether it went on with an older beginning.
loop::awaitable<result<bool>> fetch_rest(errand const& by, guest::medium const& what,
                                         std::string const& part) {
  download one(by, what, part);
  bool resumed = bytes_of(part) > 0;
  for (unsigned in_vain = 0;;) {
    auto const before = bytes_of(part);
    auto const tried = co_await one.once();
    if (tried.how == outcome::whole) co_return resumed;
    if (tried.how == outcome::hopeless) co_return tried.why;
    if (tried.how == outcome::from_start) {
      std::error_code ignored;
      fs::remove(part, ignored);
      by.tell("the server cannot go on in the middle: from the beginning");
    }
    bool const brought = bytes_of(part) > before;
    in_vain = brought ? 0 : in_vain + 1;
    resumed = bytes_of(part) > 0;
    if (in_vain >= most_in_vain)
      co_return host_error(
          fmt::format("{}\n{} of it are kept: the same command goes on from there, and --from FILE "
                      "takes one that you have",
                      tried.why.message(), describe_size(bytes_of(part))));
    by.tell(fmt::format("{}; trying again", tried.why.message()));
    auto const pause = std::chrono::duration<double>(by.time_scale * (1 + in_vain));
    co_await by.time.sleep_for(std::chrono::duration_cast<loop::duration>(pause));
  }
}

}  // namespace

loop::awaitable<result<std::string>> fetch(errand const& by, guest::medium const& what,
                                           std::string const& shelf) {
  std::error_code failure;
  fs::create_directories(shelf, failure);
  if (failure) co_return host_error(fmt::format("creating {}: {}", shelf, failure.message()));
  auto const file = fmt::format("{}/{}-{}", shelf, what.sum.algorithm, what.sum.hex);
  auto const lock = lock_of(file + ".lock", what.name);
  if (!lock) co_return lock.error();
  if (fs::exists(file)) {
    auto const good = co_await check(by, file, what);
    if (good) co_return file;
    by.tell(fmt::format("{}; fetching it again", good.error().message()));
    fs::remove(file, failure);
  }
  auto const part = file + ".part";
  for (;;) {
    auto const resumed = co_await fetch_rest(by, what, part);
    if (!resumed) co_return resumed.error();
    auto const good = co_await check(by, part, what);
    if (good) break;
    fs::remove(part, failure);
    // Its beginning may have been of another version.
    if (!*resumed)
      co_return recipe_error(
          fmt::format("{} gives another file: {}", what.url, good.error().message()));
    by.tell(fmt::format("{}; fetching it from the beginning", good.error().message()));
  }
  fs::rename(part, file, failure);
  if (failure) co_return host_error(fmt::format("naming {}: {}", file, failure.message()));
  co_return file;
}

}  // namespace wedgehog::medium
