"""What every step of the builder needs."""

import base64
import csv
import json

from odoo.tools import file_open

MODULE = "o2o_demo"
#: xml ids live in a name of their own: an uninstall leaves the shop to its owner
NAMESPACE = "o2o_demo_shop"
LANG = "zh_CN"
TIMEZONE = "Asia/Shanghai"


def read_json(name):
    """Parse ``data/<name>``."""
    with file_open(f"{MODULE}/data/{name}", "r") as handle:
        return json.load(handle)


def read_csv(name):
    """Rows of ``data/<name>`` as dicts."""
    with file_open(f"{MODULE}/data/{name}", "r") as handle:
        return list(csv.DictReader(handle))


def read_base64(path):
    """A file of the addon, encoded for a binary field."""
    with file_open(f"{MODULE}/{path}", "rb") as handle:
        return base64.b64encode(handle.read())


def read_bytes(path):
    """A file of the addon as it is."""
    with file_open(f"{MODULE}/{path}", "rb") as handle:
        return handle.read()


class Shop:
    """The shop under construction: environment, settings and records by name."""

    def __init__(self, env):
        company = env.ref("base.main_company")
        self.env = env(
            su=True,
            context={
                "lang": LANG,
                "tz": TIMEZONE,
                "allowed_company_ids": company.ids,
                "tracking_disable": True,
                "no_reset_password": True,
                "mail_create_nosubscribe": True,
            },
        )
        self.company = self.env["res.company"].browse(company.id)
        self.website = self.env["website"].search(
            [("company_id", "=", company.id)], limit=1
        )
        self.texts = read_json("shop.json")

    def get(self, name):
        """The record of that name, empty (``None``) when it was not built yet."""
        return self.env.ref(f"{NAMESPACE}.{name}", raise_if_not_found=False)

    def name(self, record, name):
        """Give a record its xml id."""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{NAMESPACE}.{name}", "record": record, "noupdate": True}]
        )
        return record

    def ensure(self, model, name, vals):
        """The record of that name; created when it is missing.

        What exists is left as its owner changed it.
        """
        record = self.get(name)
        if record:
            return record
        return self.name(self.env[model].create(vals), name)

    def state(self, code):
        """A province of China by its short name."""
        return self.env["res.country.state"].search(
            [("country_id", "=", self.env.ref("base.cn").id), ("code", "=", code)],
            limit=1,
        )
