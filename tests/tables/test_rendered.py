"""Files of tables, opened with other programs' readers."""

import re
from html.parser import HTMLParser

import docx
import pandas as pd
import pytest

import clemency as cl


@pytest.fixture(scope="module")
def made(crude, adjusted):
    labels = {"age": "Age_in 5% & <years> $@#~`"}
    return cl.table({"crude": crude, "adjusted": adjusted}, caption="Hazards", labels=labels)


def test_word_has_each_cell_of_two_models(made, tmp_path):
    table = docx.Document(str(made.save(tmp_path / "two.docx"))).tables[0]
    rows = [[c.text for c in row.cells] for row in table.rows]
    assert rows[0] == ["", "crude", "crude", "adjusted", "adjusted"]
    assert rows[1][1:3] == ["hazard ratio (95% limits)", "events"]
    cells = {row[0]: row[1:] for row in rows[2:-1]}
    assert cells == {str(label): list(row) for label, row in zip(made.frame.index, made.frame.to_numpy(), strict=True)}
    assert rows[-1][0] == " ".join(made.notes)


class Texts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found.append(data)


def test_html_has_texts_and_no_markup_of_the_data(made, tmp_path):
    reader = Texts()
    reader.feed(made.save(tmp_path / "two.html").read_text(encoding="utf-8"))
    assert set(made.frame.to_numpy().ravel()) - {""} <= set(reader.found)
    assert "Age_in 5% & <years> $@#~`" in reader.found
    assert "<years>" not in made._repr_html_()


def test_latex_comments_out_nothing(made, tmp_path):
    text = made.save(tmp_path / "two.tex").read_text(encoding="utf-8")
    assert r"Age\_in 5\% \& \textless{}years\textgreater{} \$@\#\textasciitilde{}`" in text
    assert not re.search(r"(?<!\\)[%#$]", text)
    assert text.count(r"\begin{") == text.count(r"\end{")


def test_typst_reads_no_sign_of_the_data(made, tmp_path):
    text = made.save(tmp_path / "two.typ").read_text(encoding="utf-8")
    assert r"[Age\_in 5% & \<years\> \$\@\#\~\`]" in text


def test_csv_has_one_header(made, tmp_path):
    read = pd.read_csv(made.save(tmp_path / "two.csv"), dtype=str, keep_default_na=False)
    assert list(read)[:2] == ["row", "crude: hazard ratio (95% limits)"]
    assert read.iloc[:, 1:].to_numpy().tolist() == made.frame.to_numpy().tolist()


def test_other_endings_and_folders_are_refused(made, tmp_path):
    with pytest.raises(cl.UsageError, match=r"does not end in one of: \.docx"):
        made.save(tmp_path / "two.xlsx")
    with pytest.raises(cl.UsageError, match="There is no folder"):
        made.save(tmp_path / "none" / "two.docx")


def test_without_maketables_the_extra_is_named(made, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "maketables", None)
    with pytest.raises(cl.ClemencyError, match=r"clemency\[tables\]"):
        made.save(tmp_path / "two.docx")
    assert "crude" in repr(made)
