import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { O2oBoardHeader } from "@o2o_order/app/screens/o2o_order_screen/board_header/board_header";
import { getPrinterTrouble, isPrinterStopped } from "@o2o_pos_device/app/utils/o2o_printer";
import { _t } from "@web/core/l10n/translation";

/** How the printers of the store are, in words (POS-05). */
export class O2oPrinterStatus extends Component {
    static template = "o2o_pos_device.O2oPrinterStatus";
    static props = {
        /** Silent while all is well. */
        isTroubleOnly: { type: Boolean, optional: true },
    };

    setup() {
        this.onlineOrders = useService("o2o_orders");
    }

    get isShown() {
        const { printers, troubledPrinters } = this.onlineOrders;
        return troubledPrinters.length > 0 || (!this.props.isTroubleOnly && printers.length > 0);
    }

    get label() {
        const { printers, troubledPrinters } = this.onlineOrders;
        const [first, ...others] = troubledPrinters;
        if (!first) {
            const isDrawerOpen = printers.some(({ drawer }) => drawer === "open");
            return isDrawerOpen ? _t("Printers ready, drawer open") : _t("Printers ready");
        }
        const trouble = getPrinterTrouble(first);
        return others.length
            ? _t("%(trouble)s (and %(count)s more)", { trouble, count: others.length })
            : trouble;
    }

    get title() {
        return this.onlineOrders.troubledPrinters.map(getPrinterTrouble).join("\n");
    }

    get labelClass() {
        const [first] = this.onlineOrders.troubledPrinters;
        if (!first) {
            return "text-success";
        }
        // a bar of its own: the button of the online orders beside it may be red as well
        const color = isPrinterStopped(first) ? "text-bg-danger fw-bold" : "text-bg-warning";
        return `${color} mx-2 px-2 py-1`;
    }
}

patch(O2oBoardHeader, { components: { ...O2oBoardHeader.components, O2oPrinterStatus } });
