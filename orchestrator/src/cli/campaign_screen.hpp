// What a person sees of a campaign: on a terminal a table that is redrawn, with a line above it for
// what is new; a line per run in a pipe, JSON lines when asked for, nothing when quiet.
#pragma once

#include <string>

#include "cli/campaign_table.hpp"
#include "cli/commands.hpp"
#include "farm/run_report.hpp"
#include "farm/supervise.hpp"
#include "loop/clock.hpp"

namespace wedgehog::cli {

class campaign_screen {
 public:
  campaign_screen(common_options const& common, std::string name, std::string where);
  ~campaign_screen() { clear(); }

  void say(std::string const& what);
  void ended(farm::cell_name const& cell, farm::run_report const& report,
             farm::taken_run const& taken);
  void look(farm::campaign_book const& book);
  void finish(farm::campaign_book const& book, std::string const& why);
  [[nodiscard]] campaign_sight const& sight() const { return sight_; }

 private:
  void clear();
  void draw();
  void draw_soon();

  common_options const& common_;
  bool terminal_;
  loop::time_point began_;
  campaign_sight sight_;
  std::size_t lines_ = 0;  // that the table takes now
  loop::time_point drawn_{};
};

}  // namespace wedgehog::cli
