// The keys of a campaign file (place::campaign): the first row is the file, the others are the
// sections below it.
#include "recipe/catalogue.hpp"

namespace wedgehog::recipe {

std::vector<word> const& campaign_words() {
  using enum value_kind;
  static std::vector<word> const rows{
      {.where = place::campaign,
       .name = "campaign",
       .doc = "A campaign is many runs with one purpose: every variant of its recipes on every "
              "image is a cell, which is run until it has had enough.",
       .parameters =
           {
               {"name", name, "What the night is called in reports.", true},
               {"about", text, "What it is to find out."},
               {"recipes", lines,
                "Recipe files, or folders of them, counted from the folder of this file.", true},
               {.name = "only",
                .kind = matrix,
                .doc = "Names of variants with the values that are wanted. Recipes without such a "
                       "variant are run as they are."},
               {"images", names,
                "Other images than the recipes name: each recipe is run on each of them."},
               {"seed", count,
                "Where chance begins; each run derives its own from it. Left out: drawn when the "
                "campaign begins.",
                false, "", "0", "18446744073709551615"},
               {"seeds", lines,
                "The seeds of each cell's runs, one after the other and then from the first. "
                "Without `runs`, as many runs as there are seeds."},
               {"runs", count, "A cell has had enough after so many runs that are not void.", false,
                "", "1", "10000000"},
               {"hours", fraction, "A cell has had enough after so many machine-hours of exposure.",
                false, "", "0.0001", "1000000"},
               {.name = "until",
                .kind = section,
                .doc = "A cell has had enough when so much is known.",
                .of = "until"},
               {"time", duration,
                "After so long no run is begun any more; those that are under way end by "
                "themselves. Counts from each start and resumption."},
               {"slots", count, "So many runs at once; `-j` says otherwise.", false, "", "1",
                "10000"},
               {.name = "order",
                .kind = one_of,
                .doc = "Which cell the next free slot goes to.",
                .preset = "least-known",
                .choices = {{"least-known", "the one about whose rate least is known"},
                            {"in-turn", "the one with the fewest runs"}}},
               {"void_in_a_row", count,
                "A cell that so often in a row came to nothing (invalid, host-starved) is given "
                "up, and said to be.",
                false, "5", "1", "1000000"},
               {.name = "retention",
                .kind = section,
                .doc = "What is removed of the campaign's runs to make room: timelines and "
                       "evidence, never what a run was and was judged to be.",
                .of = "retention"},
               {.name = "new_signature",
                .kind = one_of,
                .doc = "What to do when a failure is seen that the results database does not "
                       "know. It is told in any case.",
                .preset = "keep",
                .choices = {{"keep", "its run loses nothing to `retention`"},
                            {"stop", "the same, and no run is begun any more"},
                            {"nothing", "it is treated as any other"}}},
               {"hook", lines,
                "A command with its arguments, run for each new signature and at the end, with "
                "what happened as JSON on its standard input. It has a minute."},
               {"metrics", line,
                "A file for node_exporter's textfile collector, written anew every few seconds."},
           },
       .example = R"(name: nightly
recipes: [../smoke, ../lab/lost-wakeup.yaml]
images: [linux, linux-6.12]
runs: 20
time: 8h
)"},
      {.where = place::campaign,
       .name = "until",
       .doc = "How much must be known of a cell.",
       .parameters =
           {
               {"hits", count, "So many runs that failed.", false, "", "1", "1000000"},
               {"signature", line, "Only failures with this signature are hits."},
               {"width", fraction,
                "The upper bound of the rate's 95 % interval over its lower one: 3 needs about 15 "
                "hits, 10 about 4.",
                false, "", "1.05", "1000000"},
           }},
      {.where = place::campaign,
       .name = "retention",
       .doc = "What is removed of a campaign's runs to make room.",
       .parameters = {
           {"age", duration, "Of runs that began longer ago."},
           {"per_signature", count, "Of each failure all but the newest so many.", false, "", "1",
            "1000000"},
           {"bytes", size,
            "Of all the campaign's runs together, until so much is left: those that passed "
            "first."},
       }}};
  return rows;
}

}  // namespace wedgehog::recipe
