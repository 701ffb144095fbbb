import { patch } from "@web/core/utils/patch";
import { OrderProgress } from "@o2o_order/interactions/order_progress";

/** News of the order must not take away what the member is typing. */
patch(OrderProgress.prototype, {
    show(html) {
        const open = [...this.el.querySelectorAll("details[open]")].map((it) => it.className);
        const typed = [...this.el.querySelectorAll(".o_o2o_pickup [name]")]
            .filter((it) => it.type !== "hidden" && it.type !== "submit")
            .map((it) => ({
                name: it.name,
                value: it.value,
                hasFocus: it === document.activeElement,
            }));
        super.show(html);
        for (const className of open) {
            const details = this.el.getElementsByClassName(className)[0];
            if (details) {
                details.open = true;
            }
        }
        for (const { name, value, hasFocus } of typed) {
            const field = this.el.querySelector(`.o_o2o_pickup [name="${name}"]`);
            if (field) {
                field.value = value;
                if (hasFocus) {
                    field.focus();
                }
            }
        }
    },
});
