"""GET /api/v1/assistants."""

from tests.support.doors import pointers, problem, script

URL = "/api/v1/assistants"


def test_alone_the_archivist_answers(client):
    answer = client.get(URL)
    assert answer.status_code == 200
    archivist = {"key": "archivist", "label": "Archivist", "is_default": True, "connection": None}
    assert answer.json == {"data": [archivist], "next": None}


def test_exactly_one_answers_where_none_is_chosen(app, client):
    script(app)
    listed = client.get(URL).json["data"]
    assert [(choice["key"], choice["is_default"]) for choice in listed] == [("scripted", True), ("archivist", False)]


def test_the_operator_may_choose_which(make_app):
    app = make_app(default_assistant="archivist")
    script(app)
    listed = app.test_client().get(URL).json["data"]
    assert [choice["key"] for choice in listed if choice["is_default"]] == ["archivist"]


def test_the_models_the_operator_named_are_offered(make_app):
    app = make_app(openai_base_url="http://127.0.0.1:9/v1", openai_models=("small", "large"))
    listed = app.test_client().get(URL).json["data"]
    assert [choice["key"] for choice in listed] == ["openai:small", "openai:large", "archivist"]


def test_parameters_are_not_taken(client):
    assert pointers(problem(client.get(f"{URL}?all=1"), 422)) == ["all"]
