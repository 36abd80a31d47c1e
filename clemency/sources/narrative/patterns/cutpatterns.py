"""Patterns for sentences that were lengthened or cut, and for what was refused or asked (see ``table.py``)."""

from __future__ import annotations

from clemency.sources.narrative.patterns.phrases import (
    ADVERBS,
    GET,
    GIVE,
    MEDICAL,
    NAMES,
    OWNERS,
    REDUCE,
    TERM,
    Pattern,
)
from clemency.sources.narrative.prose.durations import DURATION, NUMBER
from clemency.sources.narrative.prose.persons import WORD

REFUSE = r"(?:den(?:ied|y|ies|ying)|refus(?:ed?|es|ing)|reject(?:ed|s|ing)?|turn(?:ed)? down|declin(?:ed|ing))"
ASK = (
    r"(?:appl(?:ied|y|ying|ication|ications)|request(?:s|ed|ing)?|sought|seeking|petitioned|asked|recommend(?:ed|"
    r"s|ing)?)"
)
SOUGHT = rf"(?P<anchor>{MEDICAL}|(?<!medical )(?<!Medical )[Pp]arole\b|sentence reductions?|reduction)"

REFUSALS = (
    Pattern(
        "extension",
        "sentence_extension",
        "owner",
        rf"(?P<anchor>\b(?:extend(?:ed|ing)|lengthen(?:ed|ing)|prolonged)) (?:the )?(?P<who>{OWNERS} )?(?:own )?{TERM}",
        yes=("In 1998 officials extended Alpha Person's sentence by six years.",),
        no=("Authorities extended Alpha Person's bail by one year.", "Officials extended Beta Somebody's sentence."),
    ),
    Pattern(
        "extension-passive",
        "sentence_extension",
        "owner",
        rf"(?P<who>{OWNERS} )?\b(?:the )?{TERM} (?:\w+ )?(?:was|had been|has been|"
        rf"were){ADVERBS} (?P<anchor>extended|lengthened|prolonged|increased)|"
        r"\((?:later|subsequently|reportedly|allegedly|then|was| )+(?P<anchor2>extended) by",
        yes=(
            "Alpha Person's sentence was extended by three years.",
            "A court sentenced Alpha Person to one year of RTL (later extended by 10 months).",
        ),
        no=("The investigation period of Alpha Person was extended.",),
    ),
    Pattern(
        "extension-given",
        "sentence_extension",
        "nearest",
        rf"\b(?:sentenced|g[ai]ve[n]?|received|ordered|"
        rf"got)(?P<object>[^.;]{{0,40}}?) an? (?:additional )?{DURATION} (?:sentence )?(?P<anchor>extension)\b",
        yes=("Alpha Person was sentenced to an eight-year extension on April 4, 1992.",),
        no=("Beta Somebody was sentenced to an eight-year extension on April 4, 1992.",),
    ),
    Pattern(
        "extension-added",
        "sentence_extension",
        "nearest",
        rf"(?:{DURATION}|{NUMBER} more years?|{NUMBER} more months?)(?: more)? (?:were|"
        rf"was)(?: \w+ly)? (?P<anchor>added)\b",
        yes=("Alpha Person took part in a protest. In May 1998, six years were added.",),
        no=("The lawyer added that Alpha Person was ill.",),
    ),
    Pattern(
        "refused",
        "denied",
        "nearest",
        rf"\b{REFUSE}\b(?: to)?(?P<object>[^.;]{{0,90}}?)\b{SOUGHT}",
        yes=(
            "Authorities refused several requests for medical parole for Alpha Person.",
            "Officials denied Alpha Person's application for parole.",
            "Alpha Person is ill but was denied medical parole.",
        ),
        no=(
            "Officials denied Beta Somebody medical parole.",
            "Authorities refused to give Alpha Person medical treatment.",
        ),
    ),
    Pattern(
        "refused-after",
        "denied",
        "nearest",
        rf"{SOUGHT}(?P<object>[^.;]{{0,80}}?)\b(?:{REFUSE}|unsuccessful\w*|without success|to no avail)\b",
        yes=(
            "Requests for medical parole for Alpha Person were denied.",
            "The family asked for medical parole for Alpha Person but officials refused.",
            "Parole was denied to Alpha Person.",
        ),
        no=("Alpha Person was granted medical parole.",),
    ),
    Pattern(
        "asked",
        "denied",
        "nearest",
        rf"\b(?P<verb>{ASK})\b(?P<object>[^.;]{{0,80}}?)\b{SOUGHT}|\b(?P<anchor2>{MEDICAL}|"
        rf"sentence reduction) (?:application|request)",
        yes=("In May 2012 the family of Alpha Person applied for his release on medical parole.",),
        no=("The court granted Alpha Person's request for medical parole.",),
    ),
)

CUTS = (
    Pattern(
        "commute-chained",
        "reduction",
        "nearest",
        rf"\b(?:commuted|reduced|changed) to life(?: imprisonment| in prison)?(?: (?:in|"
        rf"on) [\w ,]{{4,20}}?)?,? (?:and|then)(?: (?:then|later|subsequently|again|in|"
        rf"on)\b[\w ,]{{0,20}}?)? (?P<anchor>to) (?=(?:a )?(?:fixed|{DURATION}))",
        yes=(
            "In January 1991, Alpha Person's sentence was commuted to life imprisonment, and in April 1993 "
            "to a fixed term of 20 years.",
        ),
        no=("Beta Somebody's sentence was commuted to life imprisonment and then to 17 years.",),
    ),
    Pattern(
        "resentenced",
        "resentenced",
        "patient",
        rf"\b(?P<verb>(?P<anchor>re-?sentenced))\b(?P<object>[^.;]{{0,60}}?)\bto (?=(?:a term of )?{DURATION}|life)",
        yes=(
            "Alpha Person was sentenced to 12 years. On July 11, 1997, the High Court resentenced Alpha "
            "Person to four years.",
        ),
        no=("Alpha Person was sentenced to 12 years. The High Court resentenced Beta Somebody to four years.",),
    ),
    Pattern(
        "reduce-owner",
        "reduction",
        "owner",
        rf"\b(?P<anchor>{REDUCE}) (?:the (?:length of |duration of )?(?:the )?)?(?:(?<=the )|"
        rf"(?P<who>{OWNERS} )(?:the )?){TERM}(?! of)(?! (?:was|were))|"
        rf"\b(?P<anchor3>eliminated|remitted|commuted) the (?:balance|remainder|rest) of (?P<who3>{OWNERS} ){TERM}",
        yes=(
            "A court reduced Alpha Person's sentence by six months on May 4, 2015.",
            "Authorities twice reduced his sentence length after Alpha Person reformed.",
            "The court reduced Beta Somebody's and Alpha Person's sentences by 5 months.",
        ),
        no=(
            "The court reduced Beta Somebody's sentence by six months.",
            "The court may reduce the fine of Alpha Person.",
            "A court lowered Alpha Person's term of deprivation of political rights.",
        ),
    ),
    Pattern(
        "reduce-of",
        "reduction",
        "owner",
        rf"\b(?P<anchor>{REDUCE}) (?:the )?{TERM} of (?P<who>(?:[a-z]+ ){{0,3}}(?:{NAMES}|[a-z0-9 ]+))",
        yes=(
            "The court reduced the sentences of Beta Somebody, Alpha Person, and Gamma Somebody by 6 months.",
            "A court commuted the six-year prison sentence of the writer Alpha Person by one year.",
        ),
        no=("The court reduced the sentence of Beta Somebody by 6 months.",),
    ),
    Pattern(
        "reduce-that-of",
        "reduction",
        "owner",
        rf"\b(?P<anchor>(?:that|those) of) (?P<who>{NAMES}) by (?={DURATION})",
        yes=("The court reduced the sentence of Beta Somebody by 6 months, and that of Alpha Person by 7 months.",),
        no=("The court reduced the sentence of Gamma Somebody by 6 months, and that of Beta Somebody by 7.",),
    ),
    Pattern(
        "reduce-list",
        "reduction",
        "owner",
        rf"(?:,|\band) (?:and )?(?P<who>{WORD}(?: {WORD}){{0,3}}'s?(?:(?:, and |, |"
        rf" and ){WORD}(?: {WORD}){{0,3}}'s?)*)(?: {TERM})? (?P<anchor>by) (?:up to |about |"
        rf"a total of )*(?={DURATION})",
        yes=("It reduced Beta Somebody's sentence by 6 months, and Alpha Person's by 5 months.",),
        no=("It reduced Beta Somebody's sentence by 6 months, and Gamma Somebody's by 5 months.",),
    ),
    Pattern(
        "reduce-passive",
        "reduction",
        "owner",
        rf"(?:(?P<who>{OWNERS}) |\b[Tt]he )(?:(?:rest|remainder|balance|length) of (?:the |"
        rf"(?P<who2>{OWNERS}) ))?{TERM}(?: of (?:{DURATION}|(?P<who3>{NAMES})))?(?: to [a-z -]+?)?,? "
        rf"(?:(?:was|were|had been|has been|have been|is|which (?:was|had been|has been)|\w+ly was|"
        rf"later was){ADVERBS} )?(?P<anchor>{REDUCE})\b",
        yes=(
            "Alpha Person's sentence was reduced to 15 years in 1997.",
            "Alpha Person saw his sentence reduced twice.",
            "Alpha Person served in Test Prison. The sentence was further reduced in 1991, 1993, and 1995.",
            "On February 24, 2004, the rest of her sentence was commuted and Alpha Person was released.",
        ),
        no=(
            "Beta Somebody's sentence was reduced to 15 years.",
            "For Alpha Person a life sentence may be commuted to fixed-term imprisonment of up to 20 years.",
        ),
    ),
    Pattern(
        "reduce-elided",
        "reduction",
        "nearest",
        rf"(?:(?:,|\band|\bthen|\bbut)(?: (?:and|then|but|which was|was|had been|were))?{ADVERBS} |"
        rf"\((?:\w+ ){{0,3}})(?P<anchor>reduced|commuted)\b(?= (?:it |them )?(?:by|to|twice|on|at|again|"
        rf"further|(?:\w+|\d+) times|(?:several|multiple)|in \d|for))",
        yes=(
            "The court sentenced Alpha Person to five years' imprisonment (later reduced by eight months).",
            "Alpha Person's sentence was commuted to 18 years in 1992 and subsequently reduced three times.",
        ),
        no=("The court sentenced Beta Somebody to five years' imprisonment (later reduced by eight months).",),
    ),
    Pattern(
        "reduce-off",
        "reduction",
        "owner",
        rf"\b(?P<anchor>cut|took|taking|shaved|trimmed|deducted|deducting) (?P<object>{DURATION}) (?:off|from) "
        rf"(?P<who>{OWNERS} |the )?{TERM}",
        yes=("In 2009 the authorities cut six months from Alpha Person's sentence.",),
        no=("In 2009 the authorities cut six months from Beta Somebody's sentence.",),
    ),
    Pattern(
        "reduction-given",
        "reduction",
        "patient",
        rf"\b(?P<verb>{GIVE})(?P<object>[^.;]{{0,80}}?)\b(?:(?:sentence|term|prison) )?(?P<anchor>reductions?|"
        rf"commutation)\b(?! (?:application|request))",
        yes=(
            "Authorities granted Alpha Person a 5-month sentence reduction.",
            "A court sentenced Alpha Person to 8 years. The court approved 2 sentence reductions, totaling 1 year.",
            "Alpha Person was given a two-year sentence reduction and released in April 2004.",
            "Authorities granted a five-month sentence reduction to scholar Alpha Person.",
        ),
        no=("Authorities granted Beta Somebody a 5-month sentence reduction.",),
    ),
    Pattern(
        "reduction-received",
        "reduction",
        "nearest",
        rf"\b(?P<verb>{GET}|had|has had|benefited from)(?P<object> (?:an?|another|one|two|three|four|five|six|"
        rf"\d+|several|multiple|many|his|her|further|{DURATION}|(?:sentence|term|"
        rf"prison) )[^.;]{{0,60}}?)\b(?P<anchor>reductions?|commutation)\b",
        yes=(
            "In 2019, Alpha Person received a sentence reduction of 5 months.",
            "Beta Somebody, Gamma Somebody, and Alpha Person received multiple sentence reductions.",
        ),
        no=("Beta Somebody received a sentence reduction of 5 months.", "Alpha Person received no sentence reduction."),
    ),
    Pattern(
        "reduction-after",
        "reduction",
        "nearest",
        rf"\b(?:[Aa]fter|[Ff]ollowing|[Tt]hrough|due to|because of|as a result of|thanks to|"
        rf"with)(?P<object> (?:an?|another|his|her|one|two|three|four|several|multiple|\d+|the (?:last|latest|"
        rf"final|most recent|first|second|third)|{DURATION}|(?:sentence|reported)|"
        rf"(?=commutation))\b[^.;,]{{0,50}}?)(?P<anchor>(?:sentence )?reductions?|commutation)\b",
        yes=(
            "After a reported sentence reduction, authorities released Alpha Person on November 8, 2016.",
            "Alpha Person was released on May 11, 2009, following another sentence reduction in September 2008.",
        ),
        no=("After a sentence reduction, authorities released Beta Somebody.",),
    ),
    Pattern(
        "reduction-listed",
        "reduction",
        "nearest",
        rf"(?:, and |, | and )(?P<object>(?:an? |another )?(?:second,? |third,? |"
        rf"further )?(?:{DURATION} )?(?:sentence )?)(?P<anchor>reduction|commutation)\b|(?:, and |, |"
        rf" and )(?P<anchor2>another)(?= (?:one )?of {DURATION})",
        yes=(
            "After commutation to 19 years on July 31, 2003, and a reduction on November 17, 2005, Alpha "
            "Person was moved.",
        ),
    ),
)
