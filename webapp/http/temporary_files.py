"""A request that closes its temporary files when it ends, also those of a form that is refused."""

from __future__ import annotations

from typing import IO, Any

from flask import Request


class ClosingRequest(Request):
    """Werkzeug closes the files of a form that it read to its end only. Those of others would keep their space."""

    _temporary_files: tuple[IO[bytes], ...] = ()

    def _get_file_stream(self, *arguments: Any, **named: Any) -> IO[bytes]:
        file = super()._get_file_stream(*arguments, **named)
        self._temporary_files += (file,)
        return file

    def close(self) -> None:
        super().close()
        for file in self._temporary_files:
            file.close()
