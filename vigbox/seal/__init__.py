"""Sealing: age v1, readable by stock age, in two halves with a wall between them.

The file format is https://c2sp.org/age. Nothing but this package imports ``cryptography``.

What may be relied on:

- Every ordinary file (``SealingWriter``, ``seal_bytes``) and every finished film is one standard
  age file: ``age -d`` opens it.
- A reader gives out no byte that was not authenticated. A file that ends early is an error.
- The **sealing half** (``header``, ``stanza``, ``bech32``, ``payload``, ``recipients``,
  ``chunks``, ``sealing``, ``armor``, ``signing``, ``errors``) can only seal; the recorder imports
  nothing else. The **opening half** (``identities``, ``passphrases``, ``opened``, ``streams``,
  ``seekable``, ``films``, ``opening``, ``keyring``) reaches ``identities``, so that the import
  contract sees it wherever it turns up.
- For one payload key no nonce seals two texts: (i, not final) is sealed once, in order, by one
  writer, and in a film (i, final) only ever seals the constant C.
- An OSError of a disk passes through as it is; it is never taken for damage.

Secrets are kept in memory that is wiped where Python lets us; copies that Python makes on the way
(text, immutable bytes) are dropped, not wiped.
"""
