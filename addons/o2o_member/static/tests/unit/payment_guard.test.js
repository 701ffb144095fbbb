import { expect, test } from "@odoo/hoot";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";

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
