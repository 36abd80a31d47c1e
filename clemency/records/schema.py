"""The shipped tables declared once: columns, types, vocabularies and keys.

Loading, checking, the codebook and ``datapackage.json`` all read these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "edtf", "integer", "number", "boolean", "category", "ids", "list"]

CHARGE_FAMILIES = (
    "endangering_state_security",
    "counterrevolution",
    "cult",
    "public_security_terrorism",
    "public_order",
    "speech",
    "violent",
    "economic",
    "corruption",
    "hooliganism_historic",
    "other",
)
ACT_TYPES = (
    "sentence_reduction",
    "commutation_death_to_life",
    "commutation_death_to_fixed",
    "commutation_life_to_fixed",
    "medical_parole",
    "parole",
    "special_pardon",
    "early_release",
    "temporary_leave",
    "reduction_denied",
    "parole_denied",
    "medical_parole_denied",
    "sentence_extension",
)
#: Kinds of acts that are granted; the others refuse, extend, or let somebody out for a while.
GRANTED = (
    "sentence_reduction",
    "commutation_death_to_life",
    "commutation_death_to_fixed",
    "commutation_life_to_fixed",
    "medical_parole",
    "parole",
    "special_pardon",
    "early_release",
)
SENTENCE_TYPES = ("fixed", "life", "death_reprieve", "death", "suspended", "rtl", "pending", "none")
#: Day of the export of the CECC's database: what was seen later is no follow-up of its cases.
REGISTER_AS_OF = "2020-07-23"
#: How a case became known: in the CECC's database whatever came later, because of an act, or otherwise.
FRAMES = ("register", "act", "compiled")
#: What the date of an act is of. A release or a report closes an interval; only an early release is dated by itself.
DATE_BASES = ("act", "effect", "release", "report", "inferred")
STATUSES = (
    "serving",
    "medical_parole",
    "parole",
    "released_early",
    "released_on_expiry",
    "released",
    "died_in_custody",
    "executed",
    "unknown",
)
PARTNERS = ("US", "EU", "UK", "UN", "DE", "FR", "JP", "AU", "CA", "NO", "CH", "NL", "SE", "DK", "KR")
EVENT_TYPES = (
    "human_rights_dialogue",
    "legal_experts_dialogue",
    "diplomatic_dialogue",
    "summit",
    "state_visit",
    "high_level_visit",
    "prisoner_release_deal",
    "relations_thaw",
    "relations_shock",
    "dialogue_suspension",
    "sanction",
    "legislation",
    "trade_status",
    "arms_sale",
    "taiwan_contact",
    "un_resolution",
    "award",
    "olympics_or_mega_event",
)
REGIONS = ("North", "Northeast", "East", "South Central", "Southwest", "Northwest", "Hong Kong, Macau and Taiwan")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``ids`` holds keys of another table separated by blanks, ``list`` holds texts separated by
    ``"; "``, ``edtf`` a partial date or interval (see :mod:`clemency.records.dates`). An ``optional`` column may be
    absent from the file, as from those of the first edition, and is then empty.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    levels: tuple[str, ...] = ()
    refers: str = ""
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    derived: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in file order and the key that identifies a row."""

    name: str
    title: str
    row: str
    key: str
    columns: tuple[Column, ...]

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns found in the file; the others are derived on loading."""
        return tuple(c for c in self.columns if not c.derived)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _key(name: str, description: str) -> Column:
    return Column(name, "text", description, required=True)


_SOURCES = Column(
    "source_ids", "ids", "Documents that state this row, keys of `sources`.", required=True, refers="sources"
)
_NOTE = Column("note", "text", "What the columns cannot say: limits, disagreements, circumstances.")

SOURCES = Table(
    "sources",
    "Published documents",
    "one published document",
    "source_id",
    (
        _key("source_id", "Key: publisher and a short hash of the address."),
        Column("publisher", "text", "Who published the document.", required=True),
        Column("title", "text", "Title as published, where the page was seen."),
        Column("date", "edtf", "Date of publication, as far as known."),
        Column("address", "text", "Where the document can be opened.", required=True),
        Column("accessed", "edtf", "When the document was consulted.", required=True),
        _NOTE,
    ),
)

PROVINCES = Table(
    "provinces",
    "Provinces and regions of China",
    "one provincial-level unit",
    "province",
    (
        _key("province", "ISO 3166-2:CN code."),
        Column("name", "text", "English name.", required=True),
        Column("name_zh", "text", "Name in characters.", required=True),
        Column(
            "region",
            "category",
            "One of the six statistical regions of the mainland, or Hong Kong, Macau and Taiwan.",
            required=True,
            levels=REGIONS,
        ),
        Column("court_abbreviation", "text", "One-character abbreviation used in court case numbers.", required=True),
        Column("grid_row", "integer", "Row in the tile grid, from the north.", required=True, minimum=0),
        Column("grid_column", "integer", "Column in the tile grid, from the west.", required=True, minimum=0),
        _SOURCES,
    ),
)

CHARGES = Table(
    "charges",
    "Charges and their families",
    "one charge of the 1979 or 1997 Criminal Law",
    "charge_id",
    (
        _key("charge_id", "Statute, article and paragraph, such as `CL97-105(2)`."),
        Column("statute", "category", "Criminal Law of 1979 or 1997.", required=True, levels=("CL79", "CL97")),
        Column("article", "text", "Article; inserted articles carry a letter (`120c`).", required=True),
        Column("paragraph", "text", "Paragraph, where it names a charge of its own."),
        Column("charge", "text", "Name of the charge in English.", required=True),
        Column("charge_zh", "text", "Name of the charge in Chinese, as in the courts' list of charges."),
        Column("family", "category", "Group of charges used in analysis.", required=True, levels=CHARGE_FAMILIES),
        Column("predecessor", "text", "Provision of the 1979 law that it replaced, where a source says so."),
        _SOURCES,
        _NOTE,
    ),
)

CASES = Table(
    "cases",
    "Cases",
    "one person's one conviction, or one detention without conviction",
    "case_id",
    (
        _key("case_id", "Key: surname, given name, year of the sentence or detention where known."),
        _key("person_id", "Shared by the cases of one person."),
        Column("name", "text", "Name in Latin letters as published, surname first for Chinese names.", required=True),
        Column("name_zh", "text", "Name in the characters used in Chinese documents."),
        Column("aliases", "list", "Other published names."),
        Column("sex", "category", "Sex as published.", levels=("F", "M")),
        Column("ethnicity", "category", "Ethnic group where a source states it; empty does not mean Han."),
        Column("citizenship", "text", "Citizenship where it is not Chinese, or Hong Kong, Macau or Taiwan."),
        Column("birth_date", "edtf", "Birth date, nearly always the year alone."),
        Column("province", "category", "Province of the court or, failing that, of the detention.", refers="provinces"),
        Column("court", "text", "Court that passed the sentence."),
        Column("charge", "list", "Charges as the sources word them."),
        Column("conduct", "text", "Conduct that a source gives where it states no charge."),
        Column("charge_ids", "ids", "Articles that a source states.", refers="charges"),
        Column("charge_ids_derived", "ids", "Articles derived from the wording of the charge.", refers="charges"),
        Column("detention_date", "edtf", "Start of custody."),
        Column("sentence_date", "edtf", "Date of the first-instance sentence, or of the last one on retrial."),
        Column(
            "sentence_type",
            "category",
            "Kind of sentence; `death_reprieve` is death with two years' reprieve, `suspended` a fixed term that is "
            "not served unless revoked, `rtl` re-education through labour, `pending` awaiting trial or sentence when "
            "last seen, "
            "`none` held without a sentence.",
            levels=SENTENCE_TYPES,
        ),
        Column(
            "sentence_months", "number", "Term of a fixed sentence as passed.", minimum=0.25, maximum=900, unit="months"
        ),
        Column("prison", "list", "Places where the sentence was served."),
        Column(
            "status",
            "category",
            "Last legal status that a source states; `died_in_custody` also for a death on medical parole, while the "
            "sentence ran.",
            required=True,
            levels=STATUSES,
        ),
        Column("status_date", "edtf", "When that status began; empty for `serving` and `unknown`."),
        Column("destination", "text", "Country or territory gone to on release, if abroad."),
        Column("seen_date", "edtf", "Last date at which a source shows the status."),
        Column(
            "seen_basis",
            "category",
            "`stated` in the text, or taken from the `source_date` of publication.",
            levels=("stated", "source_date"),
        ),
        Column("raised_by", "list", "Governments and organisations reported to have raised the case."),
        Column("raised_date", "edtf", "First date at which it is reported as raised."),
        Column(
            "political",
            "category",
            "Whether the case is one of political or religious imprisonment: `no` marks ordinary prisoners and "
            "officials, "
            "who are there for comparison, `disputed` those on whom sources disagree.",
            levels=("yes", "disputed", "no"),
            optional=True,
        ),
        Column(
            "frame",
            "category",
            "How the case became known: `register` if it is in the CECC's Political Prisoner Database, which opens a "
            "record at detention or sentence; `act` if no document that we know has it before its first act of "
            "clemency; else `compiled`. The shipped cases of the register are no sample of it, since most are shipped "
            "because they had an act: rates and models of who receives one need the whole register, or "
            "`register_cells`.",
            levels=FRAMES,
            optional=True,
        ),
        Column(
            "cecc_record",
            "ids",
            "Numbers of the case's records in the CECC's Political Prisoner Database.",
            optional=True,
        ),
        Column(
            "known_from",
            "edtf",
            "When a public document first had the case, as far as the dates of its documents and the year of the "
            "CECC's "
            "record tell.",
            optional=True,
        ),
        Column("inferred", "ids", "Columns whose value was inferred and not stated."),
        _SOURCES,
        _NOTE,
        Column("province_name", "category", "English name of the province.", derived=True),
        Column("region", "category", "Statistical region of the province.", levels=REGIONS, derived=True),
        Column(
            "charge_family",
            "category",
            "Family of the charges, stated articles before derived ones; where they fall in several families, the "
            "first in the order of the vocabulary.",
            levels=CHARGE_FAMILIES,
            derived=True,
        ),
        Column(
            "charge_basis",
            "category",
            "Whether the family rests on articles that are `stated` or `derived`.",
            levels=("stated", "derived"),
            derived=True,
        ),
        Column(
            "expiry_date",
            "edtf",
            "End of the fixed term, counted from the start of custody, less the months cut by dated acts and plus "
            "those added (Criminal Law art. 47).",
            derived=True,
        ),
    ),
)

ACTS = Table(
    "acts",
    "Acts of clemency and their reverse",
    "one act in one case, or one total over several acts that no source tells apart",
    "act_id",
    (
        _key("act_id", "Key: case, act type and date."),
        Column("case_id", "text", "The case, key of `cases`.", required=True, refers="cases"),
        Column("act_type", "category", "What was decided.", required=True, levels=ACT_TYPES),
        Column(
            "act_date",
            "edtf",
            "Date of the act. Where only a release or a report is dated, an interval that ends there and begins on "
            "the last "
            "day on which the sources show that it had not happened, or with the sentence.",
        ),
        Column(
            "date_basis",
            "category",
            "What is dated: the `act` itself, its `effect` (the day of leaving prison on medical parole or parole), "
            "the "
            "`release` that followed or, for an early release, that it is, the first `report`; `inferred` from other "
            "dates.",
            levels=DATE_BASES,
        ),
        Column(
            "months",
            "number",
            "Months cut, or added by an extension; for an early release, months before the end of the term.",
            minimum=0,
            maximum=300,
            unit="months",
        ),
        Column(
            "term_after",
            "number",
            "Fixed term after a commutation from death or life, from the ruling, or from the end of the reprieve where "
            "a death sentence becomes a fixed term at once; or the combined term that a judgment in prison passed, "
            "from its own day. What an extension adds is in `months`.",
            minimum=1,
            maximum=300,
            unit="months",
        ),
        Column(
            "scope",
            "category",
            "`single`: one act; `combined`: an extension that passed a new combined term; `total`: the sum over acts "
            "that no "
            "source tells apart. A total is never an event.",
            required=True,
            levels=("single", "combined", "total"),
        ),
        Column("n_acts", "integer", "How many acts a total stands for, where stated.", minimum=1),
        Column("authority", "text", "Court or authority that decided."),
        Column("destination", "text", "Country or territory gone to, if abroad."),
        Column(
            "certainty",
            "category",
            "`stated` by a source, or `inferred` from the term and the date of release.",
            required=True,
            levels=("stated", "inferred"),
        ),
        _SOURCES,
        _NOTE,
    ),
)

EVENTS = Table(
    "events",
    "Events in bilateral relations",
    "one dated event between China and a partner",
    "event_id",
    (
        _key("event_id", "Key: date, partner and label."),
        Column("date", "edtf", "Date, or the interval within which it fell.", required=True),
        Column("partner", "category", "Partner by its usual two-letter code.", required=True, levels=PARTNERS),
        Column("event_type", "category", "Kind of event.", required=True, levels=EVENT_TYPES),
        Column(
            "direction",
            "integer",
            "+1 closer relations, -1 worse, 0 neither, by the plain meaning of the type.",
            required=True,
            minimum=-1,
            maximum=1,
        ),
        Column("place", "text", "Where it took place."),
        Column("label", "text", "Short name for figures.", required=True),
        _SOURCES,
        _NOTE,
    ),
)

LISTS = Table(
    "lists",
    "Prisoner lists and responses as published",
    "one published count of lists, names asked about and answers",
    "list_id",
    (
        _key("list_id", "Key: period and scope."),
        Column("period", "edtf", "Date or period that the counts cover.", required=True),
        Column("scope", "text", "Who asked whom.", required=True),
        Column(
            "cumulative",
            "boolean",
            "True for a running total since the start of the period; never add the two kinds.",
            required=True,
        ),
        Column("lists_submitted", "integer", "Lists or written requests handed over.", minimum=0),
        Column("names_asked", "integer", "Prisoners named in them.", minimum=0),
        Column("responses_received", "integer", "Responses received.", minimum=0),
        Column("prisoners_responded", "integer", "Prisoners about whom a response gave information.", minimum=0),
        Column("acts_of_clemency", "integer", "Acts of clemency counted by the source.", minimum=0),
        Column("names_asked_f", "integer", "Women named.", minimum=0),
        Column("names_asked_m", "integer", "Men named.", minimum=0),
        Column("responded_f", "integer", "Women about whom a response gave information.", minimum=0),
        Column("responded_m", "integer", "Men about whom a response gave information.", minimum=0),
        Column("database_names", "integer", "Names in Dui Hua's prisoner database.", minimum=0),
        _SOURCES,
        _NOTE,
    ),
)

STATISTICS = Table(
    "statistics",
    "Official statistics",
    "one published figure",
    "statistic_id",
    (
        _key("statistic_id", "Key: measure, area, period, subgroup and unit."),
        Column("period", "edtf", "Year, date or period; empty where the source does not date the figure."),
        Column("level", "category", "Area covered.", required=True, levels=("national", "province", "prefecture")),
        Column("province", "category", "Province, for the two lower levels.", refers="provinces"),
        Column("measure", "category", "What is counted.", required=True),
        Column("value", "number", "The figure.", required=True),
        Column("unit", "text", "Unit; figures in different units must not be added.", required=True),
        Column("subgroup", "text", "Group or bound that the figure is limited to."),
        Column(
            "certainty",
            "category",
            "`official` or taken from an official text, `secondary`, or `derived` from published figures.",
            required=True,
            levels=("official", "secondary", "derived"),
        ),
        _SOURCES,
        _NOTE,
    ),
)

_COUNTED = tuple(
    Column(name, "integer", f"{told} in them; a case leaves at its first act or end.", required=True, minimum=0)
    for name, told in (
        ("sentence_reduction", "Sentence reductions"),
        ("medical_parole", "Medical paroles"),
        ("early_release", "Early releases, paroles and releases of an unknown form before the end of the term"),
        ("expiry", "Terms that ran out"),
        ("death", "Deaths in custody"),
    )
)

REGISTER_CELLS = Table(
    "register_cells",
    "The CECC's database in counts: person-time and acts",
    "one group of cases of the CECC's Political Prisoner Database in one period",
    "cell_id",
    (
        _key("cell_id", "Key: entry, groups, level, period and years since sentence."),
        Column(
            "entry",
            "category",
            "Whether cases enter with their `sentence` or when they were `documented`, if later.",
            required=True,
            levels=("documented", "sentence"),
        ),
        Column("by", "text", "What the cases are grouped by; two groupings are joined by `; `.", required=True),
        Column("level", "text", "The group. Groups of fewer than five cases are joined.", required=True),
        Column("period", "edtf", "Five calendar years, as first and last year.", required=True),
        Column("years", "text", "Years since sentence; `all` where groups are crossed.", required=True),
        Column(
            "cases", "integer", "Cases with time in the cell; a case has time in several.", required=True, minimum=5
        ),
        Column("person_months", "number", "Months at risk.", required=True, minimum=0, unit="months"),
        *_COUNTED,
        _SOURCES,
    ),
)

REGISTER_COVERAGE = Table(
    "register_coverage",
    "The CECC's database in counts: records by year, province and charge",
    "one group of records of the CECC's Political Prisoner Database",
    "coverage_id",
    (
        _key("coverage_id", "Key: grouping and level."),
        Column("by", "text", "What the records are grouped by; two groupings are joined by `; `.", required=True),
        Column("level", "text", "The group. Groups of fewer than five records are joined.", required=True),
        Column("records", "integer", "Records of the database.", required=True, minimum=5),
        Column("sentenced", "integer", "Of them, with a sentence that is known.", required=True, minimum=0),
        Column("with_acts", "integer", "Of them, with an act of clemency that is known.", required=True, minimum=0),
        Column(
            "within_a_year",
            "integer",
            "Of them, opened in the year of the detention or the next.",
            required=True,
            minimum=0,
        ),
        _SOURCES,
    ),
)

RULES = Table(
    "rules",
    "Legal rules on reduction, parole and service outside prison",
    "one threshold of one instrument",
    "rule_id",
    (
        _key("rule_id", "Key: instrument, article and case."),
        Column("effective_from", "edtf", "First day in force.", required=True),
        Column("effective_to", "edtf", "Last day in force; empty where no end was seen."),
        Column("instrument", "text", "Law, interpretation or provisions.", required=True),
        Column("article", "text", "Article, where the source gives it."),
        Column("applies_to", "text", "Conditions, `key=value` joined by `;`, alternatives by `|`.", required=True),
        Column("rule_kind", "category", "What the threshold limits.", required=True),
        Column("value", "text", "Number, fraction or word; empty where the rule leaves it open."),
        Column("unit", "text", "Unit of the value.", required=True),
        _SOURCES,
        _NOTE,
    ),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        CASES,
        ACTS,
        EVENTS,
        LISTS,
        STATISTICS,
        REGISTER_CELLS,
        REGISTER_COVERAGE,
        RULES,
        CHARGES,
        PROVINCES,
        SOURCES,
    )
}
