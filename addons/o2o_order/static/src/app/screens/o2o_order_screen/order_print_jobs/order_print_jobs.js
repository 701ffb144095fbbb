import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

/** The slips of an order and whether they came out; shown when a box prints for the store. */
export class O2oOrderPrintJobs extends Component {
    static template = "o2o_order.O2oOrderPrintJobs";
    static props = { order: Object };

    setup() {
        this.onlineOrders = useService("o2o_orders");
    }

    get jobs() {
        return this.props.order.print_jobs;
    }

    getStateLabel(job) {
        return (
            {
                queued: _t("Waiting for the printer"),
                sent: _t("Printing"),
                printed: _t("Printed"),
                failed: _t("Not printed"),
                unknown: _t("Look at the printer: it may not have printed"),
            }[job.state] || job.state
        );
    }

    getStateClass(job) {
        return (
            { printed: "text-success", failed: "text-danger", unknown: "text-warning" }[
                job.state
            ] || "text-muted"
        );
    }

    isRunning(job) {
        return this.onlineOrders.isReprinting(job);
    }

    reprint(job) {
        this.onlineOrders.reprint(this.props.order, job);
    }
}
