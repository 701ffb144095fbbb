"""Which part of a sum is the member's own money and which is bonus.

All numbers are whole minor units (fen), so that parts add up exactly.
"""


def split(amount, principal, bonus, order):
    """Share a payment out between own money and bonus.

    :param int amount: to pay, not more than both together
    :param int principal: own money that is free
    :param int bonus: bonus that is free
    :param str order: ``proportional``, ``principal_first`` or ``bonus_first``
    :return: tuple of own money and bonus
    :raises ValueError: more than there is, or less than nothing
    """
    total = principal + bonus
    if not 0 <= amount <= total:
        raise ValueError("the amount is not covered")
    if order == "bonus_first":
        from_bonus = min(amount, bonus)
        return amount - from_bonus, from_bonus
    if order == "principal_first" or not total:
        from_principal = min(amount, principal)
    else:
        from_principal = _part(principal, amount, total)
    return from_principal, amount - from_principal


def split_back(principal, bonus, before, amount):
    """Share a refund out as the payment was, whatever was refunded before.

    After any refunds that sum up to the payment, own money and bonus are both back to
    the last fen.

    :param int principal: own money in the payment
    :param int bonus: bonus in the payment
    :param int before: refunded so far
    :param int amount: to refund now
    :return: tuple of own money and bonus
    :raises ValueError: more than is left of the payment
    """
    total = principal + bonus
    if amount < 0 or before < 0 or before + amount > total:
        raise ValueError("more than was paid")
    if not total:
        return 0, 0
    back = _part(principal, before + amount, total) - _part(principal, before, total)
    return back, amount - back


def _part(share, amount, total):
    """``share * amount / total``, half a unit up."""
    return (2 * share * amount + total) // (2 * total)
