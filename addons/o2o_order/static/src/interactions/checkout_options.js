import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

/** Saves the service region and the remark while the member fills them in. */
export class CheckoutOptions extends Interaction {
    static selector = ".o_o2o_checkout";
    dynamicContent = {
        "select[name='o2o_region_id']": { "t-on-change": this.onRegionChange },
        "input[name='o2o_note']": { "t-on-change": this.onNoteChange },
    };

    start() {
        // written before this script was there, on a slow line
        const note = this.el.querySelector("input[name='o2o_note']");
        if (note && note.value !== note.defaultValue) {
            this.saveNote(note.value);
        }
    }

    async onRegionChange(ev) {
        const regionId = parseInt(ev.target.value);
        if (regionId) {
            await this.waitFor(rpc("/o2o/order/checkout", { region_id: regionId }));
            // what can be delivered depends on the region: show it anew
            window.location.reload();
        }
    }

    async onNoteChange(ev) {
        await this.saveNote(ev.target.value);
    }

    async saveNote(note) {
        await this.waitFor(rpc("/o2o/order/checkout", { note }));
    }
}

registry.category("public.interactions").add("o2o_order.checkout_options", CheckoutOptions);
