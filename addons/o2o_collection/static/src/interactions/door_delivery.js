import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Interaction } from "@web/public/interaction";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DoorActs, readFen, showFen } from "./door_call";
import { SignaturePad } from "./signature_pad";

/** Milliseconds between two looks at a code that is being paid. */
const LOOK = 1500;
/** Longest side of a photo, in pixels, as it is sent. */
const PHOTO_SIDE = 1600;

/** PAY-03, POS-15: one delivery on the courier's phone. The server decides everything. */
export class DoorDelivery extends Interaction {
    static selector = ".o_o2o_door_delivery";
    dynamicContent = {
        ".o_o2o_door_message": {
            "t-out": () => this.message,
            "t-att-class": () => ({ "d-none": !this.message }),
        },
        "button[type='submit'], .o_o2o_door_gateway, .o_o2o_door_end_code": {
            "t-att-disabled": () => this.isBusy || undefined,
        },
        "input[name='received']": { "t-on-input": this.onReceived },
        ".o_o2o_door_change": { "t-out": () => this.change },
        ".o_o2o_door_change_line": { "t-att-class": () => ({ "d-none": this.rest }) },
        ".o_o2o_door_rest": { "t-out": () => this.rest },
        ".o_o2o_door_rest_line": { "t-att-class": () => ({ "d-none": !this.rest }) },
        ".o_o2o_door_cash": { "t-on-submit.prevent": this.onCash },
        ".o_o2o_door_card": { "t-on-submit.prevent": this.onCard },
        ".o_o2o_door_gateway": { "t-on-click": this.onCode },
        ".o_o2o_door_end_code": { "t-on-click": this.onEndCode },
        ".o_o2o_door_finish": { "t-on-submit.prevent": (ev) => this.onEnd(ev, "finish") },
        ".o_o2o_door_give_up": { "t-on-submit.prevent": (ev) => this.onEnd(ev, "give_up") },
        ".o_o2o_door_hand_on": { "t-on-submit.prevent": this.onHandOn },
        ".o_o2o_door_signature": {
            "t-on-pointerdown.prevent": (ev) => this.pad.begin(ev),
            "t-on-pointermove.prevent": (ev) => this.pad.move(ev),
            "t-on-pointerup": () => this.pad.end(),
            "t-on-pointerleave": () => this.pad.end(),
        },
        ".o_o2o_door_clear": { "t-on-click": () => this.pad.clear() },
        ".o_o2o_door_qr": {
            "t-att-src": () => this.qr || undefined,
            "t-att-class": () => ({ "d-none": !this.qr, "opacity-25": this.isCodeOff }),
        },
        ".o_o2o_door_code_wait": { "t-att-class": () => ({ "d-none": this.qr || this.isCodeOff }) },
        ".o_o2o_door_code_help": {
            "t-att-class": () => ({ "d-none": !this.qr || this.isCodeOff }),
        },
        ".o_o2o_door_code_held": { "t-att-class": () => ({ "d-none": !this.isHeld }) },
        ".o_o2o_door_code_ending": {
            "t-att-class": () => ({ "d-none": !this.isEnding || this.isHeld }),
        },
        ".o_o2o_door_code_left": { "t-out": () => this.left },
    };

    setup() {
        const { id, open, code } = this.el.dataset;
        this.acts = new DoorActs();
        this.id = parseInt(id);
        this.openFen = parseInt(open);
        this.hasCode = Boolean(code);
        this.message = "";
        this.change = "0.00";
        /** What is still to be paid after this; empty when nothing is. */
        this.rest = "";
        this.qr = "";
        this.left = "";
        this.isBusy = this.isHeld = this.isEnding = false;
        const canvas = this.el.querySelector(".o_o2o_door_signature");
        this.pad = canvas && new SignaturePad(canvas);
    }

    start() {
        if (this.hasCode) {
            this.openCode();
            this.waitForTimeout(() => this.look(), LOOK);
        }
    }

    get isCodeOff() {
        return this.isHeld || this.isEnding;
    }

    /** One act at a time; what goes well is shown by the page as the server has it. */
    async act(action, values = {}) {
        if (this.isBusy) {
            return null;
        }
        this.isBusy = true;
        this.message = "";
        this.updateContent();
        const answer = await this.waitFor(
            this.acts.act(this.id, action, { open_fen: this.openFen, ...values })
        );
        this.isBusy = false;
        if (answer.status === "ok") {
            this.leave(answer.is_gone || action === "finish" ? "/o2o/door" : "");
        } else {
            this.message = answer.message;
            this.el.querySelector(".o_o2o_door_message").scrollIntoView({ block: "center" });
        }
        this.updateContent();
        return answer;
    }

    leave(address) {
        if (address) {
            window.location.assign(address);
        } else {
            window.location.reload();
        }
    }

    onReceived(ev) {
        const fen = readFen(ev.currentTarget.value);
        this.change = showFen(Math.max(0, (fen || 0) - this.openFen));
        this.rest = fen && fen < this.openFen ? showFen(this.openFen - fen) : "";
    }

    async onCash(ev) {
        const fen = readFen(ev.currentTarget.elements.received.value);
        if (!fen) {
            this.message = _t("Please enter an amount.");
            return;
        }
        if (fen >= this.openFen || (await this.waitFor(this.askForPart(fen)))) {
            await this.act("cash", { received_fen: fen });
        }
    }

    /** @returns {Promise<boolean>} whether so much and no more was received */
    askForPart(fen) {
        return new Promise((resolve) => {
            this.services.dialog.add(
                ConfirmationDialog,
                {
                    title: _t("Only a part?"),
                    body: _t("%(amount)s received, %(rest)s still to be paid.", {
                        amount: showFen(fen),
                        rest: showFen(this.openFen - fen),
                    }),
                    confirmLabel: _t("Cash received"),
                    confirm: () => resolve(true),
                    cancel: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    }

    async onCard(ev) {
        const { reference, card_end: cardEnd, amount } = ev.currentTarget.elements;
        const fen = readFen(amount.value);
        if (!fen) {
            this.message = _t("Please enter an amount.");
            return;
        }
        await this.act("card", {
            amount_fen: fen,
            reference: reference.value,
            card_end: cardEnd.value,
        });
    }

    async onHandOn(ev) {
        await this.act("hand_on", {
            courier_id: parseInt(ev.currentTarget.elements.courier.value),
        });
    }

    async onEnd(ev, action) {
        const form = ev.currentTarget;
        const file = form.querySelector(".o_o2o_door_photo")?.files[0];
        let photo = "";
        try {
            photo = file ? await this.waitFor(shrink(file)) : "";
        } catch {
            this.message = _t("This is not a picture.");
            return;
        }
        await this.act(action, {
            reason: form.elements.reason?.value,
            signature: this.pad?.read() || "",
            photo,
        });
    }

    // codes

    async onCode(ev) {
        const { gateway } = ev.currentTarget.dataset;
        await this.act("code", { gateway, amount_fen: this.openFen });
    }

    async openCode() {
        const answer = await this.waitFor(
            this.acts.ask("/o2o/door/code", { collection_id: this.id })
        );
        this.qr = answer.qr || "";
        this.message = answer.message;
        this.updateContent();
    }

    async onEndCode() {
        this.message = "";
        const answer = await this.waitFor(this.acts.act(this.id, "end_code"));
        this.message = answer.message;
        this.showCode(answer.collection);
    }

    async look() {
        const answer = await this.waitFor(this.acts.act(this.id, "look"));
        if (answer.status === "ok" && !answer.collection.code) {
            // paid, or over: the page of now says which
            this.leave("");
            return;
        }
        this.showCode(answer.collection);
        this.waitForTimeout(() => this.look(), LOOK);
    }

    showCode(collection) {
        const code = collection && collection.code;
        if (code) {
            this.isHeld = code.state === "held";
            this.isEnding = code.is_ending;
            const seconds = code.seconds_left;
            this.left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
        }
        this.updateContent();
    }
}

/**
 * @param {File} file
 * @returns {Promise<string>} base64 of a JPEG that a phone sends in a moment
 */
async function shrink(file) {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, PHOTO_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.8).split(",")[1];
}

registry.category("public.interactions").add("o2o_collection.door_delivery", DoorDelivery);
