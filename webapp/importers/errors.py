"""Why an upload cannot be imported. The text is a sentence for the person."""

from __future__ import annotations


class UnreadableUpload(Exception):
    """The upload, or one file of it, cannot be read at all."""


class TooLarge(UnreadableUpload):
    """Something in the upload is larger than any real export. A small archive can unpack to any size."""
