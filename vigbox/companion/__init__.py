"""The practitioner's machine: pair with boxes, fetch their exports, verify, open, tell the box.

Runs on Linux, macOS and Windows with cryptography, spake2, tqdm, urllib3 and zeroconf. What may be
relied on:

* It talks to the boxes that were paired and to nothing else (``trust``), found by ``finding``.
* One box that is away, wrong or refuses holds up no other (``tour``).
* Nothing is fetched twice: a part goes on where the connection dropped (``pull``), and of a
  spoilt one the spoilt 8 MiB pieces alone are fetched again (``partial``).
* Nothing appears under its own name in DEST before its hash is right (``verify``, ``opening``).
* The box is told "verified" only when all of an export is opened, durably, in DEST (``sync``).
* What the box says is not trusted with names, sizes or room on the disk (``names``).

``home`` is the folder of the machine's identity and the paired boxes; DEST holds
``CASE/NAME.mp4`` and, while an export is under way, ``.vigbox/``.
"""
