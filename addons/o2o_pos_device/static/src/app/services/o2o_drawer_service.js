import { registry } from "@web/core/registry";
import { uuidv4 } from "@point_of_sale/utils";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { TextInputPopup } from "@point_of_sale/app/components/popups/text_input_popup/text_input_popup";
import { _t } from "@web/core/l10n/translation";

const FAILED = new Set(["failed", "expired", "unknown", "cancelled"]);

/**
 * The cash drawer at a printer of the box (POS-05).
 *
 * A sale in cash opens it once; for anything else somebody says why. A drawer that does not open
 * is told, and never tried again by itself.
 */
export class O2oDrawer {
    constructor({ pos, dialog, notification }) {
        this.pos = pos;
        this.dialog = dialog;
        this.notification = notification;
        /** Jobs of this till whose outcome is not known yet. */
        this.jobs = new Set();
    }

    start() {
        this.pos.data.connectWebSocket("O2O_PRINT_CHANGED", (job) => this.onJobChanged(job));
    }

    /** @param {string|false} action what Odoo calls the reason, none in a sale */
    async open(action) {
        const sale = action ? "" : this._getPaidSale();
        const reason = action || (sale ? "" : await this._askReason());
        if (!reason && !sale) {
            return;
        }
        const answer = await this._ask(reason, sale);
        if (answer.status !== "ok") {
            this._tell(answer.message);
            return;
        }
        this.jobs.add(answer.job_id);
        if (reason) {
            await this.pos.logEmployeeMessage(reason, "CASH_DRAWER_ACTION");
        }
    }

    onJobChanged({ job_id, state }) {
        if (FAILED.has(state) && this.jobs.has(job_id)) {
            this._tell(_t("The drawer did not open. Use its key, or open it again."));
        }
        if (FAILED.has(state) || state === "printed") {
            this.jobs.delete(job_id);
        }
    }

    /** The sale that is being paid in cash, and has all its money. */
    _getPaidSale() {
        const order = this.pos.getOrder();
        const isCash = order && (order.isPaidWithCash() || order.change);
        return isCash && order.isPaid() ? order.uuid : "";
    }

    async _askReason() {
        const reason = await makeAwaitable(this.dialog, TextInputPopup, {
            title: _t("Why is the drawer opened?"),
            placeholder: _t("e.g. change for the market stall"),
        });
        return reason?.trim() || "";
    }

    async _ask(reason, sale) {
        try {
            return await this.pos.data.call("o2o.print.job", "pos_open_drawer", [
                this.pos.config.id,
                uuidv4(),
                reason,
                sale,
            ]);
        } catch (error) {
            const message =
                error?.data?.message ||
                _t("No connection to the server: open the drawer with its key.");
            return { status: "failed", message };
        }
    }

    _tell(message) {
        this.notification.add(message, { type: "danger" });
    }
}

export const o2oDrawerService = {
    dependencies: ["pos", "dialog", "notification"],
    start(env, dependencies) {
        const drawer = new O2oDrawer(dependencies);
        drawer.start();
        return drawer;
    },
};

registry.category("services").add("o2o_drawer", o2oDrawerService);
