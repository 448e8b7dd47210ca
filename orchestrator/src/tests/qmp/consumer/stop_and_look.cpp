#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <iostream>
#include <qmp/client.hpp>

using namespace wedgehog;

loop::awaitable<void> stop_and_look(boost::asio::io_context& context, std::string path) {
  loop::real_clock time;
  auto link = co_await qmp::client::connect(context.get_executor(), time, path);
  if (!link) throw std::runtime_error(link.error().message());
  auto events = link->listen();  // subscribe before you command
  auto stopped = co_await link->execute("stop", std::chrono::seconds(5));
  if (!stopped) throw std::runtime_error(stopped.error().message());
  auto status = co_await link->execute("query-status");
  std::cout << link->hello().version << ' ' << qmp::json::serialize(*status) << '\n';
  while (auto happened = events.take()) std::cout << happened->name << '\n';
}

int main(int, char** argv) {
  boost::asio::io_context context;
  int outcome = 0;
  auto done = [&](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (std::exception const& failure) {
      std::cerr << failure.what() << '\n';
      outcome = 1;
    }
  };
  boost::asio::co_spawn(context, stop_and_look(context, argv[1]), done);
  context.run();
  return outcome;
}
