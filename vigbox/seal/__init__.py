"""Sealing: age v1, readable by stock age, in two halves with a wall between them.

Nothing but this package imports ``cryptography``. What may be relied on:

- Every ordinary file (``SealingWriter``, ``seal_bytes``) and every finished film is one standard
  age file: ``age -d`` opens it.
- A reader gives out no byte that was not authenticated. A file that ends early is an error.
- What can go wrong is one of a few errors (``errors``): the header, its MAC, no identity that
  matches, the payload, the armor. An OSError of a disk passes through as it is; it is never
  taken for damage.
- The **sealing half** (``header``, ``stanza``, ``bech32``, ``payload``, ``recipients``,
  ``hybrid``, ``chunks``, ``alongside``, ``sealing``, ``armor``, ``signing``, ``errors``) can only
  seal; the recorder imports nothing else. The **opening half** (``identities``,
  ``hybrid_identities``, ``check_words``, ``passphrases``, ``opened``, ``streams``, ``seekable``,
  ``films``, ``opening``, ``keyring``) is named by the recorder's import contract.

Secrets are kept in memory that is wiped where Python lets us; copies that Python makes on the way
(text, immutable bytes) are dropped, not wiped.

The file
--------
https://c2sp.org/age, and nothing besides. A **header** of text lines: the version, one stanza for
each recipient with the 16-byte file key wrapped to it, and a MAC over all that under a key derived
from the file key. Stanzas are of ``X25519``, of ``mlkem768x25519`` (never mixed with others when
sealing: the weakest would open the file), or one ``scrypt`` alone. A header of more than 1 MiB, or
a line of more than 64 KiB, is refused before it is understood; every value has one form only.
Then the **payload**: a 16-byte nonce, from which and from the file key HKDF-SHA256 derives the
payload key; then chunks of 64 KiB, each under ChaCha20-Poly1305 with a tag of 16 bytes. The nonce
of chunk ``i`` is ``i`` as 11 bytes and one byte that is 1 in the final chunk alone. Only the final
chunk may be shorter, and only that of an empty payload empty. So a chunk anywhere can be opened
alone, and a file that was cut shows it.

A film
------
A film (``FilmSealer``) is the same file, written so that power may go at any moment. Its payload
is a fragmented MP4 with padding: where the film must survive a cut, after a whole fragment, a
``free`` box fills the chunk to its edge; whole chunks are written and fdatasync follows. That is
a **sync point**. A film ends with a sync point and one final chunk, which holds the constant C,
an empty ``free`` box of 8 bytes, and so is 24 bytes long.

After a cut there is no final chunk. ``FilmReader`` verifies the end, leaves out what is bad there,
and serves every whole chunk before it. Such a film is **finished in place**: what follows its last
sync point is dropped and C is sealed as the final chunk there (``FilmReader.finishing`` gives the
24 bytes, the recorder writes them, truncates, and calls fdatasync). It may be done again, and gives
the same bytes; cut in the middle of it, the film is found with C and more behind, and finished
anew. More than 64 MiB at the end that do not verify, or a hole further back, are damage and not a
tail: nothing is changed, what is whole is served, and ``vigbox salvage`` gets the rest.

Why no nonce carries two texts
------------------------------
ChaCha20-Poly1305 fails when one nonce seals two texts under one key: both become readable to
whoever knows one, and tags can be forged. For one payload key:

1. (i, not final) is sealed by one ``ChunkSealer`` alone, which counts upward and never returns:
   the payload key is drawn by it and dies with its process. A short write is followed by the rest
   of the same ciphertext; a failed one leaves the sealer dead, since what reached the card is
   unknown. A film is never opened again to be appended to.
2. (i, final) of an ordinary file is sealed once, by the same sealer, as its end.
3. (i, final) of a film seals C and nothing else, whoever finishes it and however often, so the
   same nonce gives the same bytes. ``sealing.seal_final_text`` takes no text: no function here
   seals others with that flag into a film.
4. 3 holds for films only. So nothing is finished that our own film writer did not make: the first
   chunk carries, authenticated, the brand and the film's id; what ends in another final chunk than
   C is refused by ``FilmReader`` (C at that place would be a second text).

Whoever could alter a film to make it look like ours would have to forge a tag first.
"""
