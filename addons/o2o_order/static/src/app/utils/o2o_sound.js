import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { url } from "@web/core/utils/urls";

const SOUND_PATH = "/o2o_order/static/src/sounds/";

/** Plays our sound files; each is loaded once, so that the bell also rings while offline. */
export class O2oSoundPlayer {
    constructor() {
        this.audios = {};
    }

    /** Load a sound before it is needed. */
    preload(name) {
        this._getAudio(name);
    }

    /**
     * @param {string} name
     * @param {{loop?: boolean}} [options]
     * @returns {Promise<void>} rejected when the browser does not play it
     */
    async play(name, { loop = false } = {}) {
        const audio = this._getAudio(name);
        audio.loop = loop;
        audio.currentTime = 0;
        await audio.play();
    }

    stop(name) {
        const audio = this.audios[name];
        if (audio) {
            audio.pause();
            audio.currentTime = 0;
        }
    }

    isPlaying(name) {
        const audio = this.audios[name];
        return Boolean(audio) && !audio.paused;
    }

    /** @param {number} volume 0 to 1 */
    setVolume(name, volume) {
        this._getAudio(name).volume = volume;
    }

    _getAudio(name) {
        if (!this.audios[name]) {
            const audio = new browser.Audio(url(`${SOUND_PATH}${name}.wav`));
            audio.preload = "auto";
            this.audios[name] = audio;
        }
        return this.audios[name];
    }
}

/** Says a text aloud in the language of the user, where the browser has a voice. */
export class O2oSpeaker {
    get synthesis() {
        return window.speechSynthesis;
    }

    /**
     * @param {string} text
     * @param {{onStart?: () => void, onEnd?: () => void}} [callbacks]
     */
    say(text, { onStart = () => {}, onEnd = () => {} } = {}) {
        if (!this.synthesis || !window.SpeechSynthesisUtterance) {
            return;
        }
        this.stop();
        const utterance = new window.SpeechSynthesisUtterance(String(text));
        utterance.lang = user.lang || "";
        utterance.voice = this._findVoice(utterance.lang);
        utterance.onstart = onStart;
        utterance.onend = onEnd;
        utterance.onerror = onEnd;
        // Chrome drops an utterance that nobody refers to, and its end event with it
        this.utterance = utterance;
        this.synthesis.speak(utterance);
    }

    stop() {
        this.synthesis?.cancel();
    }

    _findVoice(lang) {
        const voices = this.synthesis.getVoices();
        const wanted = normalizeLang(lang);
        return (
            voices.find((voice) => normalizeLang(voice.lang) === wanted) ||
            voices.find((voice) => normalizeLang(voice.lang).startsWith(wanted.split("-")[0])) ||
            null
        );
    }
}

function normalizeLang(lang) {
    return lang.replace("_", "-").toLowerCase();
}
