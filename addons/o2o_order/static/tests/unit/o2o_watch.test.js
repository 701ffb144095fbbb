import { describe, expect, test } from "@odoo/hoot";
import { advanceTime } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { getService, onRpc } from "@web/../tests/web_test_helpers";
import { POLL_MS } from "@o2o_order/app/services/o2o_orders_service";
import { DOUBT_MS, SPREAD_MS, WATCH_MS } from "@o2o_order/app/services/o2o_watch_service";
import { expectRinging, makeOrder, setupOnlineOrders } from "./utils";

definePosModels();

const SOON = WATCH_MS + 1100;

async function setup() {
    const asked = { count: 0, isDown: false };
    const env = await setupOnlineOrders();
    env.server.version = "1/0";
    await env.onlineOrders.refresh();
    onRpc("o2o.fulfillment", "pos_board_version", () => {
        asked.count++;
        return asked.isDown ? new Response("", { status: 502 }) : { version: env.server.version };
    });
    const watch = getService("o2o_watch");
    watch.stop();
    return { ...env, watch, asked };
}

describe("a till that does not trust its line (performance F12)", () => {
    test("asks nothing while all is well", async () => {
        const { asked } = await setup();
        await advanceTime(POLL_MS - 1000);
        expect(asked.count).toBe(0);
    });

    test("finds a new order within seconds after the line was cut", async () => {
        const { pos, onlineOrders, server, asked } = await setup();
        pos.data.bus.trigger("BUS:DISCONNECT", {});
        server.orders = [makeOrder()];
        server.version = "2/0";
        await advanceTime(SOON);
        await onlineOrders.loading;
        expect(asked.count).toBe(1);
        expectRinging(onlineOrders, [1]);
    });

    test("does not load the board when nothing is new", async () => {
        const { pos, server, asked } = await setup();
        const calls = server.boardCalls;
        pos.data.bus.trigger("BUS:DISCONNECT", {});
        await advanceTime(SOON);
        await advanceTime(SOON);
        expect(asked.count).toBe(2);
        expect(server.boardCalls).toBe(calls);
    });

    test("comes back at a moment of its own, not with all tills at once", async () => {
        const { pos, server, watch, asked } = await setup();
        const calls = server.boardCalls;
        watch.random = () => 0.5;
        pos.data.bus.trigger("BUS:RECONNECT", {});
        await advanceTime(SPREAD_MS / 2 - 100);
        expect([asked.count, server.boardCalls - calls]).toEqual([0, 0]);
        await advanceTime(200);
        expect([asked.count, server.boardCalls - calls]).toEqual([1, 0]);
    });

    test("trusts the line again after a while", async () => {
        const { pos, watch, asked } = await setup();
        pos.data.bus.trigger("BUS:DISCONNECT", {});
        pos.data.bus.trigger("BUS:RECONNECT", {});
        // step by step: each question is answered before the next one
        for (let time = 0; time < DOUBT_MS + 2 * SOON; time += SOON) {
            await advanceTime(SOON);
        }
        expect(watch.timer).toBe(null);
        const { count } = asked;
        await advanceTime(POLL_MS);
        expect(asked.count).toBe(count);
    });

    test("a server that does not answer keeps it asking", async () => {
        const { onlineOrders, server, watch, asked } = await setup();
        asked.isDown = true;
        onlineOrders.setOffline();
        await advanceTime(SOON);
        expect(watch.isDoubtful).toBe(true);
        asked.isDown = false;
        server.orders = [makeOrder()];
        server.version = "2/0";
        await advanceTime(SOON);
        await onlineOrders.loading;
        expectRinging(onlineOrders, [1]);
    });

    test("news that no message announced are a reason for doubt", async () => {
        const { onlineOrders, server, watch } = await setup();
        server.version = "2/0";
        await advanceTime(POLL_MS + 100);
        await onlineOrders.loading;
        expect(watch.isDoubtful).toBe(true);
    });

    test("news after a message or an own action are none", async () => {
        const { onlineOrders, server, watch } = await setup();
        server.version = "2/0";
        await onlineOrders.onOrderChanged({ fulfillment_id: 9, state: "offered", event: "new" });
        expect(watch.isDoubtful).toBe(false);
    });
});

describe("heartbeat (ROUT-07)", () => {
    test("each question says who asks and whether it can sound", async () => {
        const { onlineOrders, server } = await setup();
        await onlineOrders.bell.start();
        await onlineOrders.refresh();
        expect(server.presence.sound).toBe("allowed");
        expect("device" in server.presence).toBe(true);
        expect("heard" in server.presence).toBe(false);
    });

    test("the answer to the test tone is told once", async () => {
        const { onlineOrders, server } = await setup();
        onlineOrders.heardAnswer = false;
        await onlineOrders.refresh();
        expect(server.presence.heard).toBe(false);
        await onlineOrders.refresh();
        expect("heard" in server.presence).toBe(false);
    });
});
