import { describe, expect, test } from "@odoo/hoot";
import { Deferred, advanceTime, animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosPaymentMethod } from "@point_of_sale/../tests/unit/data/pos_payment_method.data";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import { mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { LOOK_MS } from "@o2o_payment/app/utils/payment_o2o_code";

definePosModels();

const CODE_METHOD = 2;
const CODE = "280000000000000001";

const METHODS = [
    "pos_plan",
    "pos_plan_qr",
    "pos_show_code",
    "pos_gateways",
    "pos_charge",
    "pos_look",
    "pos_cancel",
    "pos_reverse",
];

/** The server as far as a till sees it. */
class FakeServer {
    payments = new Map();
    asked = [];
    /** Methods whose next request arrives, and whose answer does not. */
    lost = [];
    /** What the next plans wait for. */
    gate = null;

    async handle(method, args) {
        this.asked.push(method);
        await this.gate;
        const answer = this[method](...args);
        const place = this.lost.indexOf(method);
        if (place < 0) {
            return answer;
        }
        this.lost.splice(place, 1);
        return new Response("", { status: 502 });
    }

    pos_plan(_order, uuid, amount) {
        const known = this.payments.get(uuid);
        if (known) {
            return { status: known.state === "paid" ? "ok" : "blocked", payment: known };
        }
        const payment = { out_no: "P1", payment_uuid: uuid, state: "new", amount };
        this.payments.set(uuid, payment);
        return { status: "ok", payment };
    }

    pos_gateways() {
        return [{ gateway: "wechat", name: "WeChat Pay" }];
    }

    pos_plan_qr(_order, uuid, amount, gateway) {
        const answer = this.pos_plan(_order, uuid, amount);
        Object.assign(answer.payment, { way: "qr", gateway });
        return answer;
    }

    pos_show_code() {
        const payment = [...this.payments.values()].at(-1);
        this._enter({ state: "waiting" });
        return { payment, qr: "data:image/svg+xml;base64,AA==", seconds_left: 120 };
    }

    pos_charge() {
        return this._enter({ state: "paid" });
    }

    pos_look(uuids) {
        return uuids.filter((it) => this.payments.has(it)).map((it) => this.payments.get(it));
    }

    pos_cancel() {
        return this._enter({ state: "closed" });
    }

    pos_reverse() {
        return this._enter({ is_given_back: true });
    }

    _enter(values) {
        return Object.assign([...this.payments.values()].at(-1), values);
    }
}

async function setupCode() {
    patchWithCleanup(PosPaymentMethod._records[0], {
        use_payment_terminal: "o2o_code",
        payment_method_type: "terminal",
    });
    const server = new FakeServer();
    for (const method of METHODS) {
        onRpc("o2o.payment.till", method, ({ args: [, ...args] }) => server.handle(method, args));
    }
    const pos = await setupPosEnv();
    const told = [];
    const shop = { choice: CODE, codes: [] };
    patchWithCleanup(pos.dialog, {
        add: (_component, props, options) => {
            if (props.getPayload) {
                // the cashier scans at once, or chooses the shop's own code
                props.getPayload(shop.choice);
                options?.onClose?.();
            } else if (props.loadCode) {
                const dialog = { isOpen: true, load: props.loadCode };
                dialog.close = () => {
                    dialog.isOpen = false;
                    options.onClose();
                };
                shop.codes.push(dialog);
                return dialog.close;
            } else {
                told.push(String(props.body));
            }
            return () => {};
        },
    });
    pos.config.auto_validate_terminal_payment = false;
    const order = await getFilledOrder(pos);
    const screen = await mountWithCleanup(PaymentScreen, { props: { orderUuid: order.uuid } });
    const method = pos.models["pos.payment.method"].get(CODE_METHOD);
    return { method, order, pos, screen, server, told, shop };
}

async function settle() {
    for (let turn = 0; turn < 4; turn++) {
        await advanceTime(LOOK_MS);
        await animationFrame();
    }
}

/** Press the button of the method, and scan. */
async function charge(setup) {
    await setup.screen.addNewPaymentLine(setup.method);
    await settle();
    return setup.order.payment_ids[0];
}

describe("PAY-02: a customer's code at the till", () => {
    test("planned, charged, looked at", async () => {
        const setup = await setupCode();
        const line = await charge(setup);
        expect(line.payment_status).toBe("done");
        expect(line.transaction_id).toBe("P1");
        expect(setup.server.asked).toEqual(["pos_plan", "pos_charge", "pos_look"]);
    });

    test("the answer of a plan is lost: the same payment is charged", async () => {
        const setup = await setupCode();
        setup.server.lost = ["pos_plan"];
        const line = await charge(setup);
        expect(line.payment_status).toBe("retry");
        setup.screen.sendPaymentRequest(line);
        await settle();
        expect(line.payment_status).toBe("done");
        expect(setup.server.payments.size).toBe(1);
    });

    test("cancelled while it is planned: nothing is charged", async () => {
        const setup = await setupCode();
        setup.server.gate = new Deferred();
        const line = await charge(setup);
        expect(line.payment_status).toBe("waitingCard");
        line.setPaymentStatus("retry");
        setup.server.gate.resolve();
        await settle();
        expect(setup.server.asked).toEqual(["pos_plan", "pos_cancel"]);
        expect(line.payment_status).toBe("retry");
    });

    test("given back, and the answer is lost: the line is not paid", async () => {
        const setup = await setupCode();
        const line = await charge(setup);
        const terminal = setup.method.payment_terminal;
        setup.server.lost = ["pos_reverse"];
        const reversed = terminal.sendPaymentReversal(line.uuid);
        await settle();
        expect(await reversed).toBe(true);
        expect(await terminal._waitForEnd(line.uuid)).toBe(false);
        expect(setup.told.at(-1)).toBe("This payment was given back.");
    });

    test("the sale is deleted: what was charged goes back", async () => {
        const setup = await setupCode();
        await charge(setup);
        expect(await setup.pos._onBeforeDeleteOrder(setup.order)).toBe(true);
        expect(setup.server.asked.at(-1)).toBe("pos_reverse");
    });
});

describe("PAY-02: the shop's own code at the till", () => {
    async function show() {
        const setup = await setupCode();
        setup.shop.choice = { gateway: "wechat" };
        const line = await charge(setup);
        const [dialog] = setup.shop.codes;
        await dialog.load();
        return { ...setup, line, dialog };
    }

    test("shown to the customer until it is paid", async () => {
        const { server, line, dialog, shop } = await show();
        expect(line.payment_status).toBe("waitingCard");
        expect(line.qrPaymentData.qrCode).toMatch(/^data:image/);
        expect(server.asked).not.toInclude("pos_charge");
        server._enter({ state: "paid" });
        await settle();
        expect(line.payment_status).toBe("done");
        expect(line.qrPaymentData).toBe(null);
        expect(dialog.isOpen).toBe(false);
        expect(shop.codes.length).toBe(1);
        expect(server.asked).not.toInclude("pos_cancel");
    });

    test("closed by the cashier, and the request is lost: cancelled once more", async () => {
        const { server, line, dialog, told } = await show();
        server.lost = ["pos_cancel"];
        server.pos_cancel = () => server._enter({ state: "waiting" });
        dialog.close();
        await settle();
        expect(server.asked.filter((it) => it === "pos_cancel").length).toBe(2);
        expect(line.payment_status).toBe("waitingCancel");
        expect(line.qrPaymentData).toBe(null);
        server._enter({ state: "closed" });
        await settle();
        expect(line.payment_status).toBe("retry");
        expect(told.at(-1)).toBe("The customer has not paid. Nothing was charged.");
    });

    test("paid while it is cancelled: paid", async () => {
        const { server, line, dialog } = await show();
        server.pos_cancel = () => server._enter({ state: "paid" });
        dialog.close();
        await settle();
        expect(line.payment_status).toBe("done");
    });

    test("after a reload the same code is shown again", async () => {
        const { server, method, line, dialog, shop } = await show();
        const terminal = method.payment_terminal;
        // the till is gone, without a word
        terminal.shown.clear();
        terminal.resumed.clear();
        dialog.isOpen = false;
        terminal.resume(line);
        await settle();
        expect(shop.codes.length).toBe(2);
        expect(server.payments.size).toBe(1);
        server._enter({ state: "paid" });
        await settle();
        expect(line.payment_status).toBe("done");
    });

    for (const isAutomatic of [true, false]) {
        const title = isAutomatic ? "ends by itself" : "waits for the cashier, as set";
        test(`paid after a reload: the sale ${title}`, async () => {
            const { pos, order, server, method, screen } = await setupCode();
            pos.config.auto_validate_terminal_payment = isAutomatic;
            const ended = [];
            patchWithCleanup(screen, { validateOrder: async () => ended.push(order.uuid) });
            const { data: line } = order.addPaymentline(method);
            line.setPaymentStatus("waitingCard");
            server.pos_plan_qr(order.uuid, line.uuid, line.getAmount(), "wechat");
            screen._o2oResumeCodes();
            await settle();
            expect(ended).toEqual([]);
            server._enter({ state: "paid" });
            await settle();
            expect(line.payment_status).toBe("done");
            expect(ended).toEqual(isAutomatic ? [order.uuid] : []);
        });
    }
});
