"""Cases, clips and exports in the sealed case database, and the keys behind them.

The database is SQLCipher under a raw key that is itself an age file, sealed to the practitioners
and to the recovery identity. Every case has an identity of its own; its recordings are sealed to
that, and its secret is an age file sealed to whoever may open the case.
"""
