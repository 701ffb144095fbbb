"""What only the server says, nobody presets."""

from odoo import api, models


class Base(models.AbstractModel):
    """Odoo fills in what a new record does not say from ``default_…`` keys of the
    context and from defaults that users save for themselves, in sudo as well. A method
    that creates a record for a person (a till asks to be paid, a member orders) would
    take its state from that person.
    """

    _inherit = "base"

    @api.model
    def default_get(self, fields):
        """Closed fields start as they are declared, whoever calls."""
        closed = self._o2o_get_closed_fields()
        if not closed:
            return super().default_get(fields)
        defaults = super().default_get([name for name in fields if name not in closed])
        for name in closed.intersection(fields):
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(
                    field.default(self), self, validate=False
                )
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model
    def _o2o_get_closed_fields(self):
        """Names of fields that only code presets. Hook.

        Of our own models all, for who may not create their records.

        :return: frozenset
        """
        if self._name.startswith("o2o.") and self._o2o_is_created_for_user():
            return frozenset(self._fields)
        return frozenset()

    @api.model
    def _o2o_is_created_for_user(self):
        """Whether the user may not create records of this model: code does."""
        return not self.sudo(False).has_access("create")
