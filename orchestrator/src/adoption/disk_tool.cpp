#include "adoption/disk_tool.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <fstream>

#include "loop/process.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::adoption {
namespace {

constexpr std::size_t longest_answer = 1U << 20U;

std::string beginning_of(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest_answer, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

loop::awaitable<result<std::string>> disk_tool(std::vector<std::string> arguments) {
  auto const place = loop::temporary_directory::make();
  if (!place) co_return place.error();
  loop::process_options options;
  options.argv = {"qemu-img"};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.output_file = place->path() + "/words";
  auto child = loop::process::start(co_await loop::asio::this_coro::executor, options);
  if (!child) {
    auto failure = child.error();
    co_return std::move(failure).within(
        "starting qemu-img; is it installed (apt-get install qemu-utils)?");
  }
  auto const ended = co_await child->wait();
  auto words = beginning_of(options.output_file);
  if (ended.clean()) co_return words;
  co_return host_error(fmt::format("qemu-img {}: {}: {}", arguments.empty() ? "" : arguments[0],
                                   loop::describe(ended), words));
}

}  // namespace wedgehog::adoption
