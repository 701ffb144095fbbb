import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { getService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosConfig } from "@point_of_sale/../tests/unit/data/pos_config.data";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { RETRY_MS } from "@o2o_pos_device/app/services/o2o_local_service";

definePosModels();

const URL = "http://127.0.0.1:9182";
const BOX = {
    url: URL,
    key: "secret",
    above: [{ type: "text", text: "观山湖旗舰店" }],
    below: [],
};

/**
 * A till with a box beside it; the box answers as the test says, null is no answer.
 *
 * @param {object} options
 * @param {boolean} options.hasBox
 * @param {boolean} options.isServerDown from the start, with what the till kept of before
 */
async function setupLocal({ hasBox = true, isServerDown = false } = {}) {
    const calls = [];
    const notices = [];
    const printed = [];
    const box = { answers: [], events: [] };
    onRpc("o2o.box", "pos_get_local", () =>
        isServerDown ? new Response("", { status: 502 }) : BOX
    );
    patchWithCleanup(PosConfig._records[0], { o2o_has_local_box: hasBox });
    if (isServerDown) {
        browser.localStorage.setItem("o2o_box_1", JSON.stringify(BOX));
    }
    const fetch = browser.fetch;
    patchWithCleanup(browser, {
        fetch: async (url, options) => {
            if (!`${url}`.startsWith(URL)) {
                return fetch(url, options);
            }
            const route = url.slice(`${URL}/o2o/till/1/`.length);
            const body = JSON.parse(options.body);
            calls.push({ route, body, options });
            if (route === "swipe") {
                const event = box.events.shift();
                if (!event) {
                    throw new TypeError("no box");
                }
                return new Response(JSON.stringify({ event }));
            }
            const answer = box.answers.shift();
            if (!answer) {
                throw new TypeError("no box");
            }
            return typeof answer === "number"
                ? new Response("", { status: answer })
                : new Response(JSON.stringify(answer));
        },
    });
    const pos = await setupPosEnv();
    const local = getService("o2o_local");
    await animationFrame();
    patchWithCleanup(local.notification, { add: (text) => notices.push(text) });
    patchWithCleanup(pos.printer, {
        print: async (component, { order }) => {
            printed.push(order.uuid);
            return true;
        },
    });
    return { pos, local, box, calls, notices, printed };
}

async function sell(pos) {
    const order = await getFilledOrder(pos);
    order.state = "paid";
    return order;
}

const DONE = { state: "printed", error: "", printer: "online" };

describe("POS-04: the slip of a sale at the box beside the till", () => {
    test("goes to the box with the name of the sale and its key, not to Odoo's printer", async () => {
        const { pos, box, calls, printed } = await setupLocal();
        const order = await sell(pos);
        box.answers = [DONE];
        expect(await pos.printReceipt({ order })).toBe(true);
        expect(printed).toEqual([]);
        const [{ route, body, options }] = calls;
        expect([route, body.uid]).toEqual(["print", `sale-${order.uuid}`]);
        expect(options.headers.Authorization).toBe("Bearer secret");
        expect(options.credentials).toBe("omit");
        expect(order.nb_print).toBe(1);
    });

    test("says what was sold, with the words of the store", async () => {
        const { pos, box, calls } = await setupLocal();
        const order = await sell(pos);
        box.answers = [DONE];
        await pos.printReceipt({ order });
        const { blocks } = calls[0].body.document;
        expect(blocks[0].text).toBe("观山湖旗舰店");
        const words = blocks.flatMap(({ text, columns = [] }) => [
            text,
            ...columns.map((column) => column.text),
        ]);
        for (const line of order.lines) {
            expect(words).toInclude(line.getFullProductName());
        }
        expect(words).toInclude("x 3");
        expect(words).toInclude(pos.env.utils.formatCurrency(order.priceIncl));
        expect(blocks.at(-1)).toEqual({ type: "cut" });
    });

    test("pressed again it is a numbered copy with a name of its own", async () => {
        const { pos, box, calls } = await setupLocal();
        const order = await sell(pos);
        box.answers = [DONE, DONE];
        await pos.printReceipt({ order });
        await pos.printReceipt({ order });
        expect(calls[1].body.uid).toBe(`sale-${order.uuid}-1`);
        const texts = calls[1].body.document.blocks.map(({ text }) => text);
        expect(texts).toInclude("** Reprint no. 1 **");
    });

    test("a lost answer is asked for with the same name", async () => {
        const { pos, box, calls, printed } = await setupLocal();
        const order = await sell(pos);
        box.answers = [null, DONE];
        await pos.printReceipt({ order });
        expect(calls.map(({ body }) => body.uid)).toEqual(Array(2).fill(`sale-${order.uuid}`));
        expect(printed).toEqual([]);
        expect(order.nb_print).toBe(1);
    });

    test("what waits for paper is told and printed by nobody else", async () => {
        const { pos, box, notices, printed } = await setupLocal();
        const order = await sell(pos);
        box.answers = [{ state: "received", error: "", printer: "paper_out" }];
        await pos.printReceipt({ order });
        expect(notices).toEqual(["Slip printer: out of paper"]);
        expect(printed).toEqual([]);
    });

    test("an unclear slip is told; a person looks", async () => {
        const { pos, box, notices, printed } = await setupLocal();
        const order = await sell(pos);
        box.answers = [{ state: "unknown", error: "", printer: "offline" }];
        await pos.printReceipt({ order });
        expect(notices).toHaveLength(1);
        expect(printed).toEqual([]);
    });

    for (const [what, answers] of [
        ["is away", [null, null]],
        ["refuses the key", [401, 401]],
        ["failed", [{ state: "failed", error: "x", printer: "online" }]],
    ]) {
        test(`a box that ${what} leaves it to Odoo's printer`, async () => {
            const { pos, box, printed } = await setupLocal();
            const order = await sell(pos);
            box.answers = answers;
            await pos.printReceipt({ order });
            expect(printed).toEqual([order.uuid]);
        });
    }

    test("a till without a box, a bill and a gift slip are Odoo's", async () => {
        const { pos, calls, printed } = await setupLocal({ hasBox: false });
        const order = await sell(pos);
        await pos.printReceipt({ order });
        expect(printed).toHaveLength(1);
        expect(calls).toEqual([]);
        patchWithCleanup(getService("o2o_local"), { box: BOX });
        await pos.printReceipt({ order, basic: true });
        await pos.printReceipt({ order, printBillActionTriggered: true });
        expect(printed).toHaveLength(3);
        expect(calls).toEqual([]);
    });

    test("a till reloaded without internet knows the box of before", async () => {
        const { pos, box, calls } = await setupLocal({ isServerDown: true });
        const order = await sell(pos);
        box.answers = [DONE];
        await pos.printReceipt({ order });
        expect(calls.filter(({ route }) => route === "print")).toHaveLength(1);
    });
});

describe("POS-14: swipes without internet", () => {
    test("are asked for at the box while the server is away, and no longer", async () => {
        const { pos, local, box, calls } = await setupLocal();
        const swipes = [];
        patchWithCleanup(local.readers, { onLocalSwipe: async (event) => swipes.push(event.id) });
        expect(calls).toEqual([]);
        box.events = [{ id: "a", reader: "counter", kind: "card", value: "88000101" }];
        pos.data.network.offline = true;
        await animationFrame();
        await animationFrame();
        expect(swipes).toEqual(["a"]);
        expect(local.isListening).toBe(true);
        pos.data.network.offline = false;
        await advanceTime(RETRY_MS + 100);
        expect(local.isListening).toBe(false);
        const count = calls.length;
        await advanceTime(5 * RETRY_MS);
        expect(calls).toHaveLength(count);
    });

    test("are scanned where one waits, once, also when the server had them", async () => {
        const { pos, local } = await setupLocal();
        const { readers } = local;
        const scans = [];
        const taken = [];
        onRpc("o2o.reader.event", "pos_take", ({ args }) => {
            taken.push(args[1]);
            return { status: "gone", message: "" };
        });
        pos.router.state.current = "ProductScreen";
        patchWithCleanup(readers, {
            _isWaiting: () => true,
            barcodeReader: { scan: async (code) => scans.push(code) },
        });
        await readers.onLocalSwipe({ id: "a", kind: "card", value: "88000101" });
        await readers.onSwipe({ event: "a", reader: "Counter", kind: "card" });
        expect(scans).toEqual([";88000101?"]);
        expect(taken).toEqual([]);
    });

    test("of a bank card are refused", async () => {
        const { pos, local } = await setupLocal();
        const notices = [];
        pos.router.state.current = "ProductScreen";
        patchWithCleanup(local.readers, {
            notification: { add: (text, { type }) => notices.push(type) },
            barcodeReader: { scan: () => expect.step("scanned") },
        });
        await local.readers.onLocalSwipe({ id: "b", kind: "bank_card", value: "" });
        expect(notices).toEqual(["danger"]);
        expect.verifySteps([]);
    });
});
