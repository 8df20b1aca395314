"""The files of an import: those that were uploaded, in a folder of the data folder, or a command's own paths.

They are deleted once the import is written, undone or discarded. The import's report stays.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from webapp.config.settings import Settings
from webapp.errors import Busy, Invalid
from webapp.importers.bundle import open_bundle
from webapp.importers.texts import file_name
from webapp.state import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from webapp.importers.bundle import Bundle

#: Files of one upload. Whoever has more puts them into an archive.
MOST_FILES = 40
_LIST = "files.json"
_BLOCK = 1 << 20


class UploadedFile(NamedTuple):
    """A file that a client sends: its name for people, and its bytes."""

    name: str
    stream: BinaryIO


def folder_of(run_id: str) -> Path:
    return current(Settings).data_dir / "imports" / run_id


def is_here(run_id: str | None) -> bool:
    """Say whether this machine has the files of an import."""
    if run_id is None or not (folder_of(run_id) / _LIST).is_file():
        return False
    # A command's paths may belong to another account of the machine.
    return all(os.access(file["path"], os.R_OK) for file in _read_list(run_id))


def store_uploads(run_id: str, files: Iterable[UploadedFile]) -> list[str]:
    """Store the bytes, and return the names. Raises Invalid for no file or too many, and Busy for a full disk."""
    folder = folder_of(run_id)
    limit = current(Settings).max_import_bytes
    paths, names, size = [], [], 0
    try:
        folder.mkdir(mode=0o700, parents=True)
        for number, file in enumerate(files):
            if number == MOST_FILES:
                raise Invalid.field(
                    "#/file", "too_many", f"{MOST_FILES} files are the most at once. Put them in a zip."
                )
            path = folder / str(number)
            with path.open("wb") as copy:
                while block := file.stream.read(_BLOCK):
                    size += len(block)
                    if size > limit:
                        raise Invalid.field(
                            "#/file",
                            "too_large",
                            f"The upload has more than {limit // 1_000_000:,} MB. Import it on the server instead: "
                            "minutebook import FILE --user NAME",
                        )
                    copy.write(block)
            paths.append(path)
            names.append(file_name(file.name, f"file {number + 1}"))
        if not paths or not size:
            raise Invalid.field("#/file", "empty", "There is no file in this upload. Choose one or more files.")
        _write_list(folder, paths, names)
    except OSError as error:
        remove_uploads(run_id)
        raise Busy("The server has no space for this upload now. Nothing was imported.") from error
    except BaseException:
        remove_uploads(run_id)
        raise
    return names


def name_paths(run_id: str, paths: Sequence[Path]) -> list[str]:
    """Read the files where they are, for a command. Return their names."""
    folder = folder_of(run_id)
    folder.mkdir(mode=0o700, parents=True)
    names = [file_name(path.name) for path in paths]
    _write_list(folder, [path.absolute() for path in paths], names)
    return names


def paths_of(run_id: str) -> list[Path]:
    """Return the paths of an import's files. Raises OSError."""
    return [Path(file["path"]) for file in _read_list(run_id)]


def remove_uploads(run_id: str) -> None:
    shutil.rmtree(folder_of(run_id), ignore_errors=True)


@contextmanager
def open_uploads(run_id: str) -> Iterator[Bundle]:
    """Open the files. Raises what `open_bundle` raises, and OSError for a path that is gone."""
    files = _read_list(run_id)
    with open_bundle([Path(file["path"]) for file in files], [file["name"] for file in files]) as bundle:
        yield bundle


def _read_list(run_id: str) -> list[dict[str, str]]:
    files: list[dict[str, str]] = json.loads((folder_of(run_id) / _LIST).read_text())
    return files


def _write_list(folder: Path, paths: Sequence[Path], names: Sequence[str]) -> None:
    files = [{"path": str(path), "name": name} for path, name in zip(paths, names, strict=True)]
    # Last and at once: without it the upload is not whole.
    made = folder / f"{_LIST}.new"
    made.write_text(json.dumps(files))
    made.rename(folder / _LIST)
