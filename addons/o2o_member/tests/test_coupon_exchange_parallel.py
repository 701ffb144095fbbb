from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_parallel import ParallelPointsCase


@tagged("post_install", "-at_install")
class TestCouponParallel(ParallelPointsCase):
    number = "88PARALLEL07"

    def setUp(self):
        super().setUp()
        with self._committed() as env:
            program = env["loyalty.program"].create(
                {"name": "O2O Parallel Coupon", "program_type": "coupons"}
            )
            offer = env["o2o.coupon.offer"].create(
                {"program_id": program.id, "points_price": 60, "member_limit": 0}
            )
            others = env["res.partner"].create(
                [{"name": f"O2O Parallel {number}"} for number in range(7)]
            )
            cards = env["o2o.card"]
            for index, other in enumerate(others):
                number = f"{self.number}{index}"
                cards.create(
                    {
                        "number": number,
                        "code_hash": cards._code_hash(number, "123456"),
                    }
                )._activate(other)
                other._o2o_post_points(100, "manual", f"parallel:{other.id}")
            self.program_id, self.offer_id = program.id, offer.id
            self.other_ids = others.ids

    def _clean_up(self):
        with self._committed() as env:
            exchanges = env["o2o.coupon.exchange"].search(
                [("offer_id", "=", self.offer_id)]
            )
            coupons = exchanges.coupon_id
            exchanges.unlink()
            env["o2o.coupon.offer"].browse(self.offer_id).unlink()
            env["sale.order"].search(
                [("partner_id", "in", [self.partner_id, *self.other_ids])]
            ).unlink()
            coupons.unlink()
            self._delete_members(env, self.other_ids)
            program = env["loyalty.program"].browse(self.program_id)
            program.active = False
            program.unlink()
        return super()._clean_up()

    def _run(self, pairs):
        """Exchange (partner id, key) pairs at once; ids, None where refused."""

        def work(partner_id, key):
            def act(env):
                offer = env["o2o.coupon.offer"].browse(self.offer_id)
                return offer._exchange(env["res.partner"].browse(partner_id), key).id

            return act

        return self._at_once([work(*pair) for pair in pairs], refused=UserError)

    def _set(self, **vals):
        with self._committed() as env:
            env["o2o.coupon.offer"].browse(self.offer_id).write(vals)

    def _pieces(self):
        with self._committed() as env:
            return sorted(
                env["o2o.coupon.exchange"]
                .search([("offer_id", "=", self.offer_id)])
                .mapped("piece")
            )

    def test_last_coupon(self):
        """PTS-07: eight members want the last coupon at once; one gets it."""
        self._set(quota=1)
        members = [self.partner_id, *self.other_ids]
        results = self._run([(partner_id, "tap") for partner_id in members])
        self.assertEqual(sum(map(bool, results)), 1)
        self.assertEqual(self._pieces(), [1])
        with self._committed() as env:
            for partner_id, result in zip(members, results, strict=True):
                partner = env["res.partner"].browse(partner_id)
                self.assertEqual(partner.o2o_points, 40 if result else 100)

    def test_coupons_for_all(self):
        """PTS-07: eight members want one of twenty at once; each gets another."""
        self._set(quota=20)
        results = self._run([(it, "tap") for it in [self.partner_id, *self.other_ids]])
        self.assertTrue(all(results))
        self.assertEqual(len(set(self._pieces())), 8)

    def test_one_balance(self):
        """PTS-07: 100 points pay one coupon for 60, whatever is tapped at once."""
        results = self._run([(self.partner_id, f"tap-{n}") for n in range(8)])
        self.assertEqual(sum(map(bool, results)), 1)
        self.assertEqual(self._balances(), (40, 40))

    def test_one_page_in_many_tabs(self):
        """PTS-07: the same confirmation, eight times at once, is one exchange."""
        results = self._run([(self.partner_id, "tap")] * 8)
        self.assertEqual(len(set(results)), 1)
        self.assertTrue(results[0])
        self.assertEqual(self._balances(), (40, 40))

    def test_limit_per_member(self):
        """PTS-07: a limit of one holds in many tabs, too."""
        self._set(points_price=10, member_limit=1)
        results = self._run([(self.partner_id, f"tap-{n}") for n in range(8)])
        self.assertEqual(sum(map(bool, results)), 1)
        self.assertEqual(self._balances(), (90, 90))

    def test_return_twice_at_once(self):
        """PTS-07: giving back in many tabs gives the points back once."""
        [exchange_id] = self._run([(self.partner_id, "tap")])

        def give_back(env):
            env["o2o.coupon.exchange"].browse(exchange_id)._return()
            return True

        self._at_once([give_back] * 8, refused=UserError)
        self.assertEqual(self._balances(), (100, 100))

    def test_return_and_use_at_once(self):
        """PTS-07: the coupon pays an order, or its points are back; never both."""
        [exchange_id] = self._run([(self.partner_id, "tap")])

        def give_back(env):
            env["o2o.coupon.exchange"].browse(exchange_id)._return()
            return "returned"

        def use(env):
            # what a sale does to the coupon it takes
            coupon = env["o2o.coupon.exchange"].browse(exchange_id).coupon_id
            if coupon.points < 1:
                raise LookupError("the coupon is used up")
            coupon.points -= 1
            return "used"

        results = self._at_once([give_back, use] * 4, refused=(UserError, LookupError))
        done = {result for result in results if result}
        self.assertEqual(len(done), 1, results)
        is_returned = done == {"returned"}
        self.assertEqual(self._balances()[0], 100 if is_returned else 40)
