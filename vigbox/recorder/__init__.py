"""The recorder: button → state → camera + microphone → mux → seal → file.

It holds public keys, the box's signing key and the one file key of the film being made; it can
open nothing. It calls nobody and works the same when nobody is there. What it promises:

* every film is on the card up to the last sync point (0.5 s), whatever stops the machine;
* the lamp is red only while a frame reached the card within the last 2 s;
* nothing from before the press is ever kept;
* memory stays flat however long the film.

``state`` decides, ``recording`` does, ``film`` writes, ``control`` listens, ``recovery`` tidies,
``service`` builds everything in order and closes it in reverse.
"""
