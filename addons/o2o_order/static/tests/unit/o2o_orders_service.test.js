import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, tick } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { POLL_MS, RETRY_MS, TIMEOUT_MS } from "@o2o_order/app/services/o2o_orders_service";
import { expectRinging, makeGate, makeJob, makeOrder, setupOnlineOrders } from "./utils";

definePosModels();

const accepted = (values = {}) =>
    makeOrder({ state: "accepted", accepted_by: "Mei", actions: ["ship"], ...values });

describe("loading", () => {
    test("POS-01: the board is there after the start, and it rings", async () => {
        const { onlineOrders } = await setupOnlineOrders([makeOrder(), accepted({ id: 2 })]);
        expect(onlineOrders.connection).toBe("online");
        expect(onlineOrders.store.name).toBe("Chaoyang Store");
        expect(onlineOrders.count("waiting")).toBe(1);
        expect(onlineOrders.count("progress")).toBe(1);
        expectRinging(onlineOrders, [1]);
    });

    test("a till without a store asks nothing", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([], { storeId: false });
        await advanceTime(POLL_MS + 100);
        expect(onlineOrders.isEnabled).toBe(false);
        expect(server.boardCalls).toBe(0);
    });

    test("a lost message costs no more than one poll", async () => {
        const { onlineOrders, server } = await setupOnlineOrders();
        server.orders = [makeOrder()];
        await advanceTime(POLL_MS + 100);
        await onlineOrders.loading;
        expectRinging(onlineOrders, [1]);
    });

    test("calls during a load are answered by one more load, with its news", async () => {
        const { onlineOrders, server } = await setupOnlineOrders();
        const calls = server.boardCalls;
        server.boardGate = makeGate();
        const loading = onlineOrders.refresh();
        await tick();
        server.orders = [makeOrder()];
        onlineOrders.refresh();
        onlineOrders.refresh();
        server.boardGate.resolve();
        await loading;
        expect(server.boardCalls).toBe(calls + 2);
        expectRinging(onlineOrders, [1]);
    });

    test("an answer older than an accept does not ring again", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        server.act = () => ({ status: "ok", message: "", order: accepted() });
        server.boardGate = makeGate();
        onlineOrders.refresh();
        await tick();
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        server.orders = [accepted()];
        server.boardGate.resolve();
        await onlineOrders.loading;
        expect(onlineOrders.getOrder(1).state).toBe("accepted");
        expectRinging(onlineOrders, []);
    });

    test("waiting time follows the clock of the server", async () => {
        const { onlineOrders } = await setupOnlineOrders();
        const now = luxon.DateTime.utc();
        onlineOrders.clockOffset = 60000;
        const since = now.minus({ seconds: 5 }).toFormat("yyyy-MM-dd HH:mm:ss");
        expect(Math.round(onlineOrders.getSecondsSince(since))).toBeWithin(64, 66);
    });
});

describe("outage", () => {
    test("keeps what is known, says so, goes on ringing and recovers by itself", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        const { lastUpdate } = onlineOrders;
        server.isDown = true;
        await onlineOrders.refresh();
        expect(onlineOrders.connection).toBe("offline");
        expect(onlineOrders.lastUpdate).toBe(lastUpdate);
        expectRinging(onlineOrders, [1]);

        server.isDown = false;
        server.orders = [];
        await advanceTime(RETRY_MS + 100);
        await onlineOrders.loading;
        expect(onlineOrders.connection).toBe("online");
        expectRinging(onlineOrders, []);
    });

    test("a server that never answers is an outage", async () => {
        const { onlineOrders, server } = await setupOnlineOrders();
        server.boardGate = makeGate();
        const loading = onlineOrders.refresh();
        await advanceTime(TIMEOUT_MS + 100);
        await loading;
        expect(onlineOrders.connection).toBe("offline");
    });

    test("a refusal is shown in the server's words", async () => {
        const { onlineOrders } = await setupOnlineOrders();
        onlineOrders._onLoadError({ data: { message: "You are not on the staff list." } });
        expect(onlineOrders.connection).toBe("refused");
        expect(onlineOrders.errorMessage).toBe("You are not on the staff list.");
    });

    test("back in the window, the till looks at once", async () => {
        const { onlineOrders, server } = await setupOnlineOrders();
        for (const type of ["focus", "online", "pos-network-online"]) {
            const calls = server.boardCalls;
            window.dispatchEvent(new Event(type));
            await onlineOrders.loading;
            expect(server.boardCalls).toBeGreaterThan(calls);
        }
    });
});

describe("messages", () => {
    test("another till accepts: silence at once, before the server is asked", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        server.orders = [accepted()];
        const loading = onlineOrders.onOrderChanged({
            fulfillment_id: 1,
            state: "accepted",
            event: "accepted",
            by: "Mei",
        });
        expectRinging(onlineOrders, []);
        expect(onlineOrders.getOrder(1).actions).toEqual([]);
        await loading;
        expect(onlineOrders.getOrder(1).actions).toEqual(["ship"]);
    });

    test("another till rejects: the order is gone", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        server.orders = [];
        const loading = onlineOrders.onOrderChanged({
            fulfillment_id: 1,
            state: "offered",
            event: "rejected",
        });
        expectRinging(onlineOrders, []);
        expect(onlineOrders.getOrder(1)).toBe(undefined);
        await loading;
        expect(onlineOrders.orders).toHaveLength(0);
    });

    test("a new order rings as soon as it is loaded", async () => {
        const { onlineOrders, server } = await setupOnlineOrders();
        server.orders = [makeOrder({ id: 7 })];
        await onlineOrders.onOrderChanged({ fulfillment_id: 7, state: "offered", event: "new" });
        expectRinging(onlineOrders, [7]);
    });

    test("the member cancels: one warning, heard from the message or the board", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([
            accepted({ id: 1 }),
            makeOrder({ id: 2 }),
        ]);
        server.orders = [1, 2].map((id) => makeOrder({ id, state: "cancelled", actions: [] }));
        await onlineOrders.onOrderChanged({
            fulfillment_id: 1,
            state: "cancelled",
            event: "cancelled",
        });
        await onlineOrders.refresh();
        expect(notices).toEqual([
            { text: "S00001 was cancelled: keep the goods here", type: "warning" },
            { text: "S00002 was cancelled: keep the goods here", type: "warning" },
        ]);
        expectRinging(onlineOrders, []);
    });

    test("orders cancelled before the till opened make no noise", async () => {
        const { notices } = await setupOnlineOrders([makeOrder({ state: "cancelled" })]);
        expect(notices).toEqual([]);
    });
});

describe("actions", () => {
    test("POS-04: accept sends once, silences at the tap and shows the next action", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        const order = onlineOrders.getOrder(1);
        server.act = () => {
            server.orders = [accepted()];
            return { status: "ok", message: "", order: accepted() };
        };
        server.actGate = makeGate();
        const first = onlineOrders.act(order, "accept");
        expectRinging(onlineOrders, []);
        expect(onlineOrders.isPending(order)).toBe(true);
        expect((await onlineOrders.act(order, "accept")).status).toBe("busy");
        server.actGate.resolve();
        expect((await first).status).toBe("ok");
        expect(server.actions).toEqual([[1, "accept", {}]]);
        expect(onlineOrders.getOrder(1).actions).toEqual(["ship"]);
        expect(onlineOrders.isPending(order)).toBe(false);
        expect(notices).toEqual([{ text: "S00001: Accepted", type: "success" }]);
    });

    test("POS-06: a rejected order leaves the till", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        server.act = () => {
            server.orders = [];
            return { status: "ok", message: "", order: false };
        };
        const values = { reason_id: 1, note: "" };
        await onlineOrders.act(onlineOrders.getOrder(1), "reject", values);
        expect(server.actions).toEqual([[1, "reject", values]]);
        expect(onlineOrders.orders).toHaveLength(0);
        expect(notices[0].text).toBe("S00001 was rejected and moves on");
    });

    test("taken: says who was faster, and shows it", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        server.act = () => {
            server.orders = [accepted()];
            return { status: "taken", message: "Already accepted by Mei.", order: accepted() };
        };
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        expect(notices).toEqual([{ text: "S00001: already accepted by Mei", type: "warning" }]);
        expectRinging(onlineOrders, []);
    });

    test("gone: says so, and the order leaves the till", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        server.act = () => {
            server.orders = [];
            return { status: "gone", message: "", order: false };
        };
        await onlineOrders.act(onlineOrders.getOrder(1), "accept");
        expect(notices).toEqual([{ text: "S00001 has moved to another store", type: "warning" }]);
        expect(onlineOrders.orders).toHaveLength(0);
    });

    test("refused: the words of the server, the order as it was, the bell again", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        server.act = () => ({
            status: "refused",
            message: "Head office is the last to ask.",
            order: makeOrder(),
        });
        await onlineOrders.act(onlineOrders.getOrder(1), "reject", { reason_id: 1 });
        expect(notices).toEqual([{ text: "Head office is the last to ask.", type: "danger" }]);
        expect(onlineOrders.getOrder(1).state).toBe("offered");
        expectRinging(onlineOrders, [1]);
    });

    test("no connection: what needs the server is not sent, the bell rings again", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        server.isDown = true;
        const order = onlineOrders.getOrder(1);
        const outcome = await onlineOrders.act(order, "reject", { reason_id: 1 });
        expect(outcome.status).toBe("offline");
        expect(notices[0].text).toBe("S00001: not sent, there is no connection. Please try again.");
        expect(onlineOrders.connection).toBe("offline");
        expect(order.actions).toEqual(["accept", "reject"]);
        expectRinging(onlineOrders, [1]);
    });

    test("no answer: what needs the server may be pressed again", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([makeOrder()]);
        server.actGate = makeGate();
        server.orders = [];
        const acting = onlineOrders.act(onlineOrders.getOrder(1), "reject", { reason_id: 1 });
        await advanceTime(TIMEOUT_MS + 100);
        expect((await acting).status).toBe("unknown");
        expect(notices[0].type).toBe("danger");
        await onlineOrders.loading;
        expectRinging(onlineOrders, []);
    });
});

describe("slips (POS-08)", () => {
    const withJob = (job) => accepted({ print_jobs: job ? [job] : [] });

    test("asking for a slip sends once and shows the new job", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([
            withJob(makeJob("failed")),
        ]);
        const order = onlineOrders.getOrder(1);
        const first = onlineOrders.reprint(order, "order_slip");
        expect(onlineOrders.isReprinting(order, "order_slip")).toBe(true);
        expect((await onlineOrders.reprint(order, "order_slip")).status).toBe("busy");
        await first;
        expect(server.actions).toEqual([[1, "order_slip"]]);
        expect(order.print_jobs[0].state).toBe("new");
        expect(notices).toEqual([]);
    });

    test("a refusal is shown in the server's words", async () => {
        const { onlineOrders, server, notices } = await setupOnlineOrders([withJob()]);
        server.reprint = () => ({ status: "refused", message: "No printer.", print_jobs: [] });
        await onlineOrders.reprint(onlineOrders.getOrder(1), "order_slip");
        expect(notices).toEqual([{ text: "No printer.", type: "danger" }]);
    });

    test("a paper that did not come out is told once", async () => {
        const { onlineOrders, notices } = await setupOnlineOrders([withJob(makeJob("printing"))]);
        onlineOrders.onPrintChanged({ fulfillment_id: 1, ...makeJob("failed") });
        onlineOrders.onPrintChanged({ fulfillment_id: 1, ...makeJob("failed") });
        expect(onlineOrders.getOrder(1).print_jobs).toEqual([makeJob("failed")]);
        expect(notices).toEqual([{ text: "S00001, Order slip: Not printed", type: "danger" }]);
    });

    test("late news of an older copy changes nothing, nor do unknown orders", async () => {
        const { onlineOrders, notices } = await setupOnlineOrders([withJob(makeJob("new", 2))]);
        onlineOrders.onPrintChanged({ fulfillment_id: 1, ...makeJob("failed", 1) });
        onlineOrders.onPrintChanged({ fulfillment_id: 99, ...makeJob("failed") });
        expect(onlineOrders.getOrder(1).print_jobs).toEqual([makeJob("new", 2)]);
        expect(notices).toEqual([]);
    });
});
