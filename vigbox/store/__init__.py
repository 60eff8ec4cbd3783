"""The data folder: where each file lies, how it becomes durable, what a manifest says.

Nothing here holds a key or knows a codec. ``durable.save`` is the only way a file comes to be,
except the film, which is appended. See ``layout`` for the folder, file by file.
"""
