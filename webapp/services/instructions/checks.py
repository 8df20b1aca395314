"""Validation of settings from users."""

from __future__ import annotations

import math

from webapp.errors import Invalid
from webapp.services.content import BLANK, check_characters

#: Characters.
INSTRUCTIONS_LIMIT = 20_000
TEMPERATURE_LIMIT = 2.0
#: Tokens. No model writes as much in one answer.
TOKENS_LIMIT = 10_000_000


def check_instructions(text: str | None) -> str | None:
    """Return the text without blanks around it, None if nothing is left. Raises Invalid."""
    if text is None:
        return None
    check_characters(text, "#/instructions")
    text = text.strip(BLANK)
    if len(text) > INSTRUCTIONS_LIMIT:
        raise Invalid.field(
            "#/instructions",
            "too_long",
            f"The instructions have {len(text):,} characters. The limit is {INSTRUCTIONS_LIMIT:,}. Shorten them.",
        )
    return text or None


def check_temperature(value: float | None) -> float | None:
    """Return the temperature as a float. Raises Invalid."""
    if value is None:
        return None
    if isinstance(value, bool) or not math.isfinite(value) or not 0 <= value <= TEMPERATURE_LIMIT:
        raise Invalid.field("#/temperature", "range", "The temperature must be a number from 0 to 2, like 0.7.")
    return float(value)


def check_max_tokens(value: int | None) -> int | None:
    """Return the number. Raises Invalid."""
    if value is not None and (isinstance(value, bool) or not 1 <= value <= TOKENS_LIMIT):
        raise Invalid.field(
            "#/max_tokens",
            "range",
            f"The maximum length must be a whole number of tokens from 1 to {TOKENS_LIMIT:,}.",
        )
    return value
