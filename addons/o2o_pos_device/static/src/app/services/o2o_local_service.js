import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { effect } from "@web/core/utils/reactive";
import { _t } from "@web/core/l10n/translation";
import { getPrinterTrouble } from "@o2o_pos_device/app/utils/o2o_printer";
import { buildSaleSlip } from "@o2o_pos_device/app/utils/o2o_sale_slip";

/** The box answers a slip after six seconds at the latest, a swipe after twenty. */
const PRINT_MS = 10000;
const SWIPE_MS = 25000;
export const RETRY_MS = 2000;
/** A lost answer: asked again with the same name, the box prints once. */
const TRIES = 2;
/** The slip is with the box, or a person must look: nobody else prints it. */
const TAKEN = new Set(["received", "printing", "printed", "unknown"]);

/**
 * The box beside the till (POS-04, POS-14).
 *
 * Sale slips go straight to it, with or without internet. A slip has the name of its sale, so
 * however often it is sent one comes out; the box tells the server later. While the server is
 * away the till also waits here for what the readers of the box read.
 */
export class O2oLocal {
    constructor({ pos, readers, notification }) {
        this.pos = pos;
        this.readers = readers;
        this.notification = notification;
        this.isListening = false;
        /** Address, key and the store's words; kept for a start without internet. */
        this.box = null;
    }

    get storageKey() {
        return `o2o_box_${this.pos.config.id}`;
    }

    async start() {
        if (!this.pos.config.o2o_has_local_box) {
            browser.localStorage.removeItem(this.storageKey);
            return;
        }
        this.box = JSON.parse(browser.localStorage.getItem(this.storageKey) || "null");
        effect((network) => this.onNetwork(network.offline), [this.pos.data.network]);
    }

    /** Offline: listen at the box. Online: the key may have changed meanwhile. */
    async onNetwork(isOffline) {
        await (isOffline ? this.listen() : this.refresh());
    }

    async refresh() {
        try {
            const box = await this.pos.data.call("o2o.box", "pos_get_local", [this.pos.config.id]);
            this.box = box.url ? box : null;
            browser.localStorage.setItem(this.storageKey, JSON.stringify(this.box));
        } catch {
            // the one of before, as long as nothing better is known
            return;
        }
    }

    // slips

    /**
     * @returns {Promise<boolean>} whether the slip is with the box; else it may be printed in
     *     another way
     */
    async printSale(order) {
        const number = order.nb_print || 0;
        const answer = await this._print(order, number);
        if (!answer || !TAKEN.has(answer.state)) {
            return false;
        }
        await this._count(order, number + 1);
        if (answer.state === "unknown") {
            this._tell(_t("Look at the printer: the slip may be cut off. Print it again then."));
        } else if (answer.state !== "printed") {
            const printer = { name: _t("Slip printer"), health: answer.printer };
            this._tell(getPrinterTrouble(printer));
        }
        return true;
    }

    /** As Odoo counts what it printed itself. */
    async _count(order, count) {
        const wasDirty = order.isDirty();
        if (order.isSynced && !this.pos.data.network.offline) {
            await this.pos.data.write("pos.order", [order.id], { nb_print: count });
        } else {
            order.nb_print = count;
        }
        if (order.isSynced && !wasDirty) {
            order._dirty = false;
        }
    }

    async _print(order, number) {
        if (!this.box) {
            return null;
        }
        const body = {
            uid: `sale-${order.uuid}${number ? `-${number}` : ""}`,
            document: buildSaleSlip(order, {
                number,
                format: this.pos.env.utils.formatCurrency,
                above: this.box.above,
                below: this.box.below,
            }),
        };
        for (let trial = 0; trial < TRIES; trial++) {
            const answer = await this._ask("print", body, PRINT_MS);
            if (answer) {
                return answer;
            }
        }
        return null;
    }

    _tell(message) {
        this.notification.add(message, { type: "warning" });
    }

    // swipes

    async listen() {
        if (this.isListening) {
            return;
        }
        this.isListening = true;
        while (this.box && this.pos.data.network.offline) {
            const answer = await this._ask("swipe", {}, SWIPE_MS);
            if (answer?.event) {
                await this.readers.onLocalSwipe(answer.event);
            } else if (!answer) {
                await new Promise((resolve) => browser.setTimeout(resolve, RETRY_MS));
            }
        }
        this.isListening = false;
    }

    /** @returns {Promise<object|null>} null when the box cannot be reached or says no */
    async _ask(route, body, milliseconds) {
        const controller = new AbortController();
        const timer = browser.setTimeout(() => controller.abort(), milliseconds);
        try {
            const response = await browser.fetch(`${this.box.url}/o2o/till/1/${route}`, {
                method: "POST",
                headers: {
                    "Content-Type": "application/json",
                    Authorization: `Bearer ${this.box.key}`,
                },
                body: JSON.stringify(body),
                credentials: "omit",
                redirect: "error",
                signal: controller.signal,
            });
            return response.ok ? await response.json() : null;
        } catch {
            return null;
        } finally {
            browser.clearTimeout(timer);
        }
    }
}

export const o2oLocalService = {
    dependencies: ["pos", "o2o_readers", "notification"],
    start(env, { pos, o2o_readers: readers, notification }) {
        const local = new O2oLocal({ pos, readers, notification });
        local.start();
        return local;
    },
};

registry.category("services").add("o2o_local", o2oLocalService);
