#include <fmt/format.h>

#include "report/escape.hpp"
#include "report/facts.hpp"
#include "report/figures.hpp"

namespace wedgehog::report {
namespace {

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(json::string(clean(text)));
}

}  // namespace

json::object run_object(store::stored_run const& run, place const& where) {
  json::object object;
  object["run"] = clean(run.key.name);
  object["id"] = run.key.id == 0 ? json::value(nullptr) : json::value(run.key.id);
  object["uid"] = text_or_null(run.facts.uid);
  object["recipe"] = clean(run.facts.recipe);
  object["variant"] = text_or_null(run.facts.variant);
  object["image"] = text_or_null(run.facts.image);
  object["kernel"] = text_or_null(run.facts.kernel);
  object["seed"] = std::to_string(run.facts.seed);
  object["verdict"] = clean(store::word_of(run));
  object["kind"] = text_or_null(run.judged ? run.judged->kind : "");
  object["recovery"] = text_or_null(run.judged ? run.judged->recovery : "");
  json::array because;
  for (auto const& reason : reasons(run)) because.emplace_back(json::string(clean(reason)));
  object["because"] = std::move(because);
  object["signature"] = text_or_null(run.judged ? run.judged->signature.value_or("") : "");
  object["expected"] = text_or_null(run.judged ? run.judged->expected : "");
  object["met"] = run.judged ? json::value(run.judged->met) : json::value(nullptr);
  object["exit_code"] = run.judged ? json::value(run.judged->exit_code) : json::value(nullptr);
  object["started"] = store::to_text(run.facts.started);
  object["duration_s"] = run.played ? json::value(run.played->duration_s) : json::value(nullptr);
  object["exposure_s"] = run.played ? json::value(run.played->exposure_s) : json::value(nullptr);
  object["at_risk_s"] =
      run.played
          ? json::value(folder::at_risk_s(*run.played, run.judged.value_or(store::judgement{})))
          : json::value(nullptr);
  object["folder"] = text_or_null(folder_path(run, where));
  object["wreckage"] = text_or_null(wreckage_path(run, where));
  return object;
}

std::string run_json(store::stored_run const& run, place const& where) {
  return one_line(run_object(run, where));
}

std::string tally_json(store::tally const& one) {
  return one_line({{"recipe", clean(one.recipe)},
                   {"variant", text_or_null(one.variant)},
                   {"image", text_or_null(one.image)},
                   {"kernel", text_or_null(one.kernel)},
                   {"verdict", clean(one.verdict)},
                   {"kind", text_or_null(one.kind)},
                   {"runs", one.runs},
                   {"failed", one.failed},
                   {"exposure_hours", one.exposure_hours}});
}

std::string signature_json(store::signature_sighting const& one) {
  json::array aliases;
  for (auto const& alias : one.aliases) aliases.emplace_back(json::string(clean(alias)));
  return one_line({{"signature", clean(one.signature)},
                   {"aliases", std::move(aliases)},
                   {"verdict", clean(one.verdict)},
                   {"kind", text_or_null(one.kind)},
                   {"runs", one.runs},
                   {"first", store::to_text(one.first)},
                   {"last", store::to_text(one.last)},
                   {"latest_run", clean(one.latest.name)}});
}

}  // namespace wedgehog::report
