import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

/**
 * "Send code": asks the server for a one-time code to the phone or address in the same
 * form, and counts down until the next one (MEM-01, MEM-03). Texts come from the page.
 */
export class SendCode extends Interaction {
    static selector = ".o_o2o_send_code";
    dynamicContent = {
        ".o_o2o_send_code_button": {
            "t-on-click.prevent": this.onSend,
            "t-att-disabled": () => this.isSending || this.secondsLeft > 0,
            "t-out": () => this.label,
        },
        ".o_o2o_send_code_message": {
            "t-out": () => this.message,
            "t-att-class": () => ({ "text-danger": this.message && !this.isSent }),
        },
    };

    setup() {
        this.isSending = false;
        this.isSent = false;
        this.message = "";
        this.secondsLeft = 0;
        this.firstLabel = this.el.querySelector(".o_o2o_send_code_button").textContent;
    }

    get label() {
        const { labelWait, labelAgain } = this.el.dataset;
        if (this.secondsLeft > 0) {
            return labelWait.replace("{seconds}", this.secondsLeft);
        }
        return this.isSent ? labelAgain : this.firstLabel;
    }

    async onSend() {
        const { route, params, target } = this.el.dataset;
        const input = this.el.closest("form").elements[target];
        this.isSending = true;
        this.updateContent();
        try {
            const answer = await this.waitFor(
                rpc(route, { ...JSON.parse(params), [target]: input.value })
            );
            this.isSent = answer.sent;
            // a test shop adds the code, because nobody receives its messages
            this.message = [answer.message, answer.hint].filter(Boolean).join(" ");
            this.startCountdown(answer.wait);
        } catch {
            this.isSent = false;
            this.message = this.el.dataset.labelFailed;
        }
        this.isSending = false;
        if (this.isSent) {
            this.el.querySelector("input").focus();
        } else if (!this.secondsLeft) {
            input.focus();
        }
    }

    /** By the clock: a phone that sleeps does not stretch the minute. */
    startCountdown(seconds) {
        this.endsAt = Date.now() + seconds * 1000;
        this.tick();
    }

    tick() {
        this.secondsLeft = Math.max(0, Math.ceil((this.endsAt - Date.now()) / 1000));
        if (this.secondsLeft > 0) {
            this.waitForTimeout(this.tick, 500);
        }
    }
}

registry.category("public.interactions").add("o2o_member.send_code", SendCode);
