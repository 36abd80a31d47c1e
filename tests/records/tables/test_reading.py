"""What is said of a cell that must not be empty: how to fill it, by what the column is."""

import pytest

import clemency as cl

OWN_KEY = "Give each row a key of its own: letters, digits and hyphens, such as li-wei-2004."
DOCUMENT = "Name the document that states the row, by its key in sources.csv."


@pytest.mark.parametrize(
    ("table", "column", "remedy"),
    [
        ("cases", "case_id", OWN_KEY),
        ("acts", "act_id", OWN_KEY),
        ("events", "event_id", OWN_KEY),
        ("sources", "source_id", OWN_KEY),
        ("cases", "person_id", "Give each person a key; the cases of one person share it."),
        ("acts", "case_id", "Write the key that the row has in cases.csv."),
        ("acts", "source_ids", DOCUMENT),
        ("events", "source_ids", DOCUMENT),
        ("acts", "scope", "Write one of: single, combined, total."),
        ("cases", "status", "Write 'unknown' where no source tells."),
        ("cases", "name", "Fill it in from the document that states the row."),
        ("provinces", "grid_row", "Fill it in from the document that states the row."),
    ],
)
def test_an_empty_cell_is_told_with_how_to_fill_it(folder, spoil, table, column, remedy):
    spoil(table, 3, column, "")
    told = cl.check(folder)
    at = told["file"].eq(f"{table}.csv") & told["row"].eq(3) & told["column"].eq(column)
    assert told.loc[at, ["message", "remedy"]].to_numpy().tolist() == [["an empty value in a required column", remedy]]
