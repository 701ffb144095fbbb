import { expect, test } from "@odoo/hoot";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";

import { patchWithCleanup } from "@web/../tests/web_test_helpers";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

definePosModels();

test("what was paid electronically is not offered to be edited", async () => {
    const store = await setupPosEnv();
    const order = await getFilledOrder(store);
    const [method] = store.models["pos.payment.method"].getAll();
    order.addPaymentline(method);
    expect(store.canEditPayment(order)).toBe(true);
    method.use_payment_terminal = "o2o_code";
    expect(store.canEditPayment(order)).toBe(false);
});

test("idea 15: a sale waits for who is being charged, whatever else has paid it", async () => {
    const store = await setupPosEnv();
    const order = await getFilledOrder(store);
    const [method] = store.models["pos.payment.method"].getAll();
    method.use_payment_terminal = "o2o_code";
    const { data: line } = order.addPaymentline(method);
    patchWithCleanup(store.dialog, { add: (_dialog, { title }) => expect.step(String(title)) });
    const validate = () =>
        new OrderPaymentValidation({ pos: store, orderUuid: order.uuid }).askBeforeValidation();
    for (const status of ["waiting", "waitingCard", "waitingCancel", "timeout", "of_an_addon"]) {
        line.setPaymentStatus(status);
        expect(await validate()).toBe(false);
        expect.verifySteps(["A payment is not decided yet"]);
    }
    patchWithCleanup(method, { payment_terminal: { isTakenWithSale: true } });
    expect(await validate()).toBe(true);
    method.payment_terminal = undefined;
    for (const status of ["pending", "retry", "done", "reversed"]) {
        line.setPaymentStatus(status);
        expect(await validate()).toBe(true);
    }
});
