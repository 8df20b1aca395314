r"""What people paste and models write to take a page over, or to break it: each kind with what it would do.

Whatever runs calls `trip()`, `alert` and the like; whatever asks for something asks for an address with `tripwire` in it.
`MESSAGES` adds the strings of tests/vendor/blns.json, which are about programs of any kind.
"""

from __future__ import annotations

import json
from pathlib import Path

_NAUGHTY = json.loads((Path(__file__).parents[1] / "vendor" / "blns.json").read_text(encoding="utf-8"))

_HTMX = (
    'hx-get="{0}" hx-trigger="load"', 'hx-post="{0}" hx-trigger="load"', 'hx-put="{0}" hx-trigger="load"',
    'hx-delete="{0}" hx-trigger="revealed"', 'hx-patch="{0}" hx-trigger="intersect once"',
    'hx-get="{0}" hx-trigger="every 1s"', 'hx-get="{0}" hx-trigger="look from:body"', 'hx-action="{0}" hx-method="get" hx-trigger="load"',
    'hx-on:load="trip()"', 'hx-on::after:swap="trip()"', 'hx-on:click="trip()" class="button"', 'hx-live="trip()"',
    'hx-vals="js:{{a: trip()}}" hx-get="{0}" hx-trigger="load"', 'hx-headers="js:{{a: trip()}}" hx-get="{0}"',
    'hx-swap-oob="true" id="composer"', 'hx-swap-oob="innerHTML:#minutes"', 'hx-boost:inherited="true" href="{0}"',
    'hx-sse:connect="{0}"', 'hx-ws:connect="ws://tripwire.example"', 'hx-config="request.action:\'{0}\'"',
    'hx-preload="{0}"', 'hx-confirm="js:trip()"', 'hx-include="[name=key]"', 'hx-push-url="{0}"', 'hx-select-oob="#pane"',
    'data-hx-get="{0}" data-hx-trigger="load"', 'data-hx-on:load="trip()"', 'sse-connect="{0}"', 'hx-ext="trusted-types"',
    "data-copy data-drawer-open data-enter data-new-chat hx-disable hx-ignore hx-preserve",
)  # fmt: skip
_ADDRESSES = ("/tripwire", "/sessions/archived?tripwire", "https://tripwire.example/")
#: What scripts and styles of the page, or the browser itself, look up by name.
_NAMES = (
    "composer", "end", "minutes", "pane", "live", "live-said", "content", "assistant", "session-list", "session-title",
    "head-facts", "announcement", "composer-state", "fork-form", "stop-form", "m-1", "row-1", "pending", "main",
    "htmx", "document", "body", "location", "cookie", "forms", "getElementById", "querySelector", "attributes", "children",
    "parentNode", "__proto__", "constructor", "defaultView", "trustedTypes", "nodeName", "submit",
)  # fmt: skip

#: Schemes that act, in every disguise that Markdown allows for; behind them an address may be used as well.
_SCHEMES = (
    "javascript:trip()", "JaVaScRiPt:trip()", "javascript&#58;trip()", "javascript&colon;trip()", "&#x6A;avascript:trip()",
    "&#0000106avascript:trip()", "java&Tab;script:trip()", "java&NewLine;script:trip()", "java&#10;script:trip()",
    "&#1;javascript:trip()", "&#x20;javascript:trip()", "\x01javascript:trip()", "\x0bjavascript:trip()", "\u200bjavascript:trip()",
    "\ufeffjavascript:trip()", "\u00a0javascript:trip()", "java\\script:trip()", "javascript\\:trip()", "javascript%3Atrip()",
    "%6Aavascript:trip()", "jav\u0430script:trip()", "\uff4aavascript:trip()", "javascript\uff1atrip()", "java\u00adscript:trip()",
    "javascript://tripwire.example/%0Atrip()", "javascript:/*tripwire*/trip()", "vbscript:trip()", "VBSCRIPT:msgbox(1)",
    "data:text/html,<script>trip()</script>", "data:text/html;base64,PHNjcmlwdD50cmlwKCk8L3NjcmlwdD4=", "DATA:text/html,x",
    "data:image/svg+xml,<svg/onload=trip()>", "data:image/png;base64,iVBORw0KGgo=", "blob:https://tripwire.example/1",
    "file:///etc/passwd", "filesystem:https://tripwire.example/", "view-source:https://tripwire.example", "about:blank#tripwire",
    "//tripwire.example", "///tripwire.example", "/\\tripwire.example", "\\\\tripwire.example", "https:tripwire.example",
    "https:///tripwire.example", "https://bank.example@tripwire.example/", "https://bank.example%2f@tripwire.example",
    "https://b\u0430nk.example/", "https://tripwire.example\u2215bank.example", "https://xn--bnk-5cd.example", "http://0x7f.1/tripwire",
)  # fmt: skip
_LINKS = (
    "[x]({0})", "![x]({0})", "[![x]({0})]({0})", "[x](<{0}>)", "<{0}>", '[x]({0} "t\\" onclick=\\"trip()")', "[r]\n\n[r]: {0}",
    "| [x]({0}) |\n|---|\n| ![x]({0}) |", "# [x]({0})", "> - [ ] [[x]]({0})", "[x ![y]({0}) z](https://e.example)",
)  # fmt: skip

_TAGS = (
    "<script>trip()</script>", '<script src="/tripwire.js"></script>', "<img src=/tripwire onerror=trip()>", "<img srcset='/tripwire 1x'>",
    "<style>@import '/tripwire';*{display:none}</style>", '<link rel=stylesheet href="/tripwire">', "<iframe srcdoc='<script>parent.trip()</script>'>",
    '<base href="//tripwire.example/">', "<meta http-equiv=refresh content='0;url=/tripwire'>", "<object data=/tripwire></object>",
    "<embed src=/tripwire>", "<video poster=/tripwire><source onerror=trip()></video>", "<audio src=/tripwire onerror=trip()>",
    '<form action="/tripwire"><input name=key><button autofocus onfocus=trip()>Send</button></form>', "<input form=composer name=content value=x>",
    "<button form=stop-form>Stop</button>", "<button formaction=/tripwire form=composer>Send</button>", "<textarea name=content>", "<select><option>",
    "<template><script>trip()</script></template>", "<template shadowrootmode=open><slot></slot></template>", "<details open ontoggle=trip()>x</details>",
    "<dialog open>Sign in again</dialog>", "<div popover id=p>x</div>", "<marquee onstart=trip()>x</marquee>", "<body onload=trip()>", "</body></html>",
    "</div></article></main>", "<!--", "<!-- --!><img src=/tripwire>", "<![CDATA[<script>trip()</script>]]>", "<?xml-stylesheet href='/tripwire'?>",
    '<noscript><p title="</noscript><img src=/tripwire>">', "<title></title><script>trip()</script>", "<plaintext>", "<xmp><script>trip()</script>",
    "<svg onload=trip()><script>trip()</script></svg>", "<svg><use href='/tripwire#a'/></svg>", "<svg><animate onbegin=trip() attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:trip()><text>x</text></a></svg>", "<svg><foreignObject><img src=/tripwire></foreignObject></svg>", "<svg><style><img src=/tripwire>",
    "<math href=javascript:trip()>x</math>", "<math><mi xlink:href=javascript:trip()>x</mi></math>", "<math><maction actiontype=statusline xlink:href=javascript:trip()>x",
    "<math><annotation-xml encoding='text/html'><script>trip()</script>", "<math><mtext><table><mglyph><style><img src=/tripwire onerror=trip()>",
    "<hx-partial hx-target='#minutes' hx-swap='delete'></hx-partial>", "<hx-partial hx-target='#composer'><script>trip()</script></hx-partial>", "<htmx-loaded>",
    '<div style="position:fixed;inset:0;background:url(/tripwire)">', '<p class="problem signed-out unseen" role="alert">Sign in again</p>', "<a href=/tripwire ping=/tripwire download>x</a>",
    "<x onclick=trip()>", "<<script>script>trip()<</script>/script>", "<script\n>trip()", "<img\tsrc=/tripwire\fonerror=trip()//", "<IMG SRC=/tripwire>", "&lt;script&gt;trip()&lt;/script&gt;",
    '"><script>trip()</script>', "' onmouseover='trip()", "`${trip()}`", "-->]]>'\"></script><script>trip()</script>",
)  # fmt: skip

#: What a formula's converter makes of TeX: HTML in text, attributes, addresses, spaces as wide as a street.
_FORMULAS = (
    r"\href{javascript:trip()}{x}", r"\url{javascript:trip()}", r"\includegraphics{https://tripwire.example/x.png}", r"\htmlClass{problem}{x}", r"\htmlId{composer}{x}",
    r"\htmlStyle{position:fixed}{x}", r"\htmlData{hx-get=/tripwire}{x}", r"\class{problem}{x}", r"\cssId{composer}{x}", r"\style{position:fixed}{x}", r"\unicode{x3c}script\unicode{x3e}",
    r"\text{<script>trip()</script>}", r"\text{<img/src=/tripwire/onerror=trip()>}", r"\text{</mtext></math><h3>x</h3>}", r"\text{<a/href=https://tripwire.example>https://bank.example</a>}",
    r"\mathrm{<img src=/tripwire>}", r"\operatorname{<b>}", r"\tag{<img/src=/tripwire>}", r"\text{&lt;img src=/tripwire&gt;}", r"\begin{<script>}\end{<script>}",
    r"x\hspace{-900em}y", r"x\kern-900em y", r"\hskip 900em x", r"\mspace{-9000mu}x", r"\moveleft 900em x", r"\rule{900em}{900em}", r"\mathllap{" + "x" * 200 + "}", r"\!" * 300 + "x",
    r"\genfrac{}{}{900em}{}{a}{b}", r"\color{red}{x}", r"\bbox[border:9em solid]{x}", r"\verb|<script>|", "</math><script>trip()</script>", "x" * 600, r"\frac{" * 60, r"{" * 300,
    r"\newcommand{\a}{\a\a}\a", r"\newcommand{\za}{xx}" + "".join(rf"\newcommand{{\z{b}}}{{{{\z{a}}}{{\z{a}}}{{\z{a}}}}}" for a, b in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)) + r"\zq",
)  # fmt: skip

#: Info strings are shown and name the language; a fence is also where HTML is most often pasted.
_FENCES = tuple(
    f"{mark}{info}\n<script>trip()</script>\n{mark}"
    for mark in ("```", "~~~~")
    for info in ("<script>trip()</script>", 'x" onclick="trip()', "html onclick=trip()", "{.problem #composer style=x}", "py{{7*7}}", "\u202epy", "a" * 400, "html")
    if "`" not in info
)  # fmt: skip

#: Text that turns, hides, piles up, never ends or ends what others take for a line.
_TEXTS = (
    "\u202egnp.exe the end", "\u202a\u202b\u202d\u202e unclosed", "\u2066\u2067\u2068 unclosed", "\u2069\u2069\u202c\u202c closes what is not open", "\u200f\u061c!", "שלום \u202e hello (x)",
    "[https://bank.example](https://tripwire.example)", "[bank.example](https://tripwire.example)", "[\u202emoc.elpmaxe.knab//:sptth](https://tripwire.example)", "https://tripwire.example/\u202egpj.exe",
    "[\u202eabc](https://tripwire.example) after \u202e", "\u202ehttps://tripwire.example/a/b", "<https://bank.example@tripwire.example>", "[ba\u200bnk.example](https://tripwire.example)", "[bank\u3002example](https://tripwire.example)",
    "a" + "\u0301" * 1_000, "Z" + "\u0337\u0350\u0323\u0316" * 250 + "algo", "w" * 10_000, "\u200b" * 2_000 + "x", "\u200d" * 500 + "x", "\ufeffx\ufeff", "x\ufe0e\ufe0f\U000e0100", "👩\u200d❤\ufe0f\u200d💋\u200d👨🏳\ufe0f\u200d🌈🇩🇪🇩", "﷽" * 300, "\U00012031" * 60,
    "a\rb\r\nc\n\rd", "a\u2028b\u2029c", "a\u0085b\x0bc\x0cd", "\x1b[31mred\x1b[2J\x1b]0;title\x07", "\x01\x02\x08\x7f\x9b31m", "\ufffe\uffff\ufdd0", "\u2400 \\0 %00 &#0; \\x00", "\U000e0061\U000e0062 tags",
    "\n\ndata: <script>trip()</script>\n\n", "x\n\nevent: end\ndata: {}\nid: 9\nretry: 1\n\n", "data: x\r\rdata: y", ":comment\n\n", "event: message\ndata: <img src=/tripwire>",
    "{{7*7}} {{ config }} {{ cycler.__init__.__globals__ }}", "{% raw %}{% include '/etc/passwd' %}{% endraw %}", "{# x #} ${7*7} #{7*7} <%= 7*7 %>", "%(x)s {0} {x!r} %n%s", "'; DROP TABLE messages; --",
    "url(/tripwire) expression(trip()) @import '/tripwire'; } body { display: none }", "</style><script>trip()</script>", "*/ trip() /*", "\\u003cscript\\u003etrip()\\u003c/script\\u003e", "+ADw-script+AD4-trip()+ADw-/script+AD4-",
    "- [ ] <b onclick=trip()>x</b>\n- [x] <input type=checkbox checked onclick=trip()>", "- [x" + '"' + "] x", "[^1]: <script>trip()</script>\n\nnote[^1]", "[^composer]\n\n[^composer]: x", "999999999. far\n1. x", "000. x",
    "> " * 500 + "x", "- " * 500 + "x", "[" * 5_000, "![" * 500 + "](/tripwire)" * 500, "*" * 5_000 + "x", "_a" * 2_000, "`" * 5_000, "<" * 5_000, "&" * 5_000, "| " * 500 + "\n" + "|-" * 500 + "|\n" + "| x " * 500, "#" * 7 + " x", "a  \n" * 200,
    "| a |\n|---|\n| " + "w" * 3_000 + " |", "`" + "w" * 3_000 + "`", "# " + "w" * 3_000, "> " * 12 + "w" * 500, "- " * 12 + "w" * 500, "https://tripwire.example/" + "w" * 3_000, "![" + "w" * 900 + "](https://" + "a." * 80 + "example/" + "w" * 900 + ")", "    " + "w" * 3_000, "$" + "+".join("x" * 300) + "$",
)  # fmt: skip


def _kinds() -> dict[str, list[str]]:
    htmx = [
        f"<div {attribute.format(address)}>x</div>"
        for attribute in _HTMX
        for address in _ADDRESSES[: 1 + ("{0}" in attribute)]
    ]
    return {
        "tags": list(_TAGS),
        "htmx": list(dict.fromkeys(htmx)),
        "names": [f'<a id="{name}" name="{name}">x</a> <form id={name}><input name={name}></form> [{name}](#{name})' for name in _NAMES],
        "links": ["\n\n".join(form.format(scheme) for form in _LINKS) for scheme in _SCHEMES],
        "formulas": [f"a ${tex}$ b\n\n$${tex}$$\n\n\\[{tex}\\]" for tex in _FORMULAS],
        "fences": list(_FENCES),
        "texts": list(_TEXTS),
    }  # fmt: skip


KINDS = _kinds()
HOSTILE = [text for texts in KINDS.values() for text in texts]
#: All that can be said: a message has at least one character that is no blank.
MESSAGES = [*HOSTILE, *(text for text in _NAUGHTY if text.strip(" \t\r\n") and "\0" not in text)]
#: The same as titles: on one line, and of 200 characters at most.
TITLES = list(dict.fromkeys(title for text in HOSTILE if (title := " ".join(text.split())[:200].strip())))
