import hashlib
import logging
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import hmac

from ..iot_handlers.lib.o2o_box.document import DocumentError, check, opens_drawer
from ..iot_handlers.lib.o2o_box.till import MAX_DOCUMENT, UID

_logger = logging.getLogger(__name__)

_OWN_MACHINE = ("127.0.0.1", "localhost")


class O2oBox(models.Model):
    """The tills beside a box, which use it without this server (POS-04, POS-14).

    Each has a key that is computed, never stored: from the secret of the database and
    the channel of the box, so it ends when the box is revoked or paired again. The box
    gets its hash, the till the key itself, while both are online.
    """

    _inherit = "o2o.box"

    local_config_ids = fields.Many2many(
        "pos.config",
        "o2o_box_local_config_rel",
        string="Tills beside it",
        check_company=True,
        domain="[('o2o_store_id', '=', store_id)]",
        # who may not see tills manages boxes all the same
        groups="point_of_sale.group_pos_user",
        help="Sale slips of these tills are printed at this box, and its readers serve"
        " them, also while the internet is away",
    )
    local_url = fields.Char(
        string="Address for tills",
        default="http://127.0.0.1:9182",
        help="Where the browser of the till finds the box: this address when it runs on"
        " the same machine, else https:// and the name in its certificate",
    )

    @api.constrains("local_url", "local_config_ids")
    def _check_local_url(self):
        # sudo: a manager who sees no tills may change the rest
        for box in self.sudo().filtered("local_config_ids"):
            parts = urlsplit(box.local_url or "")
            is_own = parts.scheme == "http" and parts.hostname in _OWN_MACHINE
            is_encrypted = parts.scheme == "https" and parts.hostname
            is_bare = not (
                parts.path or parts.query or parts.fragment or "@" in parts.netloc
            )
            if not (is_bare and (is_own or is_encrypted)):
                raise ValidationError(
                    self.env._(
                        "The address for tills is http://127.0.0.1:9182 on the machine"
                        " of the till, else https:// with the name of the box."
                    )
                )

    @api.constrains("local_config_ids", "store_id")
    def _check_local_tills(self):
        # sudo: the same, and a box that the manager may not see counts as well
        for box in self.sudo():
            tills = box.local_config_ids
            if tills.filtered(lambda till, box=box: till.o2o_store_id != box.store_id):
                raise ValidationError(
                    self.env._("The tills beside a box are those of its store.")
                )
            others = Domain("id", "!=", box.id) & Domain(
                "local_config_ids", "in", tills.ids
            )
            if box.search_count(others, limit=1):
                raise ValidationError(self.env._("A till stands beside one box only."))

    # === RPC === #

    @api.model
    def pos_get_local(self, config_id):
        """Where a till finds the box beside it, and its key there (POS-04).

        :param int config_id: the till asking
        :return: dict ``url``, ``key``, ``above`` and ``below``: what the store adds to
            its slips; empty when there is no such box
        :raise AccessError: the caller is no staff of the till's store
        :raise UserError: the till is closed
        """
        config_sudo = self.env["pos.config"]._o2o_get_own_till_sudo(config_id)
        box_sudo = config_sudo._o2o_get_local_box_sudo()
        if not box_sudo:
            return {}
        above, below = box_sudo.store_id._get_slip_frame()
        return {
            "url": box_sudo.local_url.rstrip("/"),
            "key": box_sudo._get_local_key(config_sudo),
            "above": above,
            "below": below,
        }

    def _get_local_key(self, config):
        """The key of a till at this box; called elevated."""
        self.ensure_one()
        return hmac(self.env, "o2o.box.local", (self.id, config.id, self.bus_channel))

    # === SYNC === #

    def _sync(self, data):
        answer = super()._sync(data)
        answer["tills"] = [
            self._prepare_till_dict(config)
            for config in self.local_config_ids
            if config.o2o_store_id == self.store_id
        ]
        return answer

    def _prepare_till_dict(self, config):
        """A till as the box knows it."""
        key = self._get_local_key(config)
        readers = self.reader_ids.filtered(lambda reader: config in reader.config_ids)
        return {
            "id": config.id,
            "key_hash": hashlib.sha256(key.encode()).hexdigest(),
            "printer_id": self._get_local_printer().id,
            "readers": readers.mapped("key"),
        }

    def _get_local_printer(self):
        """The printer for sale slips at this box itself; none or one."""
        printers = self.printer_ids.filtered(lambda printer: printer._is_in_use())
        return (
            printers.filtered(lambda printer: printer.role == "sale_slip")
            or printers.filtered(lambda printer: printer.role == "all")
        )[:1]

    def _apply_acks(self, acks):
        """Slips of tills come with their first news: they get a job, once."""
        for ack in acks:
            if isinstance(ack.get("slip"), dict):
                self._take_slip(ack.get("uid"), ack["slip"])
        return super()._apply_acks(acks)

    def _take_slip(self, uid, slip):
        """Write down what a till printed here; silent when it is known."""
        is_uid = isinstance(uid, str) and UID.fullmatch(uid)
        config = self.local_config_ids.filtered(lambda it: it.id == slip.get("till_id"))
        printer = self.printer_ids.filtered(lambda it: it.id == slip.get("printer_id"))
        document = slip.get("document")
        if not (is_uid and config and printer and self._is_sale_slip(document)):
            _logger.warning("box %s: a slip of a till was refused", self.id)
            return
        jobs = self.env["o2o.print.job"]
        if jobs.search_count([("uid", "=", uid)], limit=1):
            return
        number = uid.split("-")[6:]
        jobs.create(
            {
                **jobs._prepare_job_vals(printer, "sale_slip", document),
                "name": self.env["ir.sequence"].next_by_code("o2o.print.job"),
                "uid": uid,
                "copies": 1,
                "reprint_number": int(number[0]) if number else 0,
                # the box has it: no other printer takes it over without asking
                "handed_at": fields.Datetime.now(),
            }
        )

    def _is_sale_slip(self, document):
        try:
            check(document)
            return not opens_drawer(document) and len(str(document)) <= 2 * MAX_DOCUMENT
        except (DocumentError, TypeError, AttributeError):
            return False
