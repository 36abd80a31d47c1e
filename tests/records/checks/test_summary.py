"""Problems grouped by cause: columns that are missing or foreign are one group each, and their names its examples."""

from clemency.records.checks.summary import lines_of, summary, table_of
from clemency.records.errors import Problem


def missing(column, remedy="Add it."):
    return Problem("cases.csv", 1, column, "", "the column is missing", remedy)


def test_columns_that_are_missing_are_told_together():
    (group,) = summary(table_of([missing("sex"), missing("status"), missing("name")]))
    assert (group.column, group.n, group.of_header) == ("", 3, True)
    assert [e.value for e in group.examples] == ["sex", "status", "name"]
    assert lines_of(group) == [
        "cases.csv: the column is missing (error, 3 columns)",
        "    cases.csv:1 sex, status, name",
        "    Add it.",
    ]


def test_columns_to_be_renamed_come_first_and_foreign_ones_by_themselves():
    found = table_of(
        [
            missing("sex"),
            missing("name", "Rename 'Name' to name."),
            Problem("cases.csv", 1, "x", "", "the column is not part of this table", "Remove it."),
        ]
    )
    assert [[e.value for e in g.examples] for g in summary(found)] == [["name"], ["sex"], ["x"]]


def test_a_message_about_cells_that_ends_like_one_about_a_column_is_about_cells():
    cells = [Problem("cases.csv", r, "sex", "x", "no word of the column ", "Write M.") for r in (2, 5)]
    (group,) = summary(table_of(cells))
    assert (group.column, group.n, group.of_header) == ("sex", 2, False)
    assert [(e.row, e.value) for e in group.examples] == [(2, "x"), (5, "x")]
