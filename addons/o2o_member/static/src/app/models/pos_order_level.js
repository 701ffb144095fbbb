import { PosOrder } from "@point_of_sale/app/models/pos_order";
import { patch } from "@web/core/utils/patch";

patch(PosOrder.prototype, {
    /** MEM-14: offers of a level are for its members; the server checks again. */
    _programIsApplicable(program) {
        const levels = program.o2o_level_ids || [];
        if (levels.length) {
            const level = this.getPartner()?.o2o_level_id;
            if (!level || !levels.some((allowed) => allowed.id === level.id)) {
                return false;
            }
        }
        return super._programIsApplicable(...arguments);
    },
});
