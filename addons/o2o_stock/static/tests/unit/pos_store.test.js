import { expect, test } from "@odoo/hoot";
import { click, queryOne } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { ConnectionLostError } from "@web/core/network/rpc";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { PATIENCE_MS } from "@o2o_stock/app/utils/o2o_no_answer";

definePosModels();

const LINE = {
    product_id: 5,
    name: "Baijiu 500 ml",
    wanted: 3,
    free: 1,
    on_shelf: 5,
    safety: 0,
    promises: [{ owner: "S00012", quantity: 4, until: "2026-01-05 10:42:00" }],
};

async function setup(answers = {}) {
    const calls = [];
    for (const method of ["claim", "override", "release", "look"]) {
        onRpc("o2o.stock.till", method, ({ args }) => {
            calls.push([method, ...args.slice(1)]);
            const answer = answers[method];
            return typeof answer === "function"
                ? answer()
                : (answer ?? { status: "ok", lines: [], can_override: false });
        });
    }
    const store = await setupPosEnv();
    await mountWithCleanup(MainComponentsContainer);
    const order = await getFilledOrder(store);
    for (const line of order.lines) {
        line.product_id.product_tmpl_id.is_storable = true;
    }
    calls.length = 0;
    const visited = [];
    store.navigate = (screen) => visited.push(screen);
    return { store, order, calls, visited };
}

const held = (canOverride) => ({ status: "held", lines: [LINE], can_override: canOverride });

test("going to payment holds the basket (SUP-09)", async () => {
    const { store, order, calls, visited } = await setup();
    await store.pay();
    expect(calls[0][0]).toBe("claim");
    expect(calls[0][1]).toBe(order.uuid);
    expect(calls[0][2]).toHaveLength(order.lines.length);
    expect(visited).toEqual(["PaymentScreen"]);
});

test("held goods stop the sale and say until when and for whom (idea 4)", async () => {
    const { store, calls, visited } = await setup({ claim: held(false) });
    const paying = store.pay();
    await animationFrame();
    expect(".o_o2o_held_promise").toHaveText(/4 held until .* for order S00012/);
    expect(".o_o2o_held_numbers").toHaveText("3 in the basket, 1 free, 5 on the shelf");
    expect(".o_o2o_held_override").toHaveCount(0);
    await click(".o_o2o_held_back");
    await paying;
    expect(visited).toEqual([]);
    expect(calls.map(([method]) => method)).toEqual(["claim"]);
});

test("who may, sells with a reason (idea 4)", async () => {
    const { store, calls, visited } = await setup({ claim: held(true) });
    const paying = store.pay();
    await animationFrame();
    await click(".o_o2o_held_override");
    await animationFrame();
    expect(queryOne(".o_o2o_held_confirm").disabled).toBe(true);
    await click(".o_o2o_held_reason:first");
    await animationFrame();
    await click(".o_o2o_held_confirm");
    await paying;
    expect(calls[1][0]).toBe("override");
    expect(calls[1][3]).toBe("Customer is at the counter");
    expect(visited).toEqual(["PaymentScreen"]);
});

test("who turns to another order while the goods are held pays neither (SUP-09)", async () => {
    const claimed = new Deferred();
    const { store, visited } = await setup({
        look: [],
        claim: async () => {
            await claimed;
            return { status: "ok", lines: [], can_override: false };
        },
    });
    const [method] = store.models["pos.payment.method"].getAll();
    const paying = [store.pay(), store.validateOrderFast(method)];
    const other = await getFilledOrder(store);
    claimed.resolve();
    await Promise.all(paying);
    expect(visited).toEqual([]);
    expect(other.payment_ids).toHaveLength(0);
});

test("without an answer the till sells (works offline)", async () => {
    const { store, visited } = await setup({ claim: () => new Promise(() => {}) });
    const paying = store.pay();
    await advanceTime(PATIENCE_MS + 10);
    await paying;
    expect(visited).toEqual(["PaymentScreen"]);
    store.data.network.offline = true;
    await store.pay();
    expect(visited).toHaveLength(2);
    store.data.network.offline = false;
});

test("a lost connection is not an error to the cashier", async () => {
    const { store, order } = await setup();
    store.data.call = () => Promise.reject(new ConnectionLostError("/"));
    expect(await store.o2oClaimStock(order)).toBe(true);
});

test("a held product is told once when it is added", async () => {
    const { store, order, calls } = await setup({ look: [{ ...LINE, free: 0 }] });
    const line = order.lines[0];
    store.o2oLookedAt = new Map();
    await store.o2oLookAtStock(line);
    await store.o2oLookAtStock(line);
    await animationFrame();
    expect(calls.filter(([method]) => method === "look")).toHaveLength(1);
    expect(".o_notification").toHaveText(/Baijiu 500 ml: 0 free/);
});
