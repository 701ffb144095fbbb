import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import {
    getJobStateLabel,
    getSlipLabel,
    getSlips,
    isPrinting,
    needsAttention,
} from "@o2o_order/app/utils/o2o_print";
import { _t } from "@web/core/l10n/translation";

/** The slips of an order and whether they came out; where a box prints for the store. */
export class O2oOrderPrintJobs extends Component {
    static template = "o2o_order.O2oOrderPrintJobs";
    static props = { order: Object };

    setup() {
        this.onlineOrders = useService("o2o_orders");
    }

    get slips() {
        return getSlips(this.props.order).map(({ documentType, job }) => ({
            documentType,
            label: getSlipLabel(documentType),
            state: getJobStateLabel(job),
            stateClass: this.getStateClass(job),
            error: job?.error,
            action: job ? _t("Print again") : _t("Print"),
            isDisabled:
                this.onlineOrders.isReprinting(this.props.order, documentType) ||
                Boolean(job && isPrinting(job)),
        }));
    }

    getStateClass(job) {
        if (job && needsAttention(job)) {
            return "text-danger fw-bold";
        }
        return job?.state === "printed" ? "text-success" : "text-muted";
    }

    print(documentType) {
        this.onlineOrders.reprint(this.props.order, documentType);
    }
}
