import { patch } from "@web/core/utils/patch";
import { _t } from "@web/core/l10n/translation";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { ConnectionLostError } from "@web/core/network/rpc";
import { PosStore } from "@point_of_sale/app/services/pos_store";
import { NoAnswerError, withTimeout } from "@o2o_member/app/utils/o2o_timeout";

const MODEL = "o2o.points.till";
const TIMEOUT_MS = 15000;

/**
 * Points that pay a part of an order (PTS-05), and what a refund must take off because points
 * had paid it (POS-07). The server holds the points and computes the lines; the till shows them.
 */
patch(PosStore.prototype, {
    o2oPointsLines(order) {
        const product = this.company.o2o_points_product_id;
        return order.lines.filter(
            (line) => product && line.product_id.id === product.id && !line.sale_order_line_id
        );
    },

    /** The goods of an order, as facts for the server. */
    o2oPointsFacts(order) {
        const pointsLines = new Set(this.o2oPointsLines(order).map((line) => line.uuid));
        return order.lines
            .filter(
                (line) =>
                    !pointsLines.has(line.uuid) &&
                    !line.refunded_orderline_id &&
                    !line.sale_order_origin_id
            )
            .map((line) => ({
                product_id: line.product_id.id,
                qty: line.qty,
                price_unit: line.price_unit,
                discount: line.getDiscount(),
                tax_ids: line.tax_ids.map((tax) => tax.id),
            }));
    },

    /** @throws {NoAnswerError} when none comes in time */
    o2oAskPoints(method, args) {
        const call = this.data.call(MODEL, method, [this.config.id, ...args]);
        return withTimeout(call, TIMEOUT_MS);
    },

    async o2oGetPointsOffer(order) {
        return this.o2oAskPoints("get_offer", [
            order.uuid,
            order.partner_id.id,
            this.o2oPointsFacts(order),
        ]);
    },

    /** @param {number|null} points as many as held already when null */
    async o2oUsePoints(order, points = null) {
        const held = await this.o2oAskPoints("hold", [
            order.uuid,
            order.partner_id.id,
            this.o2oPointsFacts(order),
            points,
        ]);
        order.uiState.o2oPoints = held.points;
        await this.o2oSetPointsLines(order, held);
    },

    async o2oDropPoints(order) {
        this.o2oRemovePoints(order);
        await this.o2oAskPoints("release", [order.uuid]);
    },

    o2oRemovePoints(order) {
        this.o2oPointsLines(order).forEach((line) => line.delete());
        order.uiState.o2oPoints = 0;
    },

    /** Replace the lines that stand for points by those the server computed. */
    async o2oSetPointsLines(order, { product_id, lines }) {
        this.o2oPointsLines(order).forEach((line) => line.delete());
        const product = this.models["product.product"].get(product_id);
        if (!product) {
            throw new Error(_t("Close and open the register once, then points can be used."));
        }
        for (const line of lines) {
            await this.addLineToOrder(
                {
                    product_id: product,
                    product_tmpl_id: product.product_tmpl_id,
                    qty: line.qty,
                    price_unit: line.price_unit,
                    tax_ids: line.tax_ids.map((id) => ["link", this.models["account.tax"].get(id)]),
                    extra_tax_data: line.extra_tax_data,
                },
                order,
                { force: true },
                false
            );
        }
    },

    /**
     * Before money changes hands: the points of the order must fit what is in it now.
     *
     * @returns {boolean} false when the cashier has to look again
     */
    async o2oPreparePoints(order) {
        try {
            if (order.isRefund) {
                order.uiState.o2oIsRefundUnknown = true;
                await this.o2oPrepareRefund(order);
                order.uiState.o2oIsRefundUnknown = false;
            } else if (this.o2oPointsLines(order).length) {
                const before = order.priceIncl;
                await this.o2oUsePoints(order);
                return this.currency.isZero(order.priceIncl - before) || this.o2oTellChange();
            } else if (order.uiState.o2oPoints) {
                await this.o2oDropPoints(order);
            }
            return true;
        } catch (error) {
            return this.o2oOnPointsError(order, error);
        }
    },

    /** As before, where payments are there already, which a new price makes wrong. */
    async o2oCheckPoints(order) {
        const before = order.priceIncl;
        if (!(await this.o2oPreparePoints(order))) {
            return false;
        }
        return this.currency.isZero(order.priceIncl - before) || this.o2oTellChange();
    },

    /** Whether points paid for anything a refund gives back; a till knows without asking. */
    o2oRefundsPoints(order) {
        const refunded = order.lines.map((line) => line.refunded_orderline_id).filter(Boolean);
        return (
            this.o2oPointsLines(order).length > 0 ||
            refunded.some(
                (line) => line.sale_order_line_id || this.o2oPointsLines(line.order_id).length > 0
            )
        );
    },

    async o2oPrepareRefund(order) {
        if (!this.o2oRefundsPoints(order)) {
            return;
        }
        const pointsLines = new Set(this.o2oPointsLines(order).map((line) => line.uuid));
        const returns = order.lines
            .filter((line) => line.refunded_orderline_id && !pointsLines.has(line.uuid))
            .map((line) => ({
                line_id: line.refunded_orderline_id.id,
                qty: -line.qty,
            }))
            .filter(({ line_id }) => typeof line_id === "number");
        const refund = await this.o2oAskPoints("get_refund", [returns]);
        const current = this.o2oPointsLines(order);
        const taken = current.reduce((sum, line) => sum + line.priceIncl, 0);
        if (
            current.length !== refund.lines.length ||
            !this.currency.isZero(taken - refund.amount)
        ) {
            await this.o2oSetPointsLines(order, refund);
        }
    },

    o2oTellChange() {
        this.dialog.add(AlertDialog, {
            title: _t("Points changed"),
            body: _t("The order has changed, so the points pay another amount. Please check."),
        });
        return false;
    },

    async o2oOnPointsError(order, error) {
        const isOffline = [ConnectionLostError, NoAnswerError].some((it) => error instanceof it);
        const message = isOffline
            ? _t("Points need a connection to the server. Remove the points or try again.")
            : error.data?.message || error.message;
        if (!isOffline && !order.isRefund && !order.finalized) {
            this.o2oRemovePoints(order);
            // nobody waits: they are free again by themselves
            this.data.silentCall(MODEL, "release", [this.config.id, order.uuid]);
        }
        this.dialog.add(AlertDialog, { title: _t("Points"), body: message });
        return false;
    },

    async pay() {
        const order = this.getOrder();
        const screen = this.router.state.current;
        const needsPoints =
            order.uiState.o2oPoints || this.o2oPointsLines(order).length || order.isRefund;
        if (needsPoints && !(await this.o2oPreparePoints(order))) {
            return;
        }
        if (this.getOrder() !== order || this.router.state.current !== screen) {
            // the cashier went on with something else meanwhile
            return;
        }
        return super.pay(...arguments);
    },

    /** The payment is for the sum that is known then: points come before it. */
    async validateOrderFast() {
        const order = this.getOrder();
        const { ui } = this.env.services;
        let isReady = false;
        ui.block();
        try {
            isReady = await this.o2oPreparePoints(order);
        } finally {
            ui.unblock();
        }
        if (!isReady || this.getOrder() !== order) {
            return;
        }
        return super.validateOrderFast(...arguments);
    },

    async _onBeforeDeleteOrder(order) {
        if (order.uiState?.o2oPoints) {
            await this.data.silentCall(MODEL, "release", [this.config.id, order.uuid]);
        }
        return super._onBeforeDeleteOrder(...arguments);
    },
});
