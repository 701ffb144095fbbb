import { expect, test } from "@odoo/hoot";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { getFilledOrder, setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { ReceiptHeader } from "@point_of_sale/app/screens/receipt_screen/receipt/receipt_header/receipt_header";

definePosModels();

test("POS-04: a receipt is a slip of a sale, not a ticket for the theatre", async () => {
    const order = await getFilledOrder(await setupPosEnv());
    await mountWithCleanup(ReceiptHeader, { props: { order } });
    expect(".ticket-name-prefix").toHaveText("Sale slip");
});
