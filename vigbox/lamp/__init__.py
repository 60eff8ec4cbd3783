"""The lamp: a tiny process of its own that believes nobody for long.

The recorder tells it four times a second what the lamp should say and when the film was last
made durable. This process decides what is shown. What may be relied on:

* the red of a film (steady, slow, or with a reminder) shines only while the recorder was heard
  within the last second and a fdatasync succeeded within the last two;
* a recorder that is killed, stopped or hung at red leaves fast red within about a second, for
  30 s, then dark; green and amber go dark at once;
* its first act is dark, and its last;
* it imports neither codecs nor keys, and hears only the recorder's user.

``message`` is what is said, ``heartbeat`` says it (this alone is the recorder's), ``ear`` hears
it, ``truth`` decides, ``process`` joins them, ``watchdog`` tells systemd that all this still
runs, ``drawn`` is the demonstration's lamp.

**What it cannot do.** A pin keeps its level when this process is killed or stopped, so what was
shown then stays until systemd's watchdog has replaced the process (``vigbox-lamp.service``): its
first act is dark. A kernel that hangs at red is red until the board's own watchdog resets it.
"""
