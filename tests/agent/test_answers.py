"""Answers that providers really gave, each replayed by a server on this machine, and neighbours of each kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.provider import chunk, reply, streams
from webapp.agent.protocol import AssistantFailed
from webapp.agent.thought_tags import answer_of
from webapp.agent.values import End, Reasoning, Rethought, Text, Usage

CASES = {
    f"{file.stem}: {case['name']}": case
    for file in sorted((Path(__file__).parent / "answers").glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
}

#: Wanted words that the sentences say in another way.
SAYS = {
    "not-a-stream: a web page": r"web page.*OPENAI_BASE_URL.*/v1 is missing",
    "content-parts: thought only": r"only thought.*tokens ran out.*more tokens.*ask for less",
    "think-tags: never closed": "only thought",
}


def replays(case):
    headers = case.get("headers")
    return lambda handler: handler.send(
        case["body"].encode(), status=case["status"], kind=case["type"], headers=headers
    )


def said(events):
    """Return the text and the reasoning that a reader has after these events."""
    text = reasoning = ""
    for event in events:
        match event:
            case Text(piece):
                text += piece
            case Reasoning(piece):
                reasoning += piece
            case Rethought():
                text, reasoning = "", reasoning + text
    return text, reasoning


@pytest.mark.parametrize("name", CASES)
def test_an_answer_of_a_provider_is_read_as_wanted(name):
    case, events = CASES[name], []
    want = case["want"]
    if "says" in want:
        with pytest.raises(AssistantFailed, match=SAYS.get(name, want["says"])) as failed:
            reply(replays(case), events=events)
        sentence = str(failed.value)
        assert want.get("and", "") in sentence
        assert "OPENAI_API_KEY" not in sentence
        assert "wait a little" not in sentence
        assert said(events)[0] == ("Hel" if "Hel" in case["body"].split("delta")[1:2].__str__() else "")
        return
    reply(replays(case), events=events)
    end = events[-1]
    assert said(events)[0] == want.get("text") or want["text shown"]
    assert end.finish_reason == (want.get("finish_reason", "stop").removesuffix(" or unknown"))
    assert end.usage == (Usage(*want["usage"]) if "usage" in want else None)


def delta(**fields):
    return chunk(choices=[{"index": 0, "delta": fields, "finish_reason": None}])


def message(**fields):
    return chunk(choices=[{"index": 0, "message": fields, "finish_reason": "stop"}])


STOP = chunk(finish="stop")
DONE = b"data: [DONE]\n\n"
HELLO = delta(content="Hello")


def json_body(payload):
    return lambda handler: handler.send(json.dumps(payload).encode())


COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}

HELLOS = {
    # Events that carry nothing.
    "words": streams(b"data: ping\n\n", HELLO, b"data: keep-alive\n\n", STOP),
    "null": streams(HELLO, b"data: null\n\n", STOP),
    "a broken line": streams(HELLO, b'data: {"choices": [{"delta": {"con\n\n', STOP),
    "a list, a number, an empty object": streams(b"data: []\n\ndata: 7\n\ndata: {}\n\n", HELLO, STOP),
    "no choices": streams(chunk(choices=[]), HELLO, chunk(choices=None), STOP),
    "null deltas": streams(chunk(choices=[{"delta": None}]), HELLO, chunk(choices=[{"delta": {"content": None}}]), STOP),
    "CR alone": streams((HELLO + STOP).replace(b"\n", b"\r")),
    "a byte order mark": streams(b"\xef\xbb\xbf", HELLO, STOP),
    "comments and names": streams(b": hi\n\nevent: completion.chunk\nid: 1\n", HELLO, b"event: x\n", STOP),
    "several objects in an event": streams(HELLO.rstrip() + b"\n" + STOP.rstrip() + b"\ndata: [DONE]\n\n"),
    "an unescaped control character": streams(b'data: {"choices": [{"delta": {"content": "Hel\x1flo"}}]}\n\n', STOP),
    # Ends.
    "no blank line after the last event": streams(HELLO, STOP.rstrip()),
    "no blank line after DONE": streams(HELLO, b"data: [DONE]"),
    "usage, then DONE": streams(HELLO, chunk(choices=[], usage={}), DONE),
    "the word null as the reason": streams(chunk(choices=[{"delta": {"content": "Hello"}, "finish_reason": "null"}]), DONE),
    "an upper case reason": streams(HELLO, chunk(finish="STOP")),
    "cut after the reason": lambda handler: handler.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(HELLO + STOP), HELLO + STOP)),
    "an error after the reason": streams(HELLO, STOP, b'data: {"error": "no usage"}\n\n'),
    # No stream.
    "a whole answer": json_body(COMPLETION),
    "a whole answer as events": lambda handler: handler.send(json.dumps(COMPLETION).encode(), kind="text/event-stream"),
    "blanks before a whole answer": lambda handler: handler.send(b" \n" * 5000 + json.dumps(COMPLETION).encode()),
    "events called JSON": lambda handler: handler.send(HELLO + STOP),
    "lines of JSON": lambda handler: handler.send((HELLO + STOP).replace(b"data: ", b"")),
    "pieces as messages": streams(message(content="Hel"), message(content="lo")),
    "pieces, then the whole message": streams(delta(content="Hel"), delta(content="lo"), message(content="Hello")),
    "text of a completion": streams(chunk(choices=[{"text": "Hel"}]), chunk(choices=[{"text": "lo", "finish_reason": "stop"}])),
    "text of a whole completion": json_body({"choices": [{"text": "Hello", "finish_reason": "stop"}]}),
    # Parts.
    "one part": streams(delta(content={"type": "text", "text": "Hello"}), STOP),
    "an empty list first": streams(delta(content=[]), HELLO, STOP),
    "parts of other kinds": streams(delta(content=[{"type": "image_url"}, {"type": "output_text", "text": "Hello"}, None, 7]), STOP),
    "parts of a whole answer": json_body({"choices": [{"message": {"content": [{"type": "text", "text": "Hel"}, {"text": "lo"}]}, "finish_reason": "stop"}]}),
    "a refusal part": streams(delta(content=[{"type": "refusal", "refusal": "Hello"}]), STOP),
    "a refusal in a whole answer": json_body({"choices": [{"message": {"content": None, "refusal": "Hello"}, "finish_reason": "stop"}]}),
    "one choice without its list": streams(chunk(choices={"index": 0, "delta": {"content": "Hel"}}), delta(content="lo"), chunk(choices={"delta": {}, "finish_reason": "stop"})),
    "one choice of a whole answer": json_body({"choices": {"message": {"content": "Hello"}, "finish_reason": "stop"}}),
    "DONE in small letters": streams(HELLO, b"data: [done]\n\n"),
    "DONE as JSON": streams(HELLO, b'data: "[DONE]"\n\n'),
    "DONE, then more": streams(HELLO, b"data: [Done]\n\n", delta(content=" again")),
    "empty errors": streams(chunk(errors=[], choices=[]), HELLO, STOP, b'data: {"errors": [], "success": true}\n\n'),
    "a ping as an object": streams(HELLO, b'data: {"type": "ping"}\n\n', b'data: {"message": "still there"}\n\n', STOP),
    "another choice beside it": streams(chunk(choices=[{"index": 0, "delta": {"content": "Hello"}}]), chunk(choices=[{"index": 1, "delta": {"content": "Bye"}}]), STOP),
}  # fmt: skip


@pytest.mark.parametrize("answer", HELLOS.values(), ids=HELLOS)
def test_a_harmless_oddity_is_passed_over(answer):
    *events, end = reply(answer)
    assert said(events)[0].replace("\x1f", "") == "Hello"
    assert end == End(model=end.model, finish_reason="stop")


@pytest.mark.parametrize("content", [5, [{"type": "text", "text": 5}], {"type": "text", "text": 5}, "5"])
def test_a_piece_that_is_a_number_is_text(content):
    pieces = [delta(content="1"), delta(content=content), delta(content=0), delta(content=None)]
    assert said(reply(streams(*pieces, STOP))[:-1]) == ("150", "")


def test_a_byte_that_is_no_utf_8_is_replaced():
    body = HELLO.replace(b"Hello", b"Hel\xfflo")
    assert reply(streams(body, STOP)) == [Text("Hel\ufffdlo"), End(model="grout-7b")]


@pytest.mark.parametrize(("told", "usage"), [({"input_tokens": 2, "output_tokens": 1}, Usage(2, 1)), ({"prompt_tokens": "many"}, None), ([7], None), ({"prompt_tokens": -1}, None)])  # fmt: skip
def test_a_usage_of_any_kind(told, usage):
    assert reply(streams(HELLO, STOP, chunk(choices=[], usage=told)))[-1].usage == usage


THOUGHTS = {
    "reasoning_content": [delta(reasoning_content="plan")],
    "reasoning": [delta(reasoning="plan")],
    "both, the same": [delta(reasoning="plan", reasoning_content="plan")],
    "details": [delta(reasoning_details=[{"type": "reasoning.text", "text": "plan"}])],
    "thinking parts": [delta(content=[{"type": "thinking", "thinking": "plan"}])],
    "tags": [delta(content="<think>plan</think>\n\n")],
    "longer tags": [delta(content="<thinking>\nplan\n</thinking>\n")],
    "tags after a blank": [delta(content="\n"), delta(content="<think>plan</think>")],
    "tags in capitals": [delta(content="<Think>plan</Think>")],
    "another name": [delta(content="<thought>plan</thought>\n")],
    "a name of many": [delta(content="<thoughts>plan</thoughts>\n")],
    "reasoning as a tag": [delta(content="\n<reasoning>\nplan\n</reasoning>\n\n")],
    "brackets": [delta(content="[THINK]plan[/THINK]")],
    "a closing bracket alone": [delta(content="plan\n"), delta(content="[/THINK]\n")],
    "an attribute": [delta(content='<think duration="3">plan</think>')],
    "apart and in tags": [delta(reasoning_content="plan"), delta(content="<think>\nplan\n</think>\n\n")],
    "apart and in tags, by turns": [
        delta(reasoning_content="pl", content="<think>pl"),
        delta(reasoning_content="an", content="an</think>"),
    ],
    "in tags, then apart": [delta(content="<think>plan</think>"), delta(reasoning="pl"), delta(reasoning="an")],
    "in tags and apart in a whole message": [message(reasoning_content="plan", content="<think>plan</think>")],
    "an opening tag that is missing": [delta(content="plan\n"), delta(content="</think>\n\n")],
    "that, within the line": [delta(content="plan</th"), delta(content="ink>"), delta(content="\n")],
    "a lone closing tag after reasoning": [delta(reasoning_content="plan"), delta(content="</think>\n")],
}


@pytest.mark.parametrize("pieces", THOUGHTS.values(), ids=THOUGHTS)
def test_a_thought_is_no_part_of_the_answer(pieces):
    *events, _ = reply(streams(*pieces, HELLO, STOP))
    text, reasoning = said(events)
    assert (text, reasoning.strip()) == ("Hello", "plan")


OF_TWO = {
    "other thoughts": ([delta(reasoning="plan A"), delta(content="<think>plan B</think>")], "plan Aplan B"),
    "the beginning alone": ([delta(reasoning="pl"), delta(content="<think>plan of mine</think>")], "plan of mine"),
    "less of it": ([delta(reasoning="plan of mine"), delta(content="<think>plan</think>")], "plan of mine"),
    "blanks": ([delta(reasoning="a\nplan"), delta(content="<think>a "), delta(content=" "), delta(content="plan b</think>")], "a\nplan b"),
    "another end": ([delta(reasoning="plan A"), delta(content="<think>pl"), delta(content="an B</think>")], "plan Aplan B"),
}  # fmt: skip


@pytest.mark.parametrize(("pieces", "thought"), OF_TWO.values(), ids=OF_TWO)
def test_of_thoughts_in_two_places_nothing_is_lost_and_nothing_repeated(pieces, thought):
    assert said(reply(streams(*pieces, HELLO, STOP))[:-1]) == ("Hello", thought)


def bytewise_text(text):
    return [delta(content=character) for character in text]


@pytest.mark.parametrize("text", ["<think>a < b, </thin</think>\n\nHello", "<think>\n\n</think>\n\nHello", "a\n</think>\nHello", "Hello", '<think duration="3" a>a</think>Hello', "[THINK]a [/THIN b[/THINK]Hello", "<reasoning>a</reasoning>Hello", "<think>I write `</think>` in code, ok</think>Hello", "<thinking>say '</thinking>' or \"</thinking>\"</thinking>Hello", "<think>a</thought></reasoning>[/THINK]</think>Hello", "[THINK]</think>`[/THINK]`[/THINK]Hello", "<think>a`</think>Hello"])  # fmt: skip
def test_a_tag_may_be_cut_anywhere(text):
    whole, single = (
        said(reply(streams(*pieces, STOP))[:-1]) for pieces in ([delta(content=text)], bytewise_text(text))
    )
    assert whole == single
    assert whole[0] == "Hello"


ENDS_OF_THOUGHTS = {
    "a fence": ("<think>Say:\n```\n</think>\n```\nThen go.</think>Hello", "Say:\n```\n</think>\n```\nThen go."),
    "both tags": ("<think>Say:\n\n~~~xml\n<think>x</think>\n~~~\n\n</think>\n\nHello", "Say:\n\n~~~xml\n<think>x</think>\n~~~\n\n"),
    "an item": ("[THINK]1. ```\n   [/THINK]\n   ```\n[/THINK]Hello", "1. ```\n   [/THINK]\n   ```\n"),
    "two fences": ("<thought>a\n```\n</thought>\n```\nb\n```\n</thought>\n```\n</thought>Hello", "a\n```\n</thought>\n```\nb\n```\n</thought>\n```\n"),
    "an open fence": ("<think>Say:\n```\nplan\n</think>\n\nHello", "Say:\n```\nplan\n"),
    "long code": ("<think>```\n</think>\n```\n" + "a b c d e\n" * 2_100 + "</think>Hello", "```\n</think>\n```\n" + "a b c d e\n" * 2_100),
}  # fmt: skip


@pytest.mark.parametrize(("text", "thought"), ENDS_OF_THOUGHTS.values(), ids=ENDS_OF_THOUGHTS)
def test_a_closing_tag_in_fenced_code_ends_a_thought_only_if_no_other_one_does(text, thought):
    pieces = [delta(content=text[at : at + 7]) for at in range(0, len(text), 7)]
    for each in ([delta(content=text)], pieces):
        assert said(reply(streams(*each, STOP))[:-1]) == ("Hello", thought)


def test_code_in_the_answer_to_a_thought_with_an_open_fence_is_no_thought():
    answer = "Hello\n\n```python\n1\n```\n\n" + "More of it.\n" * 300
    text = "<think>Say:\n```\nplan\n</think>\n" + answer
    for pieces in ([delta(content=text)], bytewise_text(text)):
        assert said(reply(streams(*pieces, STOP))[:-1]) == (answer, "Say:\n```\nplan\n")


IN_CODE = {
    "a fence": "Use:\n\n```xml\n<think>\nplan\n</think>\n```\n\nand go on.",
    "a fence of tildes in a list": "1. ~~~\n   <think>x</think>\n   ~~~\n",
    "code in the line": "The tag `<think>` begins it, `</think>` ends it.\n",
    "the beginning of a line": "`</think>`\nends it.",
    "words": "A <think> in the middle of a line, and </think> too.",
    "brackets in words": "Magistral writes [THINK] and [/THINK], see [1] or [THI",
    "brackets in code": "`[THINK]` begins it.\n\n```\n[THINK]\n[/THINK]\n```\n",
    "small brackets": "[think] of it\n[/think]",
    "usual words as tags": "Use this form:\n<reasoning>\nWhy\n</reasoning>\n<thought>x</thought>\n",
    "closing tags of usual words": "Why\n</reasoning>\n</thought>\n",
    "generics": "List<think a < b",
    "a comparison": "a <thought b",
    "another tag": "<thinker>x</thinker> a <th",
}


@pytest.mark.parametrize("text", IN_CODE.values(), ids=IN_CODE)
def test_tags_in_code_are_text(text):
    for pieces in ([delta(content=text)], bytewise_text(text)):
        assert said(reply(streams(*pieces, STOP))[:-1]) == (text, "")


def test_thoughts_of_any_tag_are_not_sent_back():
    for text in ("[THINK]plan[/THINK]Hello", "<thought>plan</thought>Hello", '<think a="1">plan</think>\nHello'):
        assert answer_of(text) == "Hello"


def test_only_a_thought_that_ended_by_itself_says_so():
    with pytest.raises(AssistantFailed, match=r"only thought and wrote no answer \(stop\)"):
        reply(streams(delta(reasoning="hm"), STOP))


TOOL = {"tool_calls": [{"index": 0, "function": {"name": "look", "arguments": "{}"}}]}
EMPTY = {
    "a filter": ([chunk(finish="content_filter")], r"held back by the provider's filter"),
    "a filter after a thought": ([delta(reasoning="hm"), chunk(finish="content_filter")], "held back by the provider's filter"),
    "a filter of another name": ([chunk(finish="SAFETY")], "held back by the provider's filter"),
    "a tool": ([delta(**TOOL), chunk(finish="tool_calls")], "wanted to call a tool, which Minutebook does not offer"),
    "a tool of another name": ([chunk(finish="tool_use")], "wanted to call a tool, which Minutebook does not offer"),
    "a tool, then stop": ([delta(**TOOL), STOP], "wanted to call a tool, which Minutebook does not offer"),
    "a tool in a whole message": ([message(content=None, **TOOL)], "wanted to call a tool, which Minutebook does not offer"),
    "a function": ([delta(function_call={"name": "look"}), chunk(finish="function_call")], "wanted to call a tool"),
    "no tokens": ([chunk(finish="length")], r"tokens ran out \(length\) before it wrote any text"),
}  # fmt: skip


@pytest.mark.parametrize(("pieces", "sentence"), EMPTY.values(), ids=EMPTY)
def test_an_answer_without_text_says_why(pieces, sentence):
    with pytest.raises(AssistantFailed, match=sentence):
        reply(streams(*pieces, DONE))


@pytest.mark.parametrize("reason", ["content_filter", "tool_calls", "length"])
def test_text_beside_such_a_reason_is_an_answer(reason):
    *events, end = reply(streams(HELLO, delta(**TOOL), chunk(finish=reason)))
    assert (said(events)[0], end.finish_reason) == ("Hello", reason)


ERRORS = {
    "an object in a whole answer": (json_body({"error": {"message": "asleep", "code": "sleep"}}), "asleep", 200, "sleep"),
    "words in a whole answer": (json_body({"error": "asleep"}), "asleep", 200, None),
    "a list": (json_body([{"error": {"message": "asleep", "code": 429}}]), "asleep", 429, None),
    "another shape": (json_body({"object": "error", "message": "asleep", "type": "Napping"}), "asleep", 200, "Napping"),
    "a detail": (json_body({"detail": "asleep"}), "asleep", 200, None),
    "a named event": (streams(HELLO, b'event: error\ndata: {"message": "asleep"}\n\n'), "asleep", 200, None),
    "a named event with words": (streams(b"event: error\ndata: asleep\n\n"), "asleep", 200, None),
    "within a choice": (streams(chunk(choices=[{"delta": {}, "finish_reason": "error", "error": {"code": 502, "message": "asleep"}}])), "asleep", 502, None),
    "errors in the stream": (streams(HELLO, b'data: {"errors": [{"message": "asleep", "code": 502}]}\n\n'), "asleep", 502, None),
    "errors in a whole answer": (json_body({"success": False, "errors": [{"message": "asleep"}]}), "asleep", 200, None),
    "a detail in the stream": (streams(HELLO, b'data: {"detail": "asleep"}\n\n', DONE), "asleep", 200, None),
    "a fault in the stream": (streams(HELLO, b'data: {"fault": {"faultstring": "asleep"}}\n\n'), "asleep", 200, None),
    "no success": (streams(b'data: {"code": 1211, "msg": "asleep", "success": false}\n\n'), "asleep", 200, None),
    "a status in the stream": (streams(HELLO, b'data: {"status": 503, "message": "asleep"}\n\n'), "asleep", 503, None),
    "a bare line after text": (streams(HELLO, b'{"error": {"message": "asleep"}}\n\n'), "asleep", 200, None),
    "a bare line behind an event": (streams(HELLO.rstrip(), b'\n{"error": {"message": "asleep"}}'), "asleep", 200, None),
    "bare lines": (streams(HELLO, b'{\n  "error": {\n    "message": "asleep"\n  }\n}\n'), "asleep", 200, None),
    "a message at the end": (streams(HELLO, b'data: {"message": "asleep"}\n\n'), "asleep", 200, None),
    "a status": (lambda handler: handler.send(b'{"error": {"message": "asleep", "type": "nap"}}', status=418), "asleep", 418, "nap"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "words", "status", "code"), ERRORS.values(), ids=ERRORS)
def test_the_providers_own_words_are_told(answer, words, status, code):
    with pytest.raises(AssistantFailed, match=words) as failed:
        reply(answer)
    refusal = failed.value.refusal
    assert (refusal.words, refusal.status, refusal.code, refusal.retry_after) == (words, status, code, None)


ADVICE = {
    "a code": (401, b'{"error": {"message": "No.", "code": "invalid_api_key"}}', True),
    "words": (401, b'{"error": {"message": "Invalid API key"}}', True),
    "nothing said": (401, b"", True),
    "a trial": (401, b'{"error": "your trial has ended"}', False),
    "not allowed": (403, b'{"error": {"message": "Flagged", "code": 403}}', False),
    "a region": (403, b'{"error": {"message": "Country not supported", "code": "unsupported_country"}}', False),
}


@pytest.mark.parametrize(("status", "body", "is_advised"), ADVICE.values(), ids=ADVICE)
def test_advice_is_given_where_it_is_certain(status, body, is_advised):
    with pytest.raises(AssistantFailed) as failed:
        reply(lambda handler: handler.send(body, status=status))
    assert ("Check OPENAI_API_KEY" in str(failed.value)) is is_advised


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "20"}, 20.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 12}, 31_536_000.0),
        ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5),
    ],
)
def test_the_wait_that_a_provider_asks_for(headers, seconds):
    with pytest.raises(AssistantFailed) as failed:
        reply(lambda handler: handler.send(b"{}", status=429, headers=headers))
    assert failed.value.refusal.retry_after == seconds


def test_the_key_is_never_told_again():
    with pytest.raises(AssistantFailed) as failed:
        reply(lambda handler: handler.send(b'{"error": "Bad key sk-1!"}', status=401))
    assert "sk-1" not in str(failed.value) + failed.value.refusal.words


def floods(begin, piece, times):
    def answer(handler):
        streams(begin)(handler)
        for _ in range(times):
            if not handler.write(piece):
                return

    return answer


FLOODS = {
    "no line break": (floods(b"data: ", b"x" * 1_000_000, 100), "too long"),
    "a whole answer": (floods(b"{", b" " * 1_000_000, 100), "too long"),
    "an error": (lambda handler: handler.send(b"x" * 20_000_000, status=500), "xxx"),
    "parts in an event": (floods(b'data: {"choices": [{"delta": {"content": [', b'{"a": 1},' * 100_000, 100), "too long"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "sentence"), FLOODS.values(), ids=FLOODS)
def test_a_flood_is_a_sentence(answer, sentence):
    with pytest.raises(AssistantFailed, match=sentence) as failed:
        reply(answer, timeout=30)
    assert len(str(failed.value)) < 600
