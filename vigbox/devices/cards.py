"""The sound cards PortAudio sees: found by name, opened in a form they can give."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from vigbox.devices.microphone import BLOCK_SAMPLES, SAMPLES_PER_SECOND, MicrophoneError

_BUFFER_S: Final = 0.2
"""What the card may hold back while our threads are busy, before samples are lost."""

_SCALES: Final = {"int16": 1, "int32": 65_536}


@dataclass(frozen=True, slots=True)
class Form:
    """How a card gives its samples: int16 or int32, interleaved."""

    channels: int
    dtype: str

    def mono(self, data: bytes) -> bytes:
        """Give int16 mono samples: the mean of the channels, of 32 bits the upper half."""
        if self == PLAIN:
            return data
        mean = np.frombuffer(data, self.dtype).reshape(-1, self.channels).mean(axis=1)
        samples: bytes = (mean / _SCALES[self.dtype]).astype("<i2").tobytes()
        return samples


PLAIN: Final = Form(1, "int16")


def card_named(name: str, library: Any) -> dict[str, Any]:  # noqa: ANN401  # sounddevice
    """Find the card: of this very name, else the first that has it in its name, in any case.

    Raises :class:`MicrophoneError`, which lists the right names.
    """
    cards = [dict(each) for each in library.query_devices() if each["max_input_channels"] > 0]
    exact = [each for each in cards if each["name"] == name]
    alike = [each for each in cards if name.casefold() in each["name"].casefold()]
    if not cards:
        raise MicrophoneError(
            "there is no microphone at all. Plug one in, or check its cable and its overlay."
        )
    if not alike:
        raise MicrophoneError(
            f'there is no microphone "{name}". '
            f"The microphone must be one of {', '.join(each['name'] for each in cards)}."
        )
    return (exact or alike)[0]


def form_of(card: dict[str, Any], library: Any) -> Form:  # noqa: ANN401
    """Choose int16 mono when the card gives it, else what its own channels give.

    Raises :class:`MicrophoneError` when it gives no 48 kHz.
    """
    own = min(card["max_input_channels"], 2)
    why = None
    for form in (PLAIN, Form(own, "int16"), Form(1, "int32"), Form(own, "int32")):
        try:
            library.check_input_settings(
                card["index"], form.channels, form.dtype, samplerate=SAMPLES_PER_SECOND
            )
        except library.PortAudioError as error:
            why = why or error
        else:
            return form
    raise MicrophoneError(
        f'the microphone "{card["name"]}" gives no sound at 48 kHz: {why}. '
        "Check that nothing else records from it, or use another one."
    )


def opened(
    card: dict[str, Any],
    form: Form,
    library: Any,  # noqa: ANN401
    when_block: Callable[..., None],
    when_over: Callable[[], None],
) -> Any:  # noqa: ANN401
    """Open a card for blocks of 20 ms. Raises the library's PortAudioError."""
    return library.RawInputStream(
        device=card["index"],
        channels=form.channels,
        dtype=form.dtype,
        samplerate=SAMPLES_PER_SECOND,
        blocksize=BLOCK_SAMPLES,
        latency=_BUFFER_S,
        callback=when_block,
        finished_callback=when_over,
    )
