import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { _t } from "@web/core/l10n/translation";

const SCREEN = "O2oOrderScreen";
const GRAB_SCREEN = "O2oGrabScreen";

patch(Navbar.prototype, {
    setup() {
        super.setup(...arguments);
        this.onlineOrders = useService("o2o_orders");
        this.o2oGrabs = useService("o2o_grabs");
    },
    get mainButton() {
        const buttons = { [SCREEN]: "o2o", [GRAB_SCREEN]: "o2o_grab" };
        return buttons[this.pos.router.state.current] || super.mainButton;
    },
    /** Only while there is something to grab: most of the time there is not. */
    get isO2oGrabShown() {
        return (
            this.onlineOrders.isEnabled &&
            (this.o2oGrabs.count > 0 || this.mainButton === "o2o_grab")
        );
    },
    onClickO2oGrab() {
        this.pos.navigate(GRAB_SCREEN);
    },
    get o2oWaitingCount() {
        return this.onlineOrders.count("waiting");
    },
    get o2oProgressCount() {
        return this.onlineOrders.count("progress");
    },
    get o2oButtonClass() {
        return { active: this.mainButton === "o2o", o_o2o_ringing: this.o2oWaitingCount > 0 };
    },
    get o2oButtonTitle() {
        return _t("%(waiting)s to accept, %(progress)s in progress", {
            waiting: this.o2oWaitingCount,
            progress: this.o2oProgressCount,
        });
    },
    onClickO2oOrders() {
        this.pos.navigate(SCREEN);
    },
});
