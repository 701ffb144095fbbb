import { describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts, queryOne, select } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { PosStore } from "@point_of_sale/app/services/pos_store";
import { CourierDialog } from "@o2o_collection/app/courier_dialog/courier_dialog";

definePosModels();

/** The server as far as the dialog sees it. */
class FakeServer {
    couriers = [
        {
            id: 7,
            name: "Courier One",
            cash_fen: 40000,
            cash: 400,
            slip_count: 1,
            slips: 88,
            count: 2,
            since: "",
            is_here: true,
        },
    ];
    underway = [
        {
            id: 3,
            order_name: "S00042",
            amount: 120,
            courier_id: 7,
            courier_name: "Courier One",
            is_overdue: false,
        },
    ];
    staff = [
        { id: 7, name: "Courier One" },
        { id: 8, name: "Courier Two" },
    ];
    asked = [];
    answer = { status: "ok", message: "", name: "H1", difference: 0 };
    isDown = false;

    handle(method, [, ...args]) {
        if (this.isDown) {
            return new Response("", { status: 502 });
        }
        this.asked.push([method, ...args]);
        if (method !== "pos_list") {
            return this.answer;
        }
        const { couriers, underway, staff } = this;
        return { couriers, underway, staff };
    }

    get taken() {
        return this.asked.filter(([method]) => method === "pos_take");
    }
}

async function openDialog(change = () => {}) {
    const server = new FakeServer();
    change(server);
    for (const method of ["pos_list", "pos_take", "pos_assign"]) {
        onRpc("o2o.collection.till", method, ({ args }) => server.handle(method, args));
    }
    const pos = await setupPosEnv();
    await mountWithCleanup(MainComponentsContainer);
    pos.dialog.add(CourierDialog);
    await animationFrame();
    await animationFrame();
    return server;
}

async function type(selector, text) {
    await click(selector);
    await edit(text);
    await animationFrame();
}

async function chooseCourier() {
    await click(".o_o2o_courier");
    await animationFrame();
}

async function enterSlips(count = "1", sum = "88") {
    await type("#o_o2o_slip_count", count);
    await type("#o_o2o_slip_sum", sum);
}

const isLocked = () => queryOne(".o_o2o_courier_take").disabled;

describe("POS-15: a courier's money at the till", () => {
    test("who has money is listed", async () => {
        await openDialog();
        const [text] = queryAllTexts(".o_o2o_courier");
        expect(text).toInclude("Courier One");
        expect(text).toInclude("400");
    });

    test("it is in the menu of the till", async () => {
        onRpc("o2o.collection.till", "pos_list", () => ({
            couriers: [],
            underway: [],
            staff: [],
        }));
        await setupPosEnv();
        // a cashier who may not move cash by hand takes over what couriers bring
        patchWithCleanup(PosStore.prototype, {
            get showCashMoveButton() {
                return false;
            },
        });
        await mountWithCleanup(MainComponentsContainer);
        await mountWithCleanup(Navbar);
        await click(".fa-bars");
        await animationFrame();
        await click(".o-dropdown-item:contains(Courier’s money)");
        await animationFrame();
        await animationFrame();
        expect(".o_o2o_courier_dialog").toHaveCount(1);
    });

    test("nobody has money", async () => {
        await openDialog((server) => (server.couriers = server.underway = []));
        expect(".o_o2o_courier").toHaveCount(0);
        expect(".o_o2o_courier_dialog").toHaveText(/No courier has money/);
    });

    test("the cash is counted, and the courier tells the code", async () => {
        const server = await openDialog();
        await chooseCourier();
        expect(isLocked()).toBe(true);
        // nothing is short before something was counted
        expect(".o_o2o_courier_difference").toHaveCount(0);
        expect("#o_o2o_reason").toHaveCount(0);
        await type("#o_o2o_counted", "400");
        expect(isLocked()).toBe(true);
        await type("#o_o2o_code", "123456");
        expect(isLocked()).toBe(true);
        await enterSlips();
        expect(isLocked()).toBe(false);
        expect("#o_o2o_reason").toHaveCount(0);
        await click(".o_o2o_courier_take");
        await animationFrame();
        expect(server.taken).toEqual([
            [
                "pos_take",
                7,
                {
                    counted_fen: 40000,
                    expected_fen: 40000,
                    slip_count: 1,
                    slip_fen: 8800,
                    code: "123456",
                    reason: "",
                },
            ],
        ]);
        // back at the list, as the server has it now
        expect(server.asked.at(-1)).toEqual(["pos_list"]);
    });

    test("a difference needs a reason", async () => {
        const server = await openDialog();
        await chooseCourier();
        await type("#o_o2o_counted", "398.50");
        await enterSlips();
        await type("#o_o2o_code", "123456");
        expect(".o_o2o_courier_difference").toHaveText(/1\.50 short/);
        expect(isLocked()).toBe(true);
        await type("#o_o2o_reason", "wrong change");
        await click(".o_o2o_courier_take");
        await animationFrame();
        expect(server.taken[0][2]).toMatchObject({
            counted_fen: 39850,
            reason: "wrong change",
        });
    });

    test("what the server refuses is told, and nothing is lost", async () => {
        const server = await openDialog();
        server.answer = { status: "refused", message: "This is not the code." };
        await chooseCourier();
        await type("#o_o2o_counted", "400");
        await enterSlips();
        await type("#o_o2o_code", "000000");
        await click(".o_o2o_courier_take");
        await animationFrame();
        expect(".o_o2o_courier_message").toHaveText("This is not the code.");
        expect("#o_o2o_counted").toHaveValue("400");
        // the courier may have declared another amount
        expect("#o_o2o_reason").toHaveCount(1);
    });

    test("a slip that is missing needs a reason", async () => {
        const server = await openDialog();
        await chooseCourier();
        await type("#o_o2o_counted", "400");
        await type("#o_o2o_code", "123456");
        await enterSlips("0", "0");
        expect(".o_o2o_courier_slips").toHaveCount(1);
        expect(isLocked()).toBe(true);
        await type("#o_o2o_reason", "lost");
        await click(".o_o2o_courier_take");
        await animationFrame();
        expect(server.taken[0][2]).toMatchObject({ slip_count: 0, slip_fen: 0, reason: "lost" });
    });

    test("without a line it says that nothing is known", async () => {
        const server = await openDialog();
        await chooseCourier();
        await type("#o_o2o_counted", "400");
        await enterSlips();
        await type("#o_o2o_code", "123456");
        server.isDown = true;
        await click(".o_o2o_courier_take");
        await animationFrame();
        expect(".o_o2o_courier_message").toHaveText(/No connection/);
        expect(server.taken).toEqual([]);
        expect(isLocked()).toBe(false);
    });

    test("a delivery is given to somebody else", async () => {
        const server = await openDialog();
        await click(".o_o2o_underway select");
        await select("8");
        await animationFrame();
        expect(server.asked).toInclude(["pos_assign", 3, 8]);
    });
});
