from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.o2o_member.tests.common_parallel import ParallelCase

NUMBER = "88WALLET0001"


@tagged("post_install", "-at_install")
class TestWalletParallel(ParallelCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self._committed() as env:
            cards = env["o2o.card"]
            partner = env["res.partner"].create({"name": "O2O Parallel Wallet"})
            cards.create(
                {"number": NUMBER, "code_hash": cards._code_hash(NUMBER, "123456")}
            )._activate(partner)
            self.partner_id = partner.id
            wallet = env["o2o.wallet"]._open(partner)
            wallet._top_up(100.0, f"parallel/{partner.id}", bonus=10.0)

    def _clean_up(self):
        with self._committed() as env:
            self._delete_rows_of_wallets(env)
            self._delete_members(env, [self.partner_id])

    def _delete_rows_of_wallets(self, env):
        env.cr.execute(
            SQL(
                "DELETE FROM o2o_wallet_hold WHERE wallet_id IN "
                "(SELECT id FROM o2o_wallet WHERE partner_id = %s)",
                self.partner_id,
            )
        )
        tables = ("o2o_wallet_entry", "o2o_security_event")
        with self._unguarded(env, *tables):
            for table in tables:
                self._delete_rows(env, table, [self.partner_id])
        self._delete_rows(env, "o2o_wallet", [self.partner_id])

    def _in_parallel(self, items, act):
        def work(item):
            def run(env):
                wallet = env["o2o.wallet"]._of(
                    env["res.partner"].browse(self.partner_id)
                )
                return act(wallet, item).id

            return run

        return self._at_once([work(item) for item in items], refused=UserError)

    def _balances(self):
        with self._committed() as env:
            wallet = env["o2o.wallet"]._of(env["res.partner"].browse(self.partner_id))
            self.assertFalse(env["o2o.wallet.entry"]._find_wrong_wallets())
            return wallet.principal, wallet.bonus, wallet.held_principal

    def test_fifty_spends_of_everything(self):
        """PAY-05, FAULT-60: fifty payments of the whole balance, exactly one is made.

        Ten at a time, half of them set aside first: a process has no connections for
        more beside its web server.
        """

        def act(wallet, number):
            if number % 2:
                return wallet._pay(110.0, f"parallel/{wallet.id}/{number}")
            return (
                wallet.env["o2o.wallet.hold"]
                ._hold(wallet, 110.0, f"parallel/{wallet.id}/{number}")
                ._capture()
            )

        results = []
        for start in range(0, 50, 10):
            results += self._in_parallel(range(start, start + 10), act)
        self.assertEqual(sum(map(bool, results)), 1)
        self.assertEqual(self._balances(), (0.0, 0.0, 0.0))

    def test_ten_spends_of_a_third(self):
        """PAY-05: what is left is counted anew by each."""
        results = self._in_parallel(
            range(10),
            lambda wallet, number: wallet._pay(30.0, f"third/{wallet.id}/{number}"),
        )
        self.assertEqual(sum(map(bool, results)), 3)
        principal, bonus, _held = self._balances()
        self.assertEqual(principal + bonus, 20.0)

    def test_one_payment_in_many_tabs(self):
        """PAY-05: the same payment, sent eight times at once, is one row."""
        results = self._in_parallel(
            ["same"] * 8, lambda wallet, key: wallet._pay(44.0, f"{key}/{wallet.id}")
        )
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(self._balances(), (60.0, 6.0, 0.0))

    def test_refunds_at_once(self):
        """PAY-05, FAULT-45: two refunds that together pass the payment."""
        with self._committed() as env:
            wallet = env["o2o.wallet"]._of(env["res.partner"].browse(self.partner_id))
            payment_id = wallet._pay(100.0, f"paid/{wallet.id}").id
        results = self._in_parallel(
            range(6),
            lambda wallet, number: (
                wallet.env["o2o.wallet.entry"]
                .browse(payment_id)
                ._refund(60.0, f"back/{wallet.id}/{number}")
            ),
        )
        self.assertEqual(sum(map(bool, results)), 1)

    def test_guesses_at_once(self):
        """PAY-05: parallel guesses at the PIN are counted one after the other."""
        with self._committed() as env:
            env["o2o.wallet"]._of(env["res.partner"].browse(self.partner_id))._set_pin(
                "258036"
            )
        answers = self._at_once(
            [
                lambda env, guess=guess: (
                    env["o2o.wallet"]
                    ._of(env["res.partner"].browse(self.partner_id))
                    ._check_pin(guess)
                )
                for guess in (
                    "111112",
                    "111113",
                    "111114",
                    "111115",
                    "111116",
                    "111117",
                )
            ]
        )
        self.assertEqual(answers.count("pin_wrong"), 4)
        self.assertEqual(answers.count("pin_locked"), 2)
