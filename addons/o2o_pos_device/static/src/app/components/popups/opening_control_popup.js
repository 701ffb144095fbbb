import { patch } from "@web/core/utils/patch";
import { OpeningControlPopup } from "@point_of_sale/app/components/popups/opening_control_popup/opening_control_popup";

/** The terminal signs in with the till: what becomes of it is told (POS-10). */
patch(OpeningControlPopup.prototype, {
    async confirm() {
        await super.confirm(...arguments);
        // not waited for: the till is open
        this.env.services.o2o_terminal.refresh();
    },
});
