import { patch } from "@web/core/utils/patch";
import { Navbar } from "@point_of_sale/app/components/navbar/navbar";

const SCREEN = "O2oMemberScreen";

patch(Navbar.prototype, {
    get mainButton() {
        return this.pos.router.state.current === SCREEN ? "o2o_member" : super.mainButton;
    },
    onClickO2oMembers() {
        this.pos.navigate(SCREEN);
    },
});
