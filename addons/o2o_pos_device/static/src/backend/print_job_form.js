import { onMounted, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

export const REFRESH_MS = 2000;
const PENDING_STATES = ["new", "received", "printing"];

/** The form of a slip that is on its way shows by itself when it is printed. */
export class O2oPrintJobController extends formView.Controller {
    setup() {
        super.setup();
        onMounted(() => this.scheduleRefresh());
        onWillUnmount(() => browser.clearTimeout(this.refreshTimer));
    }

    scheduleRefresh() {
        this.refreshTimer = browser.setTimeout(() => this.refresh(), REFRESH_MS);
    }

    async refresh() {
        this.scheduleRefresh();
        const { root } = this.model;
        if (!document.hidden && PENDING_STATES.includes(root.data.state)) {
            await root.load();
        }
    }
}

registry.category("views").add("o2o_print_job_form", {
    ...formView,
    Controller: O2oPrintJobController,
});
