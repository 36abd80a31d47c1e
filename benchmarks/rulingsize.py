"""The months cut in real rulings, told by charge, term and conduct, and by the bare words of the texts.

The texts are those of a public contest, cut into words, with the months cut; they are not shipped. Ten-fold
cross-validation of the library's models of size, beside a constant, a ridge regression on the counts of words, which is
what a contest would begin with, and gradient-boosted trees where scikit-learn can be imported.
``CLEMENCY_DATA=FOLDER python -m benchmarks rulingsize``
"""

import os
import platform
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clemency as cl

FOLDS = 10
DRAWS = 2_000
SEED = 20
WORDS = 2_000
TREE_WORDS = 400
PENALTIES = (10.0, 30.0, 100.0, 300.0, 1_000.0)
FORMULA = (
    "C(kind) + term_years + C(charge) + recidivist + principal + duty_crime + C(paid) + C(awards) + C(merit_awards)"
)
FILE = "bdci/rulings_half.csv"
GROUPS = ("抢劫", "盗窃", "毒品", "故意伤害", "故意杀人", "诈骗", "强奸", "贪污", "受贿")
#: Where the table of the contest's ten best was read: a fixed commit of a public repository.
CONTEST = (
    "https://github.com/dujh22/BDA_PredictionOfCommutationTimeForOffenders/blob/"
    "0d21fe86968a485b64af12ee70f47883c3fb36ee/README.md"
)
#: Share of exact answers of its first and tenth, on texts of its own.
PUBLISHED = {"contest, first": 0.5975, "contest, tenth": 0.5124}

Told = Callable[[pd.DataFrame, pd.DataFrame], np.ndarray]


def table(texts: pd.DataFrame) -> pd.DataFrame:
    """Granted cuts with the covariates of the formula; what a text does not say is a level of its own."""
    found = cl.ruling_features(texts)
    charges = found["charges"].fillna("").astype(str)
    group = pd.Series("other", index=found.index)
    for word in reversed(GROUPS):
        group = group.where(~charges.str.contains(word), word)
    rows = pd.DataFrame(
        {
            "months": texts["label"].astype(float),
            "kind": found["sentence_type"].fillna("not said").astype(str),
            "term_years": found["sentence_months"].fillna(0.0) / 12,
            "charge": group.where(charges != "", "not said"),
            "paid": found["property_paid"].fillna("not said").astype(str),
            "awards": _grouped(found["commendations"]),
            "merit_awards": np.where(found["merits"].fillna(0) > 0, "some", "none"),
            **{name: found[name].astype(float) for name in ("recidivist", "principal", "duty_crime")},
            "text": texts["text"],
        }
    )
    return rows[rows["months"] > 0].reset_index(drop=True)


def _grouped(awards: pd.Series) -> pd.Series:
    bounds, names = [-1, 0, 3, 5, 100], ["none", "1-3", "4-5", "6+"]
    return pd.cut(awards.fillna(0), bounds, labels=names).astype(str)


def words_of(texts: pd.Series, known: list[str]) -> np.ndarray:
    """Logarithms of counts of words, and a constant."""
    place = {word: i for i, word in enumerate(known)}
    counts = np.zeros((len(texts), len(known) + 1))
    counts[:, -1] = 1
    for row, text in enumerate(texts):
        for word in text.split():
            if word in place:
                counts[row, place[word]] += 1
    counts[:, :-1] = np.log1p(counts[:, :-1])
    return counts


def _frequent(texts: pd.Series, number: int) -> list[str]:
    return pd.Series(" ".join(texts).split()).value_counts().index[:number].tolist()


def ridge(X: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients; the constant, which is last, is not shrunk."""
    shrink = np.full(X.shape[1], penalty)
    shrink[-1] = 0
    return np.linalg.solve(X.T @ X + np.diag(shrink), X.T @ y)


def by_words(rng: np.random.Generator) -> Told:
    """Months told by the words, with the penalty that does best on a fifth of the training texts."""

    def told(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        known, months = _frequent(train["text"], WORDS), train["months"].to_numpy()
        X, y = words_of(train["text"], known), np.log(months)
        held = rng.random(len(y)) < 0.2
        errors = [np.abs(np.exp(X[held] @ ridge(X[~held], y[~held], p)) - months[held]).mean() for p in PENALTIES]
        return np.exp(words_of(test["text"], known) @ ridge(X, y, PENALTIES[int(np.argmin(errors))]))

    return told


def of_size(**more: Any) -> Told:
    """Months told by one of the library's models."""

    def told(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        fit = cl.magnitude(train.reset_index(drop=True), FORMULA, **more)
        return fit.predict(test.reset_index(drop=True))["estimate"].to_numpy()

    return told


def of_order(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """The size in the middle of those that the ordinal model expects."""
    fit = cl.magnitude(train.reset_index(drop=True), FORMULA, model="ordinal")
    told = fit.probabilities(test.reset_index(drop=True)).pivot(index="row", columns="months", values="estimate")
    return told.columns.to_numpy()[(told.cumsum(axis=1).to_numpy() >= 0.5).argmax(axis=1)]


def by_trees(words: bool) -> Told:
    """Months told by boosted trees, which stop where a fifth of the training texts is told no better."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    def told(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
        if words:
            known = _frequent(train["text"], TREE_WORDS)
            X, new = words_of(train["text"], known), words_of(test["text"], known)
        else:
            both = pd.concat([train, test]).drop(columns=["months", "text"])
            named = [c for c in both if not pd.api.types.is_numeric_dtype(both[c])]
            coded = both.assign(**{c: both[c].astype("category").cat.codes for c in named}).astype(float)
            X, new = coded.to_numpy()[: len(train)], coded.to_numpy()[len(train) :]
        trees = HistGradientBoostingRegressor(
            loss="absolute_error",
            max_iter=300,
            early_stopping=True,
            validation_fraction=0.2,
            random_state=SEED,
            categorical_features=None if words else [both.columns.get_loc(c) for c in named],
        )
        return trees.fit(X, train["months"]).predict(new)

    return told


def _constant(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    return np.full(len(test), train["months"].median())


def models(rng: np.random.Generator) -> dict[str, Told]:
    """By name, what tells the months of texts that were left out."""
    found = {
        "median of all": _constant,
        "gamma": of_size(),
        "median regression": of_size(model="quantile"),
        "ordinal": of_size(model="ordinal"),
        "ordinal, middle size": of_order,
        "ridge on words": by_words(rng),
    }
    if find_spec("sklearn") is None:
        print("scikit-learn is not installed: boosted trees are left out")
        return found
    return {**found, "trees": by_trees(words=False), "trees on words": by_trees(words=True)}


def cross_validated(rows: pd.DataFrame, folds: int = FOLDS, seed: int = SEED) -> dict[str, np.ndarray]:
    """Months of each text, told by each model from the other parts."""
    rng = np.random.default_rng(seed)
    fold = rng.integers(folds, size=len(rows))
    told = {}
    for name, model in models(rng).items():
        told[name] = np.full(len(rows), np.nan)
        for k in range(folds):
            told[name][fold == k] = model(rows[fold != k], rows[fold == k])
    return told


def scored(guess: np.ndarray, months: np.ndarray, plain: np.ndarray, draws: np.ndarray) -> dict[str, float]:
    """Errors of one model with limits over drawn texts, and the line of observed on told months."""
    off = guess - months
    each = {
        "mean_absolute_error": np.abs(off),
        "root_mean_square": off**2,
        "within_one_month": (np.abs(off) <= 1).astype(float),
        "exact": (np.rint(guess) == months).astype(float),
        "less_than_median": np.abs(plain - months) - np.abs(off),
    }
    line: dict[str, float] = {}
    for name, value in each.items():
        root = np.sqrt if name == "root_mean_square" else np.asarray
        means = root(value[draws].mean(axis=1))
        low, high = np.quantile(means, [0.025, 0.975])
        line |= {name: float(root(value.mean())), f"{name}_low": low, f"{name}_high": high}
    return line | calibrated(guess, months, draws)


def calibrated(guess: np.ndarray, months: np.ndarray, draws: np.ndarray) -> dict[str, float]:
    """Slope and intercept of observed on told months: 1 and 0 where what is told is right on average at each size."""
    names = [f"{v}{end}" for v in ("slope", "intercept") for end in ("", "_low", "_high")]
    if np.ptp(guess) <= 1:
        return dict.fromkeys(names, np.nan)
    g, m = guess[draws], months[draws]
    centred = g - g.mean(axis=1, keepdims=True)
    slopes = (centred * m).sum(axis=1) / (centred**2).sum(axis=1)
    cuts = m.mean(axis=1) - slopes * g.mean(axis=1)
    slope, cut = np.polyfit(guess, months, 1)
    values = [slope, *np.quantile(slopes, [0.025, 0.975]), cut, *np.quantile(cuts, [0.025, 0.975])]
    return dict(zip(names, values, strict=True))


def versions() -> str:
    names = ["numpy", "scipy", "pandas", "statsmodels", *(["sklearn"] if find_spec("sklearn") else [])]
    told = [f"{name} {__import__(name).__version__}" for name in names]
    return f"seed {SEED}; {FOLDS} parts; Python {platform.python_version()}, {', '.join(told)}\n"


def run(results: Path) -> None:
    folder = os.environ.get("CLEMENCY_DATA")
    if not folder or not (Path(folder) / FILE).is_file():
        print(f"the study needs CLEMENCY_DATA with {FILE}: left out")
        return
    rows = table(pd.read_csv(Path(folder) / FILE))
    told, months = cross_validated(rows), rows["months"].to_numpy()
    draws = np.random.default_rng(SEED).integers(len(rows), size=(DRAWS, len(rows)))
    lines = [
        {"model": name, "texts": len(rows)} | scored(guess, months, told["median of all"], draws)
        for name, guess in told.items()
    ]
    table_ = pd.DataFrame(lines).round(3)
    table_.to_csv(results / "rulingsize.csv", index=False)
    published = [{"model": name, "exact": exact, "source": CONTEST} for name, exact in PUBLISHED.items()]
    pd.DataFrame(published).to_csv(results / "rulingsize_contest.csv", index=False)
    (results / "rulingsize_versions.txt").write_text(versions())
    print(table_.to_string(index=False))
    ratios = cl.magnitude(rows, FORMULA).tidy(exponentiate=True).round(3)
    ratios.to_csv(results / "rulingsize_ratios.csv", index=False)
    print(ratios.to_string(index=False))
