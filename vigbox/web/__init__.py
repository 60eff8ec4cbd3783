"""The pages: unlock, list, play, mark a clip, export, pair; and the API of the machines.

Server-rendered Flask views over ``casework``, ``export`` and ``delivery``. The unlocked keys
live in this one process, in memory, and nowhere else. ``app.create_app`` gets everything handed
in; no view reads the environment.
"""
