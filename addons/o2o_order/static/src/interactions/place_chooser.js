import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";
import { askPosition, knownPosition, sortByDistance } from "./place_distance";

/** The chip "Deliver to ..." and the picker behind it (ROUT-04). */
export class PlaceChooser extends Interaction {
    static selector = ".o_o2o_place";
    dynamicContent = {
        ".o_o2o_place_chip": { "t-on-click": this.onOpen },
        ".o_o2o_place_close": { "t-on-click": () => this.dialog.close() },
        ".o_o2o_place_search": {
            "t-on-input": this.debounced(this.load, 300),
            "t-on-keydown": this.onKey,
        },
        ".o_o2o_place_near": { "t-on-click": this.onNear },
        ".o_o2o_place_dialog": { "t-on-click": this.onDialogClick },
    };

    setup() {
        this.dialog = this.el.querySelector("dialog");
        this.list = this.el.querySelector(".o_o2o_place_list");
        this.error = this.el.querySelector(".o_o2o_place_error");
    }

    async onOpen() {
        this.dialog.showModal();
        if (!this.list.childElementCount) {
            await this.load();
        }
    }

    /** The picker may stand in the form of a product, which must not be sent. */
    onKey(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
        }
    }

    async load() {
        const word = this.el.querySelector(".o_o2o_place_search").value;
        const url = `/o2o/place/options?search=${encodeURIComponent(word)}`;
        let response;
        try {
            response = await this.waitFor(fetch(url, { credentials: "same-origin" }));
        } catch {
            this.showError(_t("No connection. Please try again."));
            return;
        }
        if (response.ok) {
            this.list.innerHTML = await this.waitFor(response.text());
            sortByDistance(this.list, knownPosition());
        }
    }

    async onNear() {
        const position = await this.waitFor(askPosition());
        if (position) {
            sortByDistance(this.list, position);
        } else {
            this.showError(_t("Your browser does not tell where you are. Please search."));
        }
    }

    /** A tap on an option chooses it, one beside the sheet closes it. */
    async onDialogClick(ev) {
        if (ev.target === this.dialog) {
            this.dialog.close();
            return;
        }
        const option = ev.target.closest(".o_o2o_place_option");
        if (!option) {
            return;
        }
        const { regionId, storeId } = option.dataset;
        const answer = await this.waitFor(
            rpc(
                "/o2o/place/choose",
                storeId ? { store_id: Number(storeId) } : { region_id: Number(regionId) }
            )
        );
        if (answer.error) {
            this.showError(answer.error);
        } else {
            // prices, stock and the cart depend on the place: show them anew
            window.location.reload();
        }
    }

    showError(text) {
        this.error.textContent = text;
        this.error.classList.remove("d-none");
    }
}

registry.category("public.interactions").add("o2o_order.place_chooser", PlaceChooser);
