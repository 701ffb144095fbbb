import { useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { O2oPrinterStatus } from "@o2o_pos_device/app/components/o2o_printer_status/o2o_printer_status";
import { O2oTerminalStatus } from "@o2o_pos_device/app/components/o2o_terminal_status/o2o_terminal_status";

patch(Navbar, {
    components: { ...Navbar.components, O2oPrinterStatus, O2oTerminalStatus },
});

patch(Navbar.prototype, {
    setup() {
        super.setup(...arguments);
        this.o2oTerminal = useState(useService("o2o_terminal"));
    },
});
