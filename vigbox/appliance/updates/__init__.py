"""Updates: a signed file, verified whole before anything changes, gone back from when it is ill.

* ``release`` is the file: who made it says in a signed header what is in it.
* ``trusted`` are the keys a box believes, ``versions`` the order of versions, ``judge`` whether a
  release may be installed on this box.
* ``staging`` takes a file in: copied, verified, with everything that is needed to go back beside
  it. ``repack`` makes a package of what is installed, ``place`` says where all this lies.
* ``steps`` installs, proves and goes back, and goes on with it after a power cut. It is copied out
  of the package it replaces, so it knows Python's own library and nothing of vigbox.
* ``stick`` looks on a USB stick.
"""
