import { Component } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";
import { useService } from "@web/core/utils/hooks";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { TextInputPopup } from "@point_of_sale/app/components/popups/text_input_popup/text_input_popup";
import { useLongPress } from "@point_of_sale/app/hooks/long_press_hook";
import { O2oDue } from "@o2o_order/app/components/o2o_due/o2o_due";
import { O2oElapsed } from "@o2o_order/app/components/o2o_elapsed/o2o_elapsed";
import { O2oAcceptLinesDialog } from "@o2o_order/app/screens/o2o_order_screen/accept_lines_dialog/accept_lines_dialog";
import { O2oHandOverDialog } from "@o2o_order/app/screens/o2o_order_screen/hand_over_dialog/hand_over_dialog";
import { O2oOrderPrintJobs } from "@o2o_order/app/screens/o2o_order_screen/order_print_jobs/order_print_jobs";
import { O2oPassOnDialog } from "@o2o_order/app/screens/o2o_order_screen/pass_on_dialog/pass_on_dialog";
import { O2oRejectDialog } from "@o2o_order/app/screens/o2o_order_screen/reject_dialog/reject_dialog";
import { O2oShipDialog } from "@o2o_order/app/screens/o2o_order_screen/ship_dialog/ship_dialog";
import { formatServerTime } from "@o2o_order/app/utils/o2o_board";
import { formatQuantity, getKindLabel, getStateLabel } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

/**
 * One order, in the order of the work: products, delivery, action (POS-04).
 *
 * The server says what may be done (`order.actions`); this component only asks.
 */
export class O2oOrderDetail extends Component {
    static template = "o2o_order.O2oOrderDetail";
    static components = { O2oDue, O2oElapsed, O2oOrderPrintJobs };
    static props = {
        order: { type: Object, optional: true },
        /** An order was chosen, but it is no longer here. */
        isGone: Boolean,
        onSentAway: Function,
        onReturn: Function,
    };

    setup() {
        this.dialog = useService("dialog");
        this.onlineOrders = useService("o2o_orders");
        this.longPress = useLongPress((line) => this.editShelf(line));
    }

    get order() {
        return this.props.order;
    }

    get isAllAnswered() {
        const { view } = this.onlineOrders;
        return !this.props.isGone && !this.onlineOrders.count(view.tab);
    }

    get emptyIcon() {
        return this.isAllAnswered ? "fa-check-circle-o" : "fa-hand-o-left";
    }

    get emptyText() {
        if (this.props.isGone) {
            return _t("This order is no longer with your store.");
        }
        return this.isAllAnswered
            ? _t("All online orders are answered.")
            : _t("Choose an order on the left.");
    }

    get isWaiting() {
        return this.order.state === "offered";
    }

    get isPickup() {
        return this.order.delivery_kind === "pickup";
    }

    get kindLabel() {
        return getKindLabel(this.order);
    }

    get stateLabel() {
        return getStateLabel(this.order);
    }

    get stateClass() {
        return (
            {
                offered: "text-bg-danger",
                accepted: "text-bg-info",
                picking: "text-bg-info",
                pooled: "text-bg-warning",
                cancelled: "text-bg-dark",
                rejected: "text-bg-dark",
                expired: "text-bg-dark",
            }[this.order.state] || "text-bg-success"
        );
    }

    get choice() {
        return this.order.choice;
    }

    /** What the customer was asked, and said, about missing goods (idea 9). */
    get choiceText() {
        const { choice } = this;
        if (choice.state === "open") {
            return _t("The customer is asked what to do about the missing goods.");
        }
        return choice.answered_by === "silence"
            ? _t("No answer in time: %s", choice.answer_label)
            : _t("The customer says: %s", choice.answer_label);
    }

    get distanceText() {
        const { distance_km: distance } = this.order;
        return typeof distance === "number" ? _t("%s km away", distance) : "";
    }

    get buttons() {
        const labels = {
            reject: _t("Reject"),
            pass_on: _t("To another store"),
            return_goods: _t("Return"),
            accept_lines: _t("Not all there"),
            accept: _t("Accept"),
            pick: _t("Start preparing"),
            ready: _t("Ready"),
            ship: _t("Ship"),
            hand_over: _t("Hand over"),
        };
        const current = this.onlineOrders.pending[this.order.id];
        const { actions, more_actions: moreActions = [] } = this.order;
        return Object.keys(labels)
            .filter((action) => actions.includes(action) || moreActions.includes(action))
            .map((action) => ({
                action,
                label: labels[action],
                isSecondary: ["reject", "pick"].includes(action) || moreActions.includes(action),
                isDisabled: Boolean(current),
                isRunning: current === action,
            }));
    }

    getButtonClass(button) {
        const color = button.isSecondary ? "btn-secondary" : "btn-primary flex-grow-1";
        return `o_o2o_action_${button.action} ${color}`;
    }

    formatPrice(amount) {
        return formatCurrency(amount, this.order.currency_id);
    }

    formatQuantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`.trim();
    }

    formatFree(line) {
        return _t("%s more in stock", formatQuantity(line.free_quantity));
    }

    formatTime(value) {
        return formatServerTime(value);
    }

    /** Nobody has to leave the order to correct where a bottle stands. */
    async editShelf(line) {
        const place = await makeAwaitable(this.dialog, TextInputPopup, {
            title: _t("Where does it stand? %s", line.name),
            placeholder: _t("e.g. B-12"),
            startingValue: line.shelf || "",
        });
        if (place !== undefined) {
            await this.onlineOrders.setShelf(line.product_id, place);
        }
    }

    async onClickAction(action) {
        const { order } = this;
        if (action === "return_goods") {
            this.props.onReturn(order.name);
            return;
        }
        const values = await this.askValues(action, order);
        if (!values) {
            return;
        }
        await this.onlineOrders.act(order, action, values);
        if (!this.onlineOrders.getOrder(order.id)) {
            this.props.onSentAway();
        }
    }

    /** @returns {Promise<object|undefined>} what the action needs; nothing when called off */
    async askValues(action, order) {
        switch (action) {
            case "reject":
                return makeAwaitable(this.dialog, O2oRejectDialog, {
                    orderName: order.order_name,
                    reasons: this.onlineOrders.reasons,
                    lines: order.lines,
                    customerName: order.partner_name || "",
                    phone: order.partner_phone || "",
                    isPickup: this.isPickup,
                });
            case "accept_lines":
                return makeAwaitable(this.dialog, O2oAcceptLinesDialog, { order });
            case "pass_on":
                return makeAwaitable(this.dialog, O2oPassOnDialog, { order });
            case "ship":
                return makeAwaitable(this.dialog, O2oShipDialog, { orderName: order.order_name });
            case "hand_over":
                return makeAwaitable(this.dialog, O2oHandOverDialog, {
                    orderName: order.order_name,
                    customerName: order.partner_name || "",
                    amountToCollect: order.is_cod ? this.formatPrice(order.amount_total) : "",
                });
            default:
                return {};
        }
    }
}
