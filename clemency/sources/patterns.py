"""The table of patterns by which acts are found in a summary: what they look for, and sentences that show it.

A pattern names its trigger ``anchor``; a trigger that one pattern has claimed is not looked at by a later one, so that
the order of the table matters. ``who`` says where the person is found: ``owner`` of the sentence, ``patient`` of the
verb, or ``nearest`` person before. In the examples the record's person is *Alpha Person*; the other people are
*Beta Person* and *Gamma Person*. All are invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from clemency.sources.durations import DURATION, NUMBER
from clemency.sources.persons import WORD
from clemency.sources.textdates import MONTH

NAMES = rf"{WORD}(?: {WORD}){{0,3}}(?:'s?)?(?:(?:, and |, | and ){WORD}(?: {WORD}){{0,3}}(?:'s?)?)*"
OWNERS = rf"(?:{NAMES}|[Hh]is|[Hh]er|[Tt]heir|both|the (?:\d+ |[a-z]+ )?[a-z]+s')"
KIND = (
    r"(?:(?:prison|jail|original|reprieved|suspended|initial|life|death|fixed-term|fixed|RTL|reeducation-through-labor|reeducation through labor|custodial|"
    rf"total|entire|overall|own|remaining|{DURATION}) )*"
)
TERM = rf"(?:{KIND}(?:sentences?|sentenced|terms?|prison terms?|imprisonment|penalty|punishment)(?: (?:length|term)s?)?(?! of deprivation))"
REDUCE = r"(?:reduced?|reducing|shorten(?:ed|ing)?|commut(?:ed|ing)|lower(?:ed|ing)|cut(?:ting)?)"
ADVERBS = r"(?: (?:\w+ly|later|again|also|further|then|since|twice|first))*"
RELEASE = r"(?:releas(?:ed|ing)|free(?:d|ing)|discharged|let go)"
GIVE = r"(?:grant(?:ed|ing)?|g(?:ave|iven|iving)|award(?:ed|ing)|approv(?:ed|ing))"
GET = r"(?:receiv(?:ed|ing|es)|obtain(?:ed|ing)|earn(?:ed|ing)|won|got|gain(?:ed|ing))"
MEDICAL = r"(?:[Mm]edical (?:parole|bail|release)|parole (?:for|on) medical (?:reasons|grounds|treatment)|bail for medical (?:reasons|treatment|care))"
OUTSIDE = r"(?:outside (?:of )?(?:the |an? )?(?:prison|jail|center|centre|RTL|detention|labor camp|camp)|at home)"
CALENDAR = rf"(?! ?(?:in (?:the|{MONTH}|\d{{4}})|that |this |\d|{MONTH}|morning|spring|summer|fall|autumn|winter|evening|hours|next|19|20|-|Rain|the |and mid|or mid))"


@dataclass(frozen=True)
class Pattern:
    """One construction.

    Attributes
    ----------
    id : str
        Name, as in the output's column ``pattern``.
    act : str
        Act type, or the family that the engine settles: ``reduction``.
    who : {"owner", "patient", "nearest"}
        Where the person is found.
    expression : str
        Regular expression on plain text; groups ``anchor``, ``verb``, ``who``, ``object``.
    yes, no : tuple of str
        Sentences that give an act of this type, and sentences that give none of it.
    """

    id: str
    act: str
    who: str
    expression: str
    yes: tuple[str, ...] = field(default=())
    no: tuple[str, ...] = field(default=())

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.expression)


_REFUSE = r"(?:den(?:ied|y|ies|ying)|refus(?:ed?|es|ing)|reject(?:ed|s|ing)?|turn(?:ed)? down|declin(?:ed|ing))"
_ASK = r"(?:appl(?:ied|y|ying|ication|ications)|request(?:s|ed|ing)?|sought|seeking|petitioned|asked|recommend(?:ed|s|ing)?)"
_SOUGHT = rf"(?P<anchor>{MEDICAL}|(?<!medical )(?<!Medical )[Pp]arole\b|sentence reductions?|reduction)"

PATTERNS = (
    Pattern(
        "extension",
        "sentence_extension",
        "owner",
        rf"(?P<anchor>\b(?:extend(?:ed|ing)|lengthen(?:ed|ing)|prolonged)) (?:the )?(?P<who>{OWNERS} )?(?:own )?{TERM}",
        yes=("In 1998 officials extended Alpha Person's sentence by six years.",),
        no=("Authorities extended Alpha Person's bail by one year.", "Officials extended Beta Person's sentence."),
    ),
    Pattern(
        "extension-passive",
        "sentence_extension",
        "owner",
        rf"(?P<who>{OWNERS} )?\b(?:the )?{TERM} (?:\w+ )?(?:was|had been|has been|were){ADVERBS} (?P<anchor>extended|lengthened|prolonged|increased)|"
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
        rf"\b(?:sentenced|g[ai]ve[n]?|received|ordered|got)(?P<object>[^.;]{{0,40}}?) an? (?:additional )?{DURATION} (?:sentence )?(?P<anchor>extension)\b",
        yes=("Alpha Person was sentenced to an eight-year extension on April 4, 1992.",),
        no=("Beta Person was sentenced to an eight-year extension on April 4, 1992.",),
    ),
    Pattern(
        "extension-added",
        "sentence_extension",
        "nearest",
        rf"(?:{DURATION}|{NUMBER} more years?|{NUMBER} more months?)(?: more)? (?:were|was)(?: \w+ly)? (?P<anchor>added)\b",
        yes=("Alpha Person took part in a protest. In May 1998, six years were added.",),
        no=("The lawyer added that Alpha Person was ill.",),
    ),
    Pattern(
        "refused",
        "denied",
        "nearest",
        rf"\b{_REFUSE}\b(?: to)?(?P<object>[^.;]{{0,90}}?)\b{_SOUGHT}",
        yes=(
            "Authorities refused several requests for medical parole for Alpha Person.",
            "Officials denied Alpha Person's application for parole.",
            "Alpha Person is ill but was denied medical parole.",
        ),
        no=(
            "Officials denied Beta Person medical parole.",
            "Authorities refused to give Alpha Person medical treatment.",
        ),
    ),
    Pattern(
        "refused-after",
        "denied",
        "nearest",
        rf"{_SOUGHT}(?P<object>[^.;]{{0,80}}?)\b(?:{_REFUSE}|unsuccessful\w*|without success|to no avail)\b",
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
        rf"\b(?P<verb>{_ASK})\b(?P<object>[^.;]{{0,80}}?)\b{_SOUGHT}|\b(?P<anchor2>{MEDICAL}|sentence reduction) (?:application|request)",
        yes=("In May 2012 the family of Alpha Person applied for his release on medical parole.",),
        no=("The court granted Alpha Person's request for medical parole.",),
    ),
    Pattern(
        "early-supposed",
        "early_release",
        "nearest",
        r"\brelease\b(?P<object>[^.;]{0,60}?)\b(?:may have (?:involved|resulted from|been)|appears to have been|suggests?)\b[^.;]{0,30}?(?P<anchor>(?:sentence reduction or (?:medical )?parole|(?:medical )?parole or (?:a )?sentence reduction|prior to completion|before completion|early))",
        yes=(
            "(If the report on Alpha Person's prison term is right, then release after 2 years may have involved sentence reduction or parole.)",
        ),
    ),
    Pattern(
        "commute-chained",
        "reduction",
        "nearest",
        rf"\b(?:commuted|reduced|changed) to life(?: imprisonment| in prison)?(?: (?:in|on) [\w ,]{{4,20}}?)?,? (?:and|then)(?: (?:then|later|subsequently|again|in|on)\b[\w ,]{{0,20}}?)? (?P<anchor>to) (?=(?:a )?(?:fixed|{DURATION}))",
        yes=(
            "In January 1991, Alpha Person's sentence was commuted to life imprisonment, and in April 1993 to a fixed term of 20 years.",
        ),
        no=("Beta Person's sentence was commuted to life imprisonment and then to 17 years.",),
    ),
    Pattern(
        "resentenced",
        "resentenced",
        "patient",
        rf"\b(?P<verb>(?P<anchor>re-?sentenced))\b(?P<object>[^.;]{{0,60}}?)\bto (?=(?:a term of )?{DURATION}|life)",
        yes=(
            "Alpha Person was sentenced to 12 years. On July 11, 1997, the High Court resentenced Alpha Person to four years.",
        ),
        no=("Alpha Person was sentenced to 12 years. The High Court resentenced Beta Person to four years.",),
    ),
    Pattern(
        "reduce-owner",
        "reduction",
        "owner",
        rf"\b(?P<anchor>{REDUCE}) (?:the (?:length of |duration of )?(?:the )?)?(?:(?<=the )|(?P<who>{OWNERS} )(?:the )?){TERM}(?! of)(?! (?:was|were))|"
        rf"\b(?P<anchor3>eliminated|remitted|commuted) the (?:balance|remainder|rest) of (?P<who3>{OWNERS} ){TERM}",
        yes=(
            "A court reduced Alpha Person's sentence by six months on May 4, 2015.",
            "Authorities twice reduced his sentence length after Alpha Person reformed.",
            "The court reduced Beta Person's and Alpha Person's sentences by 5 months.",
        ),
        no=(
            "The court reduced Beta Person's sentence by six months.",
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
            "The court reduced the sentences of Beta Person, Alpha Person, and Gamma Person by 6 months.",
            "A court commuted the six-year prison sentence of the writer Alpha Person by one year.",
        ),
        no=("The court reduced the sentence of Beta Person by 6 months.",),
    ),
    Pattern(
        "reduce-that-of",
        "reduction",
        "owner",
        rf"\b(?P<anchor>(?:that|those) of) (?P<who>{NAMES}) by (?={DURATION})",
        yes=("The court reduced the sentence of Beta Person by 6 months, and that of Alpha Person by 7 months.",),
        no=("The court reduced the sentence of Alpha Person, and that of Beta Person by 7 months, on appeal.",),
    ),
    Pattern(
        "reduce-list",
        "reduction",
        "owner",
        rf"(?:,|\band) (?:and )?(?P<who>{WORD}(?: {WORD}){{0,3}}'s?(?:(?:, and |, | and ){WORD}(?: {WORD}){{0,3}}'s?)*)(?: {TERM})? (?P<anchor>by) (?:up to |about |a total of )*(?={DURATION})",
        yes=("It reduced Beta Person's sentence by 6 months, and Alpha Person's by 5 months.",),
        no=("It reduced Beta Person's sentence by 6 months, and Gamma Person's by 5 months.",),
    ),
    Pattern(
        "reduce-passive",
        "reduction",
        "owner",
        rf"(?:(?P<who>{OWNERS}) |\b[Tt]he )(?:(?:rest|remainder|balance|length) of (?:the |(?P<who2>{OWNERS}) ))?{TERM}(?: of (?:{DURATION}|(?P<who3>{NAMES})))?(?: to [a-z -]+?)?,? "
        rf"(?:(?:was|were|had been|has been|have been|is|which was|\w+ly was|later was){ADVERBS} )?(?P<anchor>{REDUCE})\b",
        yes=(
            "Alpha Person's sentence was reduced to 15 years in 1997.",
            "Alpha Person saw his sentence reduced twice.",
            "Alpha Person served in Test Prison. The sentence was further reduced in 1991, 1993, and 1995.",
            "On February 24, 2004, the rest of her sentence was commuted and Alpha Person was released.",
        ),
        no=(
            "Beta Person's sentence was reduced to 15 years.",
            "For Alpha Person a life sentence may be commuted to fixed-term imprisonment of up to 20 years.",
        ),
    ),
    Pattern(
        "reduce-elided",
        "reduction",
        "nearest",
        rf"(?:(?:,|\band|\bthen|\bbut)(?: (?:and|then|but|which was|was|had been|were))?{ADVERBS} |\((?:\w+ ){{0,3}})(?P<anchor>reduced|commuted)\b(?= (?:it |them )?(?:by|to|twice|on|at|again|further|(?:\w+|\d+) times|(?:several|multiple)|in \d|for))",
        yes=(
            "The court sentenced Alpha Person to five years' imprisonment (later reduced by eight months).",
            "Alpha Person's sentence was commuted to 18 years in 1992 and subsequently reduced three times.",
        ),
        no=("The court sentenced Beta Person to five years' imprisonment (later reduced by eight months).",),
    ),
    Pattern(
        "reduction-given",
        "reduction",
        "patient",
        rf"\b(?P<verb>{GIVE})(?P<object>[^.;]{{0,80}}?)\b(?:(?:sentence|term|prison) )?(?P<anchor>reductions?|commutation)\b(?! (?:application|request))",
        yes=(
            "Authorities granted Alpha Person a 5-month sentence reduction.",
            "Alpha Person was given a two-year sentence reduction and released in April 2004.",
            "Authorities granted a five-month sentence reduction to scholar Alpha Person.",
        ),
        no=("Authorities granted Beta Person a 5-month sentence reduction.",),
    ),
    Pattern(
        "reduction-received",
        "reduction",
        "nearest",
        rf"\b(?P<verb>{GET}|had|has had|benefited from)(?P<object> (?:an?|another|one|two|three|four|five|six|\d+|several|multiple|many|his|her|further|{DURATION}|(?:sentence|term|prison) )[^.;]{{0,60}}?)\b(?P<anchor>reductions?|commutation)\b",
        yes=(
            "In 2019, Alpha Person received a sentence reduction of 5 months.",
            "Beta Person, Gamma Person, and Alpha Person received multiple sentence reductions.",
        ),
        no=("Beta Person received a sentence reduction of 5 months.", "Alpha Person received no sentence reduction."),
    ),
    Pattern(
        "reduction-after",
        "reduction",
        "nearest",
        rf"\b(?:[Aa]fter|[Ff]ollowing|[Tt]hrough|due to|because of|as a result of|thanks to|with)(?P<object> (?:an?|another|his|her|one|two|three|four|several|multiple|\d+|the (?:last|latest|final|most recent|first|second|third)|{DURATION}|(?:sentence|reported)|(?=commutation))\b[^.;,]{{0,50}}?)(?P<anchor>(?:sentence )?reductions?|commutation)\b",
        yes=(
            "After a reported sentence reduction, authorities released Alpha Person on November 8, 2016.",
            "Alpha Person was released on May 11, 2009, following another sentence reduction in September 2008.",
        ),
        no=("After a sentence reduction, authorities released Beta Person.",),
    ),
    Pattern(
        "reduction-listed",
        "reduction",
        "nearest",
        rf"(?:, and |, | and )(?P<object>(?:an? |another )?(?:second,? |third,? |further )?(?:{DURATION} )?(?:sentence )?)(?P<anchor>reduction|commutation)\b",
        yes=(
            "After commutation to 19 years on July 31, 2003, and a reduction on November 17, 2005, Alpha Person was moved.",
        ),
    ),
    Pattern(
        "reduction-approved",
        "reduction",
        "nearest",
        rf"\b(?P<verb>approved|granted|issued|announced)(?P<object> (?:an?|two|three|\d+|several|multiple|{DURATION})[^.;]{{0,40}}?)(?P<anchor>reductions?)\b",
        yes=("A court sentenced Alpha Person to 8 years. The court approved 2 sentence reductions, totaling 1 year.",),
    ),
    Pattern(
        "outside-allowed",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>allow(?:ed|ing)|permitt(?:ed|ing)|{RELEASE}|let)\b(?P<object>[^.;]{{0,60}}?)\b(?:to )?['\"]*serve (?:out )?(?:(?:it|the (?:remainder|rest)) ['\"]*(?P<anchor3>{OUTSIDE})|(?:the (?:remainder|rest|balance) of )?(?:his|her|their|the)?(?: \w+){{0,2}} ?(?:sentences?|terms?|RTL|imprisonment)(?: term)? ['\"]*(?P<anchor>{OUTSIDE})|out (?P<anchor2>the (?:remainder|rest|balance) of (?:his|her|their) (?:\w+ )?(?:sentence|term)))",
        yes=(
            "On appeal, the court allowed Alpha Person to serve her sentence outside of the prison's confinement.",
            "Authorities released Alpha Person from the RTL center to serve out the remainder of his sentence.",
        ),
        no=("The court allowed Beta Person to serve her sentence outside of prison.",),
    ),
    Pattern(
        "outside-sentenced",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>sentenced|ordered)\b(?P<object>[^.;]{{0,110}}?)\bto be served ['\"]*(?P<anchor>{OUTSIDE})",
        yes=(
            "The court sentenced Alpha Person to 3 years' imprisonment to be served outside of prison due to poor health.",
        ),
        no=("The court sentenced Beta Person to 3 years' imprisonment to be served outside of prison.",),
    ),
    Pattern(
        "outside-prison",
        "medical_parole",
        "nearest",
        rf"\b(?P<verb>serv(?:ed?|ing))(?: out)?(?: the (?:remainder|rest|balance) of)? (?P<object>(?:his|her|their|the)?(?: \w+){{0,2}} ?(?:sentences?|terms?|RTL|imprisonment))(?: term)? ['\"]*(?P<anchor>{OUTSIDE})",
        yes=("Alpha Person reportedly served his sentence outside prison due to ill health.",),
        no=("Beta Person reportedly served his sentence outside prison due to ill health.",),
    ),
    Pattern(
        "medical-released",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>{RELEASE}|[Rr]elease|paroled)\b(?P<object>[^.;]{{0,110}}?)\b(?:on|for|under|given|into) (?:a |an |bail or )?(?:temporary )?(?P<anchor>{MEDICAL})",
        yes=(
            "Authorities released Alpha Person on medical parole on December 2, 2008.",
            "Alpha Person was released in 1994 on medical parole from Test Prison.",
            "In January 2002 officials ordered his release on medical parole after Alpha Person fell ill in prison.",
        ),
        no=(
            "Authorities released Beta Person on medical parole from prison.",
            "Alpha Person was sent to prison; the report did not state whether he was released on medical parole.",
            "Alpha Person was released before trial on medical parole.",
        ),
    ),
    Pattern(
        "medical-granted",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>{GIVE}|allow(?:ed|ing)|permitt(?:ed|ing)|{GET}|placed|put|let|transferred|sent)\b(?P<object>[^.;]{{0,90}}?)\b(?P<anchor>{MEDICAL})",
        yes=(
            "The prison granted Alpha Person medical parole starting June 16, 2017.",
            "In June 2018, prison authorities allowed Alpha Person to go on medical parole.",
            "Alpha Person was in prison and was then granted medical parole.",
        ),
        no=(
            "The prison granted Beta Person medical parole.",
            "Alpha Person, in prison, would be granted medical parole.",
        ),
    ),
    Pattern(
        "medical-supposed",
        "medical_parole",
        "nearest",
        rf"\b(?P<verb>may have been|likely|possibl[ey]|probably)(?P<object>[^.;]{{0,60}}?)\b(?P<anchor>{MEDICAL})",
        yes=("Officials freed Alpha Person from prison (likely a release on medical parole).",),
    ),
    Pattern(
        "medical-bail",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,40}}?)\b(?P<anchor>on bail)(?: in [\w ]{{3,20}}| on [\w ,]{{3,20}})?,?(?: reportedly)? (?:due to|for|because of|to (?:seek|receive|obtain)|on) (?:\w+ ){{0,2}}['\"]*(?:medical|health|poor health|illness)",
        yes=(
            'A court sentenced Alpha Person to prison. He was released on bail in December 2002 due to "medical reasons."',
        ),
        no=("Police detained Alpha Person and released her on bail due to poor health.",),
    ),
    Pattern(
        "paroled",
        "parole",
        "patient",
        rf"\b(?P<verb>{RELEASE}|[Rr]elease|{GIVE}|{GET}|placed|put|freed)\b(?P<object>[^.;]{{0,90}}?)\b(?P<anchor>(?<!medical )parole)\b(?! (?:officer|board|conditions))",
        yes=(
            "Officials released Alpha Person from prison on parole on July 21, 2006.",
            "Alpha Person was granted parole and released from prison on September 13, 2000.",
        ),
        no=("Officials released Beta Person on parole.", "Alpha Person became eligible for parole in October 2004."),
    ),
    Pattern(
        "paroled-verb",
        "parole",
        "patient",
        r"\b(?P<verb>(?P<anchor>paroled))\b(?P<object>[^.;]{0,40})",
        yes=("The prison paroled Alpha Person in 1996.",),
    ),
    Pattern(
        "pardoned",
        "special_pardon",
        "patient",
        r"\b(?P<verb>(?P<anchor>pardoned|amnestied))\b(?P<object>[^.;]{0,40})|\b(?P<verb2>grant\w*|given|received|under)\b(?P<object2>[^.;]{0,40}?)\b(?P<anchor2>(?:special )?(?:pardon|amnesty(?= (?:by|from|in|on|under)\b)))\b",
        yes=("In 1975 Alpha Person, then in prison, was pardoned.",),
        no=("Amnesty International reported that Alpha Person was in prison.",),
    ),
    Pattern(
        "early",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE}|left)\b(?P<object>(?:(?!\bearly\b)[^.;]){{0,110}}?)(?<!in )(?<!since )(?<!until )(?<!by )(?<!the )(?<!of )(?<!from )\b(?P<anchor>early)\b{CALENDAR}",
        yes=(
            "Authorities released Alpha Person from prison five months early, on January 18, 2019.",
            "Alpha Person was serving RTL and was released early (for good behavior) on November 29, 2007.",
            "Officials released the 4 monks early (apparently in December 2010). Alpha Person had been sentenced to 2 years.",
        ),
        no=(
            "Authorities released Alpha Person from prison in early May 2015.",
            "Authorities released Beta Person from prison three months early.",
        ),
    ),
    Pattern(
        "early-ahead",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,200}}?)(?P<anchor>\bahead of (?:schedule|time|the (?:scheduled|end|completion|expir)|(?:his|her|their) (?:scheduled|release|sentence))|"
        r"(?:before|prior to) (?:the )?(?:scheduled )?(?:end|completion|completing|expiration|expiry|conclusion|serving|finishing)\b[^.;,]{0,40}?(?:sentences?|terms?)|"
        rf"(?:before|prior to) (?:his|her|their) (?:scheduled|sentence|term|(?:expected |original )?release date|prison term))",
        yes=(
            "Alpha Person was released from prison on January 12, 2014, ahead of the scheduled completion date of the sentence.",
            "Officials released Alpha Person from prison on July 17, 2009, three months before his scheduled release.",
        ),
        no=("Police took Alpha Person away before his release from prison.",),
    ),
    Pattern(
        "early-noun",
        "early_release",
        "nearest",
        rf"(?P<object>\b(?:his|her|their|the|an|granted|approved|given|got|{NAMES}|\d{{4}},|(?:reasons?|basis|grounds|explanation) for))(?: an| an? \w+ly)? (?P<anchor>early releas(?:ed?|ing))\b",
        yes=(
            "Authorities approved Alpha Person's early release from prison in 1994.",
            "Authorities released Alpha Person from prison on June 5, 2018, but did not report the reason for his early release.",
        ),
        no=(
            "Authorities reported Beta Person's early release.",
            "Activists in prison with Alpha Person called for his early release.",
        ),
    ),
    Pattern(
        "early-good-behavior",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,60}}?)\b(?P<anchor>for ['\"]?good behaviou?r)",
        yes=('Alpha Person was sentenced to ten years and was released from prison for "good behavior."',),
    ),
    Pattern(
        "early-health",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>(?:(?!\bon bail\b|\bparole\b)[^.;]){{0,70}}?)\b(?P<anchor>(?:due to|because of|for|on|owing to) (?:(?:his|her|their|the|serious|severe|poor|ill|deteriorating|failing|declining) ){{0,3}}(?:health|medical|illness)(?: (?:reasons|problems|grounds|conditions?|issues))?\b|(?:because|after) s?he (?:had )?(?:became|become|fell|fallen) (?:\w+ )?(?:ill|sick))",
        yes=("Alpha Person was serving RTL in 2009 when RTL center authorities released her due to health problems.",),
        no=("Police detained Alpha Person and soon released her due to health problems.",),
    ),
    Pattern(
        "early-served-part",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,110}}?)\b(?P<anchor>after (?:s?he )?(?:serving|served|had served) (?:\w+ ){{0,2}}{DURATION} of (?:an?|his|her|the|their)\b[^.;]{{0,40}}?(?:sentence|term))",
        yes=(
            "Alpha Person was released in April 2009 after serving nearly two years of a two and a half year prison sentence.",
        ),
    ),
)
TRIGGER = re.compile(
    r"\b[Rr]educ(?:ed?|ing|tions?)\b|\b[Cc]ommut(?:ed|ing|ation)|\b[Ss]horten|\blower(?:ed|ing) (?:the|his|her|[A-Z])|\bcut(?:ting)? (?:the|his|her|[A-Z])|[Pp]arole|"
    r"\b[Mm]edical (?:bail|release)|\bbail\b[^.]{0,60}(?:medical|health|illness)|\bahead of (?:schedule|time|the|his|her|their)|"
    rf"\bearly (?:release|parole)|\bearly\b{CALENDAR}|\boutside\b|\bat home\b|good behav|\bpardon|\bamnest|\b(?:extend(?:ed|ing)|increased)\b|"
    r"\b(?:were|was)(?: \w+ly)? added\b|\blengthen|\bextension\b|\bre-?sentenced\b|\bprolonged (?:the|his|her|[A-Z])|\b(?:eliminated|remitted)\b|\bserve out\b|"
    r"\breleas[^.]{0,130}(?:\bhealth|\bmedical|\billness|\bill\b|\bsick|\bbefore (?:the|h|s|c)|\bprior to|\bafter (?:s?he )?(?:had )?serv)"
)
