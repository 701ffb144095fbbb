import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { MainComponentsContainer } from "@web/core/main_components_container";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosConfig } from "@point_of_sale/../tests/unit/data/pos_config.data";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";

definePosModels();

const CASH = 1;
const CARD = 2;

/** A till whose drawer hangs at a box; the server answers as the test says. */
async function setupDrawer({ hasDrawer = true } = {}) {
    const opened = [];
    const logged = [];
    const notices = [];
    const server = { answer: { status: "ok", message: "", job_id: 7 }, isDown: false };
    onRpc("o2o.print.job", "pos_open_drawer", ({ args: [, key, reason, sale] }) => {
        if (server.isDown) {
            return new Response("", { status: 502 });
        }
        opened.push({ key, reason, sale });
        return server.answer;
    });
    onRpc("pos.session", "log_partner_message", ({ args }) => {
        logged.push(args.slice(2));
        return true;
    });
    patchWithCleanup(PosConfig._records[0], { o2o_has_drawer: hasDrawer });
    const pos = await setupPosEnv();
    const drawer = getService("o2o_drawer");
    patchWithCleanup(drawer.notification, { add: (text) => notices.push(text) });
    return { pos, drawer, server, opened, logged, notices };
}

async function payWith(pos, methodId) {
    const order = await getFilledOrder(pos);
    order.addPaymentline(pos.models["pos.payment.method"].get(methodId));
    return order;
}

describe("POS-05: the drawer at the box", () => {
    test("a sale in cash opens it without a question", async () => {
        const { pos, opened, logged } = await setupDrawer();
        const order = await payWith(pos, CASH);
        await pos.hardwareProxy.openCashbox();
        expect(opened.map(({ reason, sale }) => [reason, sale])).toEqual([["", order.uuid]]);
        expect(opened[0].key.length).toBeGreaterThan(8);
        expect(logged).toEqual([]);
    });

    test("outside of a sale somebody says why, and it is logged", async () => {
        const { pos, opened, logged } = await setupDrawer();
        await mountWithCleanup(MainComponentsContainer);
        await payWith(pos, CARD);
        const opening = pos.hardwareProxy.openCashbox();
        await waitFor(".modal textarea, .modal input");
        await click(".modal textarea, .modal input");
        await edit("change for the stall");
        await click(".modal .btn-primary");
        await opening;
        expect(opened.map(({ reason, sale }) => [reason, sale])).toEqual([
            ["change for the stall", ""],
        ]);
        expect(logged).toEqual([["change for the stall", "CASH_DRAWER_ACTION"]]);
    });

    test("no reason, no drawer", async () => {
        const { pos, opened } = await setupDrawer();
        await mountWithCleanup(MainComponentsContainer);
        await payWith(pos, CARD);
        const opening = pos.hardwareProxy.openCashbox();
        await waitFor(".modal textarea, .modal input");
        await press("Escape");
        await opening;
        expect(opened).toEqual([]);
    });

    test("Odoo's own reasons are reasons", async () => {
        const { pos, opened, logged } = await setupDrawer();
        await pos.hardwareProxy.openCashbox("Cash in / out");
        expect(opened[0].reason).toBe("Cash in / out");
        expect(logged).toEqual([["Cash in / out", "CASH_DRAWER_ACTION"]]);
    });

    test("a drawer that cannot open is told, and logged nowhere", async () => {
        const { pos, server, logged, notices } = await setupDrawer();
        server.answer = { status: "refused", message: "Use its key.", job_id: false };
        await pos.hardwareProxy.openCashbox("Opening");
        expect(notices).toEqual(["Use its key."]);
        expect(logged).toEqual([]);
    });

    test("without network the key is left", async () => {
        const { pos, server, notices } = await setupDrawer();
        server.isDown = true;
        await pos.hardwareProxy.openCashbox("Opening");
        expect(notices).toEqual(["No connection to the server: open the drawer with its key."]);
    });

    test("a box that fails later is told to the till that asked, once", async () => {
        const { pos, drawer, notices } = await setupDrawer();
        await pos.hardwareProxy.openCashbox("Opening");
        drawer.onJobChanged({ job_id: 8, state: "expired" });
        drawer.onJobChanged({ job_id: 7, state: "received" });
        expect(notices).toEqual([]);
        drawer.onJobChanged({ job_id: 7, state: "expired" });
        drawer.onJobChanged({ job_id: 7, state: "expired" });
        expect(notices).toEqual(["The drawer did not open. Use its key, or open it again."]);
    });

    test("a till without a drawer at the box asks Odoo", async () => {
        const { pos, opened } = await setupDrawer({ hasDrawer: false });
        await pos.hardwareProxy.openCashbox("Opening");
        expect(opened).toEqual([]);
    });

    for (const hasDrawer of [true, false]) {
        test(`button of the payment screen, drawer: ${hasDrawer}`, async () => {
            const { pos } = await setupDrawer({ hasDrawer });
            const order = await getFilledOrder(pos);
            await mountWithCleanup(PaymentScreen, { props: { orderUuid: order.uuid } });
            await animationFrame();
            expect(".js_cashdrawer").toHaveCount(hasDrawer ? 1 : 0);
        });
    }
});
