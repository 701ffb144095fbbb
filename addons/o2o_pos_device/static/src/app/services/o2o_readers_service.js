import { registry } from "@web/core/registry";
import { getBankCardMessage } from "@o2o_member/app/utils/o2o_member_text";
import { _t } from "@web/core/l10n/translation";

/** A notice of a swipe disappears with the swipe itself. */
export const OFFER_MS = 10000;
const KEPT_EVENTS = 50;
/** Nobody works at the till while it shows one of these. */
const CLOSED_SCREENS = ["LoginScreen", "SaverScreen"];

/**
 * Swipes at the readers of the box (POS-14).
 *
 * A message only says that there is a swipe; its number is asked for by the till that wants it,
 * and the first one gets it. A screen that takes scans takes a swipe like one of them; on any
 * other the cashier is asked.
 */
export class O2oReaders {
    constructor({ pos, members, barcodeReader, notification }) {
        this.pos = pos;
        this.members = members;
        this.barcodeReader = barcodeReader;
        this.notification = notification;
        /** Swipes that came through the box itself, the server being away. */
        this.localEvents = [];
        /** Closes the notice of the last swipe. */
        this.offer = { event: "", close: () => {} };
    }

    start() {
        const { data } = this.pos;
        data.connectWebSocket("O2O_READER_SWIPE", (message) => this.onSwipe(message));
        data.connectWebSocket("O2O_READER_TAKEN", (message) => this.onTaken(message));
    }

    async onSwipe({ event, reader, kind }) {
        if (this.localEvents.includes(event)) {
            // the server had it after all
            return;
        }
        if (this._isClosed() || this._isRefused(kind)) {
            return;
        }
        if (this._isWaiting(kind)) {
            const answer = await this._take(event);
            if (answer.status === "ok") {
                await this.barcodeReader.scan(getCode(answer));
            } else if (answer.status === "failed") {
                this._tell(answer);
            }
        } else if (kind === "card") {
            this._offer(event, reader);
        } else {
            this._tellNobodyWaits();
        }
    }

    /** A swipe from the box beside the till, while the server is away: it is ours. */
    async onLocalSwipe({ id, kind, value }) {
        this.localEvents = [...this.localEvents, id].slice(-KEPT_EVENTS);
        if (this._isClosed() || this._isRefused(kind)) {
            return;
        }
        if (this._isWaiting(kind)) {
            await this.barcodeReader.scan(getCode({ kind, value }));
        } else if (kind === "card") {
            this.notification.add(_t("No connection to the server: open the members first."), {
                type: "warning",
            });
        } else {
            this._tellNobodyWaits();
        }
    }

    _isClosed() {
        return CLOSED_SCREENS.includes(this.pos.router.state.current);
    }

    _isRefused(kind) {
        if (kind === "bank_card") {
            this.notification.add(getBankCardMessage(), { type: "danger" });
        } else if (kind === "unreadable") {
            this.notification.add(_t("The card could not be read. Please swipe it again."), {
                type: "warning",
            });
        }
        return ["bank_card", "unreadable"].includes(kind);
    }

    _tellNobodyWaits() {
        this.notification.add(_t("Open the sale to scan goods, or the members to find one."), {
            type: "warning",
        });
    }

    onTaken({ event }) {
        if (event === this.offer.event) {
            this.offer.close();
        }
    }

    _isWaiting(kind) {
        const { barcodeReader } = this;
        return kind === "card"
            ? Boolean(barcodeReader?.o2oIsWaitingForMember)
            : Boolean(barcodeReader?.o2oListeners.length);
    }

    /** Nobody waited for it: what a cashier most likely wants is one tap away. */
    _offer(event, reader) {
        this.offer.close();
        const close = this.notification.add(_t("A card was swiped at %s.", reader), {
            type: "info",
            autocloseDelay: OFFER_MS,
            buttons: [
                {
                    name: _t("Look up member"),
                    primary: true,
                    onClick: () => this._lookUp(event),
                },
            ],
        });
        this.offer = { event, close };
    }

    async _lookUp(event) {
        this.offer.close();
        const answer = await this._take(event);
        if (answer.status !== "ok") {
            return this._tell(answer);
        }
        this.members.close();
        this.pos.navigate("O2oMemberScreen");
        await this.members.lookUp(getCode(answer));
    }

    _tell({ message }) {
        this.notification.add(message, { type: "warning" });
    }

    /** @returns {Promise<object>} status ok, gone, or failed: then nobody has it */
    async _take(event) {
        try {
            return await this.pos.data.call("o2o.reader.event", "pos_take", [
                this.pos.config.id,
                event,
            ]);
        } catch (error) {
            return {
                status: "failed",
                message:
                    error?.data?.message ||
                    _t("No connection to the server. Please swipe the card again."),
            };
        }
    }
}

/** As a reader on the till's own cable would send it. */
function getCode({ kind, value }) {
    return kind === "card" ? `;${value}?` : value;
}

export const o2oReadersService = {
    dependencies: ["pos", "o2o_members", "barcode_reader", "notification"],
    start(env, { pos, o2o_members: members, barcode_reader: barcodeReader, notification }) {
        const readers = new O2oReaders({ pos, members, barcodeReader, notification });
        readers.start();
        return readers;
    },
};

registry.category("services").add("o2o_readers", o2oReadersService);
