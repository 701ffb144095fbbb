import { hootPosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { patch } from "@web/core/utils/patch";
import { models } from "@web/../tests/web_test_helpers";

/** Nothing is held; tests that need more answer themselves with `onRpc`. */
export class O2oStockTill extends models.Model {
    _name = "o2o.stock.till";

    look() {
        return [];
    }
    claim() {
        return { status: "ok", lines: [], can_override: false };
    }
    override() {
        return { status: "ok", lines: [], can_override: true };
    }
    release() {
        return true;
    }
}

patch(hootPosModels, [...hootPosModels, O2oStockTill]);
