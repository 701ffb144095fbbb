import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { O2oSlip } from "@o2o_order/app/screens/o2o_order_screen/slip/slip";
import {
    getJobStateLabel,
    getSlipLabel,
    getSlips,
    isPrinting,
    needsAttention,
} from "@o2o_order/app/utils/o2o_print";
import { _t } from "@web/core/l10n/translation";

/**
 * The slips of an order: from the box of the store, with word whether they came out, or from
 * the till's own printer, which also works without network (POS-08, idea 17).
 */
export class O2oOrderPrintJobs extends Component {
    static template = "o2o_order.O2oOrderPrintJobs";
    static props = { order: Object };

    setup() {
        this.onlineOrders = useService("o2o_orders");
        this.printer = useService("printer");
    }

    get hasBox() {
        return Boolean(this.props.order.print_jobs);
    }

    /** Slips that make sense at this step. */
    get ownSlips() {
        return getSlips(this.props.order)
            .filter(({ isDue }) => isDue)
            .map(({ documentType }) => ({ documentType, label: getSlipLabel(documentType) }));
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

    printHere(documentType, refund) {
        const { order } = this.props;
        this.onlineOrders.markPrinted(order, documentType);
        return this.printer.print(
            O2oSlip,
            {
                order,
                documentType,
                storeName: this.onlineOrders.store?.name || order.store_name,
                ...(refund && { refund }),
            },
            { webPrintFallback: true }
        );
    }

    print(documentType) {
        this.onlineOrders.reprint(this.props.order, documentType);
    }
}
