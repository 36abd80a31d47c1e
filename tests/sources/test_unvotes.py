"""Distance in UN votes, on a small file of the published form."""

import pandas as pd
import pytest

import clemency as cl

ROWS = [
    (25, "USA", 2.0, 14),
    (25, "CHN", -1.0, 13),
    (26, "USA", 1.5, 8),
    (26, "CHN", -1.25, 9),
    (27, "USA", 1.0, 7),
    (26, "YAR", 0.0, 7),
    (26, "YAR", 0.1, 7),
    (26, None, 0.3, 7),
]


@pytest.fixture
def file(tmp_path):
    def write(rows=ROWS, drop=()):
        frame = pd.DataFrame(rows, columns=["session", "iso3c", "IdealPoint", "NVotes"]).drop(columns=list(drop))
        frame.to_csv(tmp_path / "points.csv", index=False, encoding="cp1252")
        return tmp_path / "points.csv"

    return write


def test_the_distance_by_hand(file):
    found = cl.voting_distance("US", votes="all", path=file())
    assert found["period"].tolist() == ["1970", "1971"]  # session 27 has no estimate for China
    assert found["distance"].tolist() == [3.0, 2.75]
    assert found["index"].tolist() == [-3.0, -2.75]
    assert found["n_votes"].tolist() == [13, 9]
    assert str(found["end"].iloc[0].date()) == "1970-12-31"
    pd.testing.assert_frame_equal(found, cl.voting_distance("USA", votes="all", path=file(ROWS[::-1])))


def test_a_partner_on_either_side_is_as_far(file):
    # 0.5 below China, in the same place, and 0.75 above it.
    points = [(25, -1.0, -0.5), (26, 0.25, 0.25), (27, 1.0, 0.25)]
    rows = [(s, state, p, 7) for s, ours, theirs in points for state, p in (("FRA", ours), ("CHN", theirs))]
    found = cl.voting_distance("FR", votes="all", path=file(rows))
    assert found["distance"].tolist() == [0.5, 0.0, 0.75]
    assert found["index"].tolist() == [-0.5, 0.0, -0.75]


def test_refusals(file):
    with pytest.raises(cl.UsageError, match="votes='trade' is not one of: human_rights, all"):
        cl.voting_distance("US", votes="trade", path=file())
    for nobody in ("EU", "CHN", "Atlantis"):
        with pytest.raises(cl.UsageError, match=f"partner='{nobody}' has no ideal points"):
            cl.voting_distance(nobody, votes="all", path=file())
    with pytest.raises(cl.DataError, match="IdealPointHumanRights: the column is missing"):
        cl.voting_distance("US", path=file())
    with pytest.raises(cl.DataError, match="row 10, iso3c, 'USA': two rows for one session"):
        cl.voting_distance("US", votes="all", path=file([*ROWS, (25, "USA", 9.0, 1)]))
