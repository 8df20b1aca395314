"""A reader for environment variables and for the files that some of them may name instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Secret settings. Each can also be given as a file whose path is in the variable `…_FILE`.
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
    """Reads variables one by one and collects their problems, so that one error reports all of them."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str) -> str:
        """Return the variable's value without surrounding whitespace, or `default` if it is unset or empty."""
        value = self.environ.get(name, "").strip()
        file = self.environ.get(f"{name}_FILE", "").strip() if name in SECRETS else ""
        if value and file:
            self.problems.append(f"{name}: {name}_FILE is set, too. Remove one of the two.")
        elif file:
            value = self._file(name, file)
        return value or default

    def _file(self, name: str, path: str) -> str:
        """Return the secret in the file that `{name}_FILE` names, without surrounding whitespace."""
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            reason = error.strerror
        except UnicodeDecodeError:
            reason = "it is not UTF-8 text"
        except RuntimeError:
            reason = "the home directory is unknown"
        else:
            if text:
                return text
            # A default could select another database, or another key at every start.
            reason = "it is empty"
        self.problems.append(f"{name}_FILE: {path} cannot be used ({reason}).")
        return ""

    def parsed(self, name: str, default: str, parse: Callable[[str], str]) -> str:
        """Return `parse(value)`. `parse` raises ValueError with the sentence that says what is wrong."""
        value = self.text(name, default)
        try:
            return parse(value) if value else value
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return an integer in the range `low` to `high`, both included."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdecimal() and low <= int(value) <= high:
            return int(value)
        self.problems.append(f"{name}: {value!r} is not a whole number from {low} to {high}.")
        return default

    def names(self, name: str, parse: Callable[[str], str] = str) -> tuple[str, ...]:
        """Return the parsed items of a comma-separated list."""
        parts = [part.strip() for part in self.text(name, "").split(",") if part.strip()]
        try:
            return tuple(map(parse, parts))
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return ()

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices, in lower case. The default is "warning" for log levels, else the first choice."""
        default = "warning" if "warning" in choices else choices[0]
        value = self.text(name, default).lower()
        if value not in choices:
            self.problems.append(f"{name}: {value!r} is not one of {', '.join(choices)}.")
            return default
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether the variable is "yes", "1" or "true"."""
        value = self.text(name, "yes" if default else "no").lower()
        if value not in {"yes", "no", "1", "0", "true", "false"}:
            self.problems.append(f"{name}: {value!r} is not a boolean. Use yes or no.")
        return value in {"yes", "1", "true"}
