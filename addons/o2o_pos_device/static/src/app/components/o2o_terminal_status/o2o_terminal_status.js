import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { getTerminalText } from "@o2o_pos_device/app/utils/o2o_terminal_text";

/** What is wrong with the bank-card terminal; nothing while all is well (POS-10). */
export class O2oTerminalStatus extends Component {
    static template = "o2o_pos_device.O2oTerminalStatus";
    static props = {};

    setup() {
        this.terminal = useState(useService("o2o_terminal"));
        this.ui = useService("ui");
    }

    get text() {
        return getTerminalText(this.terminal.status);
    }
}
