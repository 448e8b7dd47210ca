#include "conductor/performer_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include "folder/files.hpp"

namespace wedgehog::conductor {

struct performer_log::sink {
  explicit sink(std::string const& file)
      : log("performer",
            std::make_shared<spdlog::sinks::rotating_file_sink_st>(file, most_bytes, 1)) {
    log.set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v", spdlog::pattern_time_type::utc);
    // A disk that fills up is told by the run itself.
    log.set_error_handler([](std::string const&) {});
    log.flush_on(spdlog::level::info);
  }
  spdlog::logger log;
};

performer_log::performer_log(std::filesystem::path const& folder) {
  try {
    sink_ = std::make_unique<sink>((folder / folder::names::performer_log).string());
  } catch (spdlog::spdlog_ex const&) {
    sink_.reset();
  }
}

performer_log::~performer_log() = default;

void performer_log::note(std::string_view what) {
  if (sink_) sink_->log.info("{}", what);
}

void performer_log::complain(std::string_view what) {
  if (sink_) sink_->log.error("{}", what);
}

}  // namespace wedgehog::conductor
