import { describe, expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { MainComponentsContainer } from "@web/core/main_components_container";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { O2oGrabScreen } from "@o2o_order/app/screens/o2o_grab_screen/o2o_grab_screen";
import { makeOrder, setupOnlineOrders } from "./utils";

definePosModels();

function makePooled(values = {}) {
    const id = values.id || 1;
    return {
        id,
        name: `F/${id}`,
        delivery_kind: "delivery",
        item_count: 2,
        lines: [{ id: id * 10, name: "Baijiu 500 ml", quantity: 2, uom: "Units" }],
        distance_km: 1.4,
        district: "Nanming",
        pooled_at: "2026-01-05 10:00:00",
        until: "2026-01-05 10:03:00",
        ...values,
    };
}

async function setup(pool = [makePooled()]) {
    const env = await setupOnlineOrders();
    env.server.pool = pool;
    env.server.grab = () => ({
        status: "ok",
        message: "",
        order: makeOrder({ state: "accepted" }),
    });
    onRpc("o2o.fulfillment", "pos_grab", ({ args }) => {
        env.server.actions.push(args.slice(1));
        return env.server.grab();
    });
    const signals = [];
    patchWithCleanup(env.onlineOrders.bell, { signal: (name) => signals.push(name) });
    await env.onlineOrders.refresh();
    return { ...env, signals, grabs: getService("o2o_grabs") };
}

describe("orders to grab (ROUT-03, idea 11)", () => {
    test("a new one sounds once, and is counted in the navbar", async () => {
        const { onlineOrders, server, signals } = await setup();
        await mountWithCleanup(Navbar);
        expect(".o_o2o_grab_counter").toHaveText("1");
        await onlineOrders.refresh();
        expect(signals).toEqual(["pool"]);
        server.pool = [makePooled(), makePooled({ id: 2 })];
        await onlineOrders.refresh();
        expect(signals).toEqual(["pool", "pool"]);
        server.pool = [];
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_grab_button").toHaveCount(0);
        expect(signals).toHaveLength(2);
    });

    test("one tap sends once and opens the order that was won", async () => {
        const { pos, onlineOrders, server, notices } = await setup();
        patchWithCleanup(pos, { navigate: (screen) => expect.step(screen) });
        await mountWithCleanup(O2oGrabScreen);
        expect(".o_o2o_grab_card").toHaveText(/Nanming/);
        expect(".o_o2o_grab_card").toHaveText(/1.4 km/);
        server.pool = [];
        await click(".o_o2o_grab");
        await animationFrame();
        await onlineOrders.loading;
        await animationFrame();
        expect(server.actions).toEqual([[1]]);
        expect.verifySteps(["O2oOrderScreen"]);
        expect(onlineOrders.view.selectedId).toBe(1);
        expect(notices[0].type).toBe("success");
        expect(".o_o2o_grab_empty").toHaveCount(1);
    });

    test("taken: says by whom, and it is gone", async () => {
        const { grabs, server, notices } = await setup();
        server.grab = () => ({ status: "taken", message: "Taken by Store FAR.", order: false });
        server.pool = [];
        await grabs.grab(grabs.orders[0]);
        expect(notices).toEqual([{ text: "Taken by Store FAR.", type: "info" }]);
        expect(grabs.orders).toHaveLength(0);
    });

    test("refused: the words of the server, and it stays", async () => {
        const { grabs, server, notices } = await setup();
        server.grab = () => ({ status: "refused", message: "Finish one first.", order: false });
        await grabs.grab(grabs.orders[0]);
        expect(notices).toEqual([{ text: "Finish one first.", type: "warning" }]);
        expect(grabs.orders).toHaveLength(1);
    });

    test("another store wins: it is gone before the finger is there", async () => {
        const { grabs, notices } = await setup();
        grabs.onPoolChanged({ fulfillment_id: 1, event: "taken", store: "Store FAR" });
        expect(grabs.orders).toHaveLength(0);
        expect(notices[0].text).toBe("F/1: taken by Store FAR");
    });

    test("two taps are one", async () => {
        const { grabs, server } = await setup();
        const [order] = grabs.orders;
        const first = grabs.grab(order);
        expect((await grabs.grab(order)).status).toBe("busy");
        await first;
        expect(server.actions).toHaveLength(1);
    });
});

describe("urged and changed", () => {
    const urged = (count) => makeOrder({ state: "accepted", urge_count: count });

    async function setupUrged() {
        const env = await setup([]);
        env.server.orders = [urged(0)];
        await env.onlineOrders.refresh();
        env.server.orders = [urged(1)];
        return env;
    }

    test("the member urges: one sound and a mark, until somebody looks", async () => {
        const { pos, onlineOrders, signals } = await setupUrged();
        await mountWithCleanup(MainComponentsContainer);
        await onlineOrders.refresh();
        await onlineOrders.refresh();
        await animationFrame();
        expect(signals).toEqual(["urged"]);
        expect(".o_o2o_urged_mark").toHaveText(/S00001/);
        pos.router.state.current = "ProductScreen";
        patchWithCleanup(pos, { navigate: (screen) => expect.step(screen) });
        await click(".o_o2o_urged_mark");
        await animationFrame();
        expect.verifySteps(["O2oOrderScreen"]);
        expect(".o_o2o_urged_mark").toHaveCount(0);
        expect(onlineOrders.view.selectedId).toBe(1);
    });

    test("the mark goes when the order is shipped by anybody", async () => {
        const { onlineOrders, server } = await setupUrged();
        await onlineOrders.refresh();
        expect(onlineOrders.urgedOrders).toHaveLength(1);
        server.orders = [makeOrder({ state: "shipped", urge_count: 1 })];
        await onlineOrders.refresh();
        expect(onlineOrders.urgedOrders).toHaveLength(0);
    });

    test("urged before the till opened makes no noise", async () => {
        const { onlineOrders, server, signals } = await setup([]);
        server.orders = [urged(2)];
        await onlineOrders.refresh();
        expect(signals).toEqual([]);
    });

    test("a changed order sounds different", async () => {
        const { onlineOrders, server, signals, notices } = await setup([]);
        server.orders = [makeOrder({ state: "accepted" })];
        await onlineOrders.refresh();
        const events = [{ id: 1, kind: "changed", at: "", label: "", actor: "", note: "" }];
        server.orders = [makeOrder({ state: "accepted", events })];
        await onlineOrders.refresh();
        expect(signals).toEqual(["changed"]);
        expect(notices[0].type).toBe("warning");
    });

    test("not answered in time: the bell is silent at once, and it is said", async () => {
        const { onlineOrders, server, notices } = await setup([]);
        server.orders = [makeOrder()];
        await onlineOrders.refresh();
        expect(onlineOrders.bellState.isRinging).toBe(true);
        server.orders = [];
        const loading = onlineOrders.onOrderChanged({
            fulfillment_id: 1,
            state: "offered",
            event: "unanswered",
        });
        expect(onlineOrders.bellState.isRinging).toBe(false);
        await loading;
        expect(notices[0].text).toBe("S00001 was not answered in time and moves on");
    });
});

describe("the test tone at the opening", () => {
    async function mountCheck() {
        const env = await setup([]);
        env.pos.router.state.current = "ProductScreen";
        await mountWithCleanup(MainComponentsContainer);
        return env;
    }

    test("heard: asked once a session, told to the server", async () => {
        const { onlineOrders, server } = await mountCheck();
        await click(".o_o2o_play_tone");
        await animationFrame();
        expect(".o_o2o_heard").toHaveCount(1);
        await click(".o_o2o_heard");
        await animationFrame();
        await onlineOrders.loading;
        expect(server.presence.heard).toBe(true);
        expect(".o_o2o_sound_check").toHaveCount(0);
    });

    test("not heard: says what to do, and asks again", async () => {
        const { onlineOrders, server } = await mountCheck();
        await click(".o_o2o_play_tone");
        await animationFrame();
        await click(".o_o2o_not_heard");
        await animationFrame();
        await onlineOrders.loading;
        expect(server.presence.heard).toBe(false);
        expect(".o_o2o_sound_check li").toHaveCount(3);
        expect(".o_o2o_play_tone").toHaveCount(1);
    });

    test("does not lie over a payment", async () => {
        const { pos } = await mountCheck();
        expect(".o_o2o_sound_check").toHaveCount(1);
        pos.router.state.current = "PaymentScreen";
        await animationFrame();
        expect(".o_o2o_sound_check").toHaveCount(0);
    });
});
