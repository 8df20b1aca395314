"""Settings: read strictly, told all at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from webapp.config.settings import ASSETS, ConfigError, Settings
from webapp.config.validators import is_loopback

BAD = {
    "PORT": ["0", "65536", "-1", "8000.5", "http", "٨٠٠٠", "1e3"],
    "HOST": ["example.com", "127.0.0.1:80", "0", "[::1]", "256.0.0.1"],
    "TRUSTED_HOSTS": [
        "minutes.example.org:8000",
        "https://example.org",
        "a b",
        "[::1]",
        "*",
        "-a.org",
        "bücher.example",
    ],
    "MINUTEBOOK_PROXIES": ["-1", "11", "yes"],
    "MINUTEBOOK_SECRET_KEY": ["short", "x" * 31],
    "MINUTEBOOK_LIMITS_URL": ["memcached://localhost", "localhost:6379", "mongodb://db"],
    "MINUTEBOOK_WRITES_A_MINUTE": ["-1", "1000001", "many"],
    "MINUTEBOOK_LIVE_TURNS_EACH": ["0", "1001"],
    "MINUTEBOOK_METRICS_TOKEN": ["short", "x" * 31],
    "MINUTEBOOK_LOG_FORMAT": ["xml", "warning"],
    "MINUTEBOOK_LOG_LEVEL": ["loud", "text"],
    "DATABASE_URL": ["mysql://db/minutebook", "minutebook.db", "sqlite://", "sqlite:///:memory:", "sqlite:///"],
    "MINUTEBOOK_WORKERS": ["0", "65", "many"],
    "MINUTEBOOK_THREADS": ["0", "513"],
    "MINUTEBOOK_TIMEZONE": ["Mars/Olympus", "../etc/passwd", "/etc/localtime"],
    "MINUTEBOOK_ASSISTANT_TIMEOUT": ["0", "3601", "2m"],
    "MINUTEBOOK_REPEAT_WAIT": ["-1", "601", "10s"],
    "MINUTEBOOK_CORS_ORIGINS": [
        "example.org",
        "https://example.org/",
        "https://*.example.org",
        "null",
        "https://a@b.org",
    ],
    "MINUTEBOOK_PUBLIC_URL": [
        "minutes.example.org",
        "http://minutes.example.org",
        "https://",
        "https://a.example/?q",
        "https://a.example/#f",
        "https://a@a.example",
        "https://a.example/b//c",
        "https://a.example/../b",
        "https://a b.example",
        "ftp://a.example",
    ],
    "MINUTEBOOK_CLIENT_DOCUMENTS": ["yes", "maybe"],
    "MINUTEBOOK_GRACE": ["-1", "601", "20s"],
    "MINUTEBOOK_MAX_CONTENT": ["0", "200001"],
    "MINUTEBOOK_MAX_FILE": ["0", "25MB", "1000000001"],
    "MINUTEBOOK_FILES_EACH": ["-1", "5GB"],
    "MINUTEBOOK_CHECK_RESPONSES": ["maybe"],
    "OPENAI_PROXY": ["socks5://x:y@proxy", "proxy.example.org:3128"],
    "OPENAI_BASE_URL": ["ftp://models", "localhost:11434"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_setting_that_cannot_be_used_stops_the_start_and_is_named(name, value):
    with pytest.raises(ConfigError) as refused:
        Settings.from_environ({name: value})
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{name}: ")
    assert line.endswith((".", "…", "lost.", ")", "6379/0", "base64 32"))
    assert "x" * 31 not in line


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ConfigError) as refused:
        Settings.from_environ({name: values[0] for name, values in BAD.items()})
    assert {line.partition(":")[0] for line in str(refused.value).splitlines()} == set(BAD)


def test_without_any_setting_there_is_a_usable_one_for_each(tmp_path):
    settings = Settings.from_environ({})

    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.on_sqlite
    assert settings.database_url == f"sqlite:///{settings.data_dir}/minutebook.db"
    assert settings.max_content_chars == 100_000
    assert settings.assistant_timeout == 120
    assert settings.openai_api_key is None
    assert (settings.trusted_hosts, settings.proxies, settings.secret_key) == ((), 0, None)
    assert (settings.limits_url, settings.writes_a_minute, settings.live_turns_each) == ("memory://", 1200, 16)
    assert (settings.metrics_token, settings.log_format, settings.log_level) == (None, "text", "warning")


def test_a_checkout_keeps_its_data_in_its_own_folder():
    assert Settings.from_environ({}).data_dir == ASSETS / "data"


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_DATA_HOME": "/srv/share"}, Path("/srv/share/minutebook")),
        ({}, Path("~/.local/share/minutebook").expanduser()),
    ],
)
def test_an_installed_package_keeps_its_data_in_the_users_folder(monkeypatch, tmp_path, environ, folder):
    monkeypatch.setattr("webapp.config.settings.ASSETS", tmp_path)

    assert Settings.from_environ(environ).data_dir == folder


def test_the_data_folder_can_be_chosen_and_is_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_environ({"MINUTEBOOK_DATA": "books"})

    assert settings.data_dir == tmp_path / "books"
    assert settings.database_url == f"sqlite:///{tmp_path}/books/minutebook.db"
    assert Settings.from_environ({"MINUTEBOOK_DATA": "~/books"}).data_dir == Path("~/books").expanduser()


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.7", False),
        ("2001:db8::7", False),
    ],
)
def test_any_address_is_served_and_known_to_be_this_machines_own_or_not(host, ours):
    assert Settings.from_environ({"HOST": host}).host == host
    assert is_loopback(host) is ours


@pytest.mark.parametrize("name", ["example.org", "", "127.0.0.1.example.org", "localhost.example.org"])
def test_a_name_is_no_address_of_this_machine(name):
    assert not is_loopback(name)


def test_the_settings_of_a_server_for_several_are_read():
    settings = Settings.from_environ(
        {
            "TRUSTED_HOSTS": " Minutes.Example.org, .example.net ,localhost,",
            "MINUTEBOOK_PROXIES": "1",
            "MINUTEBOOK_SECRET_KEY": "k" * 32,
            "MINUTEBOOK_WRITES_A_MINUTE": "0",
            "MINUTEBOOK_LIVE_TURNS_EACH": "3",
            "MINUTEBOOK_LOG_FORMAT": "JSON",
            "MINUTEBOOK_LOG_LEVEL": "debug",
        }
    )

    assert settings.trusted_hosts == ("minutes.example.org", ".example.net", "localhost")
    assert (settings.proxies, settings.secret_key, settings.writes_a_minute) == (1, "k" * 32, 0)
    assert (settings.live_turns_each, settings.log_format, settings.log_level) == (3, "json", "debug")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_usual_name_of_postgresql_will_do(scheme):
    settings = Settings.from_environ({"DATABASE_URL": f"{scheme}://me@db/minutes?sslmode=require"})

    assert settings.database_url == "postgresql+psycopg://me@db/minutes?sslmode=require"
    assert not settings.on_sqlite


def test_blanks_around_a_value_do_not_matter_and_an_empty_one_is_none():
    settings = Settings.from_environ(
        {"PORT": " 8001 ", "HOST": "", "OPENAI_MODELS": " a, b ,,c ", "OPENAI_API_KEY": " "}
    )

    assert (settings.port, settings.host) == (8001, "127.0.0.1")
    assert settings.openai_models == ("a", "b", "c")
    assert settings.openai_api_key is None


@pytest.mark.parametrize(("value", "flag"), [("yes", True), ("1", True), ("TRUE", True), ("no", False), ("0", False)])
def test_a_flag_is_yes_or_no(value, flag):
    assert Settings.from_environ({"MINUTEBOOK_CHECK_RESPONSES": value}).check_responses is flag


def test_the_zone_is_the_machines_unless_named():
    assert Settings.from_environ({"TZ": "Europe/Berlin"}).timezone == "Europe/Berlin"
    assert Settings.from_environ({"TZ": "nonsense", "MINUTEBOOK_TIMEZONE": "Asia/Tokyo"}).timezone == "Asia/Tokyo"


@pytest.mark.parametrize("name", ["redis", "rediss", "redis+unix"])
def test_limits_are_counted_in_redis_where_its_driver_is_installed(monkeypatch, name):
    url = f"{name}://:password@cache:6379/0"
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigError, match=r"pip install 'minutebook\[redis\]'") as refused:
        Settings.from_environ({"MINUTEBOOK_LIMITS_URL": url})
    assert "password" not in str(refused.value)

    monkeypatch.setitem(sys.modules, "redis", json)
    assert Settings.from_environ({"MINUTEBOOK_LIMITS_URL": url}).limits_url == url


def test_numbers_are_told_where_their_library_is_installed(monkeypatch):
    environ = {"MINUTEBOOK_METRICS_TOKEN": "t" * 32}
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ConfigError, match=r"pip install 'minutebook\[metrics\]'"):
        Settings.from_environ(environ)
    assert Settings.from_environ({"MINUTEBOOK_METRICS_TOKEN": ""}).metrics_token is None

    monkeypatch.setitem(sys.modules, "prometheus_client", json)
    assert Settings.from_environ(environ).metrics_token == "t" * 32


def test_origins_are_read_as_browsers_write_them():
    read = Settings.from_environ(
        {"MINUTEBOOK_CORS_ORIGINS": "HTTPS://Chat.Example.org:443, app://obsidian.md,http://[::1]:80"}
    )
    assert read.cors_origins == ("https://chat.example.org", "app://obsidian.md", "http://[::1]")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://Minutes.Example.org/", "https://minutes.example.org"),
        ("HTTPS://minutes.example.org:443", "https://minutes.example.org"),
        ("https://minutes.example.org:8443/a/b/", "https://minutes.example.org:8443/a/b"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_the_public_address_has_one_form(given, used):
    assert Settings.from_environ({"MINUTEBOOK_PUBLIC_URL": given}).public_url == used


def test_the_public_address_has_the_path_that_the_app_runs_below():
    with pytest.raises(ConfigError, match="its path is not /minutes"):
        Settings.from_environ({"MINUTEBOOK_PUBLIC_URL": "https://a.example", "MINUTEBOOK_URL_PREFIX": "/minutes"})
