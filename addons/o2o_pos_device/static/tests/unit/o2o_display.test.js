import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosConfig } from "@point_of_sale/../tests/unit/data/pos_config.data";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

definePosModels();

async function setupDisplay({ hasDisplay = true } = {}) {
    const shown = [];
    const server = { isDown: false };
    onRpc("o2o.display", "pos_show", ({ args }) => {
        if (server.isDown) {
            return new Response("", { status: 502 });
        }
        shown.push(args.slice(1));
        return true;
    });
    patchWithCleanup(PosConfig._records[0], { o2o_has_display: hasDisplay });
    const pos = await setupPosEnv();
    const order = await getFilledOrder(pos);
    return { pos, order, shown, server };
}

async function pay(pos, order, amount) {
    const { data: line } = order.addPaymentline(pos.models["pos.payment.method"].get(1));
    line.setAmount(amount);
    const validation = new OrderPaymentValidation({ pos, orderUuid: order.uuid });
    await validation.finalizeValidation();
}

describe("POS-05: the customer display", () => {
    test("the payment screen shows the total", async () => {
        const { order, shown } = await setupDisplay();
        await mountWithCleanup(PaymentScreen, { props: { orderUuid: order.uuid } });
        await animationFrame();
        expect(shown).toEqual([["total", order.totalDue, 0]]);
    });

    test("a paid sale shows what was given and what comes back", async () => {
        const { pos, order, shown } = await setupDisplay();
        const total = order.totalDue;
        await pay(pos, order, total + 10);
        const [kind, paid, change] = shown[0];
        expect(kind).toBe("change");
        expect(paid).toBeCloseTo(total + 10, { margin: 0.01 });
        expect(change).toBeCloseTo(10, { margin: 0.01 });
    });

    test("a server that is away disturbs no sale", async () => {
        const { pos, order, server } = await setupDisplay();
        server.isDown = true;
        await pay(pos, order, order.totalDue);
        expect(order.state).toBe("paid");
    });

    test("a till without a display says nothing", async () => {
        const { pos, order, shown } = await setupDisplay({ hasDisplay: false });
        await pay(pos, order, order.totalDue);
        expect(shown).toEqual([]);
    });
});
