import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/** MEM-09: the contact of a winery is asked for, never part of the page. */
export class LevelGate extends Interaction {
    static selector = ".o_o2o_level_gate";
    dynamicContent = {
        ".o_o2o_level_gate_open": { "t-on-click.prevent": this.onOpen },
    };

    async onOpen(ev) {
        const button = ev.currentTarget;
        button.disabled = true;
        const { contact } = await this.waitFor(
            rpc("/o2o/member/winery_contact", {
                product_id: parseInt(this.el.dataset.productId),
            })
        );
        const answer = this.el.querySelector(".o_o2o_level_gate_answer");
        answer.textContent = contact || _t("Your level does not show this contact.");
        answer.classList.remove("d-none");
        button.classList.add("d-none");
    }
}

registry.category("public.interactions").add("o2o_member.level_gate", LevelGate);
