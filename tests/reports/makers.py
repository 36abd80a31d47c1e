"""The sections of the report, in the order of the page: the name of each and what makes it."""

from clemency.reports import answers
from clemency.reports.associations import hazards, leadsandlags, relations
from clemency.reports.descriptions import counts, lists, provinces, quality, quarterly, recurrent, states
from clemency.reports.lead import section as lead
from clemency.reports.planned import section as planned

MAKERS = {
    "summary": lead.the_quarter,
    "new-acts": quarterly.new_acts,
    "timeline": quarterly.acts_over_time,
    "register": planned.the_register,
    "incidence": quarterly.cumulative_incidence,
    "all-reductions": recurrent.all_reductions,
    "states": states.where_they_are,
    "hazards": hazards.hazard_ratios,
    "relations": relations.after_events,
    "event-study": leadsandlags.before_and_after,
    "medical-parole": quarterly.medical_parole,
    "lists": lists.lists_and_responses,
    "provinces": provinces.province_map,
    "counts": counts.what_is_counted,
    "answers": answers.what_can_be_said,
    "limits": quality.about_data,
}
