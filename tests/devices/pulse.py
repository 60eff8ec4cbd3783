"""A private PulseAudio: its null sink's monitor is a microphone that hears what is played.

Needs pulseaudio, libportaudio2 and libasound2-plugins; no sound card, no session, no D-Bus.
"""

import contextlib
import os
import subprocess
import threading
import time
from pathlib import Path

_ASOUND = """</usr/share/alsa/alsa.conf>
pcm.airmic {{ type pulse server "unix:{sock}" device "air.monitor" hint {{ show on }} }}
pcm.!default {{ type pulse server "unix:{sock}" device "air.monitor" }}
ctl.!default {{ type pulse server "unix:{sock}" }}
"""
_STEADY_BYTES = 2 * 48_000 * 2
_PATIENCE_S = 60.0


class Pulse:
    """A sound server of our own with something playing; ``folder`` must have a short path."""

    name = "airmic"

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "sock"
        self.asound = folder / "asound.conf"
        self.asound.write_text(_ASOUND.format(sock=self._socket))
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULSE_")},
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder / "run"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "PULSE_SERVER": f"unix:{self._socket}",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        self._daemon: subprocess.Popen[bytes] | None = None
        self._player: subprocess.Popen[bytes] | None = None
        self._feeder: threading.Thread | None = None

    def start(self, sound: bytes) -> None:
        """Play int16 mono samples at 48 kHz again and again."""
        self._daemon = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"),
                *("--disallow-exit=yes", "--realtime=no", "--high-priority=no"),
                *("--log-target=stderr", "--log-level=error"),
                *("-L", f"module-native-protocol-unix socket={self._socket} auth-anonymous=1"),
                *("-L", "module-null-sink sink_name=air rate=48000 channels=1 format=s16le"),
            ],
            env=self._environment,
            stderr=subprocess.DEVNULL,
        )
        self._wait_for_daemon()
        # a player that wants little latency keeps the null sink from working in steps of 2 s
        self._player = subprocess.Popen(
            [
                *("pacat", "--playback", "--raw", "--rate=48000", "--channels=1"),
                *("--format=s16le", "--latency-msec=20", "-d", "air"),
            ],
            env=self._environment,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._feeder = threading.Thread(target=self._feed, args=(self._player, sound), daemon=True)
        self._feeder.start()
        self._listen_until_steady()

    def stop(self) -> None:
        """Kill the server, as a plug that is pulled."""
        for process in (self._daemon, self._player):
            if process is not None:
                process.kill()
                process.wait()
        if self._feeder is not None:
            self._feeder.join()
        if self._player is not None and self._player.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._player.stdin.close()
        self._daemon = self._player = self._feeder = None
        self._socket.unlink(missing_ok=True)

    def _wait_for_daemon(self) -> None:
        told = ""
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s:
            asked = subprocess.run(
                ["pactl", "list", "short", "sources"],
                env=self._environment,
                capture_output=True,
                text=True,
                timeout=_PATIENCE_S,
                check=False,
            )
            told = asked.stdout + asked.stderr
            if "air.monitor" in told:
                return
            threading.Event().wait(0.1)
        raise TimeoutError(f"the sound server did not start: {told}")

    def _listen_until_steady(self) -> None:
        """Let the null sink's first step of 2 s pass."""
        with subprocess.Popen(
            [
                *("pacat", "--record", "--raw", "--rate=48000", "--channels=1"),
                *("--format=s16le", "--latency-msec=20", "-d", "air.monitor"),
            ],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as listener:
            assert listener.stdout is not None
            listener.stdout.read(_STEADY_BYTES)
            listener.kill()

    @staticmethod
    def _feed(player: "subprocess.Popen[bytes]", sound: bytes) -> None:
        assert player.stdin is not None
        try:
            while True:
                player.stdin.write(sound)
        except (BrokenPipeError, ValueError):
            return
