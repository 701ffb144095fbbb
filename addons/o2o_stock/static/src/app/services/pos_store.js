import { PosStore } from "@point_of_sale/app/services/pos_store";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { ConnectionLostError } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";
import { O2oHeldDialog } from "@o2o_stock/app/held_dialog/held_dialog";
import { orNoAnswer } from "@o2o_stock/app/utils/o2o_no_answer";
import { describeProduct, getClaimLines } from "@o2o_stock/app/utils/o2o_promises";

/** A product is asked about once in this time, however often it is scanned. */
export const LOOK_AGAIN_MS = 30000;

const isOffline = (error) => error instanceof ConnectionLostError;

/**
 * The till and the website promise the same bottles (SUP-09, idea 4).
 *
 * Every question copes with having no answer: then the till sells, and the server repairs
 * what was promised when the sale comes in.
 */
patch(PosStore.prototype, {
    async pay() {
        const order = this.getOrder();
        const screen = this.router.state.current;
        if (order?.canPay() && !(await this.o2oClaimStock(order))) {
            return;
        }
        if (this.getOrder() !== order || this.router.state.current !== screen) {
            // the cashier went on, perhaps with goods that nobody has asked about
            return;
        }
        return super.pay(...arguments);
    },

    async validateOrderFast() {
        const order = this.getOrder();
        if (!order || this.o2oSellsFast === order) {
            // a second tap
            return;
        }
        this.o2oSellsFast = order;
        try {
            if ((await this.o2oClaimStock(order)) && this.getOrder() === order) {
                return await super.validateOrderFast(...arguments);
            }
        } finally {
            this.o2oSellsFast = null;
        }
    },

    async addLineToOrder() {
        const line = await super.addLineToOrder(...arguments);
        if (line?.product_id?.product_tmpl_id?.is_storable && line.qty > 0) {
            this.o2oLookAtStock(line);
        }
        return line;
    },

    async deleteOrders(orders) {
        const isDeleted = await super.deleteOrders(...arguments);
        if (isDeleted) {
            for (const order of orders) {
                if (order?.uiState?.o2oHasClaim) {
                    this.o2oAskStock("release", [order.uuid]);
                }
            }
        }
        return isDeleted;
    },

    /** @returns {Promise<any>} null without an answer */
    async o2oAskStock(method, args) {
        if (this.data.network.offline) {
            return null;
        }
        return orNoAnswer(
            this.data.call("o2o.stock.till", method, [this.config.id, ...args]),
            isOffline
        );
    },

    /**
     * Hold the basket while it is being paid.
     *
     * @returns {Promise<boolean>} whether the cashier may go on
     */
    async o2oClaimStock(order) {
        const lines = getClaimLines(order);
        if (!lines.length) {
            return true;
        }
        const answer = await this.o2oAskStock("claim", [order.uuid, lines]);
        if (answer?.status !== "held") {
            order.uiState.o2oHasClaim = Boolean(answer);
            return true;
        }
        const reason = await makeAwaitable(this.dialog, O2oHeldDialog, {
            lines: answer.lines,
            canOverride: answer.can_override,
        });
        if (!reason) {
            return false;
        }
        order.uiState.o2oHasClaim = true;
        await this.o2oAskStock("override", [order.uuid, lines, reason]);
        return true;
    },

    /** Tell, without a dialog, that a product just added is promised to somebody. */
    async o2oLookAtStock(line) {
        const product = line.product_id;
        this.o2oLookedAt ||= new Map();
        const now = Date.now();
        if (now - (this.o2oLookedAt.get(product.id) || 0) < LOOK_AGAIN_MS) {
            return;
        }
        this.o2oLookedAt.set(product.id, now);
        const [found] = (await this.o2oAskStock("look", [[product.id]])) || [];
        if (found && found.free < line.qty) {
            this.notification.add(describeProduct(found), { type: "warning" });
        }
    },
});
