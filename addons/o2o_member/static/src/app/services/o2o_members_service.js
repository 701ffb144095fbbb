import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Reactive } from "@web/core/utils/reactive";
import { NoAnswerError, withTimeout } from "@o2o_member/app/utils/o2o_timeout";
import { O2oMemberCache } from "@o2o_member/app/utils/o2o_member_cache";
import {
    getBankCardMessage,
    getOfflineMessage,
    getUnknownMessage,
    isBankCard,
} from "@o2o_member/app/utils/o2o_member_text";
import { _t } from "@web/core/l10n/translation";

const MODEL = "o2o.member.till";
/** A request without an answer for this long counts as lost. */
export const TIMEOUT_MS = 15000;

/** The members of the till: look-up, cards, and what can be done to them (POS-02, PTS-08). */
export class O2oMembers extends Reactive {
    /** Cards shown since the till was loaded, by partner id. */
    cards = {};
    /** How often the screen has asked for something. */
    asked = 0;
    /** What the screen shows; kept here, so that it is the same after a sale in between. */
    view = {
        query: "",
        rows: [],
        more: false,
        kind: "",
        selected: 0,
        message: "",
        isSearching: false,
        partnerId: false,
        /** ms of the till's clock when the card was true, 0: it is now */
        staleSince: 0,
    };

    constructor({ pos }) {
        super();
        this.pos = pos;
        this.cache = new O2oMemberCache(
            browser.localStorage,
            `o2o_member_cards/${odoo.info?.db}/${pos.company.id}`
        );
        this.cache.entries();
    }

    get isOffline() {
        return Boolean(this.pos.data.network.offline);
    }

    get card() {
        return this.cards[this.view.partnerId];
    }

    getCard(partnerId) {
        return this.cards[partnerId];
    }

    // === LOOK-UP === //

    /**
     * Search for whatever is in the box; one member opens at once.
     *
     * @param {string} text
     * @returns {Promise<object>} the answer of the server, or what the till made of none
     */
    async lookUp(text) {
        const asked = this._ask();
        const answer = await this.find(text);
        if (asked !== this.asked) {
            return answer;
        }
        Object.assign(this.view, {
            rows: answer.rows || [],
            more: Boolean(answer.more),
            kind: answer.kind || "",
            selected: 0,
            message: answer.message || this._getCountMessage(answer),
        });
        if (answer.rows?.length === 1) {
            await this.open(answer.rows[0].id);
        }
        return answer;
    }

    /** Search without touching the screen (scanner on the product screen). */
    async find(text) {
        const query = text.trim();
        if (isBankCard(query)) {
            return { status: "refused", message: getBankCardMessage(), rows: [] };
        }
        this.view.isSearching = true;
        const answer = await this._call("look_up", [query]);
        this.view.isSearching = false;
        return answer.status === "offline" ? this._findOffline(query) : answer;
    }

    _findOffline(query) {
        const rows = this.cache.search(query).map(({ card }) => ({
            id: card.id,
            name: card.name,
            phone: card.phone,
            number: card.card?.number || "",
            is_member: card.is_member,
        }));
        return { status: "offline", message: getOfflineMessage(), rows, more: false };
    }

    _getCountMessage({ rows = [], more, status }) {
        if (status !== "ok" || (rows.length && !more)) {
            return "";
        }
        return more ? _t("More were found: please type more.") : _t("Nobody was found.");
    }

    /** Open the card of a member on the screen; of two that were asked for, the later one. */
    async open(partnerId) {
        const asked = this._ask();
        const answer = await this.fetchCard(partnerId);
        if (asked !== this.asked) {
            return answer;
        }
        if (answer.card) {
            this.view.partnerId = partnerId;
            this.view.staleSince = answer.at || 0;
        } else {
            this.view.message = answer.message;
        }
        return answer;
    }

    /** @returns {number} which question this is: the screen shows the answer to the last one */
    _ask() {
        this.asked += 1;
        return this.asked;
    }

    /** Without a network the card as it was, with its time in `at`. */
    async fetchCard(partnerId) {
        const answer = await this._call("member_card", [partnerId]);
        if (answer.status === "ok") {
            this.remember(answer.card);
            return answer;
        }
        if (answer.status === "offline") {
            const entry = this.cache.get(partnerId);
            if (entry) {
                this.cards[partnerId] = entry.card;
                return { ...answer, ...entry };
            }
        }
        return answer;
    }

    /** For the strip beside the order: nobody waits for it, and it fails in silence. */
    async ensureCard(partnerId) {
        if (!this.cards[partnerId]) {
            await this.fetchCard(partnerId);
        }
    }

    remember(card) {
        this.cards[card.id] = card;
        this.cache.put(card);
    }

    close() {
        this._ask();
        Object.assign(this.view, {
            query: "",
            rows: [],
            more: false,
            message: "",
            selected: 0,
            partnerId: false,
            staleSince: 0,
        });
    }

    // === CUSTOMER OF THE ORDER === //

    /**
     * @param {number} partnerId
     * @param {PosOrder} order that the cashier had before him when he asked for it
     * @returns {Promise<string>} empty, or why the customer is not set
     */
    async setCustomer(partnerId, order = this.pos.getOrder() || this.pos.addNewOrder()) {
        const current = order.getPartner();
        if (current?.id !== partnerId && current && order.getHasRefundLines()) {
            return _t(
                "This order takes goods back from %s: its customer cannot change.",
                current.name
            );
        }
        const paid = order.payment_ids.length;
        const partner = await this._loadPartner(partnerId);
        if (!partner) {
            return _t("This customer could not be loaded. Please try again.");
        }
        if (this.pos.getOrder() !== order || order.finalized || order.payment_ids.length > paid) {
            // the price of a member is not for the next customer, nor for what is being paid
            return _t(
                "The sale had gone on when %s was found. Please set the customer again.",
                partner.name
            );
        }
        this.pos.setPartnerToCurrentOrder(partner);
        await this.pos.updateRewards?.();
        return "";
    }

    async _loadPartner(partnerId) {
        const known = this.pos.models["res.partner"].get(partnerId);
        if (known || this.isOffline) {
            return known;
        }
        try {
            await this.pos.data.callRelated("res.partner", "get_new_partner", [
                this.pos.config.id,
                [["id", "=", partnerId]],
                0,
            ]);
        } catch {
            return undefined;
        }
        return this.pos.models["res.partner"].get(partnerId);
    }

    async removeCustomer() {
        const order = this.pos.getOrder();
        if (order?.getHasRefundLines()) {
            return _t("This order takes goods back: its customer cannot change.");
        }
        this.pos.setPartnerToCurrentOrder(false);
        await this.pos.updateRewards?.();
        return "";
    }

    // === ACTIONS === //

    getPointsForm() {
        return this._call("points_form", []);
    }

    /**
     * @param {number} partnerId
     * @param {object} values key, points, reason_id, note, supervisor_id, pin
     */
    async postPoints(partnerId, values) {
        const answer = await this._call("post_points", [partnerId, values]);
        const card = this.cards[partnerId];
        if (answer.status === "ok" && card) {
            this.remember({ ...card, points: answer.points });
        }
        return answer;
    }

    getCouponOffers(partnerId) {
        return this._call("coupon_offers", [partnerId]);
    }

    /**
     * @param {number} partnerId
     * @param {object} values key, offer_id
     */
    async exchangeCoupon(partnerId, values) {
        const answer = await this._call("exchange_coupon", [partnerId, values]);
        if (answer.status === "ok") {
            this.remember(answer.card);
        }
        return answer;
    }

    async saveNote(partnerId, text) {
        const card = this.cards[partnerId];
        const answer = await this._call("save_note", [partnerId, text, card.note]);
        if ("note" in answer) {
            this.cards[partnerId] = { ...card, note: answer.note };
        }
        return answer;
    }

    async activate(values) {
        const answer = await this._call("activate", [values]);
        if (answer.status === "ok") {
            this.remember(answer.card);
        }
        return answer;
    }

    /** @returns {Promise<object>} the answer, or the failure as a status with a message */
    async _call(method, args) {
        const call = this.pos.data.call(MODEL, method, [this.pos.config.id, ...args]);
        try {
            return await withTimeout(call, TIMEOUT_MS);
        } catch (error) {
            if (error instanceof NoAnswerError) {
                return { status: "unknown", message: getUnknownMessage() };
            }
            if (error instanceof ConnectionLostError) {
                return { status: "offline", message: getOfflineMessage() };
            }
            return {
                status: "refused",
                message:
                    error?.data?.message || error?.message || _t("The server could not answer"),
            };
        }
    }
}

export const o2oMembersService = {
    dependencies: ["pos"],
    start(env, { pos }) {
        return new O2oMembers({ pos });
    },
};

registry.category("services").add("o2o_members", o2oMembersService);
