import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

const SOUND_URL = "/o2o_order/static/src/sounds/new_order.wav";
/** Longer than one call for help: the same alert in several tabs of one person. */
const MAX_KNOWN = 200;

/**
 * Head office hears of an order that no store answers (ROUT-05, idea 1).
 *
 * The server tells the people of head office only. A browser that refuses sound still shows the
 * message, which stays until it is closed.
 */
export const storeAlertService = {
    dependencies: ["action", "bus_service", "notification"],

    start(env, { action, bus_service: bus, notification }) {
        const known = [];

        function open(fulfillmentId) {
            action.doAction({
                type: "ir.actions.act_window",
                res_model: "o2o.fulfillment",
                res_id: fulfillmentId,
                views: [[false, "form"]],
            });
        }

        function onAlert({ key, text, occasion, fulfillment_id: fulfillmentId }) {
            if (known.includes(key)) {
                return;
            }
            known.push(key);
            known.splice(0, known.length - MAX_KNOWN);
            const close = notification.add(text, {
                title: _t("Online orders"),
                type: occasion === "chain_end" ? "danger" : "warning",
                sticky: true,
                buttons: [
                    {
                        name: _t("View order"),
                        primary: true,
                        onClick: () => {
                            close();
                            open(fulfillmentId);
                        },
                    },
                ],
            });
            if (occasion === "chain_end" || occasion === "unheard") {
                new browser.Audio(SOUND_URL).play().catch(() => {});
            }
        }

        // the web client listens anyway
        bus.subscribe("O2O_STORE_ALERT", onAlert);
    },
};

registry.category("services").add("o2o_store_alert", storeAlertService);
