"""The recovery sheet on its way to paper: a tablet that prints it leaves a file, which must go.

The box's own Wi-Fi reaches no printer. So the sheet is saved, printed in another Wi-Fi, and its
file stays where nobody thinks of it, perhaps in a backup elsewhere.
"""

from flask import request

from vigbox.errors import VigboxError


class FileLeftError(VigboxError):
    """A file of the recovery sheet may be left; nothing was changed."""


def refuse_a_file_left() -> None:
    """Refuse a form that does not say the sheet's file is gone. Raises :class:`FileLeftError`."""
    if request.form.get("erased") != "on":
        raise FileLeftError(
            "first erase the sheet's file where it was saved, then tick that there is none."
        )
