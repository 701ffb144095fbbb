import { browser } from "@web/core/browser/browser";
import {
    getAnnouncement,
    getSignalAnnouncement,
    getTestAnnouncement,
} from "@o2o_order/app/utils/o2o_text";

export const REPEAT_MS = 15000;
const NEW_ORDER = "new_order";
/** Sounds that are heard once, each its own; the name is the name of the file. */
export const SIGNALS = ["cancelled", "changed", "urged", "pool"];
const SILENCE = "silence";
const FULL_VOLUME = 1;
/** While the voice speaks over the bell. */
const LOW_VOLUME = 0.2;

/**
 * The bell that cannot be missed: a loop and a voice, as long as an order waits.
 *
 * It knows nothing of the server: `update` tells it which orders wait, and an empty list is the
 * only way to silence it. A browser that has seen no tap yet refuses sound; the bell then is
 * blocked until `unlock` is called from a tap, and rings at once if it has to.
 */
export class O2oBell {
    /**
     * @param {object} params
     * @param {import("./o2o_sound").O2oSoundPlayer} params.player
     * @param {import("./o2o_sound").O2oSpeaker} params.speaker
     * @param {(state: {isRinging: boolean, isBlocked: boolean}) => void} params.onChange
     */
    constructor({ player, speaker, onChange = () => {} }) {
        this.player = player;
        this.speaker = speaker;
        this.onChange = onChange;
        this.orders = [];
        this.isRinging = false;
        this.isBlocked = false;
        /** The browser has really played something. */
        this.isProven = false;
        this.repeatTimer = null;
    }

    /** Load the sounds and find out whether the browser lets us play them. */
    async start() {
        this.player.preload(NEW_ORDER);
        SIGNALS.forEach((signal) => this.player.preload(signal));
        await this._play(SILENCE);
    }

    /** @param {object[]} orders those that wait for an answer now */
    update(orders) {
        const known = new Set(this.orders.map(({ id }) => id));
        const hasNew = orders.some(({ id }) => !known.has(id));
        this.orders = [...orders];
        if (!orders.length) {
            this._silence();
        } else if (!this.isRinging) {
            this._ring();
        } else if (hasNew) {
            this._announce();
        }
    }

    /** Called from a tap or a key press: the browser allows sound from now on. */
    async unlock() {
        if (!this.isBlocked) {
            return;
        }
        if (this.isRinging) {
            await this._loop();
            this._announce();
        } else {
            await this._play(SILENCE);
        }
    }

    /**
     * Something happened to an order the store knows: once, and different from the bell. While the
     * bell rings, its own words are not interrupted.
     *
     * @param {"cancelled"|"changed"|"urged"|"pool"} signal
     */
    async signal(signal) {
        await this._play(signal);
        if (!this.isRinging && !this.isBlocked) {
            this.speaker.say(getSignalAnnouncement(signal));
        }
    }

    /** An order the store knew was cancelled. */
    signalCancelled() {
        return this.signal("cancelled");
    }

    /** Let the cashier hear the bell, once. While it rings for real it is heard anyway. */
    async test() {
        if (this.isRinging) {
            return this.unlock();
        }
        await this._play(NEW_ORDER);
        if (!this.isRinging && !this.isBlocked) {
            this._say(getTestAnnouncement());
        }
    }

    /** What the server is told: whether an order would be heard. */
    get soundState() {
        if (this.isBlocked) {
            return "blocked";
        }
        return this.isProven ? "allowed" : "unknown";
    }

    _ring() {
        this._change({ isRinging: true });
        this._loop();
        this._announce();
        this.repeatTimer = browser.setInterval(() => this._repeat(), REPEAT_MS);
    }

    _silence() {
        if (!this.isRinging) {
            return;
        }
        browser.clearInterval(this.repeatTimer);
        this._change({ isRinging: false });
        this.player.stop(NEW_ORDER);
        this.speaker.stop();
    }

    /** Also start the sound again where the browser or the device has stopped it. */
    _repeat() {
        if (!this.player.isPlaying(NEW_ORDER)) {
            this._loop();
        }
        this._announce();
    }

    async _loop() {
        await this._play(NEW_ORDER, { loop: true });
        if (!this.isRinging) {
            // answered while the browser was still starting the sound
            this.player.stop(NEW_ORDER);
        }
    }

    _announce() {
        this._say(getAnnouncement(this.orders));
    }

    _say(text) {
        this.speaker.say(text, {
            onStart: () => this.player.setVolume(NEW_ORDER, LOW_VOLUME),
            onEnd: () => this.player.setVolume(NEW_ORDER, FULL_VOLUME),
        });
    }

    async _play(name, options) {
        try {
            await this.player.play(name, options);
            this.isProven = true;
            this._change({ isBlocked: false });
        } catch (error) {
            // "AbortError": we stopped it ourselves before it began
            if (error?.name !== "AbortError") {
                this._change({ isBlocked: true });
            }
        }
    }

    _change(values) {
        Object.assign(this, values);
        this.onChange({ isRinging: this.isRinging, isBlocked: this.isBlocked });
    }
}
