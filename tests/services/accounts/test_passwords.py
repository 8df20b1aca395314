import hashlib
import unicodedata
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters

from tests.support.accounts import PASSWORD, PASSWORD_HASH
from webapp.errors import Invalid
from webapp.services.accounts import guessable
from webapp.services.accounts.guessable import common_passwords
from webapp.services.accounts.passwords import (
    MAX_LENGTH,
    MIN_LENGTH,
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
    "the own name and a digit": ("alexandria1", "own-name"),
    "the own name among other words": ("to Alexandria by boat", "own-name"),
    "the own name backwards": ("2024airdnaxela!", "own-name"),
    "the own name with signs between": ("a.l-e_x+a*n/d:r;i,a", "own-name"),
    "the own name with digits between": ("a1l2e3x4a5n6d7r8i9a0", "own-name"),
    "the program's name": ("Minutebook-2026!", "product-name"),
    "a common one": ("password123", "common"),
    "a common one in capitals": ("Password123", "common"),
    "a common one with blanks around it": ("  q1w2e3r4t5  ", "common"),
    "a common one in wide letters": ("ｑｗｅｒｔｙｕｉｏｐ", "common"),
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
    "password", ["0.1.2.3.4.", "ab c" * 50, " blank at both ends ", "alexander was great", GOOD, "x" * 8 + "yz"]
)
def test_any_other_ten_to_two_hundred_characters_will_do(password):
    assert check_password(password, "alexandria") == unicodedata.normalize("NFKC", password)


@pytest.mark.parametrize(
    ("name", "password", "is_refused"),
    [
        ("bob", "bob1234567", True),
        ("bob", "2024-bob-2025", True),
        ("bob", "bobBOBbobBOB", True),
        ("bob", "a bobsleigh in winter", False),
        ("bo", "about nine in the evening", False),
        ("bo", "bo0123456789", True),
        ("user.01", "user.01 is mine", True),
        ("user.01", "a user of many words", True),
        ("42", "the answer is 42", False),
        ("straße", "STRASSE nach Süden", True),
        ("ａｌｉｃｅ", "alice in wonderland", True),
        ("", "quite another one", False),
    ],
)
def test_a_name_is_found_in_a_password_and_a_short_one_only_where_little_else_is_there(name, password, is_refused):
    if is_refused:
        with pytest.raises(Invalid) as refused:
            check_password(password, name)
        assert refused.value.problems[0].code == "own-name"
    else:
        assert check_password(password, name) == password


def test_the_common_ones_are_written_as_they_are_compared_and_none_is_too_short_anyway():
    assert len(common_passwords()) > 4000
    assert [word for word in common_passwords() if len(word) < MIN_LENGTH] == []
    assert [word for word in common_passwords() if unicodedata.normalize("NFKC", word).casefold() != word] == []


def test_the_list_of_common_ones_is_the_one_whose_source_is_named():
    folder = Path(guessable.__file__).parent
    digest = hashlib.sha256((folder / "common_passwords.txt").read_bytes()).hexdigest()
    assert f"{digest}  common_passwords.txt" in (folder / "COMMON_PASSWORDS.md").read_text(encoding="utf-8")


def test_every_common_one_is_refused():
    for word in common_passwords():
        with pytest.raises(Invalid):
            check_password(word.title(), "alexandria")


def test_one_that_was_kept_as_it_was_typed_still_opens():
    typed = "Ａ fünf ﬁsche"
    for form in ("NFC", "NFD", "NFKC"):
        kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(unicodedata.normalize(form, typed))
        assert is_password(kept, unicodedata.normalize(form, typed))
        assert not is_password(kept, typed.lower())


def test_what_is_kept_is_argon2id_with_19_mib_and_two_passes_and_a_salt_of_its_own(real_hashes):
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
    longest = "ᾂbcd" * (MAX_LENGTH // 4)
    kept = hash_password(check_password(longest, "alice"))

    assert is_password(kept, unicodedata.normalize("NFD", longest))
    assert not is_password(kept, longest[:-1])
    assert not is_password(kept, longest + "d")


@pytest.mark.parametrize("kept", [None, "", "*", "$argon2id$v=19$m=8,t=1,p=1$", "$2b$12$" + "a" * 53])
def test_where_nothing_is_kept_no_password_is_right(kept):
    for password in ("", "the password of nobody", PASSWORD):
        assert not is_password(kept, password)


def test_one_that_was_kept_with_other_settings_still_opens_and_is_known_to_be_old(real_hashes):
    assert is_password(PASSWORD_HASH, PASSWORD)
    assert is_outdated(PASSWORD_HASH)
    assert not is_outdated(hash_password(PASSWORD))
