"""Two tills, one order: exactly one acceptance, with real parallel requests."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

ROUNDS = 20


def test_two_tills_one_winner(stack):
    """ROUT-07, POS-04: 20 rounds; one accepts, the other is told who, one event."""
    admin = stack.rpc("admin")
    people = [stack.rpc("nanming"), stack.rpc("nanming2")]
    tills = [stack.till_id("nanming", number) for number in (1, 2)]
    for _round in range(ROUNDS):
        fulfillment_id, order_name = stack.place_order(admin, "坤沙大曲 2018")
        barrier = Barrier(2)

        def press(index, fulfillment_id=fulfillment_id, barrier=barrier):
            barrier.wait()
            return people[index].call(
                "o2o.fulfillment", "pos_act", tills[index], fulfillment_id, "accept", {}
            )

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(press, range(2)))
        statuses = sorted(answer["status"] for answer in answers)
        assert statuses == ["ok", "taken"]
        loser = next(a for a in answers if a["status"] == "taken")
        winner = next(a for a in answers if a["status"] == "ok")
        assert winner["order"]["accepted_by"] in loser["message"]
        events = admin.call(
            "o2o.fulfillment.event",
            "search_count",
            [("fulfillment_id", "=", fulfillment_id), ("kind", "=", "accepted")],
        )
        assert events == 1
        stack.wait_for_paper(order_name, "订单小票")
        jobs = admin.call(
            "o2o.print.job",
            "search_count",
            [
                ("res_model", "=", "o2o.fulfillment"),
                ("res_id", "=", fulfillment_id),
                ("document_type", "=", "order_slip"),
            ],
        )
        assert jobs == 1
