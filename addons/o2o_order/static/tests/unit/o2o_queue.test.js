import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { click, waitFor } from "@odoo/hoot-dom";
import { browser } from "@web/core/browser/browser";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";
import { O2oOrders, RETRY_MS, TIMEOUT_MS } from "@o2o_order/app/services/o2o_orders_service";
import { O2oOrderScreen } from "@o2o_order/app/screens/o2o_order_screen/o2o_order_screen";
import { O2oQueue, getConflictText } from "@o2o_order/app/utils/o2o_queue";
import { expectRinging, makeGate, makeOrder, setupOnlineOrders } from "./utils";

definePosModels();

const accepted = (values = {}) =>
    makeOrder({ state: "accepted", accepted_by: "Mei", actions: ["ship"], ...values });

/** The till is switched off and on again: only what is stored is left. */
function restart(onlineOrders) {
    browser.clearTimeout(onlineOrders.timer);
    const again = new O2oOrders({ pos: onlineOrders.pos });
    again._restore();
    return again;
}

/** A server that keeps its word: a key seen before gets the answer of the first time. */
function makeHonest(server) {
    const answers = new Map();
    const done = [];
    server.act = (id, action, _values, key) => {
        if (!answers.has(key)) {
            done.push([id, action]);
            const state = { accept: "accepted", ship: "shipped" }[action];
            const order = makeOrder({ id, state, actions: action === "accept" ? ["ship"] : [] });
            server.orders = server.orders.map((known) => (known.id === id ? order : known));
            answers.set(key, { status: "ok", message: "", order });
        }
        return answers.get(key);
    };
    return done;
}

async function cutNetwork(onlineOrders, server) {
    server.isDown = true;
    await onlineOrders.refresh();
}

async function bringNetworkBack(onlineOrders, server) {
    server.isDown = false;
    await onlineOrders.refresh();
}

describe("without network (idea 17)", () => {
    test("accept and ship are noted, shown as done, and the bell is silent", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        await cutNetwork(onlineOrders, server);
        const outcome = await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        expect(outcome.status).toBe("queued");
        expectRinging(onlineOrders, []);
        expect(onlineOrders.getOrder(1).actions).toEqual(["ship"]);
        expect(onlineOrders.getOrder(1).is_queued).toBe(true);
        await onlineOrders.act(onlineOrders.getOrder(1), "ship", { tracking_ref: "SF1" });
        expect(onlineOrders.getOrder(1).state).toBe("shipped");
        expect(onlineOrders.getOrder(1).tracking_ref).toBe("SF1");
        expect(onlineOrders.queueState.count).toBe(2);
        expect(server.actions).toEqual([]);
        expect(notices[0]).toEqual({
            text: "S00001: noted here, sent as soon as the network is back",
            type: "warning",
        });
    });

    test("what was noted is sent in the order it was pressed, each with its key", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([
            makeOrder(),
            makeOrder({ id: 2 }),
        ]);
        const done = makeHonest(server);
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        await onlineOrders.act(onlineOrders.getOrder(2), "accept");
        await onlineOrders.act(onlineOrders.getOrder(1), "ship");
        await bringNetworkBack(onlineOrders, server);
        expect(done).toEqual([
            [1, "accept"],
            [2, "accept"],
            [1, "ship"],
        ]);
        expect(new Set(server.keys).size).toBe(3);
        expect(onlineOrders.queueState).toEqual({ count: 0, conflicts: [] });
        expect(onlineOrders.getOrder(1).state).toBe("shipped");
        expect(onlineOrders.getOrder(1).is_queued).toBe(false);
    });

    test("the network fails in the middle: nothing is lost, nothing done twice", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        const done = makeHonest(server);
        const honest = server.act;
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        await onlineOrders.act(onlineOrders.getOrder(1), "ship");
        // done by the server, but the answer does not arrive
        server.act = (...args) => {
            honest(...args);
            return new Response("", { status: 502 });
        };
        await bringNetworkBack(onlineOrders, server);
        expect(onlineOrders.queueState.count).toBe(2);
        server.act = honest;
        await advanceTime(RETRY_MS + 100);
        await onlineOrders.loading;
        await onlineOrders.refresh();
        expect(done).toEqual([
            [1, "accept"],
            [1, "ship"],
        ]);
        expect(server.keys[0]).toBe(server.keys[1]);
        expect(onlineOrders.queueState.count).toBe(0);
    });

    test("a step without an answer is sent again with the same key", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        const done = makeHonest(server);
        server.actGate = makeGate();
        const acting = onlineOrders.act(onlineOrders.getOrder(1), "accept");
        await advanceTime(TIMEOUT_MS + 100);
        expect((await acting).status).toBe("queued");
        server.actGate.resolve();
        await onlineOrders.loading;
        await onlineOrders.refresh();
        expect(new Set(server.keys).size).toBe(1);
        expect(done).toEqual([[1, "accept"]]);
        expect(onlineOrders.queueState.count).toBe(0);
    });

    test("a restart without network forgets neither the orders nor the steps", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([
            makeOrder(),
            makeOrder({ id: 2 }),
        ]);
        const done = makeHonest(server);
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");

        const again = restart(onlineOrders);
        expect(again.getOrder(1).state).toBe("accepted");
        expect(again.getOrder(1).is_queued).toBe(true);
        expect(again.store.name).toBe("Chaoyang Store");
        expectRinging(again, [2]);
        await again.refresh();
        expect(again.connection).toBe("offline");
        await again.act(again.getOrder(1), "ship");
        await bringNetworkBack(again, server);
        expect(done).toEqual([
            [1, "accept"],
            [1, "ship"],
        ]);
        browser.clearTimeout(again.timer);
    });

    test("a till switched off between sending and the answer does nothing twice", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        const done = makeHonest(server);
        const honest = server.act;
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        server.act = (...args) => {
            honest(...args);
            return new Response("", { status: 502 });
        };
        await bringNetworkBack(onlineOrders, server);
        server.act = honest;
        const again = restart(onlineOrders);
        await again.refresh();
        expect(done).toEqual([[1, "accept"]]);
        expect(again.queueState.count).toBe(0);
        browser.clearTimeout(again.timer);
    });

    test("an order with steps waiting keeps its order of steps when the network is back", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        makeHonest(server);
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        server.isDown = false;
        onlineOrders.connection = "online";
        const outcome = await onlineOrders.act(onlineOrders.getOrder(1), "ship");
        expect(outcome.status).toBe("queued");
        await onlineOrders.loading;
        expect(server.actions.map(([, action]) => action)).toEqual(["accept", "ship"]);
    });

    test("a slip printed by the till is not printed by the box as well", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        makeHonest(server);
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        onlineOrders.markPrinted(onlineOrders.getOrder(1), "order_slip");
        await bringNetworkBack(onlineOrders, server);
        const [[, , values]] = server.actions;
        expect(values.printed).toBe(true);
        expect(values.pressed_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    });

    test("an expired session is no refusal: the step is kept", async () => {
        const { onlineOrders } = await setupOnlineOrders([makeOrder()]);
        onlineOrders.queue.add(makeOrder(), "accept", {}, O2oQueue.makeKey());
        onlineOrders._send = () => ({
            status: "refused",
            errorName: "odoo.http.SessionExpiredException",
        });
        await onlineOrders._replay();
        expect(onlineOrders.queueState.count).toBe(1);
        expect(onlineOrders.queueState.conflicts).toEqual([]);
        onlineOrders._send = () => ({
            status: "refused",
            message: "You are not on the staff list.",
            errorName: "odoo.exceptions.AccessError",
        });
        await onlineOrders._replay();
        expect(onlineOrders.queueState.count).toBe(0);
        expect(onlineOrders.queueState.conflicts).toHaveLength(1);
    });
});

describe("conflicts (idea 17)", () => {
    test("cancelled meanwhile: said in plain words, and what followed is dropped", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        await onlineOrders.act(onlineOrders.getOrder(1), "ship");
        const cancelled = makeOrder({ state: "cancelled", actions: [] });
        server.orders = [cancelled];
        server.act = () => ({ status: "gone", message: "Cancelled.", order: cancelled });
        await bringNetworkBack(onlineOrders, server);
        expect(server.actions).toHaveLength(1);
        expect(onlineOrders.getOrder(1).state).toBe("cancelled");
        expect(onlineOrders.queueState.count).toBe(0);
        const [conflict] = onlineOrders.queueState.conflicts;
        expect(getConflictText(conflict)).toEqual({
            title: "S00001 was cancelled while there was no network",
            advice: "The goods have left already: call the customer or the courier back.",
        });
    });

    test("another till was faster; the word stays until somebody has read it", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        server.orders = [accepted()];
        server.act = () => ({ status: "taken", message: "", order: accepted() });
        await bringNetworkBack(onlineOrders, server);
        const again = restart(onlineOrders);
        const [conflict] = again.queueState.conflicts;
        expect(getConflictText(conflict)).toEqual({
            title: "S00001 was accepted by Mei meanwhile",
            advice: "Ask who prepares it, and throw away the second slip.",
        });
        again.dismissConflict(conflict.key);
        expect(restart(onlineOrders).queueState.conflicts).toEqual([]);
    });

    test("other ends have their advice", async () => {
        await setupOnlineOrders();
        const conflict = { orderName: "S1", actions: ["accept"], status: "gone", message: "" };
        expect(getConflictText(conflict).advice).toMatch(/put them back/);
        expect(getConflictText({ ...conflict, actions: ["ship"] }).advice).toMatch(/head office/);
        expect(getConflictText({ ...conflict, status: "refused", message: "Wait." }).title).toBe(
            "S1: Wait."
        );
    });

    test("the screen shows what waits and what came too late", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        await mountWithCleanup(MainComponentsContainer);
        await mountWithCleanup(O2oOrderScreen);
        await onlineOrders.loading;
        await cutNetwork(onlineOrders, server);
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        await waitFor(".o_o2o_queue");
        expect(".o_o2o_queue").toHaveText(/One step is noted here/);
        expect(".o_o2o_queued").toHaveCount(1);
        const cancelled = makeOrder({ state: "cancelled", actions: [] });
        server.orders = [cancelled];
        server.act = () => ({ status: "gone", message: "Cancelled.", order: cancelled });
        await bringNetworkBack(onlineOrders, server);
        await waitFor(".o_o2o_conflict");
        expect(".o_o2o_conflict").toHaveText(/put them back on the shelf/);
        expect(".o_o2o_queue").toHaveCount(0);
        await click(".o_o2o_conflict_done");
        await animationFrame();
        expect(".o_o2o_conflict").toHaveCount(0);
    });
});
