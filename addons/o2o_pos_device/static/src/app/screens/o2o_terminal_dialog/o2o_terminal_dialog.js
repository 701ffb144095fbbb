import { Component, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatTime } from "@o2o_member/app/utils/o2o_member_text";
import {
    getKindText,
    getStateText,
    getTerminalText,
} from "@o2o_pos_device/app/utils/o2o_terminal_text";
import { _t } from "@web/core/l10n/translation";

/** Transactions shown at first, and with each "Show more". */
export const PAGE = 20;
/** The server gives no more. */
const MAX = 200;
const SEARCH_MS = 300;
/** While the terminal is asked, its word is looked for this often. */
export const LOOK_MS = 3000;
const OPEN_STATES = ["new", "pending", "unknown"];

/**
 * The bank-card terminal at the till: its transactions, to be found, asked for and printed again
 * (POS-08, POS-11), and how it is set up, with a test (POS-10, POS-13).
 */
export class O2oTerminalDialog extends Component {
    static template = "o2o_pos_device.O2oTerminalDialog";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.terminal = useState(useService("o2o_terminal"));
        this.state = useState({
            tab: "transactions",
            query: "",
            limit: PAGE,
            transactions: [],
            hasMore: false,
            isLoading: true,
            error: "",
            /** `uid` of the transaction that is open. */
            selected: "",
            isSending: false,
        });
        this.asked = 0;
        this.search = useDebounced(() => this.load(), SEARCH_MS, { execBeforeUnmount: false });
        useEffect(
            () => {
                this.load();
            },
            () => [this.terminal.version]
        );
        useEffect(
            (isOpen) => {
                const timer = isOpen && browser.setInterval(() => this.load(), LOOK_MS);
                return () => browser.clearInterval(timer);
            },
            () => [this.state.transactions.some(({ state }) => OPEN_STATES.includes(state))]
        );
    }

    get title() {
        return this.terminal.status?.name
            ? _t("Bank card terminal: %s", this.terminal.status.name)
            : _t("Bank card terminal");
    }

    get terminalText() {
        const { status } = this.terminal;
        return status ? getTerminalText(status) : _t("No answer from the server yet");
    }

    get selected() {
        return this.state.transactions.find(({ uid }) => uid === this.state.selected);
    }

    get canShowMore() {
        return this.state.hasMore && this.state.limit < MAX;
    }

    // === TEXTS === //

    getKind(transaction) {
        return getKindText(transaction);
    }

    getState(transaction) {
        return getStateText(transaction);
    }

    getStateClass({ state }) {
        return {
            "text-success": state === "approved",
            "text-danger fw-bold": state === "unknown",
            "text-muted": state === "declined",
        };
    }

    getAmount({ op, amount }) {
        const sign = ["void", "refund"].includes(op) ? -1 : 1;
        return this.env.utils.formatCurrency(sign * amount);
    }

    formatTime(value) {
        return formatTime(value);
    }

    get signInTime() {
        return formatTime(this.terminal.status.signed_in_at) || _t("not yet");
    }

    /** What the detail shows: label and value, nothing empty. */
    get details() {
        const { selected } = this;
        const givenBack = selected.given_back
            ? this.env.utils.formatCurrency(selected.given_back)
            : "";
        return [
            [_t("Time"), formatTime(selected.at)],
            [_t("Card"), selected.card],
            [_t("Voucher no."), selected.trace],
            [_t("Reference no."), selected.ref],
            [_t("Authorization no."), selected.auth],
            [_t("Batch no."), selected.batch],
            [_t("Original voucher no."), selected.origin_trace],
            [_t("Given back"), givenBack],
            [_t("Order"), selected.order],
            [_t("Till"), selected.till],
            [_t("Cashier"), selected.cashier],
        ].filter(([, value]) => value);
    }

    /** How the terminal is set up: label and value, nothing empty. */
    get settings() {
        const { status } = this.terminal;
        return [
            [_t("Signed in"), this.signInTime],
            [_t("Connection"), status.connection],
            [_t("Address"), status.address],
            [_t("Box"), status.box],
            [_t("Till number"), status.pos_no],
            [_t("Merchant no."), status.mid],
            [_t("Terminal no."), status.tid],
            [_t("Batch no."), status.batch],
            [_t("Waits for the customer"), _t("%s seconds", status.answer_seconds)],
            [
                _t("Slips"),
                status.has_slips ? _t("at the store's printer") : _t("at the terminal itself"),
            ],
            [
                _t("Settlement"),
                status.is_settled_at_closing ? _t("when the till is closed") : _t("by the office"),
            ],
        ].filter(([, value]) => value);
    }

    // === ACTIONS === //

    showTab(tab) {
        Object.assign(this.state, { tab, selected: "" });
    }

    onInput(event) {
        Object.assign(this.state, { query: event.target.value, limit: PAGE });
        this.search();
    }

    showMore() {
        this.state.limit += PAGE;
        return this.load();
    }

    /** The last question counts, whichever answer comes last. */
    async load() {
        const number = ++this.asked;
        const answer = await this.terminal.list(this.state.query, this.state.limit);
        if (number !== this.asked) {
            return;
        }
        this.state.isLoading = false;
        this.state.error = answer.status === "ok" ? "" : answer.message;
        if (answer.status === "ok") {
            this.state.transactions = answer.transactions;
            this.state.hasMore = answer.has_more;
        }
    }

    open({ uid }) {
        this.state.selected = uid;
    }

    back() {
        this.state.selected = "";
    }

    async resolve() {
        await this._send(() => this.terminal.resolve(this.state.selected));
        await this.load();
    }

    async printSlip() {
        await this._send(() => this.terminal.printSlip(this.state.selected));
    }

    signIn() {
        return this._send(() => this.terminal.signIn());
    }

    async _send(request) {
        this.state.isSending = true;
        try {
            await request();
        } finally {
            this.state.isSending = false;
        }
    }
}
