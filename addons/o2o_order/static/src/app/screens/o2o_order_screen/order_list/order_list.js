import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { O2oDue } from "@o2o_order/app/components/o2o_due/o2o_due";
import { O2oElapsed } from "@o2o_order/app/components/o2o_elapsed/o2o_elapsed";
import { formatServerTime, getTab, searchOrders } from "@o2o_order/app/utils/o2o_board";
import { getItemsLabel, getKindLabel, getStateLabel } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

/** The orders of one tab, or of all of them while searching. */
export class O2oOrderList extends Component {
    static template = "o2o_order.O2oOrderList";
    static components = { O2oDue, O2oElapsed };
    static props = {
        view: Object,
        selectedId: [Number, Boolean],
        onSelect: Function,
    };

    setup() {
        this.onlineOrders = useService("o2o_orders");
    }

    get tabs() {
        return [
            { id: "waiting", label: _t("To accept"), countClass: "text-bg-danger" },
            { id: "progress", label: _t("Preparing"), countClass: "text-bg-secondary" },
            { id: "ready", label: _t("To ship"), countClass: "text-bg-secondary" },
            { id: "underway", label: _t("On the way"), countClass: "text-bg-secondary" },
            { id: "done", label: _t("Done today"), countClass: "text-bg-light" },
            { id: "problems", label: _t("Problems"), countClass: "text-bg-warning" },
        ].map((tab) => ({
            ...tab,
            count: this.onlineOrders.count(tab.id),
            isActive: !this.query && this.props.view.tab === tab.id,
        }));
    }

    get query() {
        return this.props.view.query.trim();
    }

    get orders() {
        if (!this.query) {
            return this.onlineOrders.getOrders(this.props.view.tab);
        }
        const here = searchOrders(this.onlineOrders.orders, this.query);
        return [...here, ...this.foundOrders.filter(({ id }) => !here.some((o) => o.id === id))];
    }

    /** What the server found for exactly what is typed. */
    get foundOrders() {
        const { found } = this.onlineOrders;
        return found.query === this.query ? found.orders : [];
    }

    get isSearching() {
        return Boolean(this.query) && this.onlineOrders.found.isLoading;
    }

    get isMore() {
        return Boolean(this.query) && this.onlineOrders.found.isMore;
    }

    onSearch() {
        this.onlineOrders.search(this.props.view.query);
    }

    get emptyIcon() {
        return this.query ? "fa-search" : "fa-coffee";
    }

    get emptyText() {
        if (this.isSearching) {
            return _t("Looking for “%s”...", this.query);
        }
        if (this.query) {
            return _t("No order of the last 30 days matches “%s”.", this.query);
        }
        if (this.onlineOrders.connection === "loading") {
            return _t("Loading the orders...");
        }
        return {
            waiting: _t("No order waits for you. The bell rings when one comes in."),
            progress: _t("Nothing to prepare at the moment."),
            ready: _t("No parcel waits to be shipped."),
            underway: _t("Nothing is on its way or waits to be collected."),
            done: _t("No order was finished today yet."),
            problems: _t("No problems. Cancelled and uncollected orders appear here."),
        }[this.props.view.tab];
    }

    selectTab(tab) {
        this.props.view.tab = tab;
        this.props.view.query = "";
    }

    isWaiting(order) {
        return getTab(order) === "waiting";
    }

    getRowClass(order) {
        return {
            o_o2o_row_selected: order.id === this.props.selectedId,
            o_o2o_row_waiting: this.isWaiting(order),
            o_o2o_row_choice: order.choice?.state === "open",
        };
    }

    getKindIcon(order) {
        return order.delivery_kind === "pickup" ? "fa-shopping-bag" : "fa-truck";
    }

    getKindLabel(order) {
        return getKindLabel(order);
    }

    getItemsLabel(order) {
        return getItemsLabel(order);
    }

    getStateLabel(order) {
        return getStateLabel(order);
    }

    formatTime(value) {
        return formatServerTime(value);
    }
}
