"""The columns of the tables that the reader makes, with what each holds."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column: its storage, and what it holds."""

    kind: str
    told: str


DECISIONS = ("granted", "refused", "withdrawn", "revoked")
KINDS = ("reduction", "commutation_to_life", "commutation_to_fixed", "parole", "outside", "fine")
#: One row for each prisoner in a document that was read.
RULINGS: dict[str, Column] = {
    "document": Column("text", "File, member of an archive or row of a frame."),
    "part": Column("integer", "Number of the prisoner in the document, from 1."),
    "document_kind": Column("text", "`ruling`, `decision`, `digest`, or `part` where head or decision is missing."),
    "court": Column("text", "Court, as printed."),
    "court_level": Column("text", "`supreme`, `high`, `intermediate` or `basic`."),
    "province": Column("text", "Key of the table of provinces."),
    "case_number": Column("text", "Number of the case in one spelling."),
    "prisoner": Column("text", "Name, as printed; masked names stay masked."),
    "alias": Column("text", "Other name."),
    "sex": Column("text", "`F` or `M`."),
    "birth_date": Column("text", "Day, month or year of birth."),
    "ethnicity": Column("text", "Ethnic group, as printed."),
    "education": Column("text", "Schooling, as printed."),
    "residence": Column("text", "Where the prisoner lived or is from, as printed."),
    "prison": Column("text", "Prison, without its unit."),
    "judgment_court": Column("text", "Court of first instance of the judgment that is served."),
    "judgment_date": Column("text", "Its date."),
    "judgment_number": Column("text", "Its number in one spelling."),
    "charges": Column("text", "Offences, joined by `; `."),
    "charge_ids": Column("text", "Keys of the table of charges for those that it has."),
    "charges_without_id": Column("text", "Those that it lacks: their family is not known."),
    "sentence_type": Column("text", "`fixed`, `life`, `death_reprieve` or `suspended`."),
    "sentence_months": Column("number", "Term as passed; on appeal, as changed."),
    "sentence_days": Column("number", "Days beside the months."),
    "punishment": Column("text", "`拘役` or `管制` where it is not imprisonment."),
    "deprivation_months": Column("number", "Deprivation of political rights; -1 for life."),
    "fine_yuan": Column("number", "Fine."),
    "confiscation": Column("text", "`all` or `part` of the property."),
    "property_paid": Column("text", "`paid`, `part`, `unpaid` or `ended` (enforcement)."),
    "restricted_reduction": Column("boolean", "Reprieve with restricted reduction."),
    "life_without_reduction": Column("boolean", "Life imprisonment without reduction or parole."),
    "appeal_court": Column("text", "Court of second instance."),
    "appeal_date": Column("text", "Date of its decision."),
    "appeal_number": Column("text", "Its number."),
    "appeal_result": Column("text", "`upheld` or `changed`."),
    "retrial": Column("boolean", "Whether the later decision is a retrial."),
    "committed_date": Column("text", "Delivery to prison."),
    "term_start": Column("text", "First day of the term as passed."),
    "term_end": Column("text", "Last day of the term as passed."),
    "current_end": Column("text", "Last day of the term before this decision, where it is told."),
    "earlier_n": Column("number", "Earlier changes of the sentence."),
    "earlier_months": Column("number", "Months cut by them, where all are told."),
    "proposal_date": Column("text", "Date of the prison's proposal."),
    "proposal_body": Column("text", "Who proposed."),
    "proposed_kind": Column("text", "`reduction`, `parole` or `outside`."),
    "proposed_months": Column("number", "Months proposed."),
    "prosecutor_view": Column("text", "`agrees`, `less` or `against`."),
    "hearing": Column("text", "`heard` in court or `in_writing`."),
    "commendations": Column("number", "Commendations (表扬)."),
    "merits": Column("number", "Merits (记功)."),
    "activist_titles": Column("number", "Titles of activist (改造积极分子)."),
    "praises": Column("number", "Praises (嘉奖)."),
    "points": Column("number", "Points; provinces and periods count differently."),
    "repented": Column("boolean", "Whether repentance was found."),
    "merit": Column("boolean", "Meritorious service."),
    "major_merit": Column("boolean", "Major meritorious service."),
    "recidivist": Column("boolean", "Recidivist."),
    "gang": Column("boolean", "Organised crime."),
    "duty_crime": Column("boolean", "Crime of an office holder, by what is said or by the charge."),
    "principal": Column("boolean", "Principal offender."),
    "deducted": Column("boolean", "Breaches of prison rules are mentioned."),
    "decision": Column("text", "`granted`, `refused`, `withdrawn` or `revoked`."),
    "kind": Column(
        "text", "`reduction`, `commutation_to_life`, `commutation_to_fixed`, `parole`, `outside` (prison) or `fine`."
    ),
    "months": Column("number", "Months cut by this decision."),
    "days": Column("number", "Days beside the months."),
    "remainder": Column("boolean", "Whether all of the term that was left was cut."),
    "term_after": Column("number", "Months of the fixed term after a commutation."),
    "new_start": Column("text", "First day of the term as this decision counts it."),
    "new_end": Column("text", "Last day of the term after this decision."),
    "deprivation_after_months": Column("number", "Deprivation of political rights after it; -1 for life."),
    "deprivation_unchanged": Column("boolean", "Whether it says that this stays as it is, without a number."),
    "parole_start": Column("text", "First day of the time on parole."),
    "parole_end": Column("text", "Last day of the time on parole."),
    "outside_from": Column("text", "First day outside prison."),
    "outside_until": Column("text", "Last day outside prison."),
    "outside_reason": Column("text", "`ill`, `pregnant` or `helpless`."),
    "ruling_date": Column("text", "Date below the decision."),
    "judges": Column("number", "Members of the bench that are named."),
    "problems": Column("text", "What does not fit, joined by `; `; empty where nothing was noticed."),
}
FIELDS = tuple(c for c in RULINGS if c not in ("document", "part", "problems"))
CHANGES = ("document", "part", "change", "kind", "date", "number", "months", "days", "term_after", "start", "end")
EVIDENCE = ("document", "part", "field", "value", "start", "end", "certainty", "pattern")
ACCOUNT = ("document", "status", "reason", "prisoners", "characters", "copy_of")
