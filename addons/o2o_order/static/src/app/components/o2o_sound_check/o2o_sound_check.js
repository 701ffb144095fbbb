import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";

/** The screens a cashier is on right after opening the till; no other is disturbed. */
const SCREENS = ["ProductScreen", "FloorScreen"];

export function getSoundCheckKey(pos) {
    return `o2o_sound_check/${pos.config.id}/${pos.session?.id || 0}`;
}

/**
 * At the opening of a session: a test tone and the question whether it was heard (idea 1).
 *
 * A browser knows whether it may play, nobody but a person whether the loudspeaker is on. The
 * answer goes to head office with the next heartbeat. It is asked once a session on each device,
 * in a corner: nothing has to be answered before the first sale.
 */
export class O2oSoundCheck extends Component {
    static template = "o2o_order.O2oSoundCheck";
    static props = {};

    setup() {
        this.pos = usePos();
        this.onlineOrders = useService("o2o_orders");
        /** step: "ask" | "heard?" | "help" | "done" */
        this.state = useState({ step: this.isAnswered ? "done" : "ask" });
    }

    get isAnswered() {
        return Boolean(browser.localStorage.getItem(getSoundCheckKey(this.pos)));
    }

    get isShown() {
        return (
            this.onlineOrders.isEnabled &&
            this.state.step !== "done" &&
            Boolean(this.pos.cashier) &&
            SCREENS.includes(this.pos.router.state.current) &&
            !this.onlineOrders.bellState.isRinging
        );
    }

    async play() {
        await this.onlineOrders.bell.test();
        this.state.step = this.onlineOrders.bell.isBlocked ? "help" : "heard?";
    }

    answer(heard) {
        this.onlineOrders.heardAnswer = heard;
        this.state.step = heard ? "done" : "help";
        if (heard) {
            this._remember("heard");
        }
        this.onlineOrders.refresh();
    }

    /** Not now: it asks again in the next session. */
    close() {
        this.state.step = "done";
        this._remember("later");
    }

    _remember(answer) {
        browser.localStorage.setItem(getSoundCheckKey(this.pos), answer);
    }
}
