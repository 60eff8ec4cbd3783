"""The whole box on a desk: both processes on simulated twins, and a drawn box to press.

Safe by itself: loopback only, trusted hosts and Origin checked, a file DEMO in its data folder
that the real services refuse, and the drawn button's address on this web alone. ``launch`` sets
the folder up and keeps the two processes running, as systemd does on a box; ``__main__`` is what
each of them runs.
"""
