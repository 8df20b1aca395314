from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Out, Uuid


class FileOut(Out):
    """A file of a message, under the name that it has there. `url` leads to its bytes."""

    id: Uuid
    name: str
    media_type: Annotated[str, Field(description="Found in the bytes.")]
    size: Annotated[int, Field(description="In bytes.")]
    width: Annotated[int | None, Field(description="Of an image, in pixels.")]
    height: int | None
    url: str


class StorageOut(Out):
    """The number of files, and the bytes that they take and may take. Equal files count once."""

    files: int
    bytes_used: int
    bytes_limit: int
