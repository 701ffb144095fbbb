import { patch } from "@web/core/utils/patch";
import { HardwareProxy } from "@point_of_sale/app/services/hardware_proxy_service";

/** Whatever opens a drawer in Odoo opens the one at the box (POS-05). */
patch(HardwareProxy.prototype, {
    async openCashbox(action = false) {
        if (this.pos.config.o2o_has_drawer) {
            return this.pos.env.services.o2o_drawer.open(action);
        }
        return super.openCashbox(...arguments);
    },
});
