import { patch } from "@web/core/utils/patch";
import { patchDynamicContent } from "@web/public/utils";
import { OnePageCheckout } from "@o2o_order/interactions/one_page_checkout";

/** Days are turned over here; a time that is chosen is kept, and judged, by the server. */
patch(OnePageCheckout.prototype, {
    setup() {
        super.setup();
        patchDynamicContent(this.dynamicContent, {
            ".o_o2o_slot_day": { "t-on-click": (ev) => this.onSlotDay(ev) },
            "input[name='pickup_at']": {
                "t-on-change": (ev) => this.choose({ pickup_at: ev.target.value }),
            },
        });
    },

    onSlotDay(ev) {
        const { day } = ev.currentTarget.dataset;
        for (const tab of this.form.querySelectorAll(".o_o2o_slot_day")) {
            const isChosen = tab.dataset.day === day;
            tab.classList.toggle("o_o2o_chosen", isChosen);
            tab.setAttribute("aria-selected", String(isChosen));
        }
        for (const times of this.form.querySelectorAll(".o_o2o_slot_times")) {
            times.classList.toggle("d-none", times.dataset.day !== day);
        }
    },
});
