"""Reading variables of the environment, and the files that some of them may name instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Settings that must not be read by others: each can also be given by a file that `…_FILE` names.
SECRETS = {
    "DATABASE_URL",
    "OPENAI_API_KEY",
    "OPENAI_PROXY",
    "MINUTEBOOK_SECRET_KEY",
    "MINUTEBOOK_LIMITS_URL",
    "MINUTEBOOK_METRICS_TOKEN",
}


@dataclass
class Reader:
    """Reads variables one by one and remembers what was wrong with each, so that all are told at once."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str) -> str:
        """Return a variable's text without outer blanks, the default where there is none."""
        given = self.environ.get(name, "").strip()
        file = self.environ.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if given and file:
            self.problems.append(f"{name}: it is given twice, also by {name}_FILE. Give one of them.")
        elif file:
            given = self._file(name, file)
        return given or default

    def _file(self, name: str, path: str) -> str:
        """Read a secret from the file that a variable names; line breaks around it do not count."""
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            reason = error.strerror
        except UnicodeDecodeError:
            reason = "it is no text"
        except RuntimeError:
            reason = "there is no such home"
        else:
            if text:
                return text
            # A default instead could be another database, or another key at every start.
            reason = "it is empty"
        self.problems.append(f"{name}_FILE: {path} cannot be used ({reason}).")
        return ""

    def parsed(self, name: str, default: str, parse: Callable[[str], str]) -> str:
        """Return what `parse` makes of a variable; its ValueError says what is wrong."""
        value = self.text(name, default)
        try:
            return parse(value) if value else value
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number between two others."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdecimal() and low <= int(value) <= high:
            return int(value)
        self.problems.append(f"{name}: {value!r} is not a whole number from {low} to {high}.")
        return default

    def names(self, name: str, parse: Callable[[str], str] = str) -> tuple[str, ...]:
        """Return the parts of a text between commas, each as `parse` makes it."""
        parts = [part.strip() for part in self.text(name, "").split(",") if part.strip()]
        try:
            return tuple(map(parse, parts))
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return ()

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices; the default is the first, or the one that is usual for logs."""
        default = "warning" if "warning" in choices else choices[0]
        value = self.text(name, default).lower()
        if value not in choices:
            self.problems.append(f"{name}: {value!r} is none of {', '.join(choices)}.")
            return default
        return value

    def flag(self, name: str) -> bool:
        """Say whether a variable means yes."""
        value = self.text(name, "no").lower()
        if value not in {"yes", "no", "1", "0", "true", "false"}:
            self.problems.append(f"{name}: {value!r} is neither yes nor no.")
        return value in {"yes", "1", "true"}
