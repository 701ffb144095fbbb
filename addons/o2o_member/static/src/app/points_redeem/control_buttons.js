import { patch } from "@web/core/utils/patch";
import { _t } from "@web/core/l10n/translation";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { ControlButtons } from "@point_of_sale/app/screens/product_screen/control_buttons/control_buttons";
import { PointsDialog } from "./points_dialog";

patch(ControlButtons.prototype, {
    get o2oCanUsePoints() {
        const order = this.currentOrder;
        return Boolean(order?.partner_id && order.lines.length && !order.isRefund);
    },

    async o2oClickPoints() {
        const order = this.pos.getOrder();
        this.props.close?.();
        let offer;
        try {
            offer = await this.pos.o2oGetPointsOffer(order);
        } catch (error) {
            this.dialog.add(AlertDialog, {
                title: _t("Use points"),
                body:
                    error.data?.message || _t("Points need a connection to the server. Try again."),
            });
            return;
        }
        if (this.pos.getOrder() !== order || this.pos.router.state.current !== "ProductScreen") {
            // the cashier went on: points would come after the payment
            return;
        }
        this.dialog.add(PointsDialog, {
            offer,
            formatCurrency: (amount) => this.env.utils.formatCurrency(amount),
            use: (points) => this.o2oApplyPoints(order, points),
        });
    },

    /** @param {number} points none of them when 0 */
    async o2oApplyPoints(order, points) {
        try {
            if (points) {
                await this.pos.o2oUsePoints(order, points);
            } else {
                await this.pos.o2oDropPoints(order);
            }
        } catch (error) {
            await this.pos.o2oOnPointsError(order, error);
        }
    },
});
