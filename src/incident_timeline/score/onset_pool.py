"""What several signals say together about one instant, when only some of them take part in the change."""

import numpy as np
from numpy.typing import NDArray

from incident_timeline.score.onset_signals import Floats


def strongest(gains: Floats, price: float) -> Floats:
    """The evidence of the signals that show most: the largest (sum of the m largest gains - m price) / sqrt(m) over m.

    `gains` has one signal a row (axis -2 of more dimensions) and one instant a column; the result has one value an instant. A
    fault seldom shows in all signals, and a sum over all of them drowns it the more, the more of them are quiet. What noise
    shows in m signals grows with m, its spread with sqrt(m). Scans over the number of affected series: Enikeeva and
    Harchaoui (2019), High-dimensional change-point detection under sparse alternatives.
    """
    return np.asarray(_by_number(gains, price).max(axis=-2))


def taking_part(gains: Floats, price: float) -> NDArray[np.intp]:
    """The rows of those strongest signals, for the gains of all signals at one instant."""
    count = int(np.argmax(_by_number(gains[:, None], price)[:, 0])) + 1
    return np.argsort(-gains, kind="stable")[:count]


def _by_number(gains: Floats, price: float) -> Floats:
    """The evidence of the m strongest along axis -2, m = 1, 2, ... as far as any instant has gains above the price.

    A gain under the price takes away from the evidence of those above it, so more need not be sorted.
    """
    signals = gains.shape[-2]
    most = max(1, int((gains > price).sum(axis=-2).max()))
    top = gains if most == signals else np.partition(gains, signals - most, axis=-2)[..., signals - most :, :]
    falling = np.sort(top, axis=-2)[..., ::-1, :]
    m = np.arange(1, most + 1, dtype=np.float64)[:, None]
    return np.asarray((np.cumsum(falling, axis=-2) - m * price) / np.sqrt(m))
