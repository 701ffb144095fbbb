import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosPaymentMethod } from "@point_of_sale/../tests/unit/data/pos_payment_method.data";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { O2oMemberCard } from "@o2o_member/app/screens/o2o_member_screen/member_card/member_card";

definePosModels();

const CASH = 1;

function makeCard(partnerId) {
    return {
        id: partnerId,
        name: "陈晓雨",
        phone: "",
        pinyin: "",
        is_member: true,
        card: false,
        level: false,
        points: { available: 0, pending: 0, debt: 0, worth: 0, expiring: [] },
        wallet: { principal: 500, bonus: 50, available: 550, state: "active" },
        coupons: [],
        orders: [],
        purchases: [],
        note: "",
        as_of: "2026-05-04 04:00:00",
    };
}

async function setupCard(answer, typed = "300") {
    patchWithCleanup(PosPaymentMethod._records[0], {
        use_payment_terminal: "o2o_wallet",
        payment_method_type: "terminal",
    });
    const asked = [];
    onRpc("o2o.wallet.till", "offer_topup", () => ({
        status: "ok",
        campaigns: [{ name: "充300送30", minimum: 300, bonus: 30 }],
    }));
    onRpc("o2o.wallet.till", "start_topup", ({ args: [, ...args] }) => {
        const [uuid, partnerId, amount, orderUuid] = args;
        asked.push({ uuid, partnerId, amount, orderUuid });
        return answer || new Response("", { status: 502 });
    });
    const pos = await setupPosEnv();
    const partner = pos.models["res.partner"].getFirst();
    const alerts = [];
    const card = await mountWithCleanup(O2oMemberCard, {
        props: {
            card: makeCard(partner.id),
            staleSince: 0,
            onActivate: () => {},
            onBack: () => {},
            onDone: () => expect.step("done"),
        },
    });
    patchWithCleanup(getService("dialog"), {
        add: (_component, { title, body, getPayload }) => {
            if (getPayload) {
                expect.step(String(title));
                getPayload(typed);
            } else {
                alerts.push(String(body));
            }
            return () => {};
        },
    });
    patchWithCleanup(pos, { navigate: (page) => expect.step(page) });
    return { alerts, asked, card, partner, pos };
}

describe("PAY-05: topping up at the till", () => {
    test("an order without goods, a line that puts the money in, and the payment screen", async () => {
        const { asked, card, partner, pos } = await setupCard({
            status: "ok",
            message: "",
            topup: { name: "CZ1", amount: 300, bonus: 30 },
        });
        expect(".o_o2o_wallet_available").toHaveText(/550/);
        await card.topUpWallet();
        await animationFrame();
        const order = pos.getOrder();
        const [line] = order.payment_ids;
        expect(order.lines.length).toBe(0);
        expect(order.getPartner().id).toBe(partner.id);
        expect(line.amount).toBe(-300);
        expect(line.payment_status).toBe("done");
        expect(asked).toEqual([
            { uuid: line.uuid, partnerId: partner.id, amount: 300, orderUuid: order.uuid },
        ]);
        expect(order.remainingDue).toBe(300);
        expect(order.isPaid()).toBe(false);
        order.addPaymentline(pos.models["pos.payment.method"].get(CASH));
        expect(order.payment_ids[1].amount).toBe(300);
        expect(order.canBeValidated()).toBe(true);
        expect(pos.shouldCreatePendingOrder(order)).toBe(true);
        expect.verifySteps(["Top up the wallet of 陈晓雨", "done", "PaymentScreen"]);
    });

    test("nothing else is done before the top-up has begun", async () => {
        const { card, pos } = await setupCard(
            { status: "ok", message: "", topup: { name: "CZ1", amount: 300, bonus: 0 } },
            "300"
        );
        patchWithCleanup(card.members, {
            setCustomer: async () => {
                expect.step(card.ui.isBlocked ? "blocked" : "free");
                return "";
            },
        });
        await card.topUpWallet();
        expect(card.ui.isBlocked).toBe(false);
        expect(pos.getOrder().payment_ids).toHaveLength(1);
        expect.verifySteps(["Top up the wallet of 陈晓雨", "blocked", "done", "PaymentScreen"]);
    });

    test("it is for the member it was asked for, whoever is shown by then", async () => {
        const { asked, card, partner } = await setupCard(
            { status: "ok", message: "", topup: { name: "CZ1", amount: 300, bonus: 0 } },
            "300"
        );
        const another = makeCard(partner.id + 1);
        const add = card.dialog.add;
        patchWithCleanup(card.dialog, {
            add: (...args) => {
                card.props.card = another;
                return add(...args);
            },
        });
        await card.topUpWallet();
        expect(asked.map(({ partnerId }) => partnerId)).toEqual([partner.id]);
        expect.verifySteps(["Top up the wallet of 陈晓雨", "done", "PaymentScreen"]);
    });

    test("what the server refuses leaves no order behind", async () => {
        const { alerts, card, pos } = await setupCard({ status: "refused", message: "Too much." });
        const before = pos.models["pos.order"].length;
        await card.topUpWallet();
        expect(alerts).toEqual(["Too much."]);
        expect(pos.models["pos.order"].length).toBe(before);
        expect.verifySteps(["Top up the wallet of 陈晓雨"]);
    });

    test("no answer moves nothing", async () => {
        const { alerts, card, pos } = await setupCard(null);
        const before = pos.models["pos.order"].length;
        await card.topUpWallet();
        expect(alerts).toEqual(["The server was not reached. Please try again."]);
        expect(pos.models["pos.order"].length).toBe(before);
        expect.verifySteps(["Top up the wallet of 陈晓雨"]);
    });

    test("nothing typed does nothing", async () => {
        const { asked, card } = await setupCard({}, "");
        await card.topUpWallet();
        expect(asked).toEqual([]);
        expect.verifySteps(["Top up the wallet of 陈晓雨"]);
    });
});
