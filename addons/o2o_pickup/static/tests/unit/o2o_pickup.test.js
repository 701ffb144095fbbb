import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press, queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { getSlips } from "@o2o_order/app/utils/o2o_print";
import { O2oOrderScreen } from "@o2o_order/app/screens/o2o_order_screen/o2o_order_screen";
import { makeOrder, setupOnlineOrders } from "@o2o_order/../tests/unit/utils";

definePosModels();

function makePickup(values = {}) {
    return makeOrder({
        delivery_kind: "pickup",
        state: "ready",
        actions: ["hand_over"],
        needs_pickup_code: true,
        may_skip_code: true,
        pickup_place: "B-12",
        wanted_at: "2026-01-05 10:00:00",
        wanted_until: "2026-01-05 10:30:00",
        collect_until: "2026-01-07 10:30:00",
        arrived_at: "",
        arrival_count: 0,
        arrival_note: "",
        proxy_name: "",
        proxy_phone: "",
        ...values,
    });
}

function makeCheck(values = {}) {
    return {
        obstacle: "",
        member: "Li Lei",
        proxy: "",
        proxy_phone: "",
        place: "B-12",
        payment: "Paid",
        to_collect: 0,
        ...values,
    };
}

/** A till with the screen open; `find` answers the question for a code. */
async function mountScreen(orders, find = () => ({})) {
    const setup = await setupOnlineOrders(orders);
    setup.codes = [];
    onRpc("o2o.fulfillment", "pos_pickup_find", ({ args }) => {
        setup.codes.push(args[1]);
        return find(args[1]);
    });
    await mountWithCleanup(MainComponentsContainer);
    await mountWithCleanup(O2oOrderScreen);
    await setup.onlineOrders.loading;
    await animationFrame();
    return setup;
}

async function typeCode(code) {
    await waitFor(".o_o2o_pickup_code_input");
    await click(".o_o2o_pickup_code_input");
    await edit(code);
    await press("Enter");
    await animationFrame();
    await animationFrame();
}

describe("ready", () => {
    test("asks for the place of the bag", async () => {
        const order = makePickup({ state: "accepted", actions: ["ready"], pickup_place: "" });
        const { onlineOrders, server } = await mountScreen([order]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        await click(".o_o2o_action_ready");
        await waitFor(".o_o2o_pickup_place_input");
        await click(".o_o2o_pickup_place_input");
        await edit(" C-3 ");
        await click(".o_o2o_pickup_ready_confirm");
        await animationFrame();
        expect(server.actions).toEqual([[1, "ready", { place: "C-3" }]]);
    });

    test("a bag that waits has a slip, a parcel has none", async () => {
        const types = (order) => getSlips(order).map(({ documentType }) => documentType);
        expect(types(makePickup())).toEqual(["order_slip", "ready_slip"]);
        expect(types(makePickup({ delivery_kind: "delivery" }))).toEqual(["order_slip"]);
    });
});

describe("at the counter", () => {
    test("a code shows the order, a second tap hands it over", async () => {
        const order = makePickup();
        const { server, codes } = await mountScreen([order], () => ({
            status: "ok",
            message: "",
            order,
            check: makeCheck({ to_collect: 396 }),
        }));
        await click(".o_o2o_pickup_open");
        await typeCode("1234 5678");
        expect(codes).toEqual(["12345678"]);
        await waitFor(".o_o2o_pickup_person");
        expect(".o_o2o_pickup_person").toHaveText(/Li Lei/);
        expect(".o_o2o_pickup_shelf:last").toHaveText("B-12");
        expect(".o_o2o_collect_amount").toHaveText(/396/);
        expect(queryAllTexts(".o_o2o_pickup_goods li")).toEqual(["Baijiu 500 ml\n3 Units"]);
        expect(server.actions).toEqual([]);
        await click(".o_o2o_pickup_confirm");
        await animationFrame();
        expect(server.actions).toEqual([[1, "hand_over", { code: "12345678", by: "member" }]]);
        await waitForNone(".o_o2o_pickup_confirm");
    });

    test("a wrong code says so and asks again", async () => {
        const { server } = await mountScreen([makePickup()], () => ({
            status: "refused",
            message: "Nobody has this code.",
            order: false,
            check: false,
        }));
        await click(".o_o2o_pickup_open");
        await typeCode("00000000");
        expect(".o_o2o_pickup_error").toHaveText("Nobody has this code.");
        expect(".o_o2o_pickup_code_input").toHaveCount(1);
        expect(server.actions).toEqual([]);
    });

    test("an obstacle leaves no button", async () => {
        const order = makePickup();
        await mountScreen([order], () => ({
            status: "ok",
            message: "",
            order,
            check: makeCheck({ obstacle: "Already handed over: 01-05 10:00, to Li Lei." }),
        }));
        await click(".o_o2o_pickup_open");
        await typeCode("12345678");
        await waitFor(".o_o2o_pickup_obstacle");
        expect(".o_o2o_pickup_obstacle").toHaveText(/Already handed over/);
        expect(".o_o2o_pickup_confirm").toHaveCount(0);
    });

    test("what the server refuses at the end is shown", async () => {
        const order = makePickup();
        const { server } = await mountScreen([order], () => ({
            status: "ok",
            message: "",
            order,
            check: makeCheck(),
        }));
        server.act = () => ({ status: "refused", message: "Being given back", order: false });
        await click(".o_o2o_pickup_open");
        await typeCode("12345678");
        await waitFor(".o_o2o_pickup_confirm");
        await click(".o_o2o_pickup_confirm");
        await waitFor(".o_o2o_pickup_error");
        expect(".o_o2o_pickup_error").toHaveText("Being given back");
    });

    test("a friend is named first", async () => {
        const order = makePickup({ proxy_name: "Han Meimei", proxy_phone: "13911112222" });
        const { server } = await mountScreen([order], () => ({
            status: "ok",
            message: "",
            order,
            check: makeCheck({ proxy: "Han Meimei", proxy_phone: "13911112222" }),
        }));
        await click(".o_o2o_pickup_open");
        await typeCode("12345678");
        await waitFor(".o_o2o_pickup_by");
        expect(".o_o2o_pickup_by .btn-primary").toHaveText(/Han Meimei/);
        await click(".o_o2o_pickup_confirm");
        await animationFrame();
        expect(server.actions[0][2]).toEqual({ code: "12345678", by: "proxy" });
    });

    test("without a code the check is written down", async () => {
        const { onlineOrders, server } = await mountScreen([makePickup()]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        await click(".o_o2o_action_hand_over");
        await waitFor(".o_o2o_pickup_skip");
        await click(".o_o2o_pickup_skip");
        await waitFor(".o_o2o_pickup_note");
        expect(".o_o2o_pickup_confirm").not.toBeEnabled();
        await click(".o_o2o_pickup_note");
        await edit("identity card");
        await animationFrame();
        await click(".o_o2o_pickup_confirm");
        await animationFrame();
        expect(server.actions).toEqual([
            [1, "hand_over", { without_code: "identity card", by: "member" }],
        ]);
    });

    test("where the company insists there is no way around the code", async () => {
        const { onlineOrders } = await mountScreen([makePickup({ may_skip_code: false })]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        await click(".o_o2o_action_hand_over");
        await waitFor(".o_o2o_pickup_code_input");
        expect(".o_o2o_pickup_skip").toHaveCount(0);
    });

    test("the code of another order is pointed out", async () => {
        const other = makePickup({ id: 2 });
        const { onlineOrders } = await mountScreen([makePickup(), other], () => ({
            status: "ok",
            message: "",
            order: other,
            check: makeCheck(),
        }));
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        await click(".o_o2o_action_hand_over");
        await typeCode("12345678");
        await waitFor(".o_o2o_pickup_other");
        expect(".o_o2o_pickup_other").toHaveText(/S00002/);
    });
});

describe("outside", () => {
    test("heard and shown once, until somebody looks", async () => {
        const { onlineOrders, server } = await mountScreen([makePickup()]);
        const heard = [];
        onlineOrders.bell.signalOutside = (order) => heard.push(order.id);
        server.orders = [
            makePickup({
                arrived_at: "2026-01-05 10:00:00",
                arrival_count: 1,
                arrival_note: "white car",
            }),
        ];
        await onlineOrders.refresh();
        await onlineOrders.refresh();
        await animationFrame();
        expect(heard).toEqual([1]);
        expect(".o_o2o_outside_mark").toHaveCount(1);
        expect(".o_o2o_outside_mark").toHaveText(/Li Lei.*white car/s);
        onlineOrders.acknowledgeArrival(onlineOrders.getOrder(1));
        await animationFrame();
        expect(".o_o2o_outside_mark").toHaveCount(0);
    });
});
