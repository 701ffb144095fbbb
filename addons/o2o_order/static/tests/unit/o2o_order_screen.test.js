import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press, queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { O2oOrderScreen } from "@o2o_order/app/screens/o2o_order_screen/o2o_order_screen";
import { makeJob, makeOrder, setupOnlineOrders } from "./utils";

definePosModels();

async function mountScreen(orders) {
    const setup = await setupOnlineOrders(orders);
    await mountWithCleanup(MainComponentsContainer);
    await mountWithCleanup(O2oOrderScreen);
    await setup.onlineOrders.loading;
    await animationFrame();
    return setup;
}

describe("navbar", () => {
    test("counts what waits, then what is in progress", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        await mountWithCleanup(Navbar);
        expect(".o_o2o_navbar_button.o_o2o_ringing .o_o2o_counter").toHaveText("1");

        server.orders = [1, 2].map((id) => makeOrder({ id, state: "accepted" }));
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_navbar_button .o_o2o_counter").toHaveText("2");
        expect(".o_o2o_navbar_button.o_o2o_ringing").toHaveCount(0);

        server.orders = [];
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_counter").toHaveCount(0);
    });

    test("is not there on a till without a store", async () => {
        await setupOnlineOrders([], { storeId: false });
        await mountWithCleanup(Navbar);
        expect(".o_o2o_navbar_button").toHaveCount(0);
    });
});

describe("card over the other screens", () => {
    test("shows the order, folds, comes back with the next one, and goes with it", async () => {
        const { onlineOrders, server } = await setupOnlineOrders([makeOrder()]);
        await mountWithCleanup(MainComponentsContainer);
        expect(".o_o2o_card").toHaveText(/S00001/);
        expect(document.activeElement).toBe(document.body);

        await click(".o_o2o_card_fold");
        await animationFrame();
        expect(".o_o2o_card").toHaveCount(0);
        expect(".o_o2o_card_folded").toHaveCount(1);

        server.orders = [makeOrder(), makeOrder({ id: 2 })];
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_card").toHaveText(/2 online orders to accept/);

        server.orders = [];
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_card").toHaveCount(0);
    });

    test("opens the order", async () => {
        const { pos, onlineOrders } = await setupOnlineOrders([makeOrder({ id: 4 })]);
        pos.router.state.current = "ProductScreen";
        patchWithCleanup(pos, { navigate: (screen) => expect.step(screen) });
        await mountWithCleanup(MainComponentsContainer);
        await click(".o_o2o_card_open");
        expect.verifySteps(["O2oOrderScreen"]);
        expect(onlineOrders.view.selectedId).toBe(4);
    });

    test("does not lead away from a payment at the terminal", async () => {
        const { pos } = await setupOnlineOrders([makeOrder()]);
        const order = pos.addNewOrder();
        patchWithCleanup(order, { electronicPaymentInProgress: () => true });
        pos.router.state.current = "PaymentScreen";
        await mountWithCleanup(MainComponentsContainer);
        expect(".o_o2o_card_open").toHaveCount(0);
        expect(".o_o2o_card_hint").toHaveText("Finish the payment first");
    });

    test("waits for a cashier to log in", async () => {
        const { pos } = await setupOnlineOrders([makeOrder()]);
        pos.router.state.current = "LoginScreen";
        await mountWithCleanup(MainComponentsContainer);
        expect(".o_o2o_card_open").toHaveCount(0);
        expect(".o_o2o_card_hint").toHaveText("Log in to answer it");
    });

    test("asks for a tap when the browser refuses sound", async () => {
        const { onlineOrders } = await setupOnlineOrders();
        await mountWithCleanup(MainComponentsContainer);
        expect(".o_o2o_sound_banner").toHaveCount(0);
        onlineOrders.bellState.isBlocked = true;
        await animationFrame();
        expect(".o_o2o_sound_banner").toHaveCount(1);
        onlineOrders.bell.isBlocked = true;
        await click(".o_o2o_sound_banner");
        await waitForNone(".o_o2o_sound_banner");
    });
});

describe("screen", () => {
    test("opens the order that waits longest, with goods, address and actions", async () => {
        await mountScreen([
            makeOrder({ id: 1, offered_at: "2026-01-05 10:05:00" }),
            makeOrder({ id: 2, offered_at: "2026-01-05 10:01:00", note: "after six" }),
        ]);
        expect(".o_o2o_order_name").toHaveText("S00002");
        expect(".o_o2o_line").toHaveText(/Baijiu 500 ml/);
        expect(".o_o2o_line_qty").toHaveText("3 Units");
        expect(".o_o2o_address").toHaveText("Jianguo Road 93, Beijing");
        expect(".o_o2o_note").toHaveText("after six");
        expect(queryAllTexts(".o_o2o_action")).toEqual(["Reject", "Accept"]);
        expect(".o_o2o_store").toHaveText("Chaoyang Store");
    });

    test("an order that comes in opens by itself, but never in place of another", async () => {
        const { onlineOrders, server } = await mountScreen([]);
        server.orders = [makeOrder({ id: 1 })];
        await onlineOrders.refresh();
        await waitFor(".o_o2o_order_name:contains(S00001)");

        server.orders = [makeOrder({ id: 2 })];
        await onlineOrders.refresh();
        await waitForNone(".o_o2o_order_name");
        expect(".o_o2o_detail .o_o2o_empty").toHaveText("This order is no longer with your store.");
    });

    test("says something friendly when nothing is to do", async () => {
        await mountScreen([]);
        expect(".o_o2o_list .o_o2o_empty").toHaveText(/The bell rings when one comes in/);
        expect(".o_o2o_detail .o_o2o_empty").toHaveText("All online orders are answered.");
        await click(".o_o2o_tab_done");
        await animationFrame();
        expect(".o_o2o_list .o_o2o_empty").toHaveText("No order was finished today yet.");
    });

    test("searches all lists", async () => {
        await mountScreen([
            makeOrder({ id: 1 }),
            makeOrder({ id: 2, state: "completed", partner_phone: "13911112222" }),
        ]);
        expect(".o_o2o_row").toHaveCount(1);
        await click(".o_o2o_search");
        await edit("1391111");
        await animationFrame();
        expect(".o_o2o_row").toHaveCount(1);
        expect(".o_o2o_row").toHaveText(/S00002/);
        await press("escape");
        await animationFrame();
        expect(".o_o2o_row").toHaveText(/S00001/);
    });

    test("POS-04: accept, then ship with a tracking number", async () => {
        const { server } = await mountScreen([makeOrder()]);
        const steps = {
            accept: makeOrder({ state: "accepted", actions: ["ship"] }),
            ship: makeOrder({ state: "shipped", actions: [] }),
        };
        server.act = (_id, action) => {
            server.orders = [steps[action]];
            return { status: "ok", message: "", order: steps[action] };
        };
        await click(".o_o2o_action_accept");
        await waitFor(".o_o2o_action_ship:enabled");
        expect(".o_o2o_state").toHaveText("Accepted");
        await click(".o_o2o_action_ship");
        await waitFor(".o_o2o_tracking");
        await click(".o_o2o_tracking");
        await edit(" SF123 ");
        await click(".o_o2o_ship_confirm");
        await waitForNone(".o_o2o_actions");
        expect(server.actions).toEqual([
            [1, "accept", {}],
            [1, "ship", { tracking_ref: "SF123" }],
        ]);
        expect(".o_o2o_state").toHaveText("Shipped");
    });

    test("ROUT-08: one tap on a reason rejects; the next order takes the place", async () => {
        const { server } = await mountScreen([makeOrder({ id: 1 }), makeOrder({ id: 2 })]);
        server.act = () => {
            server.orders = [makeOrder({ id: 2 })];
            return { status: "ok", message: "", order: false };
        };
        await click(".o_o2o_action_reject");
        await waitFor(".o_o2o_reason");
        await click(".o_o2o_reason:contains(Sold out)");
        await waitFor(".o_o2o_order_name:contains(S00002)");
        expect(server.actions).toEqual([[1, "reject", { reason_id: 1, note: "" }]]);
    });

    test("ROUT-08: a reason that needs a note is not sent without one", async () => {
        const { server } = await mountScreen([makeOrder()]);
        await click(".o_o2o_action_reject");
        await waitFor(".o_o2o_reason");
        await click(".o_o2o_reason:contains(Other)");
        await waitFor(".o_o2o_reject_note");
        expect(".o_o2o_reject_confirm").not.toBeEnabled();
        await click(".o_o2o_reject_note");
        await edit("broken fridge");
        await animationFrame();
        await click(".o_o2o_reject_confirm");
        await animationFrame();
        expect(server.actions).toEqual([[1, "reject", { reason_id: 2, note: "broken fridge" }]]);
    });

    test("handing over to pay takes a second tap that names the amount", async () => {
        const { server } = await mountScreen([
            makeOrder({
                state: "ready",
                delivery_kind: "pickup",
                actions: ["hand_over"],
                is_cod: true,
            }),
        ]);
        await click(".o_o2o_tab_underway");
        await animationFrame();
        await click(".o_o2o_row");
        await animationFrame();
        await click(".o_o2o_action_hand_over");
        await waitFor(".o_o2o_hand_over_confirm");
        expect(".o_o2o_collect_amount").toHaveText(/396/);
        expect(server.actions).toEqual([]);
        await click(".o_o2o_hand_over_confirm");
        await animationFrame();
        expect(server.actions).toEqual([[1, "hand_over", {}]]);
    });

    test("offline, the header says how old the list is", async () => {
        const { onlineOrders, server } = await mountScreen([makeOrder()]);
        expect(".o_o2o_connection").toHaveText(/Up to date at/);
        server.isDown = true;
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_offline").toHaveText(/^Offline, last update \d\d:\d\d$/);
        expect(".o_o2o_row").toHaveCount(1);
    });

    test("the waiting time runs", async () => {
        const since = luxon.DateTime.utc().minus({ seconds: 30 });
        await mountScreen([makeOrder({ offered_at: since.toFormat("yyyy-MM-dd HH:mm:ss") })]);
        expect(".o_o2o_row .o_o2o_elapsed").toHaveText(/^0:(29|[345]\d)$/);
        await advanceTime(60000);
        expect(".o_o2o_row .o_o2o_elapsed").toHaveText(/^1:(29|[345]\d)$/);
    });

    test("POS-08: slips are shown with their state, and can be asked for again", async () => {
        const { onlineOrders } = await mountScreen([
            makeOrder({ state: "accepted", actions: ["ship"], print_jobs: [makeJob("failed")] }),
        ]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        expect(queryAllTexts(".o_o2o_slip_state")).toEqual(["Not printed"]);
        patchWithCleanup(onlineOrders, { reprint: (_order, type) => expect.step(type) });
        await click(".o_o2o_reprint");
        expect.verifySteps(["order_slip"]);

        onlineOrders.onPrintChanged({ fulfillment_id: 1, ...makeJob("printing", 1) });
        await animationFrame();
        expect(queryAllTexts(".o_o2o_slip_state")).toEqual(["Printing"]);
        expect(".o_o2o_reprint").not.toBeEnabled();
    });

    test("without a box there is nothing about slips", async () => {
        const { onlineOrders } = await mountScreen([makeOrder({ state: "accepted" })]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        expect(".o_o2o_detail").toHaveCount(1);
        expect(".o_o2o_slips").toHaveCount(0);
    });

    test("escape leads back to the sale", async () => {
        const { pos } = await mountScreen([]);
        patchWithCleanup(pos, { navigateToOrderScreen: () => expect.step("sale") });
        await press("escape");
        expect.verifySteps(["sale"]);
    });
});
