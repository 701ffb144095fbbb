import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";
import { WebsiteSale } from "@website_sale/interactions/website_sale";
import { knownPosition, sortByDistance } from "./place_distance";

const PRODUCT_EVENT = "o2o_product";

/** Another variant has another stock. */
patch(WebsiteSale.prototype, {
    _onChangeCombination(ev, parent, combination) {
        super._onChangeCombination(...arguments);
        document.dispatchEvent(new CustomEvent(PRODUCT_EVENT, { detail: combination.product_id }));
    },
});

/** The stock of the product on the page, of the visitor's place, as it is now. */
export class ProductStock extends Interaction {
    static selector = ".o_o2o_product_stock";
    dynamicContent = {
        _root: { "t-on-click": this.onClick },
        _document: {
            [`t-on-${PRODUCT_EVENT}`]: (ev) => this.show(ev.detail),
            "t-on-visibilitychange": this.onVisible,
        },
    };

    setup() {
        this.productId = 0;
    }

    start() {
        this.show(Number(this.el.dataset.productId));
    }

    onVisible() {
        if (document.visibilityState === "visible") {
            this.load();
        }
    }

    async show(productId) {
        if (productId && productId !== this.productId) {
            this.productId = productId;
            await this.load();
        }
    }

    async load() {
        if (!this.productId) {
            return;
        }
        let response;
        try {
            response = await this.waitFor(
                fetch(`/o2o/place/stock/${this.productId}`, { credentials: "same-origin" })
            );
        } catch {
            return; // offline: what is shown stays
        }
        if (response.ok) {
            this.el.innerHTML = await this.waitFor(response.text());
            sortByDistance(this.el.querySelector(".o_o2o_elsewhere ul"), knownPosition());
        }
    }

    async onClick(ev) {
        const button = ev.target.closest("button[type='button']");
        if (!button) {
            return;
        }
        const { storeId, holdId } = button.dataset;
        if (button.classList.contains("o_o2o_choose_store")) {
            await this.ask("/o2o/place/choose", { store_id: Number(storeId) });
            window.location.reload();
        } else if (button.classList.contains("o_o2o_hold_take")) {
            await this.change("/o2o/hold/take", {
                product_id: this.productId,
                store_id: Number(storeId),
            });
        } else if (button.classList.contains("o_o2o_hold_buy")) {
            this.buyHold(holdId);
        } else if (button.classList.contains("o_o2o_hold_release")) {
            await this.change("/o2o/hold/release", { hold_id: Number(holdId) });
        }
    }

    /** A form of its own: this block may stand inside the form of the product. */
    buyHold(holdId) {
        const form = document.createElement("form");
        form.method = "post";
        form.action = `/o2o/hold/buy/${Number(holdId)}`;
        const token = document.createElement("input");
        token.type = "hidden";
        token.name = "csrf_token";
        token.value = odoo.csrf_token;
        form.append(token);
        document.body.append(form);
        form.submit();
    }

    ask(route, values) {
        return this.waitFor(rpc(route, values));
    }

    async change(route, values) {
        const { error } = await this.ask(route, values);
        await this.load();
        if (error) {
            const box = this.el.querySelector(".o_o2o_hold_error");
            box.textContent = error;
            box.classList.remove("d-none");
        }
    }
}

registry.category("public.interactions").add("o2o_order.product_stock", ProductStock);
