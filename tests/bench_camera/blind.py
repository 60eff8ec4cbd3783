"""A program in a process of its own, for which libcamera finds no camera at first."""

import os
import subprocess
import sys


def ran_blind(program: str, timeout_s: float) -> "subprocess.CompletedProcess[str]":
    """Run it to its end; gives what it said."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LIBCAMERA_PIPELINES_MATCH_LIST": "uvcvideo"},
        check=False, capture_output=True, text=True, timeout=timeout_s,
    )  # fmt: skip
