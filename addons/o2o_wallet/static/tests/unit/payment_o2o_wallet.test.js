import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosPaymentMethod } from "@point_of_sale/../tests/unit/data/pos_payment_method.data";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { O2oWalletDialog } from "@o2o_wallet/app/screens/o2o_wallet_dialog/o2o_wallet_dialog";
import { ASKING, UNKNOWN } from "@o2o_wallet/app/utils/payment/payment_o2o_wallet";

definePosModels();

const WALLET_METHOD = 2;
const CASH = 1;
const MEMBER = { id: 3, name: "陈晓雨" };

/** The server as far as a till sees it: one wallet, a hold for each line. */
class FakeServer {
    holds = new Map();
    asked = [];
    answers = [];
    /** Requests arrive, answers do not. */
    isMute = false;
    /** Nothing arrives. */
    isDown = false;

    handle(method, args) {
        if (this.isDown) {
            return new Response("", { status: 502 });
        }
        this.asked.push({ method, args });
        const answer = this[method](...args);
        return this.isMute ? new Response("", { status: 502 }) : answer;
    }

    authorise(uuid, amount, who) {
        this.who = who;
        if (this.answers.length) {
            return this.answers.shift();
        }
        const payment = { uuid, amount, state: "held", partner: MEMBER, available: 0 };
        this.holds.set(uuid, payment);
        return { status: "ok", message: "", partner: MEMBER, payment };
    }

    look(uuids) {
        return uuids.filter((uuid) => this.holds.has(uuid)).map((uuid) => this.holds.get(uuid));
    }

    cancel(uuid) {
        const payment = this.holds.get(uuid);
        return payment ? Object.assign(payment, { state: "released" }) : {};
    }

    check_refund(uuid, amount, orderId) {
        this.refund = { amount, orderId };
        return this.answers.shift() || { status: "ok", message: "" };
    }

    count(method) {
        return this.asked.filter((each) => each.method === method).length;
    }
}

async function setupWallet() {
    patchWithCleanup(PosPaymentMethod._records[0], {
        use_payment_terminal: "o2o_wallet",
        payment_method_type: "terminal",
    });
    const server = new FakeServer();
    for (const method of ["authorise", "look", "cancel", "check_refund"]) {
        onRpc("o2o.wallet.till", method, ({ args: [, ...args] }) =>
            server.handle(method, JSON.parse(JSON.stringify(args)))
        );
    }
    const pos = await setupPosEnv();
    const notices = [];
    patchWithCleanup(pos.notification, { add: (text) => notices.push(String(text)) });
    const dialogs = [];
    patchWithCleanup(pos.dialog, {
        add: (component, props, options) => {
            dialogs.push({ component, props, options });
            return () => {};
        },
    });
    pos.config.auto_validate_terminal_payment = false;
    const order = await getFilledOrder(pos);
    const screen = await mountWithCleanup(PaymentScreen, { props: { orderUuid: order.uuid } });
    const method = pos.models["pos.payment.method"].get(WALLET_METHOD);
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

/** Press the wallet button: the dialog opens. */
async function setupCharge() {
    const setup = await setupWallet();
    setup.screen.addNewPaymentLine(setup.method);
    await animationFrame();
    const dialog = setup.dialogs.at(-1);
    return { ...setup, dialog, line: setup.order.payment_ids[0] };
}

/** What the dialog does once the member showed the code. */
async function scan({ dialog }, who = { code: "O2O-MEMBER-CODE" }) {
    const answer = await dialog.props.authorise(who);
    if (["ok", "unknown"].includes(answer.status)) {
        dialog.props.getPayload(answer);
    }
    await animationFrame();
    await animationFrame();
    return answer;
}

describe("PAY-05: a wallet pays at the till", () => {
    test("the member's code is scanned and the money set aside", async () => {
        const setup = await setupCharge();
        const { dialog, line, server } = setup;
        expect(dialog.component).toBe(O2oWalletDialog);
        expect(line.payment_status).toBe(ASKING);
        await scan(setup);
        expect(line.payment_status).toBe("done");
        expect(line.transaction_id).toBe(line.uuid);
        expect(server.holds.get(line.uuid).amount).toBe(line.amount);
    });

    test("giving up sets nothing aside and lets the line go", async () => {
        const { dialog, line, order, screen, server } = await setupCharge();
        dialog.options.onClose();
        await animationFrame();
        expect(line.payment_status).toBe("retry");
        expect(server.count("authorise")).toBe(0);
        screen.deletePaymentLine(line.uuid);
        expect(order.payment_ids.length).toBe(0);
    });

    test("what was set aside counts, whatever the line says", async () => {
        const setup = await setupCharge();
        const { line, server } = setup;
        const payment = { uuid: line.uuid, amount: 5, state: "held", partner: MEMBER };
        server.answers = [{ status: "ok", message: "", partner: MEMBER, payment }];
        await scan(setup);
        expect(line.amount).toBe(5);
    });

    test("nobody can force a wallet payment", async () => {
        const { line, screen } = await setupCharge();
        expect(".send_force_done").toHaveCount(0);
        patchWithCleanup(screen.dialog, {
            add: (_component, { body }) => expect.step(String(body)),
        });
        await screen.sendForceDone(line);
        expect.verifySteps(["Only the server can say that a wallet paid."]);
        expect(line.payment_status).toBe(ASKING);
    });

    test("taking back before the sale frees the money", async () => {
        const setup = await setupCharge();
        const { line, screen, server } = setup;
        await scan(setup);
        await screen.sendPaymentReverse(line);
        expect(line.payment_status).toBe("reversed");
        expect(line.amount).toBe(0);
        expect(server.holds.get(line.uuid).state).toBe("released");
    });

    test("a sale that is deleted frees the money", async () => {
        const setup = await setupCharge();
        const { line, order, pos, server } = setup;
        await scan(setup);
        expect(await pos._onBeforeDeleteOrder(order)).toBe(true);
        expect(server.holds.get(line.uuid).state).toBe("released");
    });
});

describe("unknown blocks a second charge", () => {
    test("an answer that is lost is looked for, not asked for again", async () => {
        const setup = await setupCharge();
        const { line, order, pos, screen, server } = setup;
        server.isMute = true;
        expect((await scan(setup)).status).toBe("unknown");
        expect(line.payment_status).toBe(UNKNOWN);
        expect(".o_o2o_wallet_unknown").toHaveText(
            "The server did not answer. Do not charge again: ask it first."
        );
        patchWithCleanup(screen.dialog, { add: () => expect.step("told") });
        screen.deletePaymentLine(line.uuid);
        await screen.addNewPaymentLine(pos.models["pos.payment.method"].get(CASH));
        expect(order.payment_ids.length).toBe(1);
        expect(order.isPaid()).toBe(false);
        server.isMute = false;
        await click(".o_o2o_ask_wallet");
        await animationFrame();
        await animationFrame();
        expect(line.payment_status).toBe("done");
        expect(server.count("authorise")).toBe(1);
        expect.verifySteps(["told", "told"]);
    });

    test("a request that never arrived took nothing", async () => {
        const setup = await setupCharge();
        const { line, notices, server, terminal } = setup;
        server.isDown = true;
        await scan(setup);
        await terminal.askAgain(line.uuid);
        expect(line.payment_status).toBe(UNKNOWN);
        server.isDown = false;
        await terminal.askAgain(line.uuid);
        await animationFrame();
        expect(line.payment_status).toBe("retry");
        expect(notices).toEqual([
            "The server was not reached. Please try again.",
            "Nothing was taken from the wallet.",
        ]);
    });

    test("a line that was open when the till was loaded anew", async () => {
        const setup = await setupCharge();
        const { line, server, terminal } = setup;
        server.authorise(line.uuid, line.amount, {});
        terminal.waits.clear();
        line.setPaymentStatus(UNKNOWN);
        await terminal.askAgain(line.uuid);
        expect(line.payment_status).toBe("done");
    });

    test("taking back without an answer is unknown as well", async () => {
        const setup = await setupCharge();
        const { line, screen, server, terminal } = setup;
        await scan(setup);
        server.isMute = true;
        await screen.sendPaymentReverse(line);
        expect(line.payment_status).toBe(UNKNOWN);
        server.isMute = false;
        await terminal.askAgain(line.uuid);
        expect(line.payment_status).toBe("retry");
    });
});

describe("refunds", () => {
    test("the server is asked whether the wallet had paid", async () => {
        const { method, order, screen, server } = await setupWallet();
        order.lines.forEach((line) => line.setQuantity(-1));
        screen.addNewPaymentLine(method);
        await animationFrame();
        const line = order.payment_ids[0];
        await animationFrame();
        expect(server.refund).toEqual({ amount: -line.amount, orderId: null });
        expect(line.payment_status).toBe("done");
    });

    test("what was not paid from a wallet does not go there", async () => {
        const { dialogs, method, order, screen, server } = await setupWallet();
        order.lines.forEach((line) => line.setQuantity(-1));
        server.answers = [{ status: "refused", message: "0.00 can go back." }];
        screen.addNewPaymentLine(method);
        await animationFrame();
        const line = order.payment_ids[0];
        await animationFrame();
        expect(line.payment_status).toBe("retry");
        expect(dialogs.at(-1).props.body).toBe("0.00 can go back.");
    });
});

describe("the dialog", () => {
    async function mountDialog(answers, partner = false) {
        const asked = [];
        await mountWithCleanup(MainComponentsContainer);
        getService("dialog").add(O2oWalletDialog, {
            amount: "¥ 88.00",
            partner,
            authorise: async (who) => {
                asked.push(who);
                return answers.shift();
            },
            getPayload: ({ status }) => expect.step(status),
        });
        await animationFrame();
        return asked;
    }

    test("code, then PIN when the server wants one", async () => {
        const asked = await mountDialog([
            { status: "pin_needed", message: "Please enter the payment PIN.", partner: MEMBER },
            { status: "pin_wrong", message: "This PIN is not right.", partner: MEMBER },
            { status: "ok", message: "", partner: MEMBER },
        ]);
        expect(".o_o2o_wallet_pin").toHaveCount(0);
        await click(".o_o2o_wallet_code");
        await edit("O2OCODE");
        await press("Enter");
        await animationFrame();
        expect(".o_o2o_wallet_error").toHaveText("Please enter the payment PIN.");
        expect(".o_o2o_wallet_member").toHaveText("Payment PIN of 陈晓雨");
        for (const pin of ["258037", "258036"]) {
            await click(".o_o2o_wallet_pin");
            await edit(pin);
            await animationFrame();
            await click(".o_o2o_wallet_pay");
            await animationFrame();
        }
        expect(asked).toEqual([
            { code: "O2OCODE", pin: "" },
            { partner_id: 3, pin: "258037" },
            { partner_id: 3, pin: "258036" },
        ]);
        expect.verifySteps(["ok"]);
        expect(".o_o2o_wallet_amount").toHaveCount(0);
    });

    test("it cannot be left while the wallet is asked: money may be set aside", async () => {
        const answer = new Deferred();
        await mountDialog([answer], MEMBER);
        await click(".o_o2o_wallet_pin");
        await edit("258036");
        await press("Enter");
        await animationFrame();
        expect(".o_o2o_wallet_cancel").not.toBeEnabled();
        await press("Escape");
        await animationFrame();
        expect(".o_o2o_wallet_amount").toHaveCount(1);
        expect.verifySteps([]);
        answer.resolve({ status: "ok", message: "", partner: MEMBER });
        await animationFrame();
        expect.verifySteps(["ok"]);
        expect(".o_o2o_wallet_amount").toHaveCount(0);
    });

    test("a customer who was chosen needs the PIN at once", async () => {
        const asked = await mountDialog([{ status: "unknown", message: "" }], MEMBER);
        expect(".o_o2o_wallet_pay").not.toBeEnabled();
        await click(".o_o2o_wallet_pin");
        await edit("25-80 36x");
        await press("Enter");
        await animationFrame();
        expect(asked).toEqual([{ partner_id: 3, pin: "258036" }]);
        expect.verifySteps(["unknown"]);
    });
});
