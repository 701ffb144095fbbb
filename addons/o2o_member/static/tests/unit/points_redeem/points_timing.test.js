import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { ConnectionLostError } from "@web/core/network/rpc";
import { mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { ControlButtons } from "@point_of_sale/app/screens/product_screen/control_buttons/control_buttons";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

definePosModels();

let answers;
let order;
let pos;

beforeEach(async () => {
    answers = {};
    pos = await setupPosEnv();
    order = await getFilledOrder(pos);
    order.setPartner(pos.models["res.partner"].getFirst());
    patchWithCleanup(pos.data, {
        async call(model, method) {
            if (model !== "o2o.points.till") {
                return super.call(...arguments);
            }
            expect.step(method);
            return typeof answers[method] === "function" ? answers[method]() : answers[method];
        },
    });
    patchWithCleanup(pos.dialog, {
        add: (component) => {
            expect.step(component.name);
            return () => {};
        },
    });
});

describe("PTS-05: what points pay is known before the payment", () => {
    async function askForPoints() {
        answers.get_offer = new Deferred();
        pos.router.state.current = "ProductScreen";
        const buttons = await mountWithCleanup(ControlButtons);
        const asked = buttons.o2oClickPoints();
        expect.verifySteps(["get_offer"]);
        // not the promise itself: it would be waited for
        return { asked };
    }

    test("the offer is shown where it was asked for", async () => {
        const { asked } = await askForPoints();
        answers.get_offer.resolve({});
        await asked;
        expect.verifySteps(["PointsDialog"]);
    });

    test("who pays meanwhile is not asked any more", async () => {
        const { asked } = await askForPoints();
        pos.router.state.current = "PaymentScreen";
        answers.get_offer.resolve({});
        await asked;
        expect.verifySteps([]);
    });

    test("who serves another customer meanwhile is not asked either", async () => {
        const { asked } = await askForPoints();
        pos.addNewOrder();
        answers.get_offer.resolve({});
        await asked;
        expect.verifySteps([]);
    });

    test("an order that was left while its points were looked at is not paid", async () => {
        answers.release = new Deferred();
        order.uiState.o2oPoints = 100;
        patchWithCleanup(pos, { navigate: (page) => expect.step(page) });
        const paying = pos.pay();
        await getFilledOrder(pos);
        answers.release.resolve();
        await paying;
        expect.verifySteps(["release"]);
    });

    test("a cashier who went elsewhere is not pulled back to pay", async () => {
        answers.release = new Deferred();
        order.uiState.o2oPoints = 100;
        patchWithCleanup(pos, { navigate: (page) => expect.step(page) });
        const paying = pos.pay();
        pos.router.state.current = "TicketScreen";
        answers.release.resolve();
        await paying;
        expect.verifySteps(["release"]);
    });

    test("a fast payment is for what is left after points", async () => {
        order.uiState.o2oPoints = 100;
        patchWithCleanup(pos, { o2oPreparePoints: async () => false });
        await pos.validateOrderFast(pos.models["pos.payment.method"].getFirst());
        expect(order.payment_ids).toHaveLength(0);
    });

    test("points that the server refuses leave the till free, whatever else it refuses", async () => {
        order.uiState.o2oPoints = 100;
        answers.release = () => {
            throw new Error("refused as well");
        };
        patchWithCleanup(pos.data, { silentCall: async () => false });
        expect(await pos.o2oOnPointsError(order, new Error("refused"))).toBe(false);
        expect(order.uiState.o2oPoints).toBe(0);
        expect.verifySteps(["AlertDialog"]);
    });
});

describe("POS-07: no money for what points had paid", () => {
    beforeEach(() => {
        order.is_refund = true;
        patchWithCleanup(pos, {
            o2oPrepareRefund: async () => {
                expect.step("refund");
                return answers.refund?.();
            },
        });
    });

    const validate = () =>
        new OrderPaymentValidation({ pos, orderUuid: order.uuid }).askBeforeValidation();

    test("it was not known: it is asked again before the drawer opens", async () => {
        answers.refund = () => {
            throw new ConnectionLostError("/");
        };
        expect(await pos.o2oPreparePoints(order)).toBe(false);
        expect(order.uiState.o2oIsRefundUnknown).toBe(true);
        expect(await validate()).toBe(false);
        expect.verifySteps(["refund", "AlertDialog", "refund", "AlertDialog"]);
        answers.refund = undefined;
        expect(await validate()).toBe(true);
        expect(order.uiState.o2oIsRefundUnknown).toBe(false);
        expect.verifySteps(["refund"]);
    });

    test("a sum that changes under the payment is looked at by the cashier", async () => {
        answers.refund = () => order.lines[0].setUnitPrice(1);
        expect(await validate()).toBe(false);
        expect.verifySteps(["refund", "AlertDialog"]);
        expect(await validate()).toBe(true);
        expect.verifySteps(["refund"]);
    });
});
