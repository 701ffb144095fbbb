from odoo.fields import Command

from .common import MemberCommon


class CouponCommon(MemberCommon):
    """A member with 1,000 points, and a coupon of 10 off for 300 of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Offer = cls.env["o2o.coupon.offer"]
        cls.Exchange = cls.env["o2o.coupon.exchange"]
        cls.program = cls._create_program("O2O Ten Off")
        cls.offer = cls.Offer.create(
            {
                "program_id": cls.program.id,
                "points_price": 300,
                "member_limit": 0,
            }
        )
        cls.member = cls._create_member("O2O Wang", "88000500")
        cls.member._o2o_post_points(1000, "manual", "coupon:start")

    @classmethod
    def _create_program(cls, name, **vals):
        return cls.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "coupons",
                "company_id": cls.company.id,
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 10.0,
                            "discount_mode": "per_order",
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
                **vals,
            }
        )

    def _exchange(self, key="tap-1", partner=None, offer=None):
        return (offer or self.offer)._exchange(partner or self.member, key)

    def _order_with(self, coupon, partner=None):
        """A cart in which a coupon is used."""
        product = self.env["product.product"].create(
            {"name": "O2O Bottle", "type": "consu", "list_price": 50.0}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.member).id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 1})
                ],
            }
        )
        claimable = order._try_apply_code(coupon.code)
        self.assertNotIn("error", claimable)
        for card, rewards in claimable.items():
            order._apply_program_reward(rewards[:1], card)
        self.assertEqual(order.order_line.coupon_id, coupon)
        return order
