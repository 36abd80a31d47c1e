"""The months cut in real rulings, told by charge, term and conduct, and by the bare words of the texts.

The texts are those of a public contest, cut into words, with the months cut; they are not shipped. Ten-fold
cross-validation of the library's models of size, beside a constant and a ridge regression on the counts of words, which
is what a contest would begin with. ``CLEMENCY_DATA=FOLDER python -m benchmarks rulingsize``
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

import clemency as cl

FOLDS = 10
WORDS = 2_000
PENALTIES = (10.0, 30.0, 100.0, 300.0, 1_000.0)
FORMULA = (
    "C(kind) + term_years + C(charge) + recidivist + principal + duty_crime + C(paid) + C(awards) + C(merit_awards)"
)
FILE = "bdci/rulings_half.csv"
GROUPS = ("抢劫", "盗窃", "毒品", "故意伤害", "故意杀人", "诈骗", "强奸", "贪污", "受贿")


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
        }
    )
    return rows[rows["months"] > 0]


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


def ridge(X: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Coefficients; the constant, which is last, is not shrunk."""
    shrink = np.full(X.shape[1], penalty)
    shrink[-1] = 0
    return np.linalg.solve(X.T @ X + np.diag(shrink), X.T @ y)


def by_words(train: pd.Series, months: np.ndarray, test: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Months told by the words, with the penalty that does best on a fifth of the training texts."""
    known = pd.Series(" ".join(train).split()).value_counts().index[:WORDS].tolist()
    X, y = words_of(train, known), np.log(months)
    held = rng.random(len(y)) < 0.2
    errors = [np.abs(np.exp(X[held] @ ridge(X[~held], y[~held], p)) - months[held]).mean() for p in PENALTIES]
    return np.exp(words_of(test, known) @ ridge(X, y, PENALTIES[int(np.argmin(errors))]))


def run(results: Path) -> None:
    folder = os.environ.get("CLEMENCY_DATA")
    if not folder or not (Path(folder) / FILE).is_file():
        print(f"the study needs CLEMENCY_DATA with {FILE}: left out")
        return
    texts = pd.read_csv(Path(folder) / FILE)
    rows = table(texts)
    rng = np.random.default_rng(20)
    fold = rng.integers(FOLDS, size=len(rows))
    names = ("median of all", "gamma", "median regression", "ridge on words")
    told = {name: np.full(len(rows), np.nan) for name in names}
    for k in range(FOLDS):
        train, test = rows[fold != k], rows[fold == k]
        told["median of all"][fold == k] = train["months"].median()
        for name, more in (("gamma", {}), ("median regression", {"model": "quantile"})):
            fit = cl.magnitude(train.reset_index(drop=True), FORMULA, **more)
            told[name][fold == k] = fit.predict(test.reset_index(drop=True))["estimate"]
        words = texts["text"].loc[train.index], train["months"].to_numpy(), texts["text"].loc[test.index]
        told["ridge on words"][fold == k] = by_words(*words, rng)
    months = rows["months"].to_numpy()
    lines = [
        {
            "model": name,
            "texts": len(rows),
            "mean_absolute_error": np.abs(guess - months).mean(),
            "root_mean_square": np.sqrt(((guess - months) ** 2).mean()),
            "within_one_month": (np.abs(guess - months) <= 1).mean(),
            "slope": np.polyfit(guess, months, 1)[0] if np.ptp(guess) > 1 else np.nan,
        }
        for name, guess in told.items()
    ]
    table_ = pd.DataFrame(lines).round(3)
    table_.to_csv(results / "rulingsize.csv", index=False)
    print(table_.to_string(index=False))
    fit = cl.magnitude(rows.reset_index(drop=True), FORMULA)
    ratios = fit.tidy(exponentiate=True).round(3)
    ratios.to_csv(results / "rulingsize_ratios.csv", index=False)
    print(ratios.to_string(index=False))
