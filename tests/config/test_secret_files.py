"""Settings that must not be read by others: given as such, or by a file."""

from __future__ import annotations

import json
import sys

import pytest

from webapp.config.environment import SECRETS
from webapp.config.settings import ConfigError, Settings

#: Every setting that must not be read by others, with a value that would do and the field that has it.
SECRET_VALUES = {
    "DATABASE_URL": ("sqlite:////srv/secret.db", "database_url"),
    "OPENAI_PROXY": ("http://user:secret@proxy:3128", "openai_proxy"),
    "OPENAI_API_KEY": ("sk-secret", "openai_api_key"),
    "MINUTEBOOK_SECRET_KEY": ("secret" * 6, "secret_key"),
    "MINUTEBOOK_LIMITS_URL": ("memory://secret", "limits_url"),
    "MINUTEBOOK_METRICS_TOKEN": ("secret" * 6, "metrics_token"),
}


@pytest.fixture
def with_metrics(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", json)


@pytest.mark.parametrize("name", SECRET_VALUES)
def test_a_secret_may_stand_in_a_file(with_metrics, tmp_path, name):
    value, field = SECRET_VALUES[name]
    file = tmp_path / "secret"
    file.write_text(f"\n{value}\r\n\n")

    settings = Settings.from_environ({f"{name}_FILE": f" {file} "})

    assert getattr(settings, field) == value
    assert set(SECRET_VALUES) == SECRETS


@pytest.mark.parametrize("name", SECRET_VALUES)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b" \n\t\n", "it is empty"),
        (b"\xff\xfe\x80", "it is not UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_secret_stops_the_start_and_no_default_takes_its_place(tmp_path, name, content, reason):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError) as refused:
        Settings.from_environ({f"{name}_FILE": str(file)})

    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{name}_FILE: {file} cannot be used ({reason}")


@pytest.mark.parametrize("file", ["~nobody-of-that-name/secret", "/"])
def test_a_file_that_cannot_be_one_stops_the_start(file):
    with pytest.raises(ConfigError, match=r"^OPENAI_API_KEY_FILE: .* cannot be used \(.+\)\.$"):
        Settings.from_environ({"OPENAI_API_KEY_FILE": file})


def test_a_secret_that_is_given_twice_stops_the_start(with_metrics, tmp_path):
    for name, (value, _) in SECRET_VALUES.items():
        (tmp_path / name).write_text(value)
        with pytest.raises(ConfigError, match=rf"^{name}: {name}_FILE is set, too") as refused:
            Settings.from_environ({name: value, f"{name}_FILE": str(tmp_path / name)})
        assert "secret" not in str(refused.value)


def test_a_secret_in_a_file_is_checked_like_any(tmp_path):
    (tmp_path / "key").write_text("too short\n")

    with pytest.raises(ConfigError, match=r"^MINUTEBOOK_SECRET_KEY: it is shorter than 32") as refused:
        Settings.from_environ({"MINUTEBOOK_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert "too short" not in str(refused.value)


def test_what_is_no_secret_stands_in_no_file(tmp_path):
    (tmp_path / "port").write_text("9000")

    assert Settings.from_environ({"PORT_FILE": str(tmp_path / "port")}).port == 8000


def test_no_secret_is_written_where_settings_are(with_metrics):
    given = {name: value for name, (value, _) in SECRET_VALUES.items()}

    assert "secret" not in repr(Settings.from_environ(given)).replace("secret_key", "")
