import { patch } from "@web/core/utils/patch";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";
import { CourierDialog } from "@o2o_collection/app/courier_dialog/courier_dialog";

patch(Navbar.prototype, {
    openCouriersMoney() {
        this.dialog.add(CourierDialog);
    },
});
