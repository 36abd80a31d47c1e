"""Findings on people held for what they believe, say or are: lists, counts and releases in China and elsewhere."""

from __future__ import annotations

from clemency.findings.material import Material
from clemency.findings.published.official import figure, growth, share

RATE = 100_000


def arrests_in_xinjiang(material: Material) -> dict[str, float]:
    """Growth of arrests in Xinjiang from 2016 to 2017."""
    n = material.parts("chrd-2018-arrests")
    return {"growth": growth(n["arrests_2016"], n["arrests_2017"])}


def sentenced_in_xinjiang(material: Material) -> dict[str, float]:
    """People sentenced by the courts of Xinjiang in 2017 and 2018."""
    return {"sentenced": sum(figure(material, f"all-sentenced-cn-xj-{year}-all-crimes") for year in (2017, 2018))}


def clerics(material: Material) -> dict[str, float]:
    """Uyghur and other Turkic clerics sent to prisons and camps."""
    n = material.parts("uhrp-2021-clerics")
    return {"held": n["prisons"] + n["camps"]}


def hong_kong(material: Material) -> dict[str, float]:
    """Years of sentences per political prisoner of Hong Kong."""
    n = material.parts("hkdc-2022-terms")
    return {"mean_term": n["years"] / n["prisoners"]}


def konasheher(material: Material) -> dict[str, float]:
    """Names on the list of Konasheher against the people of the county, and against rates of imprisonment elsewhere."""
    n = material.parts("ap-2022-konasheher")
    rate = RATE * n["names"] / n["people"]
    return {
        "one_in": n["people"] / n["names"],
        "times_us": rate / n["us_rate"],
        "times_china": rate / n["china_rate"],
    }


def writers(material: Material) -> dict[str, float]:
    """Writers in prison: shares of countries, and growth from 2019 to 2020."""
    n = material.parts("pen-2020-writers")
    three = share(n["three_countries_2019"], n["writers_2019"])
    return {
        "nearly_three_countries_2019": three,
        "three_countries_2019": three,
        "growth_2020": growth(n["writers_2019"], n["writers_2020"]),
        "belarus_2020": share(n["belarus_2020"], n["writers_2020"]),
    }


def freed_in_myanmar(material: Material) -> dict[str, float]:
    """Political prisoners among those freed in Myanmar in November 2022."""
    n = material.parts("irrawaddy-2022-amnesty")
    return {"political": share(n["political"], n["freed"])}


def amnesties_of_myanmar(material: Material) -> dict[str, float]:
    """Eight amnesties in Myanmar: those freed, and the political prisoners among them."""
    n = material.parts("isp-2022-amnesties")
    freed = [count for name, count in n.items() if name.startswith("freed_")]
    return {"freed": sum(freed), "political": share(n["political"], n["all_freed"])}


def pardoned_in_belarus(material: Material) -> dict[str, float]:
    """People pardoned in Belarus in the waves of 2024 until 16 September, and until 20 November."""
    n = material.parts("aljazeera-2024-belarus")
    waves = list(n.values())
    return {"until_september": sum(waves[:4]), "until_november": sum(waves)}
