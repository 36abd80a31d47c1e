"""Words that answer whether somebody is on a list, and ids that differ by a blank."""

import pandas as pd
import pytest

import clemency as cl

ON = pd.DataFrame({"A": [1, 0, 1, 0, 1], "B": [1, 1, 0, 0, 1], "C": [0, 1, 1, 1, 1]})


@pytest.mark.parametrize("words", [("no", "yes"), ("False", "True"), ("N", "Y"), ("否", "是")])
def test_a_no_is_never_counted_as_on_the_list(words):
    told = ON.assign(A=ON["A"].map(dict(enumerate(words))))
    with pytest.raises(cl.DataError, match="an answer, not the number of a record") as caught:
        cl.capture_histories(told, list("ABC"))
    assert [p.row for p in caught.value.problems] == [0, 1, 2, 3, 4]
    assert "Write 1 for people on the list" in str(caught.value)


def test_numbers_of_records_and_dates():
    numbers = ON.assign(A=["2004-00001", None, "2004-00002", "", "2010-00003"])
    assert cl.capture_histories(numbers, list("ABC")).tidy().equals(cl.capture_histories(ON, list("ABC")).tidy())
    with pytest.raises(cl.UsageError, match="'A' holds dates"):
        cl.capture_histories(ON.assign(A=pd.Timestamp("2020-01-01")), list("ABC"))


def test_ids_that_differ_by_a_blank_are_told():
    people = ON.assign(id=["p", "p ", "q", "r", "s"])
    assert any(
        "'p' and 'p ' in 'id' differ by blanks" in w
        for w in cl.capture_histories(people, list("ABC"), id="id").warnings
    )
