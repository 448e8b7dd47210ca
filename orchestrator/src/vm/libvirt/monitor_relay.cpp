#include "vm/libvirt/monitor_relay.hpp"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include <boost/asio/write.hpp>

#include "qmp/message.hpp"

namespace wedgehog::vm::libvirt {
namespace {

using loop::asio::local::stream_protocol;
// A client that does not read must not make this grow.
constexpr std::size_t most_unread = 16U << 20U;

json::object error_of(std::string text) {
  return {{"error", json::object{{"class", "GenericError"}, {"desc", std::move(text)}}}};
}

struct passed_answer {
  result<std::string> text;
  int code = 0;
};

passed_answer passed_on(domain_handle const& domain, std::string const& command) {
  char* answer = nullptr;
  if (virDomainQemuMonitorCommand(domain.get(), command.c_str(), &answer, 0) != 0)
    return {last_error(), last_code()};
  text_handle const kept(answer);
  return {std::string(answer == nullptr ? "" : answer), 0};
}

}  // namespace

monitor_relay::monitor_relay(std::shared_ptr<connection> by, domain_handle domain,
                             loop::descriptor socket)
    : by_(std::move(by)),
      domain_(std::move(domain)),
      socket_(by_->executor(), stream_protocol(), socket.release()) {}

void monitor_relay::start(json::value const& version) {
  say({{"QMP", json::object{{"version", version}, {"capabilities", json::array()}}}});
  read();
}

void monitor_relay::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  commands_.clear();
}

void monitor_relay::read() {
  socket_.async_read_some(
      loop::asio::buffer(input_),
      [self = shared_from_this()](boost::system::error_code failed, std::size_t got) {
        if (failed) return self->close();
        self->incoming_.append(self->input_.data(), got);
        if (self->incoming_.size() > qmp::longest_line) return self->close();
        for (auto end = self->incoming_.find('\n'); end != std::string::npos;
             end = self->incoming_.find('\n')) {
          auto const line = self->incoming_.substr(0, end);
          self->incoming_.erase(0, end + 1);
          self->take_line(line);
        }
        self->read();
      });
}

void monitor_relay::take_line(std::string const& line) {
  boost::system::error_code failed;
  auto parsed = json::parse(line, failed);
  if (failed || !parsed.is_object()) return say(error_of("JSON parse error"));
  commands_.push_back(std::move(parsed.get_object()));
  next();
}

void monitor_relay::next() {
  if (asking_ || commands_.empty() || !socket_.is_open()) return;
  auto command = std::move(commands_.front());
  commands_.pop_front();
  json::value id;
  if (auto const* given = command.if_contains("id")) id = *given;
  // libvirt numbers commands itself.
  command.erase("id");
  if (text_at(command, "execute") == "qmp_capabilities") {
    say({{"return", json::object()}, {"id", id}});
    return next();
  }
  asking_ = true;
  ask(json::serialize(command), std::move(id));
}

void monitor_relay::ask(std::string text, json::value id) {
  by_->let([self = shared_from_this(), domain = domain_, text = std::move(text), id = std::move(id),
            executor = by_->executor()](virConnectPtr) mutable {
    auto outcome = passed_on(domain, text);
    // The relay comes home with the answer: what it holds must not end on this thread.
    loop::asio::post(executor, [self = std::move(self), text = std::move(text), id = std::move(id),
                                outcome = std::move(outcome)]() mutable {
      self->answered(text, std::move(id), std::move(outcome.text), outcome.code);
    });
  });
}

void monitor_relay::answered(std::string const& text, json::value id, result<std::string> said,
                             int code) {
  if (!socket_.is_open()) return;
  if (code == VIR_ERR_OPERATION_TIMEOUT) return ask(text, std::move(id));
  asking_ = false;
  if (code == VIR_ERR_NO_DOMAIN || code == VIR_ERR_OPERATION_INVALID || by_->lost()) return close();
  boost::system::error_code failed;
  auto reply = said ? json::parse(said.value(), failed) : json::value();
  auto answer = said && !failed && reply.is_object() ? std::move(reply.get_object())
                : said ? error_of("libvirt passed on what is no JSON object")
                       : error_of(said.error().message());
  answer["id"] = std::move(id);
  say(std::move(answer));
  next();
}

void monitor_relay::announce(std::string const& name, std::string const& details, long long seconds,
                             unsigned microseconds) {
  boost::system::error_code failed;
  auto data = json::parse(details.empty() ? "{}" : details, failed);
  if (failed || !data.is_object()) data = json::object();
  say({{"event", name},
       {"data", std::move(data)},
       {"timestamp", json::object{{"seconds", seconds}, {"microseconds", microseconds}}}});
}

void monitor_relay::say(json::object what) {
  if (!socket_.is_open()) return;
  if (outgoing_.size() > most_unread) return close();
  outgoing_ += json::serialize(what) + "\r\n";
  if (writing_.empty()) write();
}

void monitor_relay::write() {
  writing_ = std::exchange(outgoing_, {});
  if (writing_.empty()) return;
  loop::asio::async_write(
      socket_, loop::asio::buffer(writing_),
      [self = shared_from_this()](boost::system::error_code failed, std::size_t) {
        self->writing_.clear();
        if (failed) return self->close();
        self->write();
      });
}

}  // namespace wedgehog::vm::libvirt
