// The part of the supervisor that knows the requests: what each starts, and how each is answered.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "bodies.hpp"
#include "clock.hpp"
#include "os/os.hpp"
#include "supervisor.hpp"

namespace wedgehog::guest {

namespace {

constexpr std::uint64_t default_step_output = 1024 * 1024;
constexpr std::uint64_t default_workload_output = 64 * 1024;
// On a UART half a minute of nothing else would be too much.
constexpr std::uint64_t slow_step_output = 64 * 1024;
constexpr std::uint64_t slow_workload_output = 16 * 1024;
constexpr std::uint64_t chore_deadline_ms = 60 * 1000;

std::uint64_t or_default(std::uint64_t value, std::uint64_t fallback) {
  return value == 0 ? fallback : value;
}

// 0 stays 0: no deadline.
std::uint64_t deadline_after(std::uint64_t ms) {
  return ms == 0 ? 0 : now_us() + ms * 1000U;
}

// Eight bytes of shared memory behind a file that a workload can open. Null with errno.
std::atomic<std::uint64_t>* map_counter(std::string const& path) {
  int const fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return nullptr;
  void* memory = MAP_FAILED;
  if (ftruncate(fd, sizeof(std::uint64_t)) == 0)
    memory = mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return memory == MAP_FAILED ? nullptr : new (memory) std::atomic<std::uint64_t>(0);
}

void limit_output(child& one, std::uint64_t bytes) {
  for (auto& stream : one.streams) stream.limit = stream_limit(bytes);
}

template <class Shared>
Shared* map_shared() {
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Shared;
}

}  // namespace

template <class Request>
void supervisor::read_and_begin(std::string_view payload) {
  Request request;
  bool const readable = wire::decode(payload, request);
  if constexpr (std::is_same_v<Request, wire::greeting> || std::is_same_v<Request, wire::query>) {
    if (readable) begin(request);
  } else {
    if (request.request == 0 || answered_before(request.request)) return;
    if (readable)
      begin(request);
    else
      refuse(request.request, "the agent cannot read this request");
  }
}

void supervisor::take(wire::frame const& frame) {
  using type = wire::message_type;
  switch (static_cast<type>(frame.type)) {
    case type::greeting:
      return read_and_begin<wire::greeting>(frame.payload);
    case type::query:
      return read_and_begin<wire::query>(frame.payload);
    case type::echo:
      return read_and_begin<wire::echo>(frame.payload);
    case type::exec:
      return read_and_begin<wire::exec>(frame.payload);
    case type::signal:
      return read_and_begin<wire::signal>(frame.payload);
    case type::start_workload:
      return read_and_begin<wire::start_workload>(frame.payload);
    case type::stop_workload:
      return read_and_begin<wire::stop_workload>(frame.payload);
    case type::start_canary:
      return read_and_begin<wire::start_canary>(frame.payload);
    case type::stop_canary:
      return read_and_begin<wire::stop_canary>(frame.payload);
    case type::collect:
      return read_and_begin<wire::collect>(frame.payload);
    case type::power:
      return read_and_begin<wire::power>(frame.payload);
    case type::write_file:
      return read_and_begin<wire::write_file>(frame.payload);
    case type::sysrq:
      return read_and_begin<wire::sysrq>(frame.payload);
    case type::start_hog:
      return read_and_begin<wire::start_hog>(frame.payload);
    case type::stop_hog:
      return read_and_begin<wire::stop_hog>(frame.payload);
    case type::ask_hog:
      return read_and_begin<wire::ask_hog>(frame.payload);
    case type::step_clock:
      return read_and_begin<wire::step_clock>(frame.payload);
    case type::become_another:
      return read_and_begin<wire::become_another>(frame.payload);
    default:
      break;
  }
  // A newer host's request: its id is by custom the first member.
  wire::query unknown;
  if (wire::decode(frame.payload, unknown) && unknown.request != 0)
    refuse(unknown.request,
           "this agent does not know requests of type " + std::to_string(frame.type));
}

void supervisor::keep_answer(answer given) {
  out_.put(given.type, given.payload);
  auto const known = std::find_if(answers_.begin(), answers_.end(),
                                  [&](answer const& a) { return a.request == given.request; });
  if (known != answers_.end()) {
    *known = std::move(given);
    return;
  }
  if (answers_.size() == answers_limit) answers_.pop_front();
  answers_.push_back(std::move(given));
}

bool supervisor::answered_before(std::uint64_t request) {
  auto const known = std::find_if(answers_.begin(), answers_.end(),
                                  [&](answer const& a) { return a.request == request; });
  if (known == answers_.end()) return false;
  out_.put(known->type, known->payload);
  return true;
}

void supervisor::refuse(std::uint64_t request, std::string why, int error_number) {
  wire::refused message;
  message.request = request;
  message.why = std::move(why);
  if (error_number != 0) message.why += std::string(": ") + std::strerror(error_number);
  message.error_number = static_cast<std::uint32_t>(error_number);
  give_answer(message);
}

bool supervisor::has_room(std::uint64_t request) {
  if (children_.size() < children_limit) return true;
  refuse(request, "the agent already looks after " + std::to_string(children_limit) + " processes");
  return false;
}

child* supervisor::adopt(child_kind kind, std::uint64_t request, int failure,
                         spawned const& started) {
  if (failure != 0) {
    refuse(request, "starting a process in the guest", failure);
    return nullptr;
  }
  auto& one = children_.emplace_back();
  one.kind = kind;
  one.request = request;
  one.pid = started.pid;
  one.streams[0].fd = started.output;
  one.streams[1].fd = started.error;
  limit_output(one, default_step_output);
  one.began_us = now_us();
  accept(one);
  return &one;
}

void supervisor::accept(child const& one) {
  wire::accepted message;
  message.request = one.request;
  message.pid = static_cast<std::uint32_t>(one.pid);
  give_answer(message);
}

template <class Body>
child* supervisor::start_body(child_kind kind, std::uint64_t request, std::uint64_t deadline_ms,
                              Body&& body, bool protect) {
  if (!has_room(request)) return nullptr;
  spawned started;
  int const failure = spawn(std::function<int()>(std::forward<Body>(body)), protect, started);
  auto* one = adopt(kind, request, failure, started);
  if (one) one->deadline_us = deadline_after(deadline_ms);
  return one;
}

child* supervisor::find(child_kind kind, std::string_view name) {
  auto const found = std::find_if(children_.begin(), children_.end(), [&](child const& one) {
    return one.kind == kind && !one.exited && one.name == name;
  });
  return found == children_.end() ? nullptr : &*found;
}

// ---- the requests ----

void supervisor::begin(wire::greeting const&) {
  hello_.guest_us = now_us();
  out_.send(hello_);
}

void supervisor::begin(wire::query const& request) {
  if (answered_before(request.target)) return;
  for (auto const& one : children_)
    if (one.request == request.target) return accept(one);  // so old that its answer was let go
  wire::refused unknown;
  unknown.request = request.target;
  unknown.why =
      "the agent knows nothing of this request: it never arrived, or the agent was restarted";
  out_.send(unknown);  // not kept: the request itself may still come
}

void supervisor::begin(wire::echo const& request) {
  wire::echoed message;
  message.request = request.request;
  message.payload = request.payload.substr(0, wire::payload_limit - 64);
  message.guest_us = now_us();
  out_.send(message);
}

void supervisor::begin(wire::exec const& request) {
  if (!has_room(request.request)) return;
  spawned started;
  int const failure =
      spawn(program{request.interpreter, request.script, request.environment, request.directory},
            started);
  auto* one = adopt(child_kind::step, request.request, failure, started);
  if (!one) return;
  one->deadline_us = deadline_after(request.deadline_ms);
  auto const limit = or_default(request.output_limit, default_step_output);
  limit_output(*one, line_.slow ? std::min(limit, slow_step_output) : limit);
}

void supervisor::begin(wire::signal const& request) {
  auto const found = std::find_if(children_.begin(), children_.end(), [&](child const& one) {
    return one.request == request.target && !one.exited;
  });
  if (found == children_.end()) return refuse(request.request, "that request is not running");
  auto const number = request.number == 0 ? SIGKILL : static_cast<int>(request.number);
  if (number >= NSIG) return refuse(request.request, "there is no such signal");
  kill_group(*found, number);
  wire::accepted done;
  done.request = request.request;
  give_answer(done);
}

void supervisor::begin(wire::start_workload const& request) {
  if (!has_room(request.request)) return;
  if (!board_.may_add_workload(request.name))
    return refuse(request.request, "a workload of this name is running, or too many are");
  auto const name = std::string(request.name.view());
  program what{request.interpreter, request.script, request.environment, request.directory};
  auto const counter_path =
      options_.counter_directory + "/counter-" + std::to_string(request.request);
  auto* const counter = map_counter(counter_path);
  if (!counter && request.progress == wire::progress_source::counter)
    return refuse(request.request, "making the counter " + counter_path, errno);
  what.environment.push_back("WEDGEHOG_COUNTER=" + counter_path);
  what.environment.push_back("WEDGEHOG_WORKLOAD=" + name);
  what.environment.push_back("WEDGEHOG_AGENT=" + os::own_binary());
  spawned started;
  int const failure = spawn(what, started);
  auto* one = adopt(child_kind::workload, request.request, failure, started);
  if (!one) {
    if (counter) munmap(counter, sizeof *counter);
    unlink(counter_path.c_str());
    return;
  }
  one->name = name;
  one->counter = counter;
  one->counter_path = counter_path;
  one->deadline_us = deadline_after(request.deadline_ms);
  auto const limit = or_default(request.output_limit, default_workload_output);
  limit_output(*one, line_.slow ? std::min(limit, slow_workload_output) : limit);
  one->place =
      board_.add_workload(request.name, request.request, static_cast<std::uint32_t>(one->pid),
                          request.progress == wire::progress_source::counter ? counter : nullptr);
}

void supervisor::stop(std::uint64_t request, child* target, std::uint64_t grace_ms,
                      std::string const& absent) {
  if (!target) return refuse(request, absent);
  target->stop_requests.push_back(request);
  wire::accepted message;
  message.request = request;
  message.pid = static_cast<std::uint32_t>(target->pid);
  give_answer(message);
  if (grace_ms == 0) return kill_group(*target, SIGKILL);
  kill_group(*target, SIGTERM);
  kill_group(*target, SIGCONT);  // a stopped process would not notice SIGTERM
  target->kill_us = deadline_after(grace_ms);
}

void supervisor::begin(wire::stop_workload const& request) {
  auto const name = std::string(request.name.view());
  stop(request.request, find(child_kind::workload, name), request.grace_ms,
       "no workload '" + name + "' is running");
}

void supervisor::begin(wire::start_canary const& request) {
  auto const directory = std::string(request.directory.view());
  if (directory.empty() || directory[0] != '/')
    return refuse(request.request, "a canary needs an absolute directory");
  if (!board_.may_add_canary(request.directory))
    return refuse(request.request, "a canary lives there already, or there are too many");
  auto* const page = map_shared<canary_page>();
  if (!page) return refuse(request.request, "taking memory for a canary", errno);
  auto* one = start_body(child_kind::canary, request.request, 0,
                         [&request, page] { return run_canary(request, *page); });
  if (!one) {
    munmap(page, sizeof *page);
    return;
  }
  one->name = directory;
  // The page stays mapped after the canary's end, for the beats: a few KiB per canary ever started.
  one->place = board_.add_canary(request.directory, request.request, page);
}

void supervisor::begin(wire::stop_canary const& request) {
  auto const directory = std::string(request.directory.view());
  stop(request.request, find(child_kind::canary, directory), 0, "no canary lives in " + directory);
}

void supervisor::begin(wire::collect const& request) {
  auto* one =
      start_body(child_kind::collector, request.request, or_default(request.deadline_ms, 30000),
                 [&request] { return run_collector(request); });
  if (!one) return;
  one->may_pack = request.may_pack;
  limit_output(*one, ~std::uint64_t{0});  // bounded by its deadline and by the host
}

void supervisor::begin(wire::power const& request) {
  if (!options_.in_guest) return refuse(request.request, "this agent does not run in a guest");
  // Without a deadline: a power-off that hangs is what somebody may be looking for.
  start_body(child_kind::chore, request.request, 0, [&request] { return run_power(request); });
}

void supervisor::begin(wire::write_file const& request) {
  start_body(child_kind::chore, request.request, chore_deadline_ms,
             [&request] { return run_write_file(request); });
}

void supervisor::begin(wire::sysrq const& request) {
  if (!options_.in_guest) return refuse(request.request, "this agent does not run in a guest");
  start_body(child_kind::chore, request.request, chore_deadline_ms,
             [&request] { return run_sysrq(request); });
}

void supervisor::begin(wire::start_hog const& request) {
  if (find(child_kind::hog, "")) return refuse(request.request, "a hog is at work already");
  bool const in_file =
      request.kind == wire::hog_kind::page_cache || request.kind == wire::hog_kind::dirty;
  bool const beside = request.dirty_mebibytes > 0;
  if (request.mebibytes == 0) return refuse(request.request, "a hog that takes nothing");
  if (in_file && beside) return refuse(request.request, "a dirty file goes beside memory only");
  if ((in_file || beside) && (request.directory.empty() || request.directory[0] != '/'))
    return refuse(request.request, "such a hog needs an absolute directory");
  if (hog_ == nullptr) hog_ = map_shared<hog_page>();
  if (hog_ == nullptr) return refuse(request.request, "taking memory to report in", errno);
  hog_->held = hog_->peak = hog_->rounds = hog_->dirty = hog_->dirty_peak = 0;
  hog_signal_ = 0;
  start_body(
      child_kind::hog, request.request, 0,
      [&request, page = hog_] { return run_hog(request, *page); }, request.protect);
}

void supervisor::begin(wire::ask_hog const& request) {
  if (hog_ == nullptr) return refuse(request.request, "there has been no hog");
  wire::hog_state message;
  message.request = request.request;
  message.gone = find(child_kind::hog, "") == nullptr;
  message.held = message.gone ? 0 : hog_->held.load();
  message.peak = hog_->peak;
  message.rounds = hog_->rounds;
  message.signal = hog_signal_;
  message.dirty = message.gone ? 0 : hog_->dirty.load();
  message.dirty_peak = hog_->dirty_peak;
  out_.send(message);
}

void supervisor::begin(wire::step_clock const& request) {
  // Outside a guest this would be the host's clock.
  if (!options_.in_guest) return refuse(request.request, "this agent does not run in a guest");
  start_body(child_kind::chore, request.request, chore_deadline_ms,
             [&request] { return run_step_clock(request); });
}

void supervisor::begin(wire::become_another const& request) {
  if (!options_.in_guest) return refuse(request.request, "this agent does not run in a guest");
  if (request.seed.size() < wire::least_seed)
    return refuse(request.request, "too few random bytes to become another with");
  start_body(child_kind::chore, request.request, chore_deadline_ms,
             [&request] { return run_become_another(request); });
}

void supervisor::begin(wire::stop_hog const& request) {
  stop(request.request, find(child_kind::hog, ""), 0, "no hog is at work");
}

}  // namespace wedgehog::guest
