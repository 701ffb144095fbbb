/** When to ask the server: after a message, from time to time, never twice at once. */

import { browser } from "@web/core/browser/browser";

/** Several orders that move at once are one question. */
export const DEBOUNCE = 400;
/** A busy chain sends many messages: the board asks this often at most. */
export const MIN_INTERVAL = 2000;
/** Without any message: tills that close say nothing, and messages get lost. */
export const POLL_INTERVAL = 20000;

export class BoardSource {
    /**
     * @param {object} options
     * @param {() => Promise<object>} options.load asks the server
     * @param {(board: object) => void} options.onBoard
     * @param {(error: Error) => void} options.onError
     * @param {() => boolean} [options.isHidden] nobody looks: do not ask
     */
    constructor({ load, onBoard, onError, isHidden = () => false }) {
        Object.assign(this, { load, onBoard, onError, isHidden });
        this.timer = null;
        this.isLoading = false;
        this.isWanted = false;
        this.isStopped = false;
        this.askedAt = -Infinity;
    }

    /** After a first answer that came another way. */
    startPolling() {
        this.askedAt = Date.now();
        this._schedule(POLL_INTERVAL);
    }

    /** Something has changed: ask soon, together with what changes in the meantime. */
    wake() {
        if (this.isLoading) {
            this.isWanted = true;
            return;
        }
        this._schedule(Math.max(DEBOUNCE, this.askedAt + MIN_INTERVAL - Date.now()));
    }

    /** Ask now, unless a question is on its way. */
    async ask() {
        if (this.isLoading || this.isStopped) {
            return;
        }
        browser.clearTimeout(this.timer);
        this.timer = null;
        this.isLoading = true;
        this.isWanted = false;
        this.askedAt = Date.now();
        try {
            const board = await this.load();
            if (!this.isStopped) {
                this.onBoard(board);
            }
        } catch (error) {
            if (!this.isStopped) {
                this.onError(error);
            }
        } finally {
            this.isLoading = false;
        }
        if (this.isWanted) {
            this.wake();
        } else {
            this._schedule(POLL_INTERVAL);
        }
    }

    stop() {
        this.isStopped = true;
        browser.clearTimeout(this.timer);
    }

    /** The earlier of two appointments stays. */
    _schedule(delay) {
        if (this.isStopped) {
            return;
        }
        const at = Date.now() + delay;
        if (this.timer && this.dueAt <= at) {
            return;
        }
        browser.clearTimeout(this.timer);
        this.dueAt = at;
        this.timer = browser.setTimeout(() => {
            this.timer = null;
            if (this.isHidden()) {
                this._schedule(POLL_INTERVAL);
            } else {
                this.ask();
            }
        }, delay);
    }
}
