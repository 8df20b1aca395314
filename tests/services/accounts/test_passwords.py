import unicodedata

import pytest
from argon2 import extract_parameters

from tests.accounts import PASSWORD, PASSWORD_HASH
from webapp.errors import Invalid
from webapp.services.accounts.common_passwords import COMMON_PASSWORDS
from webapp.services.accounts.passwords import (
    LONGEST,
    SHORTEST,
    check_password,
    hash_password,
    is_outdated,
    is_password,
)

GOOD = "früh um Fünf 🌅"

REFUSED = {
    "nothing": ("", "too-short"),
    "nine characters": ("abcdefghi", "too-short"),
    "nine that are typed as eighteen": ("e\u0301" * 3 + "abcdef", "too-short"),
    "201 characters": ("ab c" * 50 + "d", "too-long"),
    "few that become many": ("\ufdfa" * 12, "too-long"),
    "the own name": ("Alexandria", "own-name"),
    "the own name in other letters": ("ＡＬＥＸＡＮＤＲＩＡ", "own-name"),
    "the own name with blanks": (" alexandria  ", "own-name"),
    "the own name twice": ("alexandriaALEXANDRIA", "own-name"),
    "a common one": ("password123", "common"),
    "a common one in capitals": ("Password123", "common"),
    "two characters": ("abababababab", "common"),
    "one character": ("a" * 30, "common"),
    "NUL": ("0123456789\0abc", "nul"),
    "half a character": ("0123456789\udc80abc", "surrogate"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_be_guessed_or_cannot_be_typed_again_is_refused(kind):
    password, code = REFUSED[kind]

    with pytest.raises(Invalid) as refused:
        check_password(password, "alexandria")

    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [("password", code)]
    assert refused.value.detail.endswith(".")
    assert password not in refused.value.detail or not password


@pytest.mark.parametrize(
    "password", ["0.1.2.3.4.", "ab c" * 50, " blank at both ends ", "alexandria1", GOOD, "x" * 8 + "yz"]
)
def test_any_other_ten_to_two_hundred_characters_will_do(password):
    assert check_password(password, "alexandria") == unicodedata.normalize("NFKC", password)


def test_the_common_ones_are_written_as_they_are_compared_and_none_is_too_short_anyway():
    assert [word for word in COMMON_PASSWORDS if len(word) < SHORTEST] == []
    assert [word for word in COMMON_PASSWORDS if unicodedata.normalize("NFKC", word).casefold() != word] == []


def test_what_is_kept_is_argon2id_with_19_mib_and_two_passes_and_a_salt_of_its_own():
    kept, again = hash_password(GOOD), hash_password(GOOD)

    assert kept != again
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    parameters = extract_parameters(kept)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)
    assert is_password(kept, GOOD) and is_password(again, GOOD)


@pytest.mark.parametrize(
    "wrong",
    ["", "früh um fünf 🌅", f" {GOOD}", f"{GOOD} ", f"{GOOD}\0", GOOD[:-1], "\udc80", "x" * 1_000_000, "\ufdfa" * 300],
)
def test_another_password_is_another_however_like_it_or_unlike_anything(wrong):
    assert not is_password(hash_password(GOOD), wrong)


def test_the_same_letters_from_another_keyboard_are_the_same_password():
    kept = hash_password("Ａ fünf ﬁsche")

    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert is_password(kept, unicodedata.normalize(form, "Ａ fünf ﬁsche"))


def test_the_longest_password_is_compared_whole_in_whatever_form_it_comes():
    longest = "ᾂbcd" * (LONGEST // 4)
    kept = hash_password(check_password(longest, "alice"))

    assert is_password(kept, unicodedata.normalize("NFD", longest))
    assert not is_password(kept, longest[:-1])
    assert not is_password(kept, longest + "d")


@pytest.mark.parametrize("kept", [None, "", "*", "$argon2id$v=19$m=8,t=1,p=1$", "$2b$12$" + "a" * 53])
def test_where_nothing_is_kept_no_password_is_right(kept):
    for password in ("", "the password of nobody", PASSWORD):
        assert not is_password(kept, password)


def test_one_that_was_kept_with_other_settings_still_opens_and_is_known_to_be_old():
    assert is_password(PASSWORD_HASH, PASSWORD)
    assert is_outdated(PASSWORD_HASH)
    assert not is_outdated(hash_password(PASSWORD))
