"""What makes a box an appliance: its own name, and the certificates of its HTTPS.

* ``authority`` makes and signs: one certificate authority for each box, which can vouch for that
  box's own name and address and, by critical name constraints, for nothing else.
* ``certificates`` keeps it on the card: the authority's key is an age file that practitioners and
  the recovery sheet open; the box's own certificate lies beside its key, for whoever serves
  HTTPS, and is renewed at an unlock.
"""
