"""What another package says of the study of agreement; it runs in the interpreter of the peers, without clemency.

``python _agreementpeers.py PACKAGE spells.csv states.csv`` prints JSON: the version, and for each quantity its values
with the warnings given, or why it was refused. A quantity that the package does not offer has no entry.
"""

import json
import sys
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

AT = (5.0, 10.0, 20.0)
KINDS = ["censored", "act", "release"]


def step(times, values):
    """Values of a step function that begins at zero."""
    return np.concatenate([[0.0], np.asarray(values, float)])[np.searchsorted(times, AT, side="right")]


def survival(d, m):
    import survival as s

    fit = s.coxph("Surv(entry, exit, event) ~ x + z", d)

    def errors(found):
        return np.sqrt(np.diag(s.vcov(found)))

    def baseline():
        found = s.basehaz(fit, centered=False)
        return step(found.time, found.hazard)

    def fine_gray():
        long = s.finegray("Surv(entry, exit, end) ~ x + z + id", d, etype="act", id="id")
        return s.coxph("Surv(fgstart, fgstop, fgstatus) ~ x + z", long, weights="fgwt", cluster="id")

    def incidence():
        curve = s.survfit("Surv(entry, exit, end) ~ 1", d, id="id")
        return step(curve.time, np.asarray(curve.pstate)[:, curve.states.index("act")])

    return {
        "cox": lambda: fit.coefficients,
        "baseline": baseline,
        "cluster": lambda: errors(s.coxph("Surv(entry, exit, event) ~ x + z", d, cluster="group")),
        "concordance": lambda: [s.concordance(fit).concordance],
        "proportionality": lambda: [row["p"] for row in s.cox_zph(fit).table[:2]],
        "fine_gray": lambda: fine_gray().coefficients,
        "fine_gray_errors": lambda: errors(fine_gray()),
        "incidence": incidence,
        "states": lambda: (
            s.coxph("Surv(start, stop, state) ~ x + z", m, id="id", istate="from", ties="breslow").coefficients
        ),
    }


def greenwood(d, m):
    import greenwood as g

    formula = "Surv(entry, exit, event) ~ x + z"
    fit = g.CoxPH().fit(formula, data=d)

    def baseline():
        found = fit.baseline_hazard()
        return step(found["time"], found["cumhaz"])

    def fine_gray():
        return g.tidy(g.FineGray("act").fit("Surv(entry, exit, end) ~ x + z", data=d))

    def incidence():
        found = g.AalenJohansen().fit("Surv(entry, exit, end) ~ 1", data=d).to_frame()
        return step(found["time"], found["act"])

    return {
        "cox": lambda: g.tidy(fit)["estimate"],
        "baseline": baseline,
        "cluster": lambda: g.tidy(g.CoxPH().fit(formula, data=d, robust=True, cluster="group"))["std_error"],
        "concordance": lambda: [fit.concordance()],
        "proportionality": lambda: fit.cox_zph(transform="km").to_frame()["p_value"][:2],
        "fine_gray": lambda: fine_gray()["estimate"],
        "fine_gray_errors": lambda: fine_gray()["std_error"],
        "incidence": incidence,
    }


def lifelines(d, m):
    from lifelines import AalenJohansenFitter, CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    columns = d[["x", "z", "entry", "exit", "event"]]
    asked = {"duration_col": "exit", "event_col": "event", "entry_col": "entry"}
    fit = CoxPHFitter().fit(columns, **asked)

    def baseline():  # lifelines' own baseline stands at the means of the covariates
        found = fit.baseline_cumulative_hazard_
        at_zero = np.exp(-float(columns[["x", "z"]].mean() @ fit.params_))
        return step(found.index, found.iloc[:, 0]) * at_zero

    def incidence():
        fitter = AalenJohansenFitter(seed=1)  # it moves tied times by chance
        found = fitter.fit(d["exit"], d["kind"], 1, entry=d["entry"]).cumulative_density_
        return step(found.index, found.iloc[:, 0])

    def clustered():
        return CoxPHFitter().fit(columns.assign(group=d["group"]), cluster_col="group", **asked)

    return {
        "cox": lambda: fit.params_,
        "baseline": baseline,
        "cluster": lambda: clustered().standard_errors_,
        "concordance": lambda: [fit.concordance_index_],
        "proportionality": lambda: proportional_hazard_test(fit, columns, time_transform="km").p_value,
        "incidence": incidence,
    }


def asked(quantity):
    """One quantity: its values and warnings, or the refusal."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            values = [float(v) for v in np.asarray(quantity()).ravel()]
        except Exception as problem:  # whatever it refuses with is what is reported
            return {"refused": f"{type(problem).__name__}: {problem}"}
    return {"values": values, "warnings": sorted({str(w.message) for w in said})}


def main():
    package, spells, states = sys.argv[1:]
    d = pd.read_csv(spells, float_precision="round_trip")
    d["end"] = pd.Categorical.from_codes(d["kind"], KINDS)
    m = pd.read_csv(states, float_precision="round_trip")
    m["state"] = pd.Categorical(m["to"], ["none", "reduced", "free"])
    quantities = {"survival": survival, "greenwood": greenwood, "lifelines": lifelines}[package](d, m)
    print(json.dumps({"version": version(package), "with": {k: asked(q) for k, q in quantities.items()}}))


if __name__ == "__main__":
    main()
