"""How the box itself is: card, heat, power, programs, clock, Wi-Fi, and what went wrong lately.

The page, `vigbox check` and `vigbox report` say the same, in the same sentences:

* ``machine`` reads what Linux tells; ``gather`` makes facts of it; ``kept`` hands them on in a file
  that a unit of its own writes, because the hardened web can see none of this.
* ``findings`` judges the facts: one sentence for each thing, with what to do.
* ``report`` is the bundle for support. Nothing personal can be in it, because everything in it is
  a number, a word of a list that is written here, or a text of our own source code.

The recorder uses this package, so nothing in it may know the web, the cases or how films open.
"""
