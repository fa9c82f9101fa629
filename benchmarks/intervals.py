"""How far a share that was counted may be off."""

import math

NORMAL_QUANTILE = 1.959964
"""Of a two-sided interval of 95 %."""


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    if not trials:
        return 0.0, 1.0
    z, share = NORMAL_QUANTILE, successes / trials
    middle = share + z * z / (2 * trials)
    width = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return (middle - width) / scale, (middle + width) / scale
