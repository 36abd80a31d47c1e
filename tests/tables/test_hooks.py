"""What estimates offer to maketables and to users of lifelines, against the estimates themselves."""

import maketables
import numpy as np
import pytest
from lifelines import CoxPHFitter

import clemency as cl


def test_maketables_takes_an_estimate_as_it_is(crude, adjusted):
    made = maketables.ETable([crude, adjusted], coef_fmt="b:.3f\n(se:.3f)").df
    tidy = adjusted.tidy().set_index(["term", "level"])
    age, error = tidy.loc[("age", ""), ["estimate", "std_error"]]
    assert made.loc[("coef", "age")].tolist() == ["", f"{age:.3f}\n({error:.3f})"]
    assert made.loc[("stats", "Events")].tolist() == [f"{int(crude.facts['events'])}"] * 2
    assert made.loc[("stats", "Standard errors")].tolist() == ["model", "cluster: site"]
    assert made.loc[("fe", "sex")].tolist() == ["-", "x"]
    assert "charge family=speech" in made.loc["coef"].index


def test_maketables_can_show_ratios_and_events(adjusted):
    made = maketables.ETable(adjusted, coef_fmt="ratio:.4f, ratio_low:.4f, ratio_high:.4f, n_event").df
    row = adjusted.tidy(exponentiate=True).set_index("level").loc["speech"]
    n = adjusted.support.set_index("level").loc["speech", "n_event"]
    expected = f"{row['estimate']:.4f}, {row['ci_low']:.4f}, {row['ci_high']:.4f}, {n}"
    assert made.loc[("coef", "charge family=speech")].tolist() == [expected]


def test_hooks_say_errors_strata_and_outcome(adjusted):
    assert adjusted.__maketables_vcov_info__ == {"vcov_type": "cluster", "clustervar": "site"}
    assert adjusted.__maketables_fixef_string__ == "sex"
    assert adjusted.__maketables_depvar__ == "cut"
    assert adjusted.__maketables_stat__("N") == 120
    assert adjusted.__maketables_stat__("r2") is None
    assert adjusted.__maketables_default_stat_keys__ == ["N", "n_cases", "events", "ll", "aic", "variance"]


def test_limits_are_named_by_their_level(crude):
    table = crude.with_level(0.9).__maketables_coef_table__
    assert {"ci90l", "ci90u", "hr", "hr_ci90l", "hr_ci90u"} <= set(table)


def test_the_summary_is_that_of_lifelines(spells_of_groups):
    d = spells_of_groups[["t", "cut", "age", "site"]]
    ours = cl.cox(d, "age + site", exit="t", event="cut").summary()
    theirs = CoxPHFitter().fit(d, "t", "cut").summary
    assert [c for c in theirs if c not in ours] == ["cmp to"]
    assert ours.index.name == theirs.index.name
    shared = theirs.drop(columns="cmp to")
    np.testing.assert_allclose(ours[list(shared)].to_numpy(), shared.to_numpy(), rtol=1e-5)


@pytest.mark.parametrize("model", ["gamma", "quantile"])
def test_what_is_no_logarithm_has_no_exponential(spells_of_groups, model):
    acts = spells_of_groups.assign(months=spells_of_groups["age"] / 5)
    summary = cl.magnitude(acts, "sex", model=model).summary()
    assert ("exp(coef)" in summary) == (model == "gamma")


def test_a_t_statistic_is_called_so(spells_of_groups):
    acts = spells_of_groups.assign(months=spells_of_groups["age"] / 5)
    assert "t" in cl.magnitude(acts, "sex", cluster="site").summary()
