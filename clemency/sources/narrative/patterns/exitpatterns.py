"""Patterns for ways out of prison before the end of a term (see ``table.py``)."""

from __future__ import annotations

from clemency.sources.narrative.patterns.phrases import CALENDAR, GET, GIVE, MEDICAL, NAMES, OUTSIDE, RELEASE, Pattern
from clemency.sources.narrative.prose.durations import DURATION

SUPPOSED = (
    Pattern(
        "early-supposed",
        "early_release",
        "nearest",
        r"\brelease\b(?P<object>[^.;]{0,60}?)\b(?:may have (?:involved|resulted from|been)|"
        r"appears to have been|suggests?)\b[^.;]{0,30}?(?P<anchor>(?:sentence reduction or (?:medical )"
        r"?parole|(?:medical )?parole or (?:a )?sentence reduction|prior to completion|before completion|"
        r"early))",
        yes=(
            "(If the report on Alpha Person's prison term is right, then release after 2 years may have "
            "involved sentence reduction or parole.)",
        ),
    ),
)

EXITS = (
    Pattern(
        "outside-allowed",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>allow(?:ed|ing)|permitt(?:ed|ing)|{RELEASE}|"
        rf"let)\b(?P<object>[^.;]{{0,60}}?)\b(?:to )?['\"]*serve (?:out )?(?:(?:it|the (?:remainder|"
        rf"rest)) ['\"]*(?P<anchor3>{OUTSIDE})|(?:the (?:remainder|rest|balance) of )?(?:his|her|their|"
        rf"the)?(?: \w+){{0,2}} ?(?:sentences?|terms?|RTL|imprisonment)(?: term)? ['\"]*(?P<anchor>{OUTSIDE})|"
        rf"out (?P<anchor2>the (?:remainder|rest|balance) of (?:his|her|their) (?:\w+ )?(?:sentence|term)))",
        yes=(
            "On appeal, the court allowed Alpha Person to serve her sentence outside of the prison's confinement.",
            "Authorities released Alpha Person from the RTL center to serve out the remainder of his sentence.",
        ),
        no=("The court allowed Beta Somebody to serve her sentence outside of prison.",),
    ),
    Pattern(
        "outside-sentenced",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>sentenced|ordered)\b(?P<object>[^.;]{{0,110}}?)\bto be served ['\"]*(?P<anchor>{OUTSIDE})",
        yes=(
            "The court sentenced Alpha Person to 3 years' imprisonment to be served outside of prison due to "
            "poor health.",
        ),
        no=("The court sentenced Beta Somebody to 3 years' imprisonment to be served outside of prison.",),
    ),
    Pattern(
        "outside-prison",
        "medical_parole",
        "nearest",
        rf"\b(?P<verb>serv(?:ed?|ing))(?: out)?(?: the (?:remainder|rest|balance) of)? (?P<object>(?:his|her|"
        rf"their|the)?(?: \w+){{0,2}} ?(?:sentences?|terms?|RTL|"
        rf"imprisonment))(?: term)? ['\"]*(?P<anchor>{OUTSIDE})",
        yes=("Alpha Person reportedly served his sentence outside prison due to ill health.",),
        no=("Beta Somebody reportedly served his sentence outside prison due to ill health.",),
    ),
    Pattern(
        "medical-released",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>{RELEASE}|[Rr]elease|paroled)\b(?P<object>[^.;]{{0,110}}?)\b(?:on|for|under|given|"
        rf"into) (?:a |an |bail or )?(?:temporary )?(?P<anchor>{MEDICAL})",
        yes=(
            "Authorities released Alpha Person from prison on medical parole on December 2, 2008.",
            "Alpha Person was released in 1994 on medical parole from Test Prison.",
            "In January 2002 officials ordered his release on medical parole after Alpha Person fell ill in prison.",
        ),
        no=(
            "Authorities released Beta Somebody on medical parole from prison.",
            "Alpha Person was sent to prison; the report did not state whether he was released on medical parole.",
            "Alpha Person was released before trial on medical parole.",
        ),
    ),
    Pattern(
        "medical-granted",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>{GIVE}|allow(?:ed|ing)|permitt(?:ed|ing)|{GET}|placed|put|let|transferred|"
        rf"sent)\b(?P<object>[^.;]{{0,90}}?)\b(?P<anchor>{MEDICAL})",
        yes=(
            "The prison granted Alpha Person medical parole starting June 16, 2017.",
            "In June 2018, prison authorities allowed Alpha Person to go on medical parole.",
            "Alpha Person was in prison and was then granted medical parole.",
        ),
        no=(
            "The prison granted Beta Somebody medical parole.",
            "Alpha Person, in prison, would be granted medical parole.",
        ),
    ),
    Pattern(
        "medical-status",
        "medical_parole",
        "nearest",
        rf"\b(?:was|is|remain(?:s|ed)|been|while)(?: \w+ly)? (?:out |free )?on (?P<anchor>{MEDICAL})",
        yes=("As of June 2010, Alpha Person, sentenced to ten years, was reportedly on medical parole.",),
        no=("Beta Somebody, sentenced to ten years, was reportedly on medical parole.",),
    ),
    Pattern(
        "medical-supposed",
        "medical_parole",
        "nearest",
        rf"\b(?P<verb>may have been|likely|possibl[ey]|probably)(?P<object>[^.;]{{0,60}}?)\b(?P<anchor>{MEDICAL})",
        yes=("Officials freed Alpha Person from prison (possibly medical parole).",),
    ),
    Pattern(
        "medical-bail",
        "medical_parole",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,40}}?)\b(?P<anchor>on bail)(?: in [\w ]{{3,20}}|"
        rf" on [\w ,]{{3,20}})?,?(?: reportedly)? (?:due to|for|because of|to (?:seek|receive|obtain)|"
        rf"on) (?:\w+ ){{0,2}}['\"]*(?:medical|health|poor health|illness)",
        yes=("A court sentenced Alpha Person. He was released on bail in December 2002 due to 'medical reasons.'",),
        no=("Police detained Alpha Person and released her on bail due to poor health.",),
    ),
    Pattern(
        "paroled",
        "parole",
        "patient",
        rf"\b(?P<verb>{RELEASE}|[Rr]elease|{GIVE}|{GET}|placed|put|"
        rf"freed)\b(?P<object>[^.;]{{0,90}}?)\b(?P<anchor>(?<!medical )parole)\b(?! (?:officer|board|"
        rf"conditions))",
        yes=(
            "Officials released Alpha Person from prison on parole on July 21, 2006.",
            "Alpha Person was granted parole and released from prison on September 13, 2000.",
        ),
        no=("Officials released Beta Somebody on parole.", "Alpha Person became eligible for parole in October 2004."),
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
        r"\b(?P<verb>(?P<anchor>pardoned|amnestied))\b(?P<object>[^.;]{0,40})|\b(?P<verb2>grant\w*|given|"
        r"received|under)\b(?P<object2>[^.;]{0,40}?)\b(?P<anchor2>(?:special )?(?:pardon|amnesty(?= (?:by|"
        r"from|in|on|under)\b)))\b",
        yes=("In 1975 Alpha Person, then in prison, was pardoned.",),
        no=("Amnesty International reported that Alpha Person was in prison.",),
    ),
    Pattern(
        "early",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE}|left)\b(?P<object>(?:(?!\bearly\b)[^.;]){{0,110}}?)(?<!in )(?<!since )"
        rf"(?<!until )(?<!by )(?<!the )(?<!of )(?<!from )\b(?P<anchor>early)\b{CALENDAR}",
        yes=(
            "Authorities released Alpha Person from prison five months early, on January 18, 2019.",
            "Alpha Person was serving RTL and was released early (for good behavior) on November 29, 2007.",
            "A court sentenced Alpha Person. Officials released the 4 monks early (apparently in December 2010).",
        ),
        no=(
            "Authorities released Alpha Person from prison in early May 2015.",
            "Authorities released Beta Somebody from prison three months early.",
        ),
    ),
    Pattern(
        "early-ahead",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,200}}?)(?P<anchor>\bahead of (?:schedule|time|"
        rf"the (?:scheduled|end|completion|expir)|(?:his|her|their) (?:scheduled|release|sentence))|"
        r"(?:before|prior to) (?:the )?(?:scheduled )?(?:end|completion|completing|expiration|expiry|"
        r"conclusion|serving|finishing)\b[^.;,]{0,40}?\b(?:sentences?|terms?)\b|"
        rf"(?:before|prior to) (?:his|her|their) (?:scheduled|sentence|term|(?:expected |"
        rf"original )?release date|prison term))",
        yes=(
            "Alpha Person was released from prison on January 12, 2014, ahead of the scheduled completion "
            "date of the sentence.",
            "Officials released Alpha Person from prison on July 17, 2009, three months before his scheduled release.",
        ),
        no=("Police took Alpha Person away before his release from prison.",),
    ),
    Pattern(
        "early-noun",
        "early_release",
        "nearest",
        rf"(?P<object>\b(?:his|her|their|the|an|granted|approved|given|got|won|obtained|received|earned|secured|{NAMES}|\d{{4}},|(?:reasons?|basis|"
        rf"grounds|explanation) for))(?: an| an? \w+ly)? (?P<anchor>early releas(?:ed?|ing))\b",
        yes=(
            "Authorities approved Alpha Person's early release from prison in 1994.",
            "Authorities released Alpha Person from prison on June 5, 2018, but did not report the reason "
            "for his early release.",
        ),
        no=(
            "Authorities reported Beta Somebody's early release.",
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
        rf"\b(?P<verb>{RELEASE})\b(?P<object>(?:(?!\bon bail\b|"
        rf"\bparole\b)[^.;]){{0,70}}?)\b(?P<anchor>(?:due to|because of|for|on|owing to) (?:(?:his|her|their|"
        rf"the|serious|severe|poor|ill|deteriorating|failing|declining) ){{0,3}}(?:health|medical|"
        rf"illness)(?: (?:reasons|problems|grounds|conditions?|issues))?\b|(?:because|"
        rf"after) s?he (?:had )?(?:became|become|fell|fallen) (?:\w+ )?(?:ill|sick))",
        yes=("Alpha Person was serving RTL in 2009 when RTL center authorities released her due to health problems.",),
        no=("Police detained Alpha Person and soon released her due to health problems.",),
    ),
    Pattern(
        "early-served-part",
        "early_release",
        "patient",
        rf"\b(?P<verb>{RELEASE})\b(?P<object>[^.;]{{0,110}}?)\b(?P<anchor>after (?:s?he )?(?:serving|served|"
        rf"had served) (?:\w+ ){{0,2}}{DURATION} of (?:an?|his|her|the|their)\b[^.;]{{0,40}}?(?:sentence|term))",
        yes=(
            "Alpha Person was released in April 2009 after serving nearly two years of a two and a half year "
            "prison sentence.",
        ),
    ),
)
