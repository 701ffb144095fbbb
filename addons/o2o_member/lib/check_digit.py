"""Luhn check digit: one wrong digit, or two swapped ones, do not pass."""


def luhn_digit(digits):
    """The digit that makes ``digits`` plus itself pass."""
    total = 0
    for position, char in enumerate(reversed(digits)):
        value = int(char) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_luhn(digits):
    return len(digits) > 1 and luhn_digit(digits[:-1]) == digits[-1]
