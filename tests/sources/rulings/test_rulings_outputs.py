"""Tables of rulings take the place of an earlier edition whole, and of nothing else of a user's."""

import pandas as pd
import pytest
from click.testing import CliRunner

import clemency as cl
from clemency.cli import main
from clemency.sources.rulings import read_rulings, simulate_rulings, write_rulings

MADE = simulate_rulings(3, seed=4)
READ = read_rulings(MADE)
CSV = {f"{t}.csv" for t in ("cases", "acts", "rulings", "changes", "account")}
PARQUET = {f"{t}.parquet" for t in ("rulings", "changes", "evidence", "account")}
OURS = {"files.json"}


def command(out, *words):
    source = out.parent / "texts"
    if not source.exists():
        source.mkdir()
        for i, text in enumerate(MADE["text"]):
            (source / f"{i}.txt").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["rulings", str(source), "--out", str(out), *words])
    if done.exit_code == 2:
        raise cl.UsageError(done.output)
    assert done.exit_code == 0, done.output


def forced(force):
    return ("--force",) if force else ()


WAYS = [
    pytest.param(lambda out, force=False: READ.save(out, force=force), CSV, id="save"),
    pytest.param(lambda out, force=False: write_rulings(MADE, out, force=force), PARQUET, id="write"),
    pytest.param(lambda out, force=False: command(out, *forced(force)), CSV, id="command"),
    pytest.param(lambda out, force=False: command(out, "--parquet", *forced(force)), PARQUET, id="parquet"),
]
by_every_way = pytest.mark.parametrize(("write", "names"), WAYS)


@pytest.fixture(autouse=True)
def _arrow():
    pytest.importorskip("pyarrow")


def held(folder):
    return {p.name for p in folder.iterdir()}


@by_every_way
def test_a_new_folder_and_an_unchanged_edition(tmp_path, write, names):
    out = tmp_path / "a" / "out"
    out.parent.mkdir()
    write(out)
    write(out)
    assert held(out) == names | OURS
    assert held(out.parent) <= {"out", "texts"}


@by_every_way
@pytest.mark.parametrize("mine", ["cases.csv", "rulings.parquet", "notes.txt"])
def test_a_folder_of_other_things_only_by_force(tmp_path, write, names, mine):
    out = tmp_path / "out"
    out.mkdir()
    (out / mine).write_text("mine", encoding="utf-8")
    with pytest.raises(cl.UsageError, match=r"holds things[\s\S]*--force"):
        write(out)
    assert held(out) == {mine}
    assert (out / mine).read_text(encoding="utf-8") == "mine"
    write(out, force=True)
    assert held(out) == names | OURS | {mine}
    if mine not in names:
        assert (out / mine).read_text(encoding="utf-8") == "mine"


@by_every_way
def test_a_table_that_somebody_changed_stays(tmp_path, write, names):
    out = tmp_path / "out"
    write(out)
    one = out / sorted(names)[0]
    one.write_text("corrected by hand", encoding="utf-8")
    with pytest.raises(cl.UsageError, match="changed since"):
        write(out)
    assert one.read_text(encoding="utf-8") == "corrected by hand"


@by_every_way
def test_a_link_in_the_folder_is_not_followed(tmp_path, write, names):
    other, out = tmp_path / "thesis.txt", tmp_path / "out"
    other.write_text("mine", encoding="utf-8")
    out.mkdir()
    for name in sorted(names):
        (out / name).symlink_to(other)
    with pytest.raises(cl.UsageError, match="holds things"):
        write(out)
    write(out, force=True)
    assert other.read_text(encoding="utf-8") == "mine"
    assert not any(p.is_symlink() for p in out.iterdir())


@by_every_way
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_is_a_link_is_refused(tmp_path, write, names, force, there):
    target, out = tmp_path / "elsewhere", tmp_path / "out"
    if there:
        target.mkdir()
    out.symlink_to(target)
    with pytest.raises(cl.UsageError, match="links are not followed"):
        write(out, force=force)
    assert not there or held(target) == set()


@pytest.mark.parametrize("inside", [".", "out", "a/b"])
@pytest.mark.parametrize("parquet", [(), ("--parquet",)])
def test_not_into_the_folder_that_is_read(tmp_path, inside, parquet):
    (tmp_path / "1.txt").write_text(MADE["text"].iloc[0], encoding="utf-8")
    out = tmp_path / inside
    with pytest.raises(cl.UsageError, match="is in the folder that is read"):
        write_rulings(tmp_path, out, force=True)
    done = CliRunner().invoke(main, ["rulings", str(tmp_path), "--out", str(out), "--force", *parquet])
    assert done.exit_code == 2
    assert "Name a folder outside it" in done.output
    assert held(tmp_path) == {"1.txt"}


def test_what_cannot_be_written_is_said_before_anything_is_read(tmp_path, monkeypatch):
    def reading(*_, **__):
        raise AssertionError("it was read first")

    monkeypatch.setattr("clemency.sources.rulings.result.all_rows", reading)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for words in ((), ("--parquet",)):
        with pytest.raises(cl.UsageError, match="is a file, not a folder"):
            command(tmp_path / "file", *words)
    with pytest.raises(cl.UsageError, match="is a file, not a folder"):
        write_rulings(MADE, tmp_path / "file")
    with pytest.raises(cl.UsageError, match="names no file or folder"):
        write_rulings(MADE, " ")
    with pytest.raises(cl.UsageError, match="names no file or folder"):
        READ.save("")


def test_an_error_leaves_the_earlier_edition(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_rulings(MADE, out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("clemency.sources.rulings.result.counts_of", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_rulings(simulate_rulings(2, seed=8), out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert held(tmp_path) == {"out"}


def test_an_edition_of_another_form_is_replaced_whole(tmp_path):
    write_rulings(MADE, tmp_path / "out")
    READ.save(tmp_path / "out")
    assert held(tmp_path / "out") == CSV | OURS
    assert len(pd.read_csv(tmp_path / "out" / "account.csv")) == 3
