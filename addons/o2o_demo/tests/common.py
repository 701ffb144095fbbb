from odoo.tests import TransactionCase, tagged

from odoo.addons.o2o_demo.builder.common import NAMESPACE


@tagged("post_install", "-at_install")
class DemoCase(TransactionCase):
    """Reads the shop that the installation has built."""

    @classmethod
    def ref(cls, name):
        return cls.env.ref(f"{NAMESPACE}.{name}")

    @classmethod
    def named(cls, model, prefix):
        """All demo records of a model whose name starts so."""
        ids = (
            cls.env["ir.model.data"]
            .search(
                [
                    ("module", "=", NAMESPACE),
                    ("model", "=", model),
                    ("name", "=like", f"{prefix}%"),
                ]
            )
            .mapped("res_id")
        )
        return cls.env[model].browse(ids)
