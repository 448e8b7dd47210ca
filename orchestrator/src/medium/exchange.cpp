#include "medium/exchange.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/units.hpp"
#include "loop/asked_program.hpp"
#include "loop/offload.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::medium {
namespace fs = std::filesystem;

namespace {

// What the session more may take: directories are written anew.
constexpr std::uint64_t room_for_session = 64U << 20U;
// A loader's configuration is short.
constexpr std::size_t longest_file = 256U << 10U;

loop::program_question xorriso(std::vector<std::string> arguments) {
  loop::program_question asked{
      .argv = {"xorriso", "-no_rc", "-abort_on", "FAILURE", "-return_with", "FAILURE", "32"},
      .package = "xorriso"};
  asked.argv.insert(asked.argv.end(), arguments.begin(), arguments.end());
  return asked;
}

std::string content_of(std::string const& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(longest_file + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// "ISO offers   : Rock_Ridge Joliet"
bool offers_joliet(std::string_view toc) {
  auto const at = toc.find("ISO offers");
  auto const line = at == std::string_view::npos ? "" : toc.substr(at, toc.find('\n', at) - at);
  return line.find("Joliet") != std::string_view::npos;
}

using step = loop::awaitable<result<void>>;

// Read with one question for each, so that a message can name the one that is missing.
step read_what_is_there(copy_places const& where, std::string const& beside,
                        std::vector<guest::exchanged_file>& files) {
  for (auto& one : files) {
    if (!one.appended) continue;
    auto const to = fmt::format("{}/former-{}", beside, &one - files.data());
    auto const read = co_await loop::ask_program(xorriso(extraction(where.from, one.path, to)));
    if (!fs::exists(to))
      co_return recipe_error(fmt::format("{} has no file {} to which something could be added{}",
                                         where.from, one.path,
                                         read ? "" : ": " + read.error().message()));
    auto former = content_of(to);
    if (former.size() > longest_file)
      co_return recipe_error(fmt::format("{} of {} is longer than {}", one.path, where.from,
                                         describe_size(longest_file)));
    if (!former.empty() && former.back() != '\n') former += '\n';
    one.content = former + one.content;
  }
  co_return result<void>();
}

result<void> copy_whole(copy_places const& where) {
  std::error_code failure;
  auto const bytes = fs::file_size(where.from, failure);
  auto const folder = fs::path(where.to).parent_path();
  auto const room = failure ? fs::space_info{} : fs::space(folder, failure);
  if (!failure && room.available < bytes + room_for_session)
    return host_error(fmt::format(
        "there is not enough room for a copy of {}: {} are free in {}, {} are needed", where.from,
        describe_size(room.available), folder.string(), describe_size(bytes + room_for_session)));
  fs::remove(where.to, failure);
  fs::copy_file(where.from, where.to, failure);
  if (failure)
    return host_error(fmt::format("copying {} to {}: {}", where.from, where.to, failure.message()));
  fs::permissions(where.to, fs::perms::owner_read | fs::perms::owner_write, failure);
  return {};
}

// What xorriso reads of the copy, held against what was meant.
step look_again(copy_places const& where, std::string const& beside,
                std::vector<guest::exchanged_file> const& files) {
  for (auto const& one : files) {
    auto const to = fmt::format("{}/now-{}", beside, &one - files.data());
    auto const read = co_await loop::ask_program(xorriso(extraction(where.to, one.path, to)));
    if (!read) co_return read.error();
    if (content_of(to) != one.content)
      co_return host_error(
          fmt::format("{} of {} is not what xorriso was given for it", one.path, where.to));
  }
  co_return result<void>();
}

step write_session(copy_places const& where, std::string const& beside,
                   std::vector<guest::exchanged_file> const& files) {
  // The names for whom Rock Ridge is foreign, where there were such.
  std::vector<std::string> const toc{"-indev", "stdio:" + where.to, "-toc"};
  auto const offers = co_await loop::ask_program(xorriso(toc));
  if (!offers) co_return offers.error();
  bool const joliet = offers_joliet(*offers);
  std::vector<std::string> asked{"-dev", "stdio:" + where.to, "-boot_image", "any", "keep"};
  asked.insert(asked.end(), {"-joliet", joliet ? "on" : "off"});
  for (auto const& one : files) {
    auto const from = fmt::format("{}/new-{}", beside, &one - files.data());
    std::ofstream(from, std::ios::binary) << one.content;
    asked.insert(asked.end(), {"-map", from, one.path, "-chmod", "0444", one.path, "--"});
  }
  asked.insert(asked.end(), {"-commit", "-rollback_end"});
  auto const done = co_await loop::ask_program(xorriso(std::move(asked)));
  if (!done) co_return done.error();
  co_return result<void>();
}

}  // namespace

std::vector<std::string> extraction(std::string const& medium, std::string const& path,
                                    std::string const& to) {
  return {"-osirrox", "on", "-indev", "stdio:" + medium, "-extract", path, to, "-rollback_end"};
}

loop::awaitable<result<void>> exchange(loop::asio::any_io_executor pool, copy_places where,
                                       std::vector<guest::exchanged_file> files) {
  auto const beside = loop::temporary_directory::make(where.beside);
  if (!beside) co_return beside.error();
  auto const read = co_await read_what_is_there(where, beside->path(), files);
  if (!read) co_return read;
  auto const copying = [where] { return std::make_shared<result<void>>(copy_whole(where)); };
  auto const copied = co_await loop::offload(std::move(pool), copying);
  if (!*copied || files.empty()) co_return *copied;
  auto const written = co_await write_session(where, beside->path(), files);
  if (!written) co_return written;
  co_return co_await look_again(where, beside->path(), files);
}

}  // namespace wedgehog::medium
