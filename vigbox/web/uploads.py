"""What a browser uploads stays in memory: no part of a form is ever put into a temporary file."""

import io
from typing import IO

from flask import abort, request
from werkzeug.exceptions import RequestEntityTooLarge

from vigbox.casework.evidence import LARGEST_UPLOAD_BYTES
from vigbox.web.elsewhere import AnyOwnHost

_WORDS_BYTES = 1 << 20


class UnspooledRequest(AnyOwnHost):
    """A request whose files are held in memory, whatever their size; a limit is set elsewhere."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002  # as werkzeug asks
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return io.BytesIO()


def allow_a_picture() -> None:
    """Let this request be as large as a photo; answers 413 with a sentence when it is larger."""
    request.max_content_length = LARGEST_UPLOAD_BYTES + _WORDS_BYTES
    try:
        _ = request.form
    except RequestEntityTooLarge:
        abort(413, "The picture is larger than 16 MB. Take a smaller one; nothing was kept.")
