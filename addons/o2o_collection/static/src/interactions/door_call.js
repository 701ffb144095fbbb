import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";

/** @returns {string} a key that no other press of a button has */
export function makeKey() {
    // randomUUID is there with HTTPS only
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Fen of an amount as a person types it.
 *
 * @param {string} text
 * @returns {number|null} null when it is no amount
 */
export function readFen(text) {
    const match = /^\s*(\d{1,6})(?:[.,。](\d{1,2}))?\s*$/.exec(text);
    return match ? parseInt(match[1]) * 100 + parseInt((match[2] || "").padEnd(2, "0")) : null;
}

/** @returns {string} the amount of so many fen */
export function showFen(fen) {
    return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

/**
 * Acts of one page: each press has a key, which is kept until there is an answer. So who
 * presses again after a lost answer asks for the same thing.
 */
export class DoorActs {
    keys = new Map();
    call = rpc;

    /**
     * @param {number} id of the collection
     * @param {string} action
     * @param {object} values
     * @returns {Promise<object>} the answer of the server, or status "lost" or "failed"
     */
    async act(id, action, values = {}) {
        const name = JSON.stringify([id, action, values]);
        if (!this.keys.has(name)) {
            this.keys.set(name, makeKey());
        }
        const answer = await this.ask("/o2o/door/act", {
            collection_id: id,
            action,
            values,
            key: this.keys.get(name),
        });
        if (answer.status !== "lost") {
            this.keys.delete(name);
        }
        return answer;
    }

    async ask(route, params) {
        try {
            return await this.call(route, params, { silent: true });
        } catch (error) {
            const isAnswer = error.name === "RPC_ERROR";
            return {
                status: isAnswer ? "failed" : "lost",
                message: isAnswer
                    ? _t("The server refused this. Nothing was saved: reload the page.")
                    : _t(
                          "No connection: this is not saved. Press again when the phone is online; it counts once."
                      ),
            };
        }
    }
}
