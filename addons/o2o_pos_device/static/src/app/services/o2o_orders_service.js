import { patch } from "@web/core/utils/patch";
import { O2oOrders } from "@o2o_order/app/services/o2o_orders_service";
import {
    getPrinterTrouble,
    isPrinterStopped,
    isPrinterWell,
} from "@o2o_pos_device/app/utils/o2o_printer";

/** The printers of the store come with its orders (POS-05). */
patch(O2oOrders.prototype, {
    start() {
        super.start(...arguments);
        if (this.isEnabled) {
            this.pos.data.connectWebSocket("O2O_PRINTER_STATUS", (printer) =>
                this.onPrinterStatus(printer)
            );
        }
    },

    get printers() {
        return this.store?.printers || [];
    },

    /** Those that need somebody, the stopped ones first. */
    get troubledPrinters() {
        const troubled = this.printers.filter((printer) => !isPrinterWell(printer));
        return troubled.sort((a, b) => isPrinterStopped(b) - isPrinterStopped(a));
    },

    /**
     * Told at once; the next look at the server would tell the same. A look that is under
     * way may have begun before the message, so what it brings is not taken.
     */
    onPrinterStatus(printer) {
        if (this.loading) {
            this.isStale = true;
        }
        const known = this.printers.find(({ id }) => id === printer.id);
        const wasStopped = known && isPrinterStopped(known);
        if (known) {
            Object.assign(known, printer);
        }
        if (isPrinterStopped(printer) && !wasStopped) {
            this.pos.notification.add(getPrinterTrouble(printer), { type: "danger" });
        }
    },
});
