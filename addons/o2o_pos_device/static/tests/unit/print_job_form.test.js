import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    defineModels,
    fields,
    MockServer,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { REFRESH_MS } from "@o2o_pos_device/backend/print_job_form";

class PrintJob extends models.Model {
    _name = "o2o.print.job";

    state = fields.Selection({
        selection: [
            ["new", "Waiting"],
            ["printed", "Printed"],
        ],
    });

    _records = [{ id: 1, state: "new" }];
}

definePosModels();
defineModels([PrintJob]);

test("POS-05: the form of a slip shows by itself when it is printed", async () => {
    let reads = 0;
    onRpc("web_read", () => {
        reads++;
    });
    // the services of the till start here, too
    await setupPosEnv();
    await mountView({
        type: "form",
        resModel: "o2o.print.job",
        resId: 1,
        arch: `<form js_class="o2o_print_job_form" edit="false"><field name="state" /></form>`,
    });
    expect(".o_field_widget[name=state]").toHaveText("Waiting");
    MockServer.env["o2o.print.job"].write([1], { state: "printed" });
    await advanceTime(REFRESH_MS);
    await animationFrame();
    expect(".o_field_widget[name=state]").toHaveText("Printed");
    const before = reads;
    await advanceTime(10 * REFRESH_MS);
    expect(reads).toBe(before);
});
