import hashlib
import logging
import secrets

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import consteq

from ..clouds import star
from ..const import CLOUDPRNT_CONFIRM_SECONDS
from ..iot_handlers.lib.o2o_box.document import DocumentError
from ..iot_handlers.lib.o2o_box.fonts import FontMissing
from .o2o_printer import NOT_READY

_logger = logging.getLogger(__name__)

#: the last contact is written down no more often
_SEEN_SECONDS = 5
_MAX_TOKEN = 64


class O2oPrinter(models.Model):
    """Star CloudPRNT: the printer asks us, over HTTPS, with a password of its own.

    It polls, fetches a slip as a picture and confirms it. A slip that was fetched and
    never confirmed may be on paper: an order slip comes again with a warning, any other
    waits for a person. Called elevated by the route that verified the password.
    """

    _inherit = "o2o.printer"

    def action_new_cloud_password(self):
        """Show a new password once; the old one stops working."""
        self.ensure_one()
        self.check_access("write")
        password = self._create_cloud_password()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Password: %s", password),
                "message": self.env._(
                    "Enter in the printer, under CloudPRNT: address %(url)s, user"
                    " %(user)s and this password. It is shown only now.",
                    url=f"{self.get_base_url()}/o2o/cloudprnt/1",
                    user=self.id,
                ),
                "type": "success",
                "sticky": True,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _create_cloud_password(self):
        """:return: the clear password, which is stored nowhere"""
        password = secrets.token_urlsafe(24)
        # sudo: the hash is readable by nobody
        self.sudo().write(
            {
                "cloud_token_hash": hashlib.sha256(password.encode()).hexdigest(),
                "cloud_seen_at": False,
            }
        )
        return password

    @api.model
    def _authenticate_cloudprnt(self, user, password):
        """The printer that user and password belong to, or an empty recordset."""
        if not (user.isascii() and user.isdigit()) or len(password) > 128:
            return self.browse()
        printer = self.search(
            Domain("id", "=", int(user[:9])) & Domain("connection", "=", "cloudprnt")
        )
        given = hashlib.sha256(password.encode()).hexdigest()
        # an empty hash is compared too: time tells nothing
        if consteq(given, printer.cloud_token_hash or "") and printer.cloud_token_hash:
            return printer
        return self.browse()

    def _is_own_mac(self, mac):
        """Whether the address is the one that was entered, if one was."""
        wanted = star.read_mac((self.cloud_number or "").strip())
        return not wanted or wanted == mac

    # === POLL === #

    def _poll_cloudprnt(self, data):
        """POST: the printer says how it is and asks for work.

        :param dict data: as the printer sent it
        :return: tuple (answer, HTTP status)
        """
        self.ensure_one()
        status, mac, is_printing = star.read_poll(data)
        if not self._is_own_mac(mac):
            _logger.warning("printer %s: polled by another printer", self.id)
            return {"error": "wrong_printer"}, 403
        self._touch_cloudprnt(status)
        job = self._get_cloudprnt_job(is_printing)
        if not job:
            return {"jobReady": False}, 200
        return {
            "jobReady": True,
            "mediaTypes": [star.MEDIA_TYPE],
            "jobToken": job._get_cloudprnt_token(),
        }, 200

    def _touch_cloudprnt(self, status):
        """Remember the contact, without a write per poll."""
        was_silent = self.health == "offline"
        now = fields.Datetime.now()
        seen_at = self.cloud_seen_at
        if not seen_at or (now - seen_at).total_seconds() > _SEEN_SECONDS:
            self.cloud_seen_at = now
        self._apply_status(status)
        if was_silent:
            self._notify_health()

    def _get_cloudprnt_job(self, is_printing):
        """The slip to offer now; none while the last one is not confirmed."""
        now = fields.Datetime.now()
        jobs = self.env["o2o.print.job"]
        for job in jobs.search(
            Domain("printer_id", "=", self.id) & Domain("state", "=", "printing"),
            order="id",
        ):
            deadline = job.cloud_ask_at
            if deadline and (is_printing or deadline > now):
                return jobs
            if deadline and not job._may_offer_again():
                job._mark_unclear()
                continue
            return jobs if self.status in NOT_READY else job
        if self.status in NOT_READY:
            return jobs
        return jobs.search(
            Domain("printer_id", "=", self.id) & jobs._get_sending_domain(now),
            order="id",
            limit=1,
        )

    # === FETCH AND CONFIRM === #

    def _fetch_cloudprnt(self, token, media):
        """GET: the picture of an offered slip; the same again when asked again.

        :return: tuple (PNG or ``None``, HTTP status)
        """
        self.ensure_one()
        job, copy = self._find_cloudprnt_job(token)
        if not job or job.state not in ("new", "printing"):
            return None, 404
        if copy != job.cloud_copy_count + 1:
            return None, 404
        if media and media != star.MEDIA_TYPE:
            return None, 415
        now = fields.Datetime.now()
        is_anew = not job.cloud_ask_at or job.cloud_ask_at <= now
        if is_anew and job.expires_at <= now:
            return None, 404
        tries = job.cloud_try_count + is_anew
        banner = job._get_double_banner() if tries > 1 else None
        try:
            data = star.picture(job.payload, int(self.paper_width), banner)
        except (DocumentError, FontMissing) as error:
            _logger.warning("job %s has no picture: %s", job.id, error)
            job._mark_failed(
                job.env._("The server cannot draw this slip: is a Chinese font there?")
            )
            return None, 404
        job._mark_handed()
        job._mark_printing()
        if is_anew:
            job.write(
                {
                    "cloud_try_count": tries,
                    "cloud_ask_at": self._in_seconds(CLOUDPRNT_CONFIRM_SECONDS),
                }
            )
        return data, 200

    def _confirm_cloudprnt(self, token, code):
        """DELETE: what became of a slip. Safe to repeat.

        :return: HTTP status
        """
        self.ensure_one()
        number = star.read_code(code)
        if not number:
            return 400
        job, copy = self._find_cloudprnt_job(token)
        # old printers send no token: there is one slip at a time
        if not token:
            job = self.env["o2o.print.job"].search(
                Domain("printer_id", "=", self.id) & Domain("state", "=", "printing"),
                limit=1,
            )
            copy = job.cloud_copy_count + 1
        if not job or not job.handed_at or copy <= job.cloud_copy_count:
            return 200
        if star.is_success(number):
            job._note_copy(copy)
        else:
            status = star.get_status(number)
            self._apply_status(status)
            job.cloud_ask_at = False
            job._mark_failed(
                job.env._(
                    "%(state)s (code %(code)s of the printer)",
                    state=self._get_label("status", status),
                    code=number,
                )
            )
        return 200

    def _find_cloudprnt_job(self, token):
        """:return: tuple (job of this printer or none, number of the copy)"""
        jobs = self.env["o2o.print.job"]
        if not isinstance(token, str) or len(token) > _MAX_TOKEN:
            return jobs, 0
        uid, _dash, copy = token.partition("-")
        if not (uid.isascii() and uid.isalnum() and copy in list("12345")):
            return jobs, 0
        # a printer reaches its own slips only, whatever it names
        job = jobs.search(Domain("printer_id", "=", self.id) & Domain("uid", "=", uid))
        return (job, int(copy)) if int(copy) <= job.copies else (jobs, 0)
