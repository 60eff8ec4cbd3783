"""Camera, microphone and panel behind small Protocols, each with its simulated twin.

What may be relied on, and what ``tests/devices`` proves for every implementation:

* pictures and sound carry CLOCK_MONOTONIC, taken where they were captured, never counted;
* a callback runs in the device's own thread and must copy and leave;
* after ``stop()`` no further callback comes;
* a device that is started again begins with a keyframe.
"""
