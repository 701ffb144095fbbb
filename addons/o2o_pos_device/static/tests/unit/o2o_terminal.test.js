import { describe, expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { MainComponentsContainer } from "@web/core/main_components_container";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosConfig } from "@point_of_sale/../tests/unit/data/pos_config.data";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { OpeningControlPopup } from "@point_of_sale/app/components/popups/opening_control_popup/opening_control_popup";
import { BUSY_MS, IDLE_MS } from "@o2o_pos_device/app/services/o2o_terminal_service";
import { LOOK_MS, PAGE } from "@o2o_pos_device/app/screens/o2o_terminal_dialog/o2o_terminal_dialog";

definePosModels();

const STATUS = ".o_o2o_terminal_status";
const ROW = ".o_o2o_terminal_row";

function makeSignIn(uid, state, values = {}) {
    return { uid, op: "signin", state, code: "", message: "", seconds_left: 180, ...values };
}

function makeRow(values = {}) {
    return {
        uid: "t1",
        op: "sale",
        state: "approved",
        amount: 88.8,
        code: "",
        message: "",
        card: "621700*********0018",
        trace: "000012",
        ref: "123456789012",
        auth: "551200",
        batch: "000007",
        at: "2026-11-27 01:30:15",
        cashier: "Li Lei",
        till: "Till NEAR",
        order: "",
        origin_trace: "",
        given_back: 0,
        has_slip: true,
        ...values,
    };
}

/** A till with a bank-card terminal; the server answers as the test says. */
async function setupTerminal({ status = {}, rows = [], hasTerminal = true } = {}) {
    const asked = [];
    const server = {
        rows,
        isDown: false,
        status: {
            id: 5,
            name: "Counter",
            state: "idle",
            connection: "Network",
            address: "192.0.2.7:8899",
            box: "Near box",
            pos_no: "",
            mid: "898310153110001",
            tid: "01370158",
            batch: "000007",
            answer_seconds: 120,
            has_slips: true,
            is_settled_at_closing: true,
            signed_in_at: "2026-11-27 01:00:00",
            sign_in: false,
            ...status,
        },
        answer: { status: "ok", message: "", job: { printer: "Counter printer" } },
    };
    const answers = {
        pos_status: () => ({ ...server.status }),
        pos_sign_in: () => server.answer,
        pos_list: (search, limit) => ({
            transactions: server.rows.slice(0, limit),
            has_more: server.rows.length > limit,
        }),
        pos_resolve: () => ({ ...server.rows[0] }),
        pos_print_slip: () => server.answer,
    };
    for (const [method, answer] of Object.entries(answers)) {
        onRpc("o2o.terminal", method, ({ args: [, ...args] }) => {
            asked.push([method, ...args]);
            return server.isDown ? new Response("", { status: 502 }) : answer(...args);
        });
    }
    patchWithCleanup(PosConfig._records[0], { o2o_has_terminal: hasTerminal });
    const pos = await setupPosEnv();
    const terminal = getService("o2o_terminal");
    await terminal.refresh();
    const notices = [];
    patchWithCleanup(terminal.notification, {
        add: (text, options) => {
            notices.push({ text: String(text), ...options });
            return () => {};
        },
    });
    return { asked, notices, pos, server, terminal };
}

async function setupDialog(options) {
    const setup = await setupTerminal(options);
    await mountWithCleanup(MainComponentsContainer);
    setup.terminal.open();
    await waitFor(".o_o2o_terminal_dialog");
    await animationFrame();
    const listed = () => setup.asked.filter(([method]) => method === "pos_list");
    return { ...setup, listed };
}

describe("POS-10: the sign-in at the till", () => {
    test("the till says that the terminal is signed in, once", async () => {
        const { notices, server, terminal } = await setupTerminal();
        server.status.sign_in = makeSignIn("s1", "new");
        await terminal.onMessage({ terminal_id: 5 });
        expect(notices).toEqual([]);
        server.status.sign_in = makeSignIn("s1", "approved");
        await terminal.onMessage({ terminal_id: 5 });
        await terminal.onMessage({ terminal_id: 5 });
        expect(notices.map(({ text }) => text)).toEqual(["The bank card terminal is signed in."]);
    });

    test("a refusal says why, and can be tried again", async () => {
        const { asked, notices, server, terminal } = await setupTerminal();
        server.status.sign_in = makeSignIn("s1", "declined", { code: "offline" });
        await terminal.refresh();
        expect(notices[0].text).toBe(
            "Bank card terminal. Not signed in: the terminal is switched off or not connected"
        );
        expect(notices[0].sticky).toBe(true);
        expect(String(notices[0].buttons[0].name)).toBe("Try again");
        await notices[0].buttons[0].onClick();
        const [, key] = asked.find(([method]) => method === "pos_sign_in");
        expect(key.length).toBeGreaterThan(8);
    });

    test("a message that is lost costs a few seconds", async () => {
        const { notices, server, terminal } = await setupTerminal();
        server.status.sign_in = makeSignIn("s1", "new");
        await terminal.refresh();
        server.status.sign_in = makeSignIn("s1", "approved");
        await advanceTime(BUSY_MS);
        await animationFrame();
        expect(notices.length).toBe(1);
    });

    test("a box that died meanwhile is not waited for", async () => {
        const { asked, notices, server, terminal } = await setupTerminal();
        server.status.sign_in = makeSignIn("s1", "pending");
        await terminal.refresh();
        server.status.sign_in = makeSignIn("s1", "pending", { seconds_left: 0 });
        await advanceTime(BUSY_MS);
        await animationFrame();
        expect(notices.map(({ text }) => text)).toEqual([
            "Bank card terminal. Not signed in: the box of the store did not answer in time",
        ]);
        asked.length = 0;
        await advanceTime(BUSY_MS);
        expect(asked).toEqual([]);
    });

    test("what was before a reload is not told again", async () => {
        const { notices, terminal } = await setupTerminal({
            status: { sign_in: makeSignIn("s0", "declined") },
        });
        await terminal.refresh();
        expect(notices).toEqual([]);
    });

    test("opening the till looks for the sign-in", async () => {
        const { asked, terminal } = await setupTerminal();
        onRpc("pos.session", "set_opening_control", () => true);
        asked.length = 0;
        const popup = await mountWithCleanup(OpeningControlPopup, { props: { close: () => {} } });
        await popup.confirm();
        await animationFrame();
        expect(asked).toEqual([["pos_status"]]);
        expect(terminal.isWell).toBe(true);
    });

    test("the navbar is silent while all is well, and says what is wrong", async () => {
        const { server, terminal } = await setupTerminal();
        await mountWithCleanup(Navbar);
        expect(STATUS).toHaveCount(0);
        server.status.state = "signed_out";
        await terminal.onMessage({ terminal_id: 5 });
        await animationFrame();
        expect(STATUS).toHaveText("Card terminal: not signed in");
        server.status.state = "idle";
        await terminal.onMessage({ terminal_id: 5 });
        await animationFrame();
        expect(STATUS).toHaveCount(0);
    });

    test("a box that fell silent is seen without a message", async () => {
        const { server } = await setupTerminal();
        await mountWithCleanup(Navbar);
        server.status.state = "box_offline";
        await advanceTime(IDLE_MS);
        await animationFrame();
        expect(STATUS).toHaveText("Card terminal: the box of the store is not connected");
    });

    test("another till's terminal is none of ours", async () => {
        const { asked, terminal } = await setupTerminal();
        asked.length = 0;
        await terminal.onMessage({ terminal_id: 6 });
        expect(asked).toEqual([]);
    });

    test("a till without a terminal asks nothing", async () => {
        const { asked } = await setupTerminal({ hasTerminal: false });
        await advanceTime(IDLE_MS);
        expect(asked).toEqual([]);
    });
});

describe("POS-08, POS-11: transactions on the till", () => {
    test("each says when, what, how much, which card, and what became of it", async () => {
        await setupDialog({
            rows: [
                makeRow({ uid: "t3", state: "unknown", has_slip: false }),
                makeRow({ uid: "t2", op: "void", trace: "000013" }),
                makeRow({ given_back: 88.8 }),
                makeRow({ uid: "t0", state: "declined", code: "51", message: "余额不足" }),
            ],
        });
        const texts = queryAllTexts(ROW);
        expect(texts[0]).toInclude("Not clear, ask the terminal");
        expect(texts[1]).toInclude("Void");
        expect(texts[1]).toInclude("-");
        expect(texts[1]).toInclude("Given back");
        for (const part of ["Charge", "88.80", "621700*********0018", "000012"]) {
            expect(texts[2]).toInclude(part);
        }
        expect(texts[2]).toInclude("Charged, given back later");
        expect(texts[3]).toInclude("Nothing was charged: 余额不足");
    });

    test("what is typed is looked for on the server", async () => {
        const { listed, server } = await setupDialog({ rows: [makeRow()] });
        server.rows = [];
        await click(".o_o2o_terminal_search");
        await edit("0018");
        await advanceTime(1000);
        await animationFrame();
        expect(listed().at(-1)).toEqual(["pos_list", "0018", PAGE]);
        expect(".o_o2o_terminal_none").toHaveText("Nothing found.");
    });

    test("long lists come in parts", async () => {
        const rows = [...Array(PAGE + 5).keys()].map((each) => makeRow({ uid: `t${each}` }));
        await setupDialog({ rows });
        expect(ROW).toHaveCount(PAGE);
        await click(".o_o2o_terminal_more");
        await animationFrame();
        expect(ROW).toHaveCount(PAGE + 5);
        expect(".o_o2o_terminal_more").toHaveCount(0);
    });

    test("one is opened, and its slip is printed again", async () => {
        const { asked, notices } = await setupDialog({ rows: [makeRow()] });
        await click(ROW);
        await animationFrame();
        expect(".o_o2o_terminal_details").toHaveText(/123456789012/);
        expect(".o_o2o_terminal_details").toHaveText(/Li Lei/);
        await click(".o_o2o_terminal_print");
        await animationFrame();
        expect(asked).toInclude(["pos_print_slip", "t1"]);
        expect(notices.at(-1).text).toBe("The slip comes out at printer Counter printer.");
        await click(".o_o2o_terminal_back");
        await animationFrame();
        expect(ROW).toHaveCount(1);
    });

    test("a store without a printer says so", async () => {
        const { notices, server } = await setupDialog({ rows: [makeRow()] });
        server.answer = { status: "refused", message: "Store has no printer.", job: false };
        await click(ROW);
        await animationFrame();
        await click(".o_o2o_terminal_print");
        await animationFrame();
        expect(notices.at(-1)).toEqual({ text: "Store has no printer.", type: "danger" });
    });

    test("one of unknown outcome is asked for, and its end is seen without a message", async () => {
        const row = makeRow({ state: "unknown", has_slip: false });
        const { asked, server } = await setupDialog({ rows: [row] });
        await click(ROW);
        await animationFrame();
        expect(".o_o2o_terminal_print").toHaveCount(0);
        await click(".o_o2o_terminal_ask");
        await animationFrame();
        expect(asked).toInclude(["pos_resolve", "t1"]);
        server.rows = [makeRow()];
        await advanceTime(LOOK_MS);
        await animationFrame();
        expect(".o_o2o_terminal_outcome").toHaveText("Charged");
        expect(".o_o2o_terminal_ask").toHaveCount(0);
    });

    test("a message brings the list up to date", async () => {
        const { server, terminal } = await setupDialog();
        expect(".o_o2o_terminal_none").toHaveText("No bank card was used at this till yet.");
        server.rows = [makeRow()];
        await terminal.onMessage({ terminal_id: 5 });
        await waitFor(ROW);
        expect(ROW).toHaveCount(1);
    });

    test("without network the list says so", async () => {
        const { server } = await setupDialog({ rows: [makeRow()] });
        server.isDown = true;
        await click(".o_o2o_terminal_search");
        await edit("1");
        await advanceTime(1000);
        await animationFrame();
        expect(".alert-danger").toHaveText("No connection to the server. Please try again.");
    });
});

describe("POS-13: the terminal's settings", () => {
    test("the till reads them, and tests the connection", async () => {
        const { asked, notices, server } = await setupDialog({ status: { state: "offline" } });
        await click(".o_o2o_tab_terminal");
        await animationFrame();
        expect(".o_o2o_terminal_state").toHaveText("switched off or not connected");
        const texts = queryAllTexts(".o_o2o_terminal_details dd");
        for (const value of ["Network", "192.0.2.7:8899", "898310153110001", "01370158"]) {
            expect(texts).toInclude(value);
        }
        server.status.sign_in = makeSignIn("s1", "approved");
        server.status.state = "idle";
        await click(".o_o2o_terminal_sign_in");
        await animationFrame();
        expect(asked.map(([method]) => method)).toInclude("pos_sign_in");
        expect(".o_o2o_terminal_state").toHaveText("signed in and ready");
        expect(notices.map(({ text }) => text)).toEqual(["The bank card terminal is signed in."]);
    });

    test("a refused test says why", async () => {
        const { notices, server } = await setupDialog();
        server.answer = { status: "refused", message: "The box of the store is not connected." };
        await click(".o_o2o_tab_terminal");
        await animationFrame();
        await click(".o_o2o_terminal_sign_in");
        await animationFrame();
        expect(notices.map(({ text }) => text)).toEqual(["The box of the store is not connected."]);
    });
});
