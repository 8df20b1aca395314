import pytest

from tests.support.accounts import PASSWORD
from tests.support.people import OTHER
from webapp.errors import Conflict, Invalid, NotFound
from webapp.services.accounts.accounts import NAME_LIMIT, check_name, create_account, find_account, fold_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Alice", "alice"),
        ("  b.o_b-2 ", "b.o_b-2"),
        ("Ｍａｒｙ", "mary"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Zoe\u0308", "zoë"),
        ("Ἀθηνᾶ", "ἀθηνᾶ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("李雷", "李雷"),
        ("ali²", "ali2"),
        ("a" * NAME_LIMIT, "a" * NAME_LIMIT),
    ],
)
def test_a_name_is_kept_without_case_in_one_form(given, kept):
    assert check_name(given) == kept
    assert fold_name(kept) == kept


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "empty"),
        (" \t\u3000", "empty"),
        ("a" * (NAME_LIMIT + 1), "too-long"),
        ("ß" * (NAME_LIMIT // 2 + 1), "too-long"),
        ("a" * 1_000_000, "too-long"),
        ("al ice", "characters"),
        ("alice\0", "characters"),
        ("al\udc80ice", "characters"),
        ("al\u200bice", "characters"),
        ("al\u202eice", "characters"),
        ("alice\u3164", "characters"),
        ("\u115f\uffa0", "characters"),
        ("alice\u0300\u0301", "characters"),
        ("a@b", "characters"),
        ("a/b", "characters"),
        ("<b>", "characters"),
        ("🙂", "characters"),
        ("-rf", "first"),
        ("..", "first"),
        ("_", "first"),
    ],
)
def test_a_name_that_cannot_be_told_or_seen_or_typed_is_refused(given, code):
    with pytest.raises(Invalid) as refused:
        check_name(given)
    assert [(problem.pointer, problem.code) for problem in refused.value.problems] == [("name", code)]


def test_a_name_that_is_the_same_to_the_eye_is_taken(user):
    create_account("Zoë", PASSWORD, is_admin=False, via="test")

    for name in ("zoe\u0308", "ＺＯË", " zoë "):
        with pytest.raises(Conflict, match="Choose another"):
            create_account(name, OTHER, is_admin=False, via="test")
    assert find_account("ZOË").name == "zoë"


@pytest.mark.parametrize("name", ["nobody", "", "bob\0", "\udcff", "x" * 100_000])
def test_looking_for_a_name_that_nobody_has_finds_nobody_whatever_it_is(user, name):
    with pytest.raises(NotFound):
        find_account(name)
