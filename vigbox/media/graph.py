"""The ffmpeg graph that makes a part of a film, built by ffmpeg-python.

It gives just so many pictures as the part was told, all of the film's size and evenly spaced, and
as much sound.
"""

from typing import Any, Final

import ffmpeg

from vigbox.media.scene import Card, Format, Moving, Part, Standing, samples_of
from vigbox.media.sound import RATE

NIGHT: Final = "0x0e1211"
"""The client screen's own dark: what stands around a picture, and behind the words of a card."""

_EARLY_MS: Final = 20
"""``atempo`` at a half lets a sound begin 20 to 40 ms too early and end 6 ms too early."""
_FADE_S: Final = 0.4
_INPUT: Final = {"protocol_whitelist": "pipe", "threads": 1}
_X264: Final = {
    "preset": "veryfast",
    "crf": 20,
    "profile:v": "high",
    # one size of work on every box: the same clips give the same film
    "threads": 2,
    "x264-params": "aud=1:bframes=0",
}
_COLOURS: Final = {
    "pix_fmt": "yuv420p", "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709",
    "color_range": "tv",
}  # fmt: skip
_TAGS: Final = {
    "colorspace": "bt709", "color_primaries": "bt709", "color_trc": "bt709", "range": "tv",
}  # fmt: skip
"""From FFmpeg 6.1 on, what a picture says of its colours outweighs what the encoder is told."""


def program(
    part: Part, shape: Format, sources: tuple[int, int], picture_to: int, sound_to: int
) -> list[str]:
    """Give the ffmpeg command: a part is read from its open files, what is made goes to two more.

    The sound of a clip is read from a second open file, with a place of its own: out of one, all
    pictures up to the next sound would be decoded and held. What is made is H.264 (Annex B,
    delimited), and int16 mono at 48 kHz.
    """
    seen, heard = (f"pipe:{number}" for number in sources)
    tagged = _picture(part, shape, seen).filter("setparams", **_TAGS)
    timed = tagged.filter("settb", f"1/{shape.rate}").filter("setpts", "N")
    picture = ffmpeg.output(
        timed, f"pipe:{picture_to}",
        format="h264", vcodec="libx264", g=2 * shape.rate, fps_mode="passthrough",
        **{**_X264, **_COLOURS},
    )  # fmt: skip
    sound = ffmpeg.output(
        _sound(part, shape, heard), f"pipe:{sound_to}",
        format="s16le", acodec="pcm_s16le", ac=1, ar=RATE,
    )  # fmt: skip
    both = ffmpeg.merge_outputs(picture, sound).global_args(
        "-hide_banner", "-nostdin", "-v", "error", "-xerror", "-filter_complex_threads", "1"
    )
    words: list[str] = both.compile()
    return words


def _picture(part: Part, shape: Format, source: str) -> Any:  # noqa: ANN401  # it has no types
    match part:
        case Card():
            given = ffmpeg.input(
                source, format="rawvideo", pixel_format="rgb24", framerate=shape.rate,
                video_size=(shape.width, shape.height), **_INPUT,
            )  # fmt: skip
            return _faded(_held(_coloured(given), part.pictures), part, shape)
        case Standing():
            picture = _fitted(_film(source), part.matrix, shape)
            return _held(picture.filter("fps", shape.rate, start_time=0), part.pictures)
        case Moving():
            return _moving(_film(source), part, shape)


def _sound(part: Part, shape: Format, source: str) -> Any:  # noqa: ANN401
    samples = samples_of(part.pictures, shape.rate)
    if isinstance(part, Moving) and part.has_sound:
        return _cut(_heard(_film(source, "vn").audio, part), samples)
    return _cut(ffmpeg.input(f"anullsrc=r={RATE}:cl=mono", format="lavfi").audio, samples)


def _film(source: str, left_out: str = "an") -> Any:  # noqa: ANN401
    given = {left_out: None, "err_detect": "explode", **_INPUT}
    return ffmpeg.input(source, format="mov", **given)


def _moving(film: Any, part: Moving, shape: Format) -> Any:  # noqa: ANN401
    """Each picture stands from its own time on, to the film's nearest, until the next."""
    slowed = _fitted(film, part.matrix, shape).filter("setpts", f"{part.slowness}*PTS")
    paced = slowed.filter("fps", shape.rate, start_time=0, round="near")
    return _held(paced, part.pictures)


def _held(picture: Any, pictures: int) -> Any:  # noqa: ANN401
    """Hold the last picture until there are so many, and no more."""
    held = picture.filter("tpad", stop_mode="clone", stop=pictures)
    return held.filter("trim", end_frame=pictures)


def _fitted(film: Any, matrix: str, shape: Format) -> Any:  # noqa: ANN401
    """Bring a picture whole into the film's size, on the dark of the screen."""
    scaled = film.video.filter(
        "scale", shape.width, shape.height, force_original_aspect_ratio="decrease",
        force_divisible_by=2, in_color_matrix=matrix, out_color_matrix="bt709", out_range="tv",
    )  # fmt: skip
    padded = scaled.filter("format", "yuv420p").filter(
        "pad", shape.width, shape.height, -1, -1, color=NIGHT
    )
    return padded.filter("setsar", 1)


def _coloured(card: Any) -> Any:  # noqa: ANN401
    scaled = card.video.filter("scale", out_color_matrix="bt709", out_range="tv")
    return scaled.filter("format", "yuv420p").filter("setsar", 1)


def _faded(picture: Any, part: Card, shape: Format) -> Any:  # noqa: ANN401
    """Let the words come out of the dark and go again."""
    length = min(round(_FADE_S * shape.rate), part.pictures // 3)
    if not length:
        return picture
    come = picture.filter("fade", "in", start_frame=0, nb_frames=length, color=NIGHT)
    return come.filter(
        "fade", "out", start_frame=part.pictures - length, nb_frames=length, color=NIGHT
    )


def _heard(sound: Any, part: Moving) -> Any:  # noqa: ANN401
    if part.slowness > 1:
        sound = sound.filter("atempo", 1 / part.slowness).filter("adelay", _EARLY_MS)
    return sound.filter("apad")


def _cut(sound: Any, samples: int) -> Any:  # noqa: ANN401
    """Give so many samples, timed by their count."""
    trimmed = sound.filter("atrim", end_sample=samples).filter("asetpts", "N/SR/TB")
    return trimmed.filter("aformat", sample_fmts="s16", sample_rates=RATE, channel_layouts="mono")
