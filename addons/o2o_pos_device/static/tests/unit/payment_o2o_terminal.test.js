import { describe, expect, test } from "@odoo/hoot";
import { click, waitUntil } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosPaymentMethod } from "@point_of_sale/../tests/unit/data/pos_payment_method.data";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import { mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    AGAIN_MS,
    CANCEL_MS,
    getRefundedOrderId,
    POLL_MS,
} from "@o2o_pos_device/app/utils/payment/payment_o2o_terminal";
import { TIMEOUT_MS } from "@o2o_pos_device/app/utils/o2o_terminal_call";

definePosModels();

const CARD = 2;
const CASH = 1;

/** The server as far as a till sees it: one terminal, a transaction for each press. */
class FakeServer {
    transactions = [];
    asked = [];
    /** Answers to the next requests, instead of a new transaction. */
    answers = [];
    /** Requests arrive, answers do not. */
    isMute = false;
    /** Nothing arrives. */
    isDown = false;
    gate = null;

    async handle(method, args) {
        if (this.isDown) {
            return new Response("", { status: 502 });
        }
        this.asked.push(method);
        const answer = this[method](...args);
        await this.gate;
        return this.isMute ? new Response("", { status: 502 }) : answer;
    }

    pos_request(uid, payment_uuid, amount, refundedOrderId) {
        this.refundedOrderId = refundedOrderId;
        const op = amount > 0 ? "sale" : "refund";
        return this._begin({ uid, payment_uuid, amount: Math.abs(amount), op });
    }

    pos_reverse(uid, payment_uuid) {
        const sale = this.last;
        return this._begin({
            uid,
            payment_uuid,
            amount: sale.amount,
            op: "void",
            is_reversal: true,
        });
    }

    _begin(values) {
        if (this.answers.length) {
            return this.answers.shift();
        }
        const isAlive = ({ payment_uuid, state, is_reversal }) =>
            payment_uuid === values.payment_uuid &&
            state !== "declined" &&
            is_reversal === Boolean(values.is_reversal);
        const transaction = this.transactions.find(isAlive) || makeTransaction(values);
        if (!this.transactions.includes(transaction)) {
            this.transactions.push(transaction);
        }
        return { status: "ok", message: "", transaction };
    }

    pos_look(uuids) {
        const latest = new Map(this.transactions.map((each) => [each.payment_uuid, each]));
        return uuids.filter((uuid) => latest.has(uuid)).map((uuid) => latest.get(uuid));
    }

    pos_cancel(uid) {
        return this._get(uid);
    }

    pos_resolve(uid) {
        return this._get(uid);
    }

    _get(uid) {
        return this.transactions.find((each) => each.uid === uid) || {};
    }

    get last() {
        return this.transactions.at(-1);
    }

    /** What the box says of the last transaction. */
    say(state, values = {}) {
        Object.assign(this.last, { state, ...values });
    }
}

function makeTransaction(values) {
    return {
        is_reversal: false,
        state: "new",
        code: "",
        message: "",
        card: "621700*********0018",
        bank: "0102",
        trace: "000001",
        ref: "000000000001",
        auth: "551200",
        seconds_left: 180,
        ...values,
    };
}

async function setupTerminal() {
    patchWithCleanup(PosPaymentMethod._records[0], {
        use_payment_terminal: "o2o_terminal",
        payment_method_type: "terminal",
    });
    const server = new FakeServer();
    for (const method of ["pos_request", "pos_reverse", "pos_look", "pos_cancel", "pos_resolve"]) {
        onRpc("o2o.terminal", method, ({ args: [, ...args] }) =>
            server.handle(method, JSON.parse(JSON.stringify(args)))
        );
    }
    const pos = await setupPosEnv();
    const notices = [];
    patchWithCleanup(pos.notification, { add: (text) => notices.push(String(text)) });
    const dialogs = [];
    patchWithCleanup(pos.dialog, {
        add: (_component, props) => {
            dialogs.push(props);
            return () => {};
        },
    });
    pos.config.auto_validate_terminal_payment = false;
    const order = await getFilledOrder(pos);
    const screen = await mountWithCleanup(PaymentScreen, { props: { orderUuid: order.uuid } });
    const method = pos.models["pos.payment.method"].get(CARD);
    return {
        dialogs,
        method,
        notices,
        order,
        pos,
        screen,
        server,
        terminal: method.payment_terminal,
    };
}

/** Press the card button. */
async function setupCharge() {
    const setup = await setupTerminal();
    await setup.screen.addNewPaymentLine(setup.method);
    await animationFrame();
    return { ...setup, line: setup.order.payment_ids[0] };
}

async function look(terminal) {
    await terminal.look();
    await animationFrame();
}

describe("UPAY-01: a card is charged", () => {
    test("the till waits for the terminal and takes over what it says", async () => {
        const { line, server, terminal } = await setupCharge();
        expect(line.payment_status).toBe("waitingCard");
        expect(server.last.amount).toBe(line.amount);
        expect(server.last.payment_uuid).toBe(line.uuid);
        server.say("approved");
        await terminal.onMessage({ payment_uuid: line.uuid });
        await animationFrame();
        expect(line.payment_status).toBe("done");
        expect(line.can_be_reversed).toBe(true);
        expect(line.card_no).toBe("0018");
        expect(line.payment_ref_no).toBe("000000000001");
        expect(line.transaction_id).toBe(server.last.uid);
    });

    test("a lost message costs a few seconds", async () => {
        const { line, server } = await setupCharge();
        server.say("approved");
        await advanceTime(POLL_MS);
        await animationFrame();
        expect(line.payment_status).toBe("done");
    });

    test("declined says why, and the line may try again", async () => {
        const { line, notices, screen, server, terminal } = await setupCharge();
        server.say("declined", { code: "51", message: "余额不足" });
        await look(terminal);
        expect(line.payment_status).toBe("retry");
        expect(notices).toEqual(["Nothing was charged: 余额不足"]);
        screen.sendPaymentRequest(line);
        await animationFrame();
        expect(server.transactions.length).toBe(2);
        expect(line.payment_status).toBe("waitingCard");
    });

    test("nobody can force a card payment", async () => {
        const { dialogs, line, screen } = await setupCharge();
        expect(".send_force_done").toHaveCount(0);
        expect(".send_payment_cancel").toHaveCount(1);
        await screen.sendForceDone(line);
        expect(line.payment_status).toBe("waitingCard");
        expect(dialogs.map(({ body }) => String(body))).toEqual([
            "Only the terminal can say that a card was charged.",
        ]);
    });

    test("what was charged counts, whatever the line says", async () => {
        const { line, server, terminal } = await setupCharge();
        server.say("approved", { amount: 5 });
        await look(terminal);
        expect(line.amount).toBe(5);
    });

    test("the terminal is written to: the till asks again by itself", async () => {
        const { method, order, screen, server } = await setupTerminal();
        server.answers = [{ status: "again", message: "", transaction: false }];
        screen.addNewPaymentLine(method);
        await animationFrame();
        await advanceTime(AGAIN_MS);
        await animationFrame();
        expect(server.transactions.length).toBe(1);
        expect(order.payment_ids[0].payment_status).toBe("waitingCard");
    });

    test("a refusal is shown and charges nothing", async () => {
        const { dialogs, method, order, screen, server } = await setupTerminal();
        server.answers = [{ status: "refused", message: "Open the register first." }];
        await screen.addNewPaymentLine(method);
        await waitUntil(() => dialogs.length, { timeout: 2000 });
        expect(dialogs.map(({ body }) => body)).toEqual(["Open the register first."]);
        expect(order.payment_ids[0].payment_status).toBe("retry");
    });
});

describe("unknown is never charged again", () => {
    test("the cashier reads what to do, and asks the terminal", async () => {
        const { line, server, terminal } = await setupCharge();
        server.say("unknown");
        await look(terminal);
        expect(".o_o2o_terminal_unknown").toHaveText(
            "The terminal did not answer. Do not charge again: ask it first."
        );
        await click(".o_o2o_ask_terminal");
        await animationFrame();
        expect(server.asked).toInclude("pos_resolve");
        server.say("approved");
        await look(terminal);
        expect(line.payment_status).toBe("done");
        expect(server.transactions.length).toBe(1);
    });

    test("no other payment and no other way out until then", async () => {
        const { dialogs, line, order, pos, screen, server, terminal } = await setupCharge();
        server.say("unknown");
        await look(terminal);
        screen.deletePaymentLine(line.uuid);
        expect(dialogs.map(({ body }) => String(body))).toEqual([
            "The terminal did not answer. Do not charge again: ask it first.",
        ]);
        await screen.addNewPaymentLine(pos.models["pos.payment.method"].get(CASH));
        expect(order.payment_ids.length).toBe(1);
        expect(line.payment_status).toBe("o2o_unknown");
        expect(order.isPaid()).toBe(false);
    });

    test("a box that says nothing for too long is unknown as well", async () => {
        const { line, server, terminal } = await setupCharge();
        server.say("pending", { seconds_left: 0 });
        await look(terminal);
        expect(line.payment_status).toBe("o2o_unknown");
    });

    test("another payment in the way is named, and can be asked for", async () => {
        const { dialogs, method, order, screen, server } = await setupTerminal();
        const blocking = makeTransaction({ uid: "b1", payment_uuid: "x", state: "unknown" });
        server.transactions.push(blocking);
        server.answers = [
            { status: "blocked", message: "Not finished with 88.00.", transaction: blocking },
        ];
        await screen.addNewPaymentLine(method);
        await waitUntil(() => dialogs.length, { timeout: 2000 });
        expect(dialogs.length).toBe(1);
        expect(dialogs[0].body).toBe(
            "Not finished with 88.00. The terminal did not answer. " +
                "Do not charge again: ask it first."
        );
        expect(String(dialogs[0].confirmLabel)).toBe("Ask the terminal");
        await dialogs[0].confirm();
        expect(server.asked).toEqual(["pos_request", "pos_resolve"]);
        expect(order.payment_ids[0].payment_status).toBe("retry");
    });
});

describe("the line to the server", () => {
    test("an answer that is lost is looked for, not asked for again", async () => {
        const { method, order, screen, server } = await setupTerminal();
        server.isMute = true;
        screen.addNewPaymentLine(method);
        await animationFrame();
        server.isMute = false;
        server.say("approved");
        await advanceTime(POLL_MS);
        await animationFrame();
        expect(server.asked.filter((name) => name === "pos_request").length).toBe(1);
        expect(order.payment_ids[0].payment_status).toBe("done");
    });

    test("a request that never arrived charges nothing", async () => {
        const { method, notices, order, screen, server } = await setupTerminal();
        server.isDown = true;
        screen.addNewPaymentLine(method);
        await animationFrame();
        await advanceTime(POLL_MS);
        expect(order.payment_ids[0].payment_status).toBe("waitingCard");
        server.isDown = false;
        await advanceTime(POLL_MS);
        await animationFrame();
        expect(order.payment_ids[0].payment_status).toBe("retry");
        expect(notices).toEqual(["The server was not reached. Nothing was charged."]);
    });

    test("while the request is under way no look says that it never arrived", async () => {
        const { method, order, screen, server, terminal } = await setupTerminal();
        const gate = new Deferred();
        server.gate = gate;
        patchWithCleanup(server, { pos_look: () => [] });
        screen.addNewPaymentLine(method);
        await animationFrame();
        server.gate = null;
        await look(terminal);
        expect(order.payment_ids[0].payment_status).toBe("waitingCard");
        gate.resolve();
        await animationFrame();
        expect(order.payment_ids[0].payment_status).toBe("waitingCard");
    });

    test("a server that hangs is given up after a while", async () => {
        const { method, order, screen, server } = await setupTerminal();
        server.gate = new Deferred();
        screen.addNewPaymentLine(method);
        await animationFrame();
        server.gate = null;
        server.say("approved");
        await advanceTime(TIMEOUT_MS);
        await advanceTime(POLL_MS);
        await animationFrame();
        expect(order.payment_ids[0].payment_status).toBe("done");
    });

    test("after a reload the line goes on waiting", async () => {
        const { line, server, terminal } = await setupCharge();
        // all that a reload forgets
        terminal.waits.clear();
        terminal.known.clear();
        server.say("approved");
        await terminal.resume();
        expect(line.payment_status).toBe("done");
        expect(line.transaction_id).toBe(server.last.uid);
    });

    test("after a reload an unknown line stays unknown until it was asked for", async () => {
        const { line, server, terminal } = await setupCharge();
        terminal.waits.clear();
        terminal.known.clear();
        server.say("unknown");
        await terminal.resume();
        expect(line.payment_status).toBe("o2o_unknown");
        await terminal.askAgain(line.uuid);
        expect(server.asked).toInclude("pos_resolve");
        server.say("declined", { code: "not_charged" });
        await look(terminal);
        expect(line.payment_status).toBe("retry");
    });

    test("a message about another till's line is none of ours", async () => {
        const { server, terminal } = await setupCharge();
        const before = server.asked.length;
        await terminal.onMessage({ payment_uuid: "other" });
        expect(server.asked.length).toBe(before);
    });
});

describe("cancelling", () => {
    test("the line goes when the terminal gave up", async () => {
        const { line, notices, order, screen, server, terminal } = await setupCharge();
        const deleted = screen.deletePaymentLine(line.uuid);
        await animationFrame();
        expect(server.asked).toInclude("pos_cancel");
        expect(order.payment_ids.length).toBe(1);
        server.say("declined", { code: "Z4" });
        await look(terminal);
        await deleted;
        expect(order.payment_ids.length).toBe(0);
        expect(notices).toEqual([]);
    });

    test("a card that was faster stays charged", async () => {
        const { line, order, screen, server, terminal } = await setupCharge();
        const deleted = screen.deletePaymentLine(line.uuid);
        await animationFrame();
        server.say("approved");
        await look(terminal);
        await deleted;
        await advanceTime(1);
        expect(order.payment_ids.length).toBe(1);
        expect(line.payment_status).toBe("done");
    });

    test("a terminal that does not answer keeps the line", async () => {
        const { line, order, screen } = await setupCharge();
        const cancelled = screen.sendPaymentCancel(line);
        await animationFrame();
        await advanceTime(CANCEL_MS);
        await cancelled;
        expect(order.payment_ids.length).toBe(1);
        expect(line.payment_status).toBe("waitingCard");
    });
});

describe("UPAY-02, UPAY-03: giving back", () => {
    test("a charge is voided on the payment screen", async () => {
        const { line, screen, server, terminal } = await setupCharge();
        server.say("approved");
        await look(terminal);
        const reversed = screen.sendPaymentReverse(line);
        await animationFrame();
        expect(server.last.op).toBe("void");
        expect(line.payment_status).toBe("reversing");
        server.say("approved");
        await look(terminal);
        await reversed;
        expect(line.payment_status).toBe("reversed");
        expect(line.amount).toBe(0);
    });

    test("a void that was refused leaves the payment", async () => {
        const { line, notices, screen, server, terminal } = await setupCharge();
        server.say("approved");
        await look(terminal);
        const reversed = screen.sendPaymentReverse(line);
        await animationFrame();
        server.say("declined", { code: "51", message: "拒绝" });
        await look(terminal);
        await reversed;
        expect(line.payment_status).toBe("done");
        expect(notices).toEqual(["Nothing was given back: 拒绝"]);
    });

    test("a void whose request never arrived is not taken for the sale", async () => {
        const { line, screen, server, terminal } = await setupCharge();
        server.say("approved");
        await look(terminal);
        server.isDown = true;
        const reversed = screen.sendPaymentReverse(line);
        await animationFrame();
        server.isDown = false;
        await look(terminal);
        await reversed;
        expect(line.payment_status).toBe("done");
        expect(line.amount).not.toBe(0);
    });

    test("after a reload the void is found as well", async () => {
        const { line, screen, server, terminal } = await setupCharge();
        server.say("approved");
        await look(terminal);
        screen.sendPaymentReverse(line);
        await animationFrame();
        terminal.waits.clear();
        server.say("approved");
        await terminal.resume();
        expect(line.payment_status).toBe("reversed");
        expect(line.amount).toBe(0);
    });

    test("a refund is asked for with its amount below zero", async () => {
        const { line, server, terminal } = await setupCharge();
        server.say("declined");
        await look(terminal);
        line.setAmount(-12);
        line.pay();
        await animationFrame();
        expect(server.last.op).toBe("refund");
        expect(server.refundedOrderId).toBe(null);
        server.say("approved");
        await look(terminal);
        expect(line.amount).toBe(-12);
        expect(line.payment_status).toBe("done");
    });

    test("a refund names the order that was paid, when the server knows it", () => {
        expect(getRefundedOrderId({ refunded_order_id: { id: 77 } })).toBe(77);
        expect(getRefundedOrderId({ refunded_order_id: { id: "pos.order_2" } })).toBe(null);
        expect(getRefundedOrderId({})).toBe(null);
    });
});
