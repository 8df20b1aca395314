from __future__ import annotations

from html.parser import HTMLParser


class Seen(HTMLParser):
    """What a browser would meet in some HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words = set(), [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.words += data
