// The files of a recipe, put in place in each life; fetch: files of the guest, brought back.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "archive/unpack.hpp"
#include "conductor/carried_files.hpp"
#include "conductor/steps/steps.hpp"
#include "guest/profile.hpp"
#include "loop/descriptor.hpp"
#include "loop/offload.hpp"
#include "timeline/milestones.hpp"

namespace wedgehog::conductor {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto unpacking_limit = 5min;
constexpr auto usual_fetch = 5min;
// The tar, before it is unpacked: what unpack() takes, with its headers.
constexpr std::uint64_t most_fetched = std::uint64_t{288} << 20U;

// What the guest's tar writes, as it comes, into a file of the host.
class incoming_tar {
 public:
  explicit incoming_tar(fs::path const& file)
      : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)) {
    if (!file_) trouble_ = system_failure("creating " + file.string(), errno).message();
  }

  void take(wire::output const& piece) {
    if (piece.stream != wire::output_stream::standard_output) {
      if (words_.size() < longest_words) words_ += piece.bytes;
      return;
    }
    if (!trouble_.empty()) return;
    if (piece.offset != got_)
      trouble_ = "a part of it was lost on the way";
    else if (got_ + piece.bytes.size() > most_fetched)
      trouble_ = fmt::format("it is more than {}", describe_size(most_fetched));
    else if (::write(file_.get(), piece.bytes.data(), piece.bytes.size()) !=
             static_cast<ssize_t>(piece.bytes.size()))
      trouble_ = system_failure("keeping what was fetched", errno).message();
    got_ += piece.bytes.size();
  }

  [[nodiscard]] std::string const& trouble() const { return trouble_; }
  [[nodiscard]] std::string words() const {
    auto all = words_.substr(0, words_.find_last_not_of('\n') + 1);
    std::replace(all.begin(), all.end(), '\n', ';');
    return all;
  }

 private:
  static constexpr std::size_t longest_words = 400;

  loop::descriptor file_;
  std::uint64_t got_ = 0;
  std::string trouble_;
  std::string words_;
};

}  // namespace

loop::awaitable<step_outcome> put_files_in_place(run_context& run, std::string const& path) {
  step_outcome nothing;
  auto const& guest = run.lives.guest();
  if (run.plan.files.empty()) co_return nothing;
  plan::run unpack;
  unpack.script =
      guest::filled(guest.disks.unpack, {{"disk", guest::disk_path(guest, guest::files_disk)}});
  unpack.deadline = unpacking_limit;
  std::vector<plan::step> steps;
  plan::step only;
  only.what = unpack;
  only.label = "put the recipe's files in place";
  steps.push_back(std::move(only));
  co_return co_await perform_steps(run, steps, path);
}

loop::awaitable<result<void>> perform(run_context& run, plan::fetch const& what,
                                      std::string const& path) {
  auto const place = fs::path(run.folder) / "fetched" / path;
  std::error_code failure;
  fs::create_directories(place.parent_path(), failure);
  auto const tar = place.string() + ".tar";
  incoming_tar incoming(tar);
  wire::collect request;
  request.what = "command";
  request.argument = packing_script(what.paths);
  auto const limit = what.deadline.value_or(usual_fetch);
  request.deadline_ms = static_cast<std::uint64_t>(limit / 1ms);
  agent::output_sink const take = [&incoming](wire::output const& piece) { incoming.take(piece); };
  auto const ended = co_await run.agent().collect(std::move(request), limit + patience, take);
  // What came is kept, also of a guest that failed half-way.
  auto const unpack = [&tar, &place] { return archive::unpack(tar, place); };
  auto const out = co_await loop::offload(run.lives.pool(), unpack);
  ::unlink(tar.c_str());
  if (out)
    run.record.record(
        timeline::mark(timeline::reached::collected, fmt::format("fetched: {}", describe(*out))));
  if (!ended) co_return ended.error();
  if (!out) co_return out.error();
  if (!incoming.trouble().empty()) co_return host_error("fetch: " + incoming.trouble());
  if (ended->timed_out) co_return guest_error("the guest's tar did not end in time");
  if (ended->exit_status != 0 || ended->signal != 0)
    co_return guest_error(fmt::format("the guest's tar says: {}", incoming.words()));
  co_return result<void>();
}

}  // namespace wedgehog::conductor
