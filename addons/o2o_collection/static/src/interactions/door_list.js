import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { DoorActs, readFen } from "./door_call";

/** POS-15: the courier's list, and the code for the hand-over at the till. */
export class DoorList extends Interaction {
    static selector = ".o_o2o_door_list";
    dynamicContent = {
        ".o_o2o_door_message": {
            "t-out": () => this.message,
            "t-att-class": () => ({ "d-none": !this.message }),
        },
        ".o_o2o_door_take": {
            "t-on-click": this.onTake,
            "t-att-disabled": () => this.isBusy || undefined,
        },
        ".o_o2o_door_handover": {
            "t-on-click": this.onHandOver,
            "t-att-disabled": () => this.isBusy || undefined,
        },
    };

    setup() {
        this.acts = new DoorActs();
        this.message = "";
        this.isBusy = false;
    }

    async busy(work) {
        if (this.isBusy) {
            return;
        }
        this.isBusy = true;
        this.message = "";
        this.updateContent();
        try {
            await work();
        } finally {
            this.isBusy = false;
        }
        this.updateContent();
    }

    async onTake(ev) {
        const id = parseInt(ev.currentTarget.dataset.id);
        await this.busy(async () => {
            const answer = await this.waitFor(this.acts.act(id, "take"));
            if (answer.status === "ok") {
                window.location.reload();
            } else {
                this.message = answer.message;
            }
        });
    }

    async onHandOver(ev) {
        const card = ev.currentTarget.closest(".card-body");
        const storeId = parseInt(ev.currentTarget.dataset.store);
        const input = card.querySelector(".o_o2o_door_declared");
        const declared = input ? readFen(input.value) : 0;
        if (declared === null) {
            this.message = _t("Count your cash and enter the amount.");
            return;
        }
        await this.busy(async () => {
            const answer = await this.waitFor(
                this.acts.ask("/o2o/door/handover", {
                    store_id: storeId,
                    declared_fen: declared,
                })
            );
            this.message = answer.message;
            if (answer.code) {
                card.querySelector(".o_o2o_door_code_text").textContent = answer.code;
                card.querySelector(".o_o2o_door_code").classList.remove("d-none");
            }
        });
    }
}

registry.category("public.interactions").add("o2o_collection.door_list", DoorList);
