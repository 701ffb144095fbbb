import { PosConfig } from "@point_of_sale/../tests/unit/data/pos_config.data";
import { hootPosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { patch } from "@web/core/utils/patch";
import { models } from "@web/../tests/web_test_helpers";

export class O2oStore extends models.ServerModel {
    _name = "o2o.store";
    _records = [{ id: 1, name: "Chaoyang Store" }];
}

/** An empty board; the tests of the board answer themselves (see `setupOnlineOrders`). */
export class O2oFulfillment extends models.Model {
    _name = "o2o.fulfillment";

    pos_board() {
        return { orders: [], reasons: [], store: { id: 1, name: "Chaoyang Store" } };
    }

    pos_board_version() {
        return { version: false };
    }
}

PosConfig._records.forEach((config) => {
    config.o2o_store_id = 1;
});

patch(hootPosModels, [...hootPosModels, O2oStore, O2oFulfillment]);
