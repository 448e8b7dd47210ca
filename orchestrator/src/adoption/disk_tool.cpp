#include "adoption/disk_tool.hpp"

#include "loop/asked_program.hpp"

namespace wedgehog::adoption {

loop::awaitable<result<std::string>> disk_tool(std::vector<std::string> arguments) {
  loop::program_question question{.argv = {"qemu-img"}, .package = "qemu-utils"};
  question.argv.insert(question.argv.end(), arguments.begin(), arguments.end());
  co_return co_await loop::ask_program(std::move(question));
}

}  // namespace wedgehog::adoption
