import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { PosPaymentMethod } from "@point_of_sale/../tests/unit/data/pos_payment_method.data";
import { PosOrder } from "@point_of_sale/app/models/pos_order";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import { mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { LOOK_MS } from "@o2o_payment/app/utils/payment_o2o_code";

definePosModels();

const CASH_METHOD = 1;
const CODE_METHOD = 2;
const SALE_ID = 4711;

/** The server as far as a till sees it. */
class FakeServer {
    refunds = new Map();
    asked = [];
    /** Methods whose next request arrives, and whose answer does not. */
    lost = [];
    /** What a refund becomes when it is looked at. */
    ends = ["done"];
    isArrived = true;

    handle(method, args) {
        this.asked.push(method);
        const answer = this[method](...args);
        const place = this.lost.indexOf(method);
        if (place < 0) {
            return answer;
        }
        this.lost.splice(place, 1);
        return new Response("", { status: 502 });
    }

    pos_refund_preview(saleId, amount, first) {
        const half = Math.floor(amount * 50) / 100;
        const amounts = first ? [0, amount] : [half, amount - half];
        const tenders = [
            { key: "code", method_id: CODE_METHOD, out_no: "P1", is_electronic: true },
            { key: "cash", method_id: CASH_METHOD, out_no: false, is_electronic: false },
        ];
        return {
            status: "ok",
            left: amount,
            rest: 0,
            tenders: tenders.map((tender, at) => ({
                ...tender,
                name: tender.key,
                detail: "",
                paid: amount,
                given: 0,
                left: amount,
                amount: amounts[at],
            })),
        };
    }

    pos_refund(order, uuid, amount, saleId, total, outNo) {
        this.lastTotal = total;
        this.lastOutNo = outNo;
        const known = this.refunds.get(uuid);
        if (!known || known.state === "failed") {
            this.refunds.set(uuid, {
                refund_no: "R1",
                payment_uuid: uuid,
                state: "wait",
                amount,
                gateway: "Alipay",
                reason: "",
            });
        }
        return { status: "ok", refund: this.refunds.get(uuid) };
    }

    pos_refund_drop(uuid) {
        const refund = this.refunds.get(uuid);
        return refund && refund.state !== "failed" ? { status: "given", refund } : { status: "ok" };
    }

    pos_refund_look(uuids) {
        return uuids
            .filter((uuid) => this.refunds.has(uuid))
            .map((uuid) => {
                const refund = this.refunds.get(uuid);
                if (refund.state === "wait") {
                    refund.state = this.ends.shift() || "done";
                    refund.is_arrived = this.isArrived;
                    refund.reason = refund.state === "failed" ? "no money" : "";
                }
                return refund;
            });
    }
}

/** A refund on the payment screen; `choose` is what the cashier does with the preview. */
async function setupRefund({ choose = (props) => props.getPayload, prepare = () => {} } = {}) {
    patchWithCleanup(
        PosPaymentMethod._records.find((it) => it.id === CODE_METHOD),
        { use_payment_terminal: "o2o_code", payment_method_type: "terminal" }
    );
    patchWithCleanup(PosOrder.prototype, {
        get o2oRefundedSaleId() {
            return SALE_ID;
        },
    });
    const server = new FakeServer();
    for (const method of [
        "pos_refund_preview",
        "pos_refund",
        "pos_refund_drop",
        "pos_refund_look",
    ]) {
        onRpc("o2o.payment.till", method, ({ args: [, ...args] }) => server.handle(method, args));
    }
    const pos = await setupPosEnv();
    const told = [];
    const previews = [];
    patchWithCleanup(pos.dialog, {
        add: (_component, props, options) => {
            if (props.preview) {
                previews.push(props.preview);
                choose(props)?.(props.preview.tenders.filter((it) => it.amount > 0));
                options?.onClose?.();
            } else {
                told.push(String(props.body));
            }
            return () => {};
        },
    });
    pos.config.auto_validate_terminal_payment = false;
    const order = await getFilledOrder(pos);
    order.is_refund = true;
    for (const line of order.lines) {
        line.setQuantity(-line.getQuantity());
    }
    const method = pos.models["pos.payment.method"].get(CODE_METHOD);
    const setup = { method, order, pos, previews, server, told };
    prepare(setup);
    setup.screen = await mountWithCleanup(PaymentScreen, { props: { orderUuid: order.uuid } });
    await settle();
    return setup;
}

async function settle() {
    for (let turn = 0; turn < 6; turn++) {
        await advanceTime(LOOK_MS);
        await animationFrame();
    }
}

function getCodeLine({ order }) {
    return order.payment_ids.find((line) => line.payment_method_id.id === CODE_METHOD);
}

describe("PAY-02: a refund at the till", () => {
    test("preview, one click: the lines are in place and worked off", async () => {
        const setup = await setupRefund();
        const { order, previews, server } = setup;
        expect(previews).toHaveLength(1);
        const total = Math.abs(order.totalDue);
        expect(order.payment_ids).toHaveLength(2);
        expect(order.isPaid()).toBe(true);
        const line = getCodeLine(setup);
        expect(line.payment_status).toBe("done");
        expect(line.transaction_id).toBe("R1");
        expect(line.can_be_reversed).toBe(false);
        expect(server.lastTotal).toBe(total);
        expect(server.lastOutNo).toBe("P1");
        expect(order.isRefundInProcess()).toBe(false);
    });

    test("POS-07: no preview of a sum that nobody knows, and no money either", async () => {
        const { order, pos, method, previews, screen, server } = await setupRefund({
            prepare: ({ order, pos }) => {
                order.uiState.o2oIsRefundUnknown = true;
                patchWithCleanup(pos, { o2oPreparePoints: async () => false });
            },
        });
        expect(previews).toHaveLength(0);
        await screen.o2oPreviewRefund();
        await screen.addNewPaymentLine(method);
        await screen.sendPaymentRequest(getCodeLine({ order }));
        expect(pos.getOrder()).toBe(order);
        expect(server.asked).toEqual([]);
        expect(previews).toHaveLength(0);
    });

    test("by hand: nothing is asked for", async () => {
        const { order, server } = await setupRefund({ choose: () => null });
        expect(order.payment_ids).toHaveLength(0);
        expect(server.asked).toEqual(["pos_refund_preview"]);
    });

    test("a lost answer is looked for, and given back once", async () => {
        const setup = await setupRefund({
            prepare: ({ server }) => server.lost.push("pos_refund"),
        });
        expect(getCodeLine(setup).payment_status).toBe("done");
        expect(setup.server.asked.filter((it) => it === "pos_refund")).toHaveLength(1);
    });

    test("a leg that fails stays open, the others stay; it may be sent again", async () => {
        const setup = await setupRefund({
            prepare: ({ server }) => {
                server.ends = ["failed"];
            },
        });
        const line = getCodeLine(setup);
        expect(line.payment_status).toBe("retry");
        expect(setup.told.at(-1)).toMatch(/no money/);
        expect(setup.order.isRefundInProcess()).toBe(true);
        setup.screen.sendPaymentRequest(line);
        await settle();
        expect(line.payment_status).toBe("done");
        expect(setup.server.refunds.size).toBe(1);
    });

    describe("a leg that failed, and another way", () => {
        async function setupFailed() {
            const setup = await setupRefund({
                prepare: ({ server }) => {
                    server.ends = ["failed"];
                },
            });
            return { ...setup, line: getCodeLine(setup) };
        }

        test("it leaves the screen when the server takes no late request for it", async () => {
            const { line, order, screen, server } = await setupFailed();
            screen.deletePaymentLine(line.uuid);
            await settle();
            expect(server.asked.at(-1)).toBe("pos_refund_drop");
            expect(order.payment_ids).not.toInclude(line);
        });

        test("a late request was faster: it is given, and stays", async () => {
            const { line, order, screen, server } = await setupFailed();
            server.pos_refund(order.uuid, line.uuid, -line.getAmount());
            screen.deletePaymentLine(line.uuid);
            await settle();
            expect(order.payment_ids).toInclude(line);
            expect(line.payment_status).toBe("done");
        });

        test("one tap on cash puts all into the cash line that is there", async () => {
            const { line, order, pos, screen } = await setupFailed();
            const cash = order.payment_ids.find((it) => it.payment_method_id.is_cash_count);
            await screen.addNewPaymentLine(pos.models["pos.payment.method"].get(CASH_METHOD));
            await settle();
            expect(order.payment_ids).not.toInclude(line);
            expect(order.payment_ids).toHaveLength(1);
            expect(cash.getAmount()).toBe(order.totalDue);
            expect(order.isPaid()).toBe(true);
        });

        test("it stays while the server is not reached, and the order with it", async () => {
            const { line, order, pos, screen, server, told } = await setupFailed();
            server.lost.push("pos_refund_drop", "pos_refund_drop");
            screen.deletePaymentLine(line.uuid);
            await settle();
            expect(order.payment_ids).toInclude(line);
            expect(told.at(-1)).toMatch(/nothing is given back twice/);
            expect(await pos._onBeforeDeleteOrder(order)).toBe(false);
            expect(await pos._onBeforeDeleteOrder(order)).toBe(true);
        });
    });

    test("on its way counts as given", async () => {
        const setup = await setupRefund({
            prepare: ({ server }) => {
                server.isArrived = false;
            },
        });
        expect(getCodeLine(setup).payment_status).toBe("done");
    });

    test("after a reload the line goes on waiting, and no preview covers it", async () => {
        const setup = await setupRefund({
            prepare: ({ order, method, server }) => {
                const { data: line } = order.addPaymentline(method);
                line.setPaymentStatus("waitingCard");
                server.pos_refund(order.uuid, line.uuid, -line.getAmount());
            },
        });
        expect(getCodeLine(setup).payment_status).toBe("done");
        expect(setup.previews).toHaveLength(0);
        expect(setup.server.asked).toEqual(["pos_refund_look"]);
    });

    test("what went back is not taken off, and its order is not deleted", async () => {
        const setup = await setupRefund();
        expect(await setup.pos._onBeforeDeleteOrder(setup.order)).toBe(false);
        const terminal = setup.method.payment_terminal;
        expect(await terminal.sendPaymentReversal(getCodeLine(setup).uuid)).toBe(false);
        expect(await terminal.sendPaymentCancel(setup.order, getCodeLine(setup).uuid)).toBe(false);
    });
});
