"""How loud a block of sound is."""

from dataclasses import dataclass
from typing import Final

import numpy as np

FLOOR_DBFS: Final = -96.0
"""What silence is said to be; the quietest int16 sample is -90.3 dBFS."""

_FULL_SCALE: Final = 32_768


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness in dB below full scale, from -96 to 0; a full sine is 0 and -3.01."""

    peak_dbfs: float
    rms_dbfs: float


def level_of(samples: bytes) -> Level:
    """Measure int16 little-endian mono samples; none at all are silence."""
    values = np.frombuffer(samples, "<i2").astype(np.float64)
    if not len(values):
        return Level(FLOOR_DBFS, FLOOR_DBFS)
    return Level(_dbfs(np.abs(values).max()), _dbfs(np.sqrt(np.mean(values**2))))


def _dbfs(amplitude: float) -> float:
    least: float = 10 ** (FLOOR_DBFS / 20)
    return float(20 * np.log10(max(amplitude / _FULL_SCALE, least)))
