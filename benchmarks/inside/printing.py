"""What the benchmark of printing does inside Odoo."""

from odoo import SUPERUSER_ID, api
from odoo.fields import Command

LOGIN = "bench_manager"


def _env(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def add_boxes(registry, ports):
    """Boxes of one store, each with one network printer on this machine.

    :param ports: of the printers
    :return: list of dict ``code``, ``box``, ``printer``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        users = env["res.users"]
        users.search([("login", "=", LOGIN)]) or users.create(
            {
                "name": "Manager",
                "login": LOGIN,
                "password": LOGIN,
                "group_ids": [
                    Command.link(env.ref(group).id)
                    for group in (
                        "base.group_user",
                        "o2o_pos_device.o2o_pos_device_group_manager",
                    )
                ],
            }
        )
        store = env["o2o.store"].search([("is_head_office", "=", False)], limit=1)
        boxes = []
        for number, port in enumerate(ports):
            box = env["o2o.box"].create({"name": f"{number}", "store_id": store.id})
            printer = env["o2o.printer"].create(
                {
                    "name": f"Printer {number}",
                    "box_id": box.id,
                    "connection": "network",
                    "host": "127.0.0.1",
                    "port": port,
                }
            )
            boxes.append(
                {
                    "code": box._create_pairing_code(),
                    "box": box.id,
                    "printer": printer.id,
                }
            )
        return boxes


def queue_slips(registry, printer, documents, cut_counter):
    """One order slip for each document, in one transaction.

    :param documents: ``{uid: document}``
    :param cut_counter: whether the printer has one
    """
    with registry.cursor() as cr:
        env = _env(cr)
        record = env["o2o.printer"].browse(printer)
        record.has_cut_counter = cut_counter
        jobs = env["o2o.print.job"]
        jobs.create(
            [
                {
                    **jobs._prepare_job_vals(record, "order_slip", document),
                    "name": uid,
                    "uid": uid,
                }
                for uid, document in documents.items()
            ]
        )
        record.box_id._wake()


def count_states(registry, uids):
    """:return: ``{state: how many}`` of these jobs"""
    with registry.cursor() as cr:
        groups = _env(cr)["o2o.print.job"]._read_group(
            [("uid", "in", uids)], ["state"], ["__count"]
        )
        return dict(groups)


def find_unclear(registry, uids):
    """:return: those a person is told to look at"""
    with registry.cursor() as cr:
        jobs = _env(cr)["o2o.print.job"]
        return jobs.search([("uid", "in", uids), ("state", "=", "unknown")]).mapped(
            "uid"
        )
