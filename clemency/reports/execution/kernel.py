"""A notebook and its parameters -> the executed notebook, by a kernel that imports nothing from where it was started."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from clemency.records.environment.extras import installed
from clemency.records.errors import ClemencyError
from clemency.reports.execution.stopping import stoppable

_PACKAGE = Path(__file__).resolve().parents[2]
#: Variables by which a shell would have Python run something of its own, or look in other folders, before the notebook.
_UNWANTED = ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONHOME", "IPYTHONDIR", "MPLBACKEND")


def run(
    path: Path,
    parameters: dict[str, Any],
    folder: Path | None = None,
    say: Callable[[str], Any] | None = None,
    name: str | None = None,
) -> Any:
    """Run a notebook.

    Parameters
    ----------
    path : Path
        The notebook; its cell with the tag ``parameters`` is replaced.
    parameters : dict
        Names and values, written as Python does.
    folder : Path, optional
        Folder of tables, given to the notebook as ``data``. Nothing in it is imported, and the notebook that is
        returned does not name it.
    say : callable, optional
        Called with a line of text at each cell.
    name : str, optional
        What the tables are called in the notebook that is returned, instead of by their folder.

    Returns
    -------
    NotebookNode

    Raises
    ------
    ClemencyError
        If a cell fails.

    Notes
    -----
    The kernel is this Python, with the working folder a new empty one, Python's safe path, no start-up files of Python
    or IPython, and no folder of ``PYTHONPATH`` that is relative, the working folder or the folder of tables.
    """
    with Kernel(folder) as kernel:
        return kernel.run(path, parameters, say, name)


class Kernel:
    """A kernel that runs one notebook after another, so that what it has loaded and found serves them all.

    Parameters
    ----------
    folder : Path, optional
        Folder of tables, given to each notebook as ``data``.

    Notes
    -----
    To be used as a context by one thread; `kill` may be called from another.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._client: Any = None

    def __enter__(self) -> Kernel:
        self._place = self._stack.enter_context(_empty_folder())
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._client is not None and self._client.km is not None:
                self._client._cleanup_kernel()
        finally:
            self._stack.close()

    def kill(self) -> None:
        """End the kernel at once."""
        process = getattr(getattr(self._client, "km", None), "provisioner", None)
        if process is not None and process.pid:
            with suppress(OSError):
                os.kill(process.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    def run(
        self, path: Path, parameters: dict[str, Any], say: Callable[[str], Any] | None = None, name: str | None = None
    ) -> Any:
        """Run a notebook: see `run` of this module."""
        nbformat, client_class = _tools()
        notebook, folder = nbformat.read(path, as_version=4), self._folder
        given = {**parameters, "data": None if folder is None else str(folder.resolve())}
        cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
        for cell in cells:
            cell.source = "\n".join(f"{name} = {value!r}" for name, value in given.items())
        if self._client is None:
            self._client = client_class(
                notebook, timeout=300, kernel_name="python3", extra_arguments=_arguments(), shutdown_kernel="immediate"
            )
            self._client.place = self._place
        self._client.nb, self._client.on_cell_start = notebook, _teller(notebook, say)
        _execute(self._client, self._place, folder)
        kept = {**parameters, "data": name}
        for cell in cells:
            told = (
                "\n# data was the folder of tables that the report was made for; name it here to run this again."
                if folder and name is None
                else ""
            )
            cell.source = "\n".join(f"{name} = {value!r}" for name, value in kept.items()) + told
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                if "execution_count" in output:  # which goes on from one notebook to the next
                    output.execution_count = cell.execution_count
        _forget(notebook, folder)
        return notebook


def close_loop() -> None:
    """Close the event loop of a thread that has run its last notebook."""
    from jupyter_core.utils import ensure_event_loop

    ensure_event_loop().close()


def check_installed() -> None:
    """Refuse before anything is computed where the packages of reports are not installed."""
    installed(("nbclient", "nbformat", "ipykernel", "jinja2"), "report", "A report")


def _tools() -> tuple[Any, Any]:
    check_installed()
    import nbformat
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        """The only kernel there is: this interpreter, whatever others are installed under the name."""

        def get_kernel_spec(self, kernel_name: str) -> Any:
            # -P: the working folder is not put on the path, not even while ipykernel is looked for.
            argv = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python", name=kernel_name)

    class Client(stoppable(NotebookClient)):  # type: ignore[misc]
        """Client whose kernel keeps its connection file in its own folder."""

        place = Path()

        def create_kernel_manager(self) -> Any:
            file = str(self.place / "connection.json")
            self.km = AsyncKernelManager(
                kernel_name=self.kernel_name, kernel_spec_manager=ThisPython(), connection_file=file
            )
            return self.km

    return nbformat, Client


def _arguments() -> list[str]:
    own = str(_PACKAGE.parent)
    return [
        "--log-level=ERROR",  # the kernel's remarks about its transport are not for the reader of a report
        "--IPKernelApp.ignore_cwd=True",
        "--IPKernelApp.exec_PYTHONSTARTUP=False",
        # Last on the path, where it can hide nothing, for a clemency that is not installed.
        f"--IPKernelApp.exec_lines=import sys; {own!r} in sys.path or sys.path.append({own!r})",
    ]


def _teller(notebook: Any, say: Callable[[str], Any] | None) -> Callable[..., None]:
    total = sum(1 for c in notebook.cells if c.cell_type == "code")

    def started(cell: Any, cell_index: int) -> None:
        done = sum(1 for c in notebook.cells[:cell_index] if c.cell_type == "code")
        if say and cell.cell_type == "code":
            say(f"Running the notebook: {done + 1} of {total}")

    return started


def _execute(client: Any, place: Path, folder: Path | None) -> None:
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    try:
        client.execute(cleanup_kc=False, cwd=str(place), env=_environment(place, folder))
    except CellExecutionError as error:
        raise ClemencyError(f"The notebook stopped: {error.ename}: {error.evalue}") from None
    except (DeadKernelError, RuntimeError) as error:
        raise ClemencyError(f"The kernel of the notebook stopped: {error}") from None


def _environment(place: Path, folder: Path | None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in _UNWANTED}
    kept |= {"IPYTHONDIR": str(place / "ipython"), "PYTHONSAFEPATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    path = [p for p in kept.pop("PYTHONPATH", "").split(os.pathsep) if _may_import(p, folder)]
    return {**kept, "PYTHONPATH": os.pathsep.join(path)} if path else kept


def _may_import(entry: str, folder: Path | None) -> bool:
    """Whether a folder of PYTHONPATH stays: not the folder of tables, nor the working one unless clemency is in it."""
    if not os.path.isabs(entry):
        return False
    real = Path(entry).resolve()
    if folder is not None and real.is_relative_to(folder.resolve()):
        return False
    return real != Path.cwd().resolve() or real == _PACKAGE.parent


@contextmanager
def _empty_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="clemency-", ignore_cleanup_errors=True) as name:
        place = Path(name).resolve()
        (place / "ipython").mkdir()
        yield place


def _forget(notebook: Any, folder: Path | None) -> None:
    """Take from the outputs the paths of this machine: of the tables, the library, Python and the user's home."""
    named = [(folder, "<tables>"), (_PACKAGE.parent, "<library>"), (Path(sys.prefix), "<python>"), (Path.home(), "~")]
    paths = {
        str(form): short for path, short in named if path is not None for form in (path.absolute(), path.resolve())
    }
    paths.pop(os.sep, None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for part in (output, output.get("data", {})):
                for key, value in part.items():
                    if isinstance(value, str):
                        part[key] = _without(value, paths)


def _without(text: str, paths: dict[str, str]) -> str:
    for path in sorted(paths, key=len, reverse=True):
        text = text.replace(path, paths[path])
    return text
