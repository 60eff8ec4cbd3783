"""vigbox: one small box for Video Interaction Guidance.

A practitioner sets the box down in a family home and presses record. The film is sealed while
it is made; a tablet on the box's own Wi-Fi plays it, cuts clips and shows them to the family;
exports are fetched, verified and opened by the practitioner's own machine.

Packages, lowest first; an import may only point down (see ``pyproject.toml``):

=================  ================================================================
``errors``         the one error base: what was being done, to what, what to do now
``model``          the words that travel between layers
``config``         settings, each with its key, unit, default and allowed values
``seal``           age: header, stream, sealing, opening, keyring, passphrases
``media``          mux, fragments, virtual faststart, cut; knows nothing of sealing
``store``          the data folder: layout, durable files, manifests
``devices``        camera, microphone, panel, and their simulated twins
``casework``       cases, clips, machines, audit: the sealed case database
``export``         what leaves the box
``delivery``       manifests and pairing, the box's side of sync
``recorder``       button → camera + microphone → mux → seal → file
``web``            the pages
``companion``      the practitioner's machine: pair, pull, verify, open
``demo``, ``cli``  the whole box on twins; the commands
=================  ================================================================
"""

__version__ = "0.1.0"
