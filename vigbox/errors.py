"""The one error base of vigbox.

Every error that can reach a person is a :class:`VigboxError`. Its text is a single sentence or
two that says what was being done, to what, and what to do now; a command prints it on one line
and exits with 1, a page shows the same words.
"""


class VigboxError(Exception):
    """Something a person can be told: ``str(error)`` is the line they read."""


class SettingError(VigboxError):
    """A setting is missing or out of range; the text names key, value and what is allowed."""


class InUseError(VigboxError):
    """A folder, port or device already has an owner."""
