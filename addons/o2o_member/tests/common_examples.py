"""How many random examples a test tries (hypothesis)."""

from hypothesis import HealthCheck, settings


def examples(number, **values):
    """The same examples in each run, however slow the machine is.

    :param int number: of examples where the profile tries a hundred (see
        ``addons/conftest.py``)
    :param values: other settings of hypothesis
    :return: settings, also a decorator
    """
    return settings(
        max_examples=max(1, number * settings.default.max_examples // 100),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        **values,
    )
