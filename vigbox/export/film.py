"""The film to keep: the chosen clips of a shared review in order, with cards, made part by part.

Each part's clip is cut exactly, in memory, and given to one run of the ffmpeg program behind walls;
what it gives is written on at once, so that no more of the film than one clip lies in memory, and
nothing of it on a disk. Where faces are masked, the clip is made anew with its masks first, and the
program never sees what is beneath. The same wish gives the same bytes on the same programs.

Half speed keeps the sound at its pitch. A quarter is silent: a voice stretched four times is no
longer the voice of somebody who is kind. Cards and still-stands are silent.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from vigbox.export import cards
from vigbox.export.clips import file_name
from vigbox.export.film_plan import FilmPlan, PlannedPart, PlannedScene, Played, Stood, Titled, plan
from vigbox.export.film_wish import FilmError, Source, Wish
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media import samples
from vigbox.media.boxes import BoxError
from vigbox.media.cut import cut_clip
from vigbox.media.jobs import Walls
from vigbox.media.masked import masked_clip
from vigbox.media.reel import Reel
from vigbox.media.rendering import Limits, RenderError, Rendering
from vigbox.media.scene import Card, Format, Moving, Part, Standing
from vigbox.media.stills import exact

KIND: Final = "film"


def piece(wish: Wish, limits: Limits | None = None, walls: Walls | None = None) -> Piece:
    """Give the film as a piece of an export; it is planned now and made when it is written.

    Raises :class:`FilmError` and BoxError now. Writing raises FilmError, NoSandboxError, SealError,
    OSError, and what ``step`` raises; ffmpeg is ended then.
    """
    made = plan(wish)
    return Piece(
        file_name(f"{wish.code} film"),
        KIND,
        partial(write, made, partial(Rendering, limits=limits, walls=walls)),
    )


def write(
    made: FilmPlan, render: Callable[[Part, Format], Rendering], sink: Sink, step: Step
) -> None:
    """Make a planned film. ``step`` is called several times a second; raises as :func:`piece`."""
    reel, done = Reel(sink, made.shape), 0
    for scene in made.scenes:
        if scene.chapter:
            reel.begin(scene.chapter)
        for part in scene.parts:
            waits = partial(_waits, step, done / made.pictures)
            waits(0.0)
            done += part.pictures
            with _told(scene), render(_part(part, made.shape, waits), made.shape) as run:
                for each in run:
                    reel.add(each.picture, each.sound, done)
                    step(reel.pictures / made.pictures)
                reel.end(done)
    reel.finish()
    step(1.0)


@contextmanager
def _told(scene: PlannedScene) -> Iterator[None]:
    """Say which scene it was that could not be made. Raises :class:`FilmError`."""
    which = f"clip {scene.number}" if scene.number else "a card"
    try:
        yield
    except RenderError as error:
        raise FilmError(
            f"The film could not be made: {which} {error}. Make the film again, or leave it out."
        ) from error
    except BoxError as error:
        raise FilmError(
            f"The film could not be made: {which} is damaged. Let it begin and end at other "
            "pictures, or leave it out, then make the film again."
        ) from error


def _waits(step: Step, done: float, _part: float) -> None:
    """Tell, while a part's clip is cut, that the film is as far as before."""
    step(done)


def _part(part: PlannedPart, shape: Format, waits: Step) -> Part:
    """Draw or cut what a part is made of."""
    match part:
        case Titled():
            return Card(cards.draw(part.words, shape.width, shape.height), part.pictures)
        case Stood():
            clip = _cut(part, range(part.picture, part.picture + 1), waits)
            return Standing(clip, part.pictures, _matrix(part.film, part.picture))
        case Played():
            clip = _cut(part, range(part.first, part.end), waits)
            is_heard = samples.has_sound(part.film.index)
            matrix = _matrix(part.film, part.first)
            return Moving(clip, part.pictures, part.slowness, is_heard, matrix)


def _cut(part: Played | Stood, pictures: range, waits: Step) -> bytes:
    made, (read_at, index) = io.BytesIO(), (part.film.reader.read_at, part.film.index)
    if part.masks:
        masked_clip(read_at, index, pictures, part.masks, made, waits)
    else:
        cut_clip(read_at, index, pictures.start, pictures.stop, made, waits)
    return made.getvalue()


def _matrix(film: Source, picture: int) -> str:
    return samples.matrix(exact(film.index, film.reader.read_at, picture))
