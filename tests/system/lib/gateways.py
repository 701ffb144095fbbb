"""The simulator that stands for the gateways, as its operator has it."""

import os
import re
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import requests

BEIJING = timezone(timedelta(hours=8))
#: bills of a day are there on the next one, by then at the latest
BILL_HOUR = 11
PROVIDERS = {"alipay": "o2o_alipay", "wechat": "o2o_wechat", "unionpay": "o2o_unionpay"}
_TITLES = {"alipay": "支付宝", "wechat": "微信支付", "unionpay": "银联"}
_TOKEN = "O2O_PAYSIM_TOKEN"


class Gateways:
    """What payers show, and what the gateways know of the money.

    :param int pid: of the simulator; the runner hands it the token of its switchboard,
        which is in no file
    """

    def __init__(self, payer, pid):
        self.payer = payer
        self.ahead = 0
        #: since when it knows of payments, as Odoo writes it
        self.since = f"{_started_at(pid):%Y-%m-%d %H:%M:%S}"
        content = Path(f"/proc/{pid}/environ").read_bytes().decode()
        pairs = dict(line.split("=", 1) for line in content.split("\0") if line)
        self._token = pairs[_TOKEN]

    def payment_code(self, gateway):
        """A fresh code on a customer's phone."""
        text = requests.get(self.payer, timeout=10).text
        shown = dict(re.findall(r"<dt>(.*?)</dt><dd>(\d+)</dd>", text))
        return next(
            code
            for title, code in shown.items()
            if title.startswith(_TITLES[gateway][:2])
        )

    def trade(self, gateway, out_no):
        """What a gateway has of a payment."""
        return next(row for row in self.trades(gateway) if row["out_no"] == out_no)

    def trades(self, gateway):
        """All payments that a gateway was asked for."""
        return self._command("trades", gateway=gateway)

    def go_to(self, day):
        """Move the gateways' time on, until the bills of a day are there.

        :return: seconds that they are ahead of us
        """
        ready = datetime(day.year, day.month, day.day, BILL_HOUR, tzinfo=BEIJING)
        ready += timedelta(days=1)
        return self._move((ready - datetime.now(BEIJING)).total_seconds())

    def come_back(self):
        self._move(0)

    def _move(self, ahead):
        ahead = round(ahead)
        self._command("advance", seconds=ahead - self.ahead)
        self.ahead = ahead
        return ahead

    def _command(self, name, **arguments):
        answer = requests.post(
            self.payer.replace("/phone", f"/_sim/{name}"),
            json=arguments,
            headers={"X-Sim-Token": self._token},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()["result"]


def _started_at(pid):
    """When a process began, in UTC (proc(5))."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    age = uptime - ticks / os.sysconf("SC_CLK_TCK")
    return datetime.now(timezone.utc) - timedelta(seconds=age)


def bill_day(gateway, paid_at):
    """The day whose bill holds a payment.

    :param str paid_at: as Odoo tells it, in UTC
    :rtype: date
    """
    moment = datetime.fromisoformat(paid_at).replace(tzinfo=timezone.utc)
    # UnionPay's day of settlement begins an hour before the day
    early = timedelta(hours=1) if gateway == "unionpay" else timedelta()
    return date.fromordinal((moment.astimezone(BEIJING) + early).toordinal())
