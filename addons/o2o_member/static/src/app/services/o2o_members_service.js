import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Reactive } from "@web/core/utils/reactive";
import { uuidv4 } from "@point_of_sale/utils";
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
/** So long after the last try a request may still be on its way. */
export const KEY_MS = 600000;

/** The members of the till: look-up, cards, and what can be done to them (POS-02, PTS-08). */
export class O2oMembers extends Reactive {
    /** Cards shown since the till was loaded, by partner id. */
    cards = {};
    /** Keys of what may have been done already, by name of the request: `{key, at}`. */
    keys = new Map();
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
     * @returns {Promise<object|null>} the answer of the server, or what the till made of none;
     *  null when the screen has asked for something else meanwhile
     */
    async lookUp(text) {
        const asked = this._ask();
        this.view.isSearching = true;
        const answer = await this.find(text);
        if (asked !== this.asked) {
            return null;
        }
        this.view.isSearching = false;
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
        const answer = await this._call("look_up", [query]);
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
        this.view.isSearching = false;
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
            kind: "",
            message: "",
            isSearching: false,
            selected: 0,
            partnerId: false,
            staleSince: 0,
        });
    }

    // === CUSTOMER OF THE ORDER === //

    /** @returns {object} the order before the cashier, and how many payments it has */
    getSale() {
        const order = this.pos.getOrder() || this.pos.addNewOrder();
        return { order, paid: order.payment_ids.length };
    }

    /**
     * @param {number} partnerId
     * @param {object} sale as `getSale` gave it when the customer was asked for
     * @returns {Promise<string>} empty, or why the customer is not set
     */
    async setCustomer(partnerId, sale = this.getSale()) {
        const { order, paid } = sale;
        const current = order.getPartner();
        if (current?.id !== partnerId && current && order.getHasRefundLines()) {
            return _t(
                "This order takes goods back from %s: its customer cannot change.",
                current.name
            );
        }
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
            const call = this.pos.data.callRelated("res.partner", "get_new_partner", [
                this.pos.config.id,
                [["id", "=", partnerId]],
                0,
            ]);
            await withTimeout(call, TIMEOUT_MS);
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
     * @param {object} values points, reason_id, note, supervisor_id, pin
     */
    async postPoints(partnerId, values) {
        const answer = await this._callOnce("post_points", partnerId, "", values);
        const card = this.cards[partnerId];
        if (answer.points && card) {
            this.remember({ ...card, points: answer.points });
        }
        return answer;
    }

    getCouponOffers(partnerId) {
        return this._call("coupon_offers", [partnerId]);
    }

    /**
     * @param {number} partnerId
     * @param {object} values offer_id, terms
     */
    async exchangeCoupon(partnerId, values) {
        const answer = await this._callOnce("exchange_coupon", partnerId, values.offer_id, values);
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

    /**
     * Call with a key that stays the same until it is known that it was done, whatever is changed
     * in between: of what got lost and what is asked for now, the server does one.
     *
     * @param {string|number} what is asked for; one thing of a kind at a time
     */
    async _callOnce(method, partnerId, what, values) {
        const name = JSON.stringify([method, partnerId, what]);
        const known = this.keys.get(name);
        const isKept = known && Date.now() - known.at < KEY_MS;
        const key = isKept ? known.key : uuidv4();
        this.keys.set(name, { key, at: Infinity });
        const answer = await this._call(method, [partnerId, { ...values, key }]);
        if (["ok", "used"].includes(answer.status)) {
            this.keys.delete(name);
        } else {
            this.keys.set(name, { key, at: Date.now() });
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
