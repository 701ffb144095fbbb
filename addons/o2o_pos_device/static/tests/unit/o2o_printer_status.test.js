import { describe, expect, test } from "@odoo/hoot";
import { animationFrame, tick } from "@odoo/hoot-mock";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";
import { O2oOrderScreen } from "@o2o_order/app/screens/o2o_order_screen/o2o_order_screen";
import { makeGate, setupOnlineOrders } from "@o2o_order/../tests/unit/utils";

definePosModels();

const STATUS = ".o_o2o_printer_status";

async function setupPrinters(...healths) {
    const setup = await setupOnlineOrders();
    const names = ["Counter", "Kitchen"];
    setup.server.store = {
        printers: healths.map((health, index) => ({ id: index + 1, name: names[index], health })),
    };
    await setup.onlineOrders.refresh();
    /** The first printer changes: the server knows it, and tells the till. */
    const say = (values) => {
        Object.assign(setup.server.store.printers[0], values);
        setup.onlineOrders.onPrinterStatus({ id: 1, name: names[0], ...values });
    };
    return { ...setup, say };
}

describe("POS-05: printers at the till", () => {
    test("the navbar is silent while all is well", async () => {
        await setupPrinters("online", "unknown");
        await mountWithCleanup(Navbar);
        expect(STATUS).toHaveCount(0);
    });

    test("the navbar says what is wrong, on every screen", async () => {
        const { onlineOrders, server } = await setupPrinters("online");
        await mountWithCleanup(Navbar);
        server.store.printers[0].health = "box_offline";
        await onlineOrders.refresh();
        await animationFrame();
        expect(STATUS).toHaveText("Counter: the box is not connected");
        expect(STATUS).toHaveClass("text-bg-danger");
    });

    test("a printer without a box says so too", async () => {
        const { onlineOrders, server } = await setupPrinters("cloud_silent");
        await mountWithCleanup(Navbar);
        expect(STATUS).toHaveText("Counter: its cloud does not answer");
        server.store.printers[0].health = "cloud_refused";
        await onlineOrders.refresh();
        await animationFrame();
        expect(STATUS).toHaveText("Counter: not set up right");
    });

    test("a printer that stopped goes before one with little paper", async () => {
        await setupPrinters("paper_low", "cover_open");
        await mountWithCleanup(Navbar);
        expect(STATUS).toHaveText("Kitchen: the cover is open (and 1 more)");
    });

    test("little paper is a warning, not an alarm", async () => {
        const { notices, say } = await setupPrinters("online");
        await mountWithCleanup(Navbar);
        say({ health: "paper_low" });
        await animationFrame();
        expect(STATUS).toHaveText("Counter: paper is running low");
        expect(STATUS).toHaveClass("text-bg-warning");
        expect(notices).toEqual([]);
    });

    test("a message tells it at once, and once", async () => {
        const { notices, say } = await setupPrinters("online");
        await mountWithCleanup(Navbar);
        say({ health: "paper_out" });
        say({ health: "paper_out" });
        await animationFrame();
        expect(STATUS).toHaveText("Counter: out of paper");
        expect(notices).toEqual([{ text: "Counter: out of paper", type: "danger" }]);
        say({ health: "online" });
        await animationFrame();
        expect(STATUS).toHaveCount(0);
    });

    test("an answer that is older than a message does not undo it", async () => {
        const { onlineOrders, say, server } = await setupPrinters("online");
        await mountWithCleanup(Navbar);
        const [older, newer] = [makeGate(), makeGate()];
        server.boardGate = older;
        const refreshed = onlineOrders.refresh();
        await tick();
        say({ health: "paper_out" });
        server.boardGate = newer;
        server.store.printers[0].health = "online";
        older.resolve();
        await animationFrame();
        expect(STATUS).toHaveText("Counter: out of paper");
        server.store.printers[0].health = "paper_out";
        newer.resolve();
        await refreshed;
        await animationFrame();
        expect(STATUS).toHaveText("Counter: out of paper");
    });

    test("the board of orders also says that all is well", async () => {
        await setupPrinters("online");
        await mountWithCleanup(O2oOrderScreen);
        await animationFrame();
        expect(`.o_o2o_header ${STATUS}`).toHaveText("Printers ready");
    });

    test("the board of orders tells of an open drawer", async () => {
        const { say } = await setupPrinters("online");
        await mountWithCleanup(O2oOrderScreen);
        say({ health: "online", drawer: "open" });
        await animationFrame();
        expect(`.o_o2o_header ${STATUS}`).toHaveText("Printers ready, drawer open");
    });

    test("a store without printers says nothing", async () => {
        await setupPrinters();
        await mountWithCleanup(O2oOrderScreen);
        await animationFrame();
        expect(STATUS).toHaveCount(0);
    });
});
