import { WebsiteSale } from "@website_sale/interactions/website_sale";
import wSaleUtils from "@website_sale/js/website_sale_utils";
import { patch } from "@web/core/utils/patch";
import { redirect } from "@web/core/utils/urls";

/** SHOP-10: "Buy now" leads to the one page instead of the cart. */
patch(WebsiteSale.prototype, {
    async _addToCart(el) {
        if (!el.classList.contains("o_o2o_buy_now")) {
            return super._addToCart(...arguments);
        }
        this._updateRootProduct(wSaleUtils.getClosestProductForm(el));
        const quantity = await this.waitFor(
            this.services["cart"].add(this.rootProduct, {
                isBuyNow: true,
                redirectToCart: false,
            })
        );
        if (quantity) {
            redirect("/o2o/checkout");
        }
        return quantity;
    },
});
