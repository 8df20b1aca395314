r"""Texts made to cost a renderer more than they are long: every construct repeated, nested, unclosed, and in pairs.

`INPUTS` maps a name to a function from a length in characters to a text of exactly that length.
"""

from __future__ import annotations

from functools import partial
from itertools import cycle, islice, permutations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Pieces that are repeated as they are: openings without an end, ends without an opening, and whole constructs.
PIECES = (
    # emphasis and strike-through
    "*", "**", "_", "__", "~", "~~", "*a ", "**a ", "_a ", "__a ", "~~a ", "a*", "a**", "a_", "a~~ ", "*a* ", "**a** ", "***a***", "*a_", "_a*", "*a **a ",
    "**a *a* ", "a**b**c", "*_~", "~~*a~~*", "***a **b *c", "*a\n", "\\*", "*\u3042*", "**\u3042\u3001**", "_a_b_", "* * a", "** a **",
    # code and entities
    "`", "``", "`a", "``a`", "`a` ", "`a``b```c", "a`` `", "\\`", "`\\`", "&", "&a", "&amp;", "&#", "&#1", "&#x", "&#35;", "&#99999999;", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "&amp", "&;",
    # links, images, references, notes
    "[", "]", "[]", "][", "[a", "[a]", "[a](", "[a](b", "[a](b)", '[a](b "', "[a](b 'c", "[a](b (c", "[a](<", "[a](<b", "[a](<b>)", "[a][", "[a][b", "[a][b]", "[a][]", "[[a]](b)", "[[[a",
    "![", "![a", "![a](", "![a](b", "![a](b)", '![a](b "c")', "![a][b]", "![![a](b)](c)", "[![a](b)](c)", "[a](b\\", "[a\\](b)", "[`a](b)`", "[*a](b)*", "[a](((((", "[a](b)(c", "[](", "[]()", "](", ")(",
    "[^", "[^a]", "[^1]: ", "[^1]: a\n\n", "[a]: b\n", "[a]: <b> 'c'\n", "[a]: b 'c\n", "[a]:\n", "[a\n", "[a]: b\n[a]\n", "a [b] c\n\n", "[a] [a] [a]\n\n[a]: b\n\n", "[a \\] ", "[<a](b>)", "[$a](b$)",
    # addresses
    "://", ":", "/", "//", "//a", "http", "http:", "http:/", "http://", "http://a", "http://a ", "http://a.b", "http://a.b ", "http://a.b/[(", "http://a.b/(", "http://a.b/[", "http://a.b/{", "http://a.b/'",
    'http://a.b/"', "http://a.b/(()", "http://a.b/...", "http://a.b/?", "http://a.b/!", "http://a.b/,;", "http://a.b#", "http://a@", "http://a:1@", "http://a:", "https://\u3042.jp/ ", "ftp://a.b ", "mailto:", "mailto:a",
    "mailto:a@", "mailto:a@b.c ", "mailto:mailto:", "a@", "a@b", "a@b.c", "a@b.com ", "a.b@", "@", "@a", "a.com", "a.com ", "a.com/", "a.com/(", "www.", "www.a.b ", "a.b.c.", "a-", "a.-", "a--b.com ", "-.",
    "1.2.3.4 ", "127.0.0.1/", "xn--", "xn--a.com ", "a.xn--", "\uff5ca.com", "<http://a.b>", "<http://a.b", "<a@b.c>", "<a@b.c", "<a@", "<mailto:", "<x:", "<", ">", "<a>", "</a>", "<a b=", "<a b='c", "<!--", "<!-- a -->",
    "<?", "<![CDATA[", "<div>\n", "<div>", "<br>", "<script>", "a://", "abc+d.e-f://", "a+a+", "*http://a.b*", "_http://a.b_", "(http://a.b)", "[http://a.b](http://c.d)", "[a.com](b.com)", "http://a.b\\", "http\\://a.b ",
    "http://a.b&amp;", "\u00ad", "a\u00ad.com", "a_b@c_d.com ", "+a@b.com", "a@b@c.com ",
    # formulas
    "$", "$$", "$a", "$a$ ", "$a$", "$$a", "$$a$$", "$$a$$ ", "$$\n", "$$\na\n", "$$\na\n$$\n", "$$a\n", "$$a$$ (b)\n", "$1 ", "$a\\$", "\\$", "\\\\$", "\\(", "\\(a", "\\(a\\) ", "\\)", "\\[", "\\[a", "\\[a\\]\n", "\\]", "\\(\\[", "$$$",
    "$\\frac{a}{b}$ ", "$\\frac", "$x^{$", "$\\left($ ", "$\\sqrt{a}$ ", "$a & b$", "$\\begin{matrix}a\\end{matrix}$ ", "$\\text{a}$ ",
    # blocks of a line
    "# ", "# a\n", "#", "###### a\n", "#\n", "# a #\n", "a\n=\n", "a\n-\n", "a\n---\n", "=\n", "-\n", "---\n", "***\n", "* * *\n", "___\n", "a\n", "\n", "a\n\n", " \n", "a  \n", "a\\\n", "\\", "    a\n", "\ta\n", "    a\n\n", "\t",
    " ", "a", "a ", "ab cd ", "\u3042", "\u3042\u3001", "\uff21\uff0e", "\U0001f600", "e\u0301", "\u202e", "\u200b", "\r", "\r\n", "\x0b", "\x0c", "\x00", "\u2028", "\ufffd", "\x1f", "\u00a0",
    # quotes and lists
    ">", "> ", "> a\n", ">\n", "> a\n\n", "> a\nb\n", "> > a\n", ">>>>>>>>>>a\n", "> ```\n", "> - a\n", "> # a\n", "> |a|\n", "> $$\n", "> [a]: b\n", "- ", "- a\n", "-\n", "- a\n\n", "- a\nb\n", "- - a\n", "- - - - - - - - a\n", "+ a\n",
    "* a\n", "* ", "+ ", "1. ", "1. a\n", "1) a\n", "1.\n", "2. a\n\n", "999999999. a\n", "1234567890. a\n", "- a\n+ a\n", "- a\n1. a\n", "- a\n\n  b\n", "- a\n\n      b\n", "- ```\n", "- > a\n", "1. - > a\n", "- # a\n", "- ---\n", "-\ta\n",
    "- [ ] a\n", "- [x] a\n", "- [ ] ", "- [ ]\n", "- [ ] a\n\n", "1. [ ] a\n", "- - [ ] a\n", "- [ ] a\n  - [x] b\n", "- [ ] **a\n", "- [ ] http://a.b\n", "- [x] [a](b)\n", "- [ ] `a\n", "- a\n  [ ] b\n",
    # tables
    "|", "| ", "|a|\n", "|a|b|\n", "|-|\n", "|-", "|a|\n|-|\n", "|a|\n|-|\n|b|\n", "a|b\n-|-\n", "|a|\n|-|\n\n", "||||\n", "|`a|\n", "|\\|", "|\\|\n", ":-|", ":-:|:-\n", "|a|\n|:-:|\n|[a](b)|\n", "| a |\n|---|\n| $a$ |\n", "|**a|\n", "-|", "a|",
    # fences
    "```", "```\n", "```a\n", "```\na\n", "```\na\n```\n", "```py\na\n```\n", "~~~\n", "~~~\na\n~~~\n", "````\n```\n", "```a`\n", "```\n~~~\n", "```{a}\n```\n", "  ```\n", "```python\ndef f(): pass\n```\n", "```html\n<a>\n```\n",
)  # fmt: skip

#: Constructs that hold others: an opening, an end.
PAIRS = (
    ("*", "*"), ("**", "**"), ("_", "_"), ("~~", "~~"), ("`", "`"), ("[", "](a)"), ("[", "]"), ("![", "](a)"), ("[a](", ")"), ("(", ")"), ("<", ">"), ("$", "$"), ("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("{", "}"), ("*a **b ", "** *"),
    ("> ", ""), ("- ", ""), ("1. ", ""), ("> - ", ""), ("- > ", ""), ("[*", "*](a)"), ("**[", "](b)**"), ("*[`", "`](b)*"), ("http://a.b/(", ")"), ("http://a.b/[", "]"), ("http://a.b/(", ""), ("~~**", "**~~"), ('"', '"'), ("'", "'"), ("[a][", "]"),
    ("$\\frac{", "}{b}$"), ("<a>", "</a>"), ("&", ";"), ("*_", "_*"), ("| ", " |"), ("```\n", "\n```"), ("\\begin{a}", "\\end{a}"),
)  # fmt: skip

#: What is put next to one another in every order of two: first half the one, then the other, and by turns.
MIXED = ("*", "**", "_", "~~", "`", "[", "](", "![", "<", "$", "\\(", "&", "|", "\n> ", "\n- ", "://", "http://a.b/", "a@", "a.", "\n")  # fmt: skip

#: TeX that a formula of every kind is filled with.
TEX = (
    "{", "}", "{}", "x", "x^", "x^2 ", "x_", "x_{", "^", "\\frac", "\\frac{", "\\frac12", "\\sqrt", "\\sqrt[", "\\left(", "\\left( \\right)", "\\right)", "\\begin{matrix}", "\\begin{matrix}a & b\\\\\\end{matrix}", "\\begin{array}{c}", "a & b \\\\ ",
    "\\text{", "\\text{a}", "\\mathbf{a}", "\\limits", "\\sum_", "\\int_0^1 ", "\\overline{", "\\binom", "\\not", "\\hline", "\\quad", "\\\\", "\\", "&", "'", "''", "x'", "\\color{red}", "\\prod_{i}^{n}", "1", "1.", "\\operatorname{a}", "\\hspace{1em}", "%", "#", "~", "\\middle|",
)  # fmt: skip

#: What code is made of, in a fence of every language.
CODE = ("a", '"', "'", "/*", "//", "(", "{", "[", "<", "<!--", "\\", "#", "$", "@", "`", "\n", " ", "\t", "0", "1.", "a.", "a(", "a:", "a=", "--", "r#", '"""', "<a ", "${", "%", "!", "_", "\u00e9", "a b", "\n ", "=", ";", "/", "/a", "|")  # fmt: skip
LANGUAGES = (
    "python", "javascript", "typescript", "html", "css", "bash", "json", "yaml", "sql", "java", "c", "cpp", "csharp", "go", "rust", "php", "ruby", "perl", "markdown", "diff", "toml", "ini", "xml", "kotlin", "swift", "haskell", "latex", "r", "lua", "dockerfile", "console", "makefile",
)  # fmt: skip


def _of_length(pieces: Iterator[str], length: int) -> str:
    """Return so many characters of pieces that never end."""
    made, size = [], 0
    while size < length:
        made.append(next(pieces))
        size += len(made[-1])
    return "".join(made)[:length]


def repeated(piece: str, length: int) -> str:
    """Return a piece again and again."""
    return (piece * (length // len(piece) + 1))[:length]


def nested(opening: str, end: str, length: int) -> str:
    """Return openings and as many ends, around one word."""
    depth = (length - 1) // len(opening + end)
    return f"{opening * depth}w{end * depth}".ljust(length, "w")


def halves(first: str, second: str, length: int) -> str:
    """Return one piece again and again, and then another."""
    return repeated(first, length // 2) + repeated(second, length - length // 2)


def _lists(length: int) -> str:
    """Return a list in which every item lies deeper than the one before, as far as it goes, again and again."""
    return _of_length(("  " * depth + "- a\n" for depth in cycle(range(12))), length)


def _growing(mark: str, length: int) -> str:
    """Return ever longer runs of a mark: each is looked for, and there is no other of its length."""
    return _of_length((f"{mark * size}a" for size in range(1, length)), length)


def _shrinking(mark: str, length: int) -> str:
    return _growing(mark, length)[::-1]


def _one_line(before: str, piece: str, after: str) -> Callable[[int], str]:
    return lambda length: before + repeated(piece, length - len(before) - len(after)) + after


def _filled(opening: str, piece: str, end: str, size: int) -> Callable[[int], str]:
    """Return a function to texts of constructs that are each filled up to a size."""
    return lambda length: repeated(opening + repeated(piece, size) + end, length)


def _of_pieces() -> dict[str, Callable[[int], str]]:
    """Return what repeats one piece, or fills formulas and code with it."""
    made: dict[str, Callable[[int], str]] = {}
    for piece in PIECES:
        line = piece.strip("\n") + "\n"
        made[f"{piece!r} repeated"] = partial(repeated, piece)
        made[f"{piece!r} on lines"] = partial(repeated, line)
        made[f"{piece!r} in items"] = partial(repeated, f"- {line}")
        made[f"{piece!r} where [a] is defined"] = _one_line("[a]: b\n\n", piece, "")
    for piece, (opening, end) in product(TEX, (("$", "$ "), ("$$", "$$\n\n"), ("\\(", "\\) "))):
        made[f"formulas {opening!r} of {piece!r}"] = _filled(opening, piece, end, 3_900)
        made[f"short formulas {opening!r} of {piece!r}"] = _filled(opening, piece, end, 40)
    for language, piece in product(LANGUAGES, CODE):
        made[f"{language} of {piece!r}"] = _filled(f"```{language}\n", piece, "\n```\n", 29_900)
    return made


def _of_pairs() -> dict[str, Callable[[int], str]]:
    """Return what nests one piece in another, or mixes two."""
    made: dict[str, Callable[[int], str]] = {}
    for opening, end in PAIRS:
        made[f"{opening!r} nested {end!r}"] = partial(nested, opening, end)
        made[f"{opening!r} around words {end!r}"] = _one_line(opening, "word ", end)
        made[f"{opening!r} first, then {end!r}"] = partial(halves, opening, end or "a")
    for first, second in permutations(MIXED, 2):
        made[f"{first!r}, half of it {second!r}"] = partial(halves, first, second)
        made[f"{first!r} and {second!r} by turns"] = partial(repeated, first + second)
        made[f"{first!r}, a, {second!r} by turns"] = partial(repeated, f"{first}a {second}a ")
    for mark in "`*_~$[(<>#-=|&\\ \n":
        made[f"{mark!r} ever more"] = partial(_growing, mark)
        made[f"{mark!r} ever less"] = partial(_shrinking, mark)
    return made


def _of_one_kind() -> dict[str, Callable[[int], str]]:
    """Return what is long in one way."""
    made: dict[str, Callable[[int], str]] = {}
    made["lists in lists"] = _lists
    made["one table of many columns"] = lambda length: (
        "|" + "a|" * (length // 6) + "\n|" + "-|" * (length // 6) + "\n" + "|" * length
    )[:length]
    made["one table of many rows"] = lambda length: ("|a|b|\n|-|-|\n" + "|c|d|\n" * length)[:length]
    made["a wide table of short rows"] = lambda length: ("|" + "a|" * 100 + "\n|" + "-|" * 100 + "\n" + "|\n" * length)[
        :length
    ]
    made["references and their uses"] = lambda length: _of_length(islice(cycle(["[a]: b\n\n", "[a] "]), length), length)
    made["many references"] = lambda length: _of_length((f"[{n}]: b\n" for n in range(length)), length)
    made["one reference, many uses"] = lambda length: ("[a]: /" + "b" * (length // 2) + "\n\n" + "[a]" * length)[
        :length
    ]
    made["one long reference"] = _one_line("[", "a", "]: b")
    made["one long address"] = _one_line("http://a.b/", "c", "")
    made["one long host"] = _one_line("http://", "a.", "com")
    made["one long label"] = _one_line("[", "a", "](b)")
    made["one long name of a language"] = _one_line("```", "a", "\n")
    return made


INPUTS = _of_pieces() | _of_pairs() | _of_one_kind()
