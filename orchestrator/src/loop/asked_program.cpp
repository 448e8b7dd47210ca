#include "loop/asked_program.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <fstream>

#include "loop/process.hpp"
#include "loop/temporary.hpp"

namespace wedgehog::loop {
namespace {

constexpr std::size_t longest_answer = 1U << 20U;

std::string beginning_of_answer(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest_answer, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

awaitable<result<std::string>> ask_program(program_question question) {
  auto const place = temporary_directory::make();
  if (!place) co_return place.error();
  process_options options;
  options.argv = std::move(question.argv);
  options.output_file = place->path() + "/words";
  auto child = process::start(co_await asio::this_coro::executor, options);
  if (!child) {
    auto failure = child.error();
    co_return std::move(failure).within(fmt::format(
        "starting {0}; is it installed (apt-get install {1})?", options.argv[0], question.package));
  }
  auto const ended = co_await child->wait();
  auto words = beginning_of_answer(options.output_file);
  if (ended.clean()) co_return words;
  co_return host_error(fmt::format("{} {}: {}: {}", options.argv[0],
                                   options.argv.size() > 1 ? options.argv[1] : "", describe(ended),
                                   words));
}

}  // namespace wedgehog::loop
