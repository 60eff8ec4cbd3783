"""The box's side of sync: exports that wait, the machines they wait for, how those are paired.

An export is a folder of sealed parts and one signed manifest, whole or not there at all
(``outbox``). The manifest names parts by opaque names, sizes and hashes (``manifest``); what a
person would read (a case's code, the names of the opened files) travels sealed, as the part
``contents.json.age`` (``contents``). Every part is sealed for one machine and for nobody else.

A machine is paired by a code that the box shows and a person types (``handshake``,
``pairing``); afterwards it shows a certificate (``certificates``), of which the box keeps the hash
(``machines``).

``manifest``, ``contents``, ``handshake`` and ``certificates`` are read by the machine too, on any
system.
"""
