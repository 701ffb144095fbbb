import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press, queryAllTexts, queryOne, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { SEARCH_MS } from "@o2o_order/app/services/o2o_orders_service";
import { O2oOrderScreen } from "@o2o_order/app/screens/o2o_order_screen/o2o_order_screen";
import { makeGate, makeOrder, setupOnlineOrders } from "./utils";

definePosModels();

const REASONS = [
    { id: 1, name: "Sold out", code: "sold_out", needs_note: false, stock_effect: "count" },
    { id: 2, name: "Wrong phone", code: "phone", needs_note: true, calls_customer: true },
    { id: 3, name: "Too busy", code: "busy", needs_note: false, pause_minutes: 20 },
];
const TWO_LINES = [
    {
        id: 10,
        product_id: 5,
        name: "Baijiu",
        quantity: 6,
        uom: "Units",
        subtotal: 600,
        shelf: "B-1",
    },
    { id: 11, product_id: 6, name: "Wine", quantity: 1, uom: "Units", subtotal: 80, shelf: "" },
];

/** The server has noted the place, and sends it from now on. */
function noteShelf(server, place) {
    for (const order of server.orders) {
        order.lines[0].shelf = place;
    }
}

async function mountScreen(orders, server = {}) {
    const setup = await setupOnlineOrders(orders);
    Object.assign(setup.server, server);
    await setup.onlineOrders.refresh();
    await mountWithCleanup(MainComponentsContainer);
    await mountWithCleanup(O2oOrderScreen);
    await setup.onlineOrders.loading;
    await animationFrame();
    return setup;
}

describe("reject (idea 2)", () => {
    test("sold out asks for a count of the shelf, zero for a single article", async () => {
        const { server } = await mountScreen([makeOrder()], { reasons: REASONS });
        await click(".o_o2o_action_reject");
        await waitFor(".o_o2o_reason");
        expect(queryAllTexts(".o_o2o_reason")).toEqual([
            "Sold out\ncount the goods",
            "Wrong phone",
            "Too busy\nno new orders for 20 minutes",
        ]);
        await click(".o_o2o_reason:contains(Sold out)");
        await waitFor(".o_o2o_count");
        expect(".o_o2o_number").toHaveValue("0");
        await click(".o_o2o_plus");
        await animationFrame();
        await click(".o_o2o_reject_confirm");
        await animationFrame();
        expect(server.actions).toEqual([
            [1, "reject", { reason_id: 1, note: "", counts: { 5: 1 } }],
        ]);
    });

    test("of several articles only those that were counted are sent", async () => {
        const { server } = await mountScreen([makeOrder({ lines: TWO_LINES })], {
            reasons: REASONS,
        });
        await click(".o_o2o_action_reject");
        await waitFor(".o_o2o_reason");
        await click(".o_o2o_reason:contains(Sold out)");
        await waitFor(".o_o2o_count");
        expect(".o_o2o_reject_confirm").not.toBeEnabled();
        await click(".o_o2o_count:last .o_o2o_minus");
        await animationFrame();
        await click(".o_o2o_reject_confirm");
        await animationFrame();
        expect(server.actions[0][2].counts).toEqual({ 6: 0 });
    });

    test("a wrong phone is called first, then explained", async () => {
        const { server } = await mountScreen([makeOrder()], { reasons: REASONS });
        await click(".o_o2o_action_reject");
        await waitFor(".o_o2o_reason");
        await click(".o_o2o_reason:contains(Wrong phone)");
        await waitFor(".o_o2o_call_phone");
        expect(".o_o2o_call_phone").toHaveText("138 0013 8000");
        await click(".o_o2o_reject_called");
        await waitFor(".o_o2o_reject_note");
        await click(".o_o2o_reject_note");
        await edit("nobody answers");
        await animationFrame();
        await click(".o_o2o_reject_confirm");
        await animationFrame();
        expect(server.actions).toEqual([[1, "reject", { reason_id: 2, note: "nobody answers" }]]);
    });
});

describe("accept by line (idea 9)", () => {
    const order = () => makeOrder({ lines: TWO_LINES, more_actions: ["accept_lines"] });

    test("five of six, with a substitute and a day", async () => {
        const { server } = await mountScreen([order()]);
        server.answers.pos_substitutes = (lineId, query) => ({
            status: "ok",
            products: [{ id: 77, name: `Other ${lineId}${query}`, difference: 12, free: 3 }],
        });
        await click(".o_o2o_action_accept_lines");
        await waitFor(".o_o2o_accept_line");
        await click(".o_o2o_accept_line:first .o_o2o_minus");
        await animationFrame();
        expect(".o_o2o_accept_lines_confirm").toHaveText("Accept 6 of 7");
        await click(".o_o2o_propose");
        await waitFor(".o_o2o_substitute");
        expect(".o_o2o_substitute").toHaveText(/Other 10/);
        expect(".o_o2o_substitute").toHaveText(/12\.00 dearer, 3 in stock/);
        await click(".o_o2o_substitute");
        await animationFrame();
        await click(".o_o2o_accept_lines_confirm");
        await animationFrame();
        expect(server.actions).toEqual([
            [
                1,
                "accept_lines",
                { lines: { 10: 5, 11: 1 }, substitutes: { 10: 77 }, wait_until: "" },
            ],
        ]);
    });

    test("never more than ordered, and not nothing at all", async () => {
        await mountScreen([order()]);
        await click(".o_o2o_action_accept_lines");
        await waitFor(".o_o2o_accept_line");
        await click(".o_o2o_accept_line:last .o_o2o_plus");
        await animationFrame();
        expect(".o_o2o_accept_line:last .o_o2o_number").toHaveValue("1");
        for (const position of ["first", "last"]) {
            await click(`.o_o2o_accept_line:${position} .o_o2o_number`);
            await edit("0", { confirm: "blur" });
            await animationFrame();
        }
        expect(".o_o2o_accept_lines_confirm").not.toBeEnabled();
    });

    test("the answer of the customer is shown on the order", async () => {
        const choice = {
            state: "open",
            due_at: "2026-01-05 10:00:00",
            answer: "",
            answer_label: "",
            answered_by: "",
            wait_until: "",
            lines: [{ id: 1, name: "Baijiu", wanted: 6, available: 5, substitute: "" }],
        };
        const { onlineOrders, server } = await mountScreen([
            makeOrder({ state: "accepted", actions: ["ship"], choice }),
        ]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        expect(".o_o2o_choice_state").toHaveText(/The customer is asked/);
        server.orders = [
            makeOrder({
                state: "accepted",
                choice: {
                    ...choice,
                    state: "done",
                    answer: "part",
                    answer_label: "Take what is there",
                    answered_by: "silence",
                },
            }),
        ];
        await onlineOrders.refresh();
        await animationFrame();
        expect(".o_o2o_choice_state").toHaveText(/No answer in time: Take what is there/);
    });
});

describe("to another store", () => {
    const order = () =>
        makeOrder({ state: "accepted", actions: ["ship"], more_actions: ["pass_on"] });

    test("a reason first, then a store, or the system's choice", async () => {
        const { onlineOrders, server, notices } = await mountScreen([order()]);
        server.answers.pos_stores = () => ({
            status: "ok",
            message: "",
            stores: [{ id: 8, name: "West", phone: "", distance_km: 2.1, customer_km: false }],
        });
        server.act = () => {
            server.orders = [];
            return { status: "ok", message: "", order: false };
        };
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        await click(".o_o2o_action_pass_on");
        await waitFor(".o_o2o_pass_on_store");
        expect(".o_o2o_pass_on_store").toHaveText(/2.1 km from here/);
        expect(".o_o2o_pass_on_store").not.toBeEnabled();
        await click(".o_o2o_pass_on_reason");
        await edit("fridge broke");
        await animationFrame();
        await click(".o_o2o_pass_on_store");
        await animationFrame();
        expect(server.actions).toEqual([[1, "pass_on", { store_id: 8, reason: "fridge broke" }]]);
        await onlineOrders.loading;
        expect(notices.at(-1).text).toBe("S00001 was handed to another store");
        expect(onlineOrders.orders).toHaveLength(0);
    });
});

describe("return (POS-07)", () => {
    const found = {
        fulfillment_id: 9,
        order_name: "S00009",
        name: "F/9",
        partner_name: "Li Lei",
        payment_label: "Cash",
        route: "cash",
        currency_id: 1,
        points_used: 100,
        points_earned: 30,
        supervisors: [{ id: 3, name: "Boss" }],
        lines: [{ id: 90, name: "Baijiu", uom: "Units", quantity: 2, returnable: 2 }],
        refunds: [],
    };
    const refund = {
        id: 5,
        name: "R1",
        order_name: "S00009",
        amount: 150,
        currency_id: 1,
        route_label: "Cash at the till",
        state_label: "Paid back",
        points_back: 50,
        points_taken: 15,
        lines: [],
    };

    function answerReturns(server, preview = {}) {
        server.answers.pos_return_find = (number) =>
            number === "S00009"
                ? { status: "ok", message: "", returns: [found] }
                : { status: "unknown", message: "No such order.", returns: [] };
        server.answers.pos_return_preview = (_id, lines) => ({
            status: "ok",
            message: "",
            amount: 150 * lines[90],
            route: "cash",
            points_back: 50,
            points_taken: 15,
            needs_supervisor: false,
            ...preview,
        });
    }

    async function findOrder(number) {
        await click(".o_o2o_return");
        await waitFor(".o_o2o_return_number");
        await click(".o_o2o_return_number");
        await edit(number);
        await press("enter");
        await animationFrame();
    }

    test("number, everything filled in, reduce, take back", async () => {
        const { server } = await mountScreen([]);
        answerReturns(server);
        server.act = () => ({ status: "ok", message: "", order: false, refund });
        await findOrder("S00009");
        await waitFor(".o_o2o_return_amount");
        expect(".o_o2o_number").toHaveValue("2");
        expect(".o_o2o_return_amount").toHaveText(/300/);
        await click(".o_o2o_minus");
        await animationFrame();
        expect(".o_o2o_return_confirm").not.toBeEnabled();
        await advanceTime(400);
        await animationFrame();
        expect(".o_o2o_return_amount").toHaveText(/150/);
        await click(".o_o2o_return_confirm");
        await waitFor(".o_o2o_refund_amount");
        expect(server.actions).toEqual([[9, "return_goods", { lines: { 90: 1 }, reason: "" }]]);
        expect(server.keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    });

    test("an unknown number is said, the dialog stays", async () => {
        const { server } = await mountScreen([]);
        answerReturns(server);
        await findOrder("S1");
        expect(".o_o2o_return_error").toHaveText("No such order.");
        expect(".o_o2o_return_number").toHaveCount(1);
    });

    test("above the limit a supervisor approves, with the same key", async () => {
        const { server } = await mountScreen([]);
        answerReturns(server, { needs_supervisor: true });
        server.act = (_id, _action, { pin }) =>
            pin === "739154"
                ? { status: "ok", message: "", order: false, refund }
                : { status: "pin_wrong", message: "This PIN is wrong.", order: false };
        await findOrder("S00009");
        await waitFor(".o_o2o_return_pin");
        expect(".o_o2o_return_confirm").not.toBeEnabled();
        for (const pin of ["111111", "739154"]) {
            const select = queryOne(".o_o2o_return_supervisor");
            select.value = "3";
            select.dispatchEvent(new Event("change"));
            await click(".o_o2o_return_pin");
            await edit(pin);
            await animationFrame();
            await click(".o_o2o_return_confirm");
            await animationFrame();
        }
        await waitFor(".o_o2o_refund_amount");
        expect(server.keys[0]).toBe(server.keys[1]);
    });
});

describe("lists and search (POS-03, POS-08)", () => {
    test("six lists with their counters", async () => {
        await mountScreen([
            makeOrder({ id: 1 }),
            makeOrder({ id: 2, state: "picking" }),
            makeOrder({ id: 3, state: "ready" }),
            makeOrder({ id: 4, state: "ready", delivery_kind: "pickup" }),
            makeOrder({ id: 5, state: "shipped" }),
            makeOrder({ id: 6, state: "expired" }),
        ]);
        expect(queryAllTexts(".o_o2o_tab")).toEqual([
            "To accept1",
            "Preparing1",
            "To ship1",
            "On the way2",
            "Done today",
            "Problems1",
        ]);
    });

    test("a limit counts down and turns red", async () => {
        const due = luxon.DateTime.utc().plus({ seconds: 90 });
        await mountScreen([makeOrder({ due_at: due.toFormat("yyyy-MM-dd HH:mm:ss") })]);
        expect(".o_o2o_row .o_o2o_due").toHaveText(/^1:(29|30|31)$/);
        await advanceTime(60000);
        expect(".o_o2o_row .o_o2o_due_warning").toHaveCount(1);
        await advanceTime(60000);
        expect(".o_o2o_row .o_o2o_due_danger").toHaveText(/^late 0:(29|3\d)$/);
    });

    test("a past order is found on the server, opened, and can be returned", async () => {
        const past = makeOrder({
            id: 44,
            state: "completed",
            actions: [],
            more_actions: ["return_goods"],
        });
        const { onlineOrders, server } = await mountScreen([makeOrder()], { found: [past] });
        server.answers.pos_return_find = (number) => {
            expect.step(number);
            return { status: "unknown", message: "x", returns: [] };
        };
        await click(".o_o2o_search");
        await edit("00044");
        await advanceTime(SEARCH_MS + 50);
        await waitFor(".o_o2o_row:contains(S000044)");
        expect(server.searches).toEqual(["00044"]);
        await click(".o_o2o_row:contains(S000044)");
        await animationFrame();
        expect(".o_o2o_order_name").toHaveText("S000044");
        await click(".o_o2o_action_return_goods");
        await waitFor(".o_o2o_return_number");
        await animationFrame();
        expect.verifySteps(["F/44"]);
        expect(onlineOrders.isOnBoard(past)).toBe(false);
    });

    test("without network the search still finds what the till knows", async () => {
        const { server } = await mountScreen([makeOrder()]);
        server.isDown = true;
        await click(".o_o2o_search");
        await edit("00001");
        await advanceTime(SEARCH_MS + 50);
        await animationFrame();
        expect(".o_o2o_row").toHaveCount(1);
        expect(".o_o2o_offline").toHaveCount(1);
    });

    test("the shelf place is changed on the line, for all orders with the article", async () => {
        const { onlineOrders, server } = await mountScreen([makeOrder(), makeOrder({ id: 2 })]);
        server.answers.pos_set_shelf = (productId, place) => {
            expect.step(`${productId} ${place}`);
            noteShelf(server, place);
            return { status: "ok", message: "", place };
        };
        await click(".o_o2o_shelf");
        await waitFor(".modal textarea, .modal input");
        await click(".modal textarea, .modal input");
        await edit("B-12");
        await animationFrame();
        await click(".modal .btn-primary");
        await waitForNone(".modal");
        await waitFor(".o_o2o_shelf:contains(B-12)");
        expect.verifySteps(["5 B-12"]);
        expect(onlineOrders.getOrder(2).lines[0].shelf).toBe("B-12");
    });

    test("a board that was read before the shelf place changed does not undo it", async () => {
        const { onlineOrders, server } = await mountScreen([makeOrder()]);
        server.answers.pos_set_shelf = (_productId, place) => {
            noteShelf(server, place);
            return { status: "ok", message: "", place };
        };
        server.boardGate = makeGate();
        const loaded = onlineOrders.refresh();
        await animationFrame();
        await onlineOrders.setShelf(5, "B-12");
        expect(onlineOrders.getOrder(1).lines[0].shelf).toBe("B-12");
        server.boardGate.resolve();
        await loaded;
        expect(onlineOrders.getOrder(1).lines[0].shelf).toBe("B-12");
    });

    test("slips come out of the till's own printer, also without a box", async () => {
        const { onlineOrders, pos } = await mountScreen([
            makeOrder({ state: "accepted", actions: ["ship"] }),
        ]);
        onlineOrders.view.selectedId = 1;
        await animationFrame();
        patchWithCleanup(pos.env.services.printer, {
            print: (_component, props, options) =>
                expect.step(`${props.documentType} ${options.webPrintFallback}`),
        });
        await click(".o_o2o_print_here");
        expect.verifySteps(["order_slip true"]);
    });
});
