"""Text files: their records with the lines on which these begin, and the lines that hold nothing."""

import pytest

from clemency.records.files.textfiles import records


@pytest.mark.parametrize(
    ("text", "header_line", "lines", "blank"),
    [
        ("a,b\n1,2\n3,4\n", 1, [2, 3], 0),
        ("a,b\n\n1,2\n , \n,\n3,4\n", 1, [3, 6], 3),
        ("\n\na,b\n1,2\n3,4\n", 3, [4, 5], 0),  # above the header there is no row that could be missing
        ('a,b\n"1\n\n",2\n3,4\n\n', 1, [2, 5], 1),  # a line break inside a cell is none between rows
    ],
)
def test_lines_without_content_are_counted_and_move_no_row(text, header_line, lines, blank):
    found = records("a.csv", text)
    assert (found.header, found.header_line, found.lines, found.blank) == (["a", "b"], header_line, lines, blank)
    assert [r[0].strip() for r in found.rows] == ["1", "3"]
    assert [r[1] for r in found.rows] == ["2", "4"]


@pytest.mark.parametrize("text", ["", "\n\n", " ,\n,,\n"])
def test_a_text_of_nothing_is_no_table(text):
    assert records("a.csv", text) is None
