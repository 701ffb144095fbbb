"""Share an amount out over lines so that the parts add up exactly."""

import math
from fractions import Fraction

from odoo.tools import float_round


def share_out(total, weights):
    """Split a whole number by weights: largest remainder, first line first.

    :param int total: not negative
    :param weights: numbers, not negative; all zero counts as all equal
    :return: list of ints that add up to ``total``
    """
    if not weights:
        return []
    parts = [Fraction(str(weight)) for weight in weights]
    whole = sum(parts)
    if not whole:
        parts, whole = [Fraction(1)] * len(parts), Fraction(len(parts))
    exact = [total * part / whole for part in parts]
    shares = [math.floor(value) for value in exact]
    by_remainder = sorted(
        range(len(parts)), key=lambda at: (shares[at] - exact[at], at)
    )
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares


def points_for(amount, rate):
    """Whole points for an amount; fractions of a point are dropped.

    1.1 * 10 is a little less than 11 in binary, hence the rounding before.
    """
    return max(0, math.floor(float_round(amount * rate, precision_digits=4)))
