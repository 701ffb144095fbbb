"""What the gateways' clients say, in the language of who reads it."""

from odoo.tools.translate import get_translation

from .lib.o2o_gateway.texts import Text, said_by


def words(env, said):
    """A sentence of a client in the language of an environment.

    :param said: ``Text``, an exception that says one, or any other text
    """
    if isinstance(said, BaseException):
        said = said_by(said)
    if not isinstance(said, Text):
        return str(said)
    values = {
        name: words(env, value) if isinstance(value, (str, BaseException)) else value
        for name, value in said.values.items()
    }
    return get_translation("o2o_payment", env.lang or "en_US", said.template, values)


def failure_words(env, outcome):
    """Code and sentence of an ``Outcome`` that is not ok, as rows keep it."""
    return f"{outcome.code} {words(env, outcome.reason)}".strip()[:500]
