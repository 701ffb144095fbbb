import { Component, onMounted, useRef } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useBarcodeReader } from "@point_of_sale/app/hooks/barcode_reader_hook";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";
import { O2oActivationDialog } from "@o2o_member/app/screens/o2o_member_screen/activation_dialog/activation_dialog";
import { O2oMemberCard } from "@o2o_member/app/screens/o2o_member_screen/member_card/member_card";

/** What the nomenclature may call a scanned code; here all of them are looked up. */
const CODE_TYPES = ["product", "client", "cashier", "weight", "price", "discount", "error"];

/** One box for every key, one screen for one member (POS-02, idea 10). */
export class O2oMemberScreen extends Component {
    static template = "o2o_member.O2oMemberScreen";
    static components = { O2oMemberCard };
    static props = {};
    static storeOnOrder = false;

    setup() {
        this.pos = usePos();
        this.ui = useService("ui");
        this.dialog = useService("dialog");
        this.members = useService("o2o_members");
        this.view = this.members.view;
        this.inputRef = useRef("query");
        useHotkey("escape", () => this.back(), { bypassEditableProtection: true });
        useBarcodeReader(Object.fromEntries(CODE_TYPES.map((type) => [type, this.onScan])), true);
        onMounted(() => {
            this.focus();
            if (this.view.partnerId && !this.members.isOffline) {
                this.members.open(this.view.partnerId);
            }
        });
    }

    get card() {
        return this.members.card;
    }

    get isListShown() {
        return !this.ui.isSmall || !this.card;
    }

    focus() {
        const { el } = this.inputRef;
        if (el) {
            // a scanner types faster than frames are drawn: the box is set, not only the model
            el.value = this.view.query;
            el.focus();
            el.select();
        }
    }

    onScan(code) {
        this.view.query = code.code;
        return this.search();
    }

    async onKeydown(ev) {
        const { rows, selected } = this.view;
        if (ev.key === "Enter") {
            ev.preventDefault();
            // the box is read, not the model: a scanner is faster than the next frame
            const text = ev.target.value;
            if (rows.length > 1 && text === this.searched) {
                return this.open(rows[selected].id);
            }
            this.view.query = text;
            return this.search();
        }
        const step = { ArrowDown: 1, ArrowUp: -1 }[ev.key];
        if (step && rows.length) {
            ev.preventDefault();
            this.view.selected = (selected + step + rows.length) % rows.length;
        }
    }

    async search() {
        const text = this.view.query.trim();
        if (!text || this.view.isSearching) {
            return;
        }
        this.view.partnerId = false;
        const { query } = this.view;
        // the rows are those of before until there is an answer
        this.searched = undefined;
        if (!(await this.members.lookUp(text))) {
            return;
        }
        this.searched = query;
        // a swipe or a scan must not stay in the box: the next one would be added to it
        if (this.card || ["swipe", "token"].includes(this.view.kind)) {
            this.view.query = "";
        }
        this.focus();
    }

    async open(partnerId) {
        await this.members.open(partnerId);
        this.focus();
    }

    activate(partner) {
        this.dialog.add(
            O2oActivationDialog,
            {
                partner: partner || null,
                onActivated: (card) => {
                    this.members.close();
                    this.members.view.partnerId = card.id;
                },
            },
            { onClose: () => this.focus() }
        );
    }

    /** One step back: from the search, from the card, then from the screen. */
    back() {
        if (this.view.query || this.view.rows.length || this.card) {
            this.members.close();
            this.searched = undefined;
            this.focus();
        } else {
            this.leave();
        }
    }

    /** To the sale the cashier came from. */
    leave() {
        this.pos.navigateToOrderScreen(this.pos.getOrder() || this.pos.addNewOrder());
    }
}

registry.category("pos_pages").add("O2oMemberScreen", {
    name: "O2oMemberScreen",
    component: O2oMemberScreen,
    route: `/pos/ui/${odoo.pos_config_id}/member`,
    params: {},
});
