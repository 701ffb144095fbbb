import { browser } from "@web/core/browser/browser";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { ControlPanel } from "@web/search/control_panel/control_panel";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import {
    Component,
    onMounted,
    onWillStart,
    onWillUnmount,
    useExternalListener,
    useState,
} from "@odoo/owl";
import { AssignDialog } from "./assign_dialog";
import { BoardMap } from "./board_map";
import { BoardQueue } from "./board_queue";
import { BoardSource } from "./board_source";
import { FILTERS, judge, parseBoard, selectStores, sumUp } from "./board_state";
import { formatSpan, getFilterText, getReasonText } from "./board_text";

const { DateTime } = luxon;

const CHANNEL = "o2o_order_board";
const MESSAGE = "O2O_BOARD_CHANGED";
/** Cards drawn at once; who has more stores searches. */
const CARD_LIMIT = 200;
/** Without an answer for this long the board says that it is old. */
const STALE = 60000;

/**
 * All stores at this moment (ROUT-11).
 *
 * A message of the bus says that something has changed, never what: the board asks the server,
 * which answers by the rights of the person who asks.
 */
export class OrderBoard extends Component {
    static template = "o2o_order_board.OrderBoard";
    static components = { BoardMap, BoardQueue, ControlPanel };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.bus = useService("bus_service");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.filters = FILTERS;
        this.state = useState({
            stores: [],
            queue: [],
            queueCount: 0,
            isHeadOffice: false,
            now: Date.now(),
            loadedAt: false,
            hasError: false,
            query: "",
            filter: "all",
            tab: "stores",
            busyId: false,
        });
        this.clockOffset = 0;
        this.source = new BoardSource({
            load: () => this.orm.silent.call("o2o.order.board", "get_board"),
            onBoard: (board) => this.show(parseBoard(board)),
            onError: () => {
                this.state.hasError = true;
            },
            isHidden: () => document.hidden,
        });
        const onChange = () => this.source.wake();
        // a line that was down may have lost messages
        useBus(this.bus, "BUS:RECONNECT", onChange);
        useExternalListener(document, "visibilitychange", () => {
            if (!document.hidden) {
                this.source.wake();
            }
        });
        // the first answer decides whether the person may see the board at all
        onWillStart(async () => {
            this.show(parseBoard(await this.orm.call("o2o.order.board", "get_board")));
        });
        let clock;
        onMounted(() => {
            this.bus.subscribe(MESSAGE, onChange);
            this.bus.addChannel(CHANNEL);
            clock = browser.setInterval(() => {
                this.state.now = Date.now() + this.clockOffset;
            }, 1000);
            this.source.startPolling();
        });
        onWillUnmount(() => {
            browser.clearInterval(clock);
            this.source.stop();
            this.bus.unsubscribe(MESSAGE, onChange);
            this.bus.deleteChannel(CHANNEL);
        });
    }

    show(board) {
        this.clockOffset = board.now - Date.now();
        Object.assign(this.state, {
            stores: board.stores,
            queue: board.queue,
            queueCount: board.queue_count,
            isHeadOffice: board.is_head_office,
            now: board.now,
            loadedAt: board.now,
            hasError: false,
        });
    }

    get selected() {
        return selectStores(this.state.stores, this.state, this.state.now);
    }

    get cards() {
        return this.selected.slice(0, CARD_LIMIT).map((store) => {
            const { level, reason } = judge(store, this.state.now);
            return { store, level, reason: this.describe(store, reason) };
        });
    }

    get isCut() {
        return this.selected.length > CARD_LIMIT;
    }

    get sums() {
        return sumUp(this.state.stores, this.state.now);
    }

    get isStale() {
        return this.state.hasError || this.state.now - this.state.loadedAt > STALE;
    }

    get hasSeveralStores() {
        return this.state.stores.length > 1;
    }

    get tabs() {
        const tabs = [
            { name: "stores", text: _t("Stores"), count: this.sums.late, isAlarm: true },
            { name: "queue", text: _t("Without a store"), count: this.state.queueCount },
        ];
        if (this.hasSeveralStores) {
            tabs.push({ name: "map", text: _t("Map"), count: 0 });
        }
        return tabs;
    }

    describe(store, reason) {
        if (reason === "paused" && store.paused_until) {
            return _t("Paused until %s", this.formatTime(store.paused_until));
        }
        if (reason === "closed" && store.opens_at) {
            return _t("Closed, opens %s", this.formatTime(store.opens_at));
        }
        return getReasonText(reason);
    }

    formatTime(milliseconds) {
        const moment = DateTime.fromMillis(milliseconds);
        const isToday = moment.hasSame(DateTime.fromMillis(this.state.now), "day");
        return isToday
            ? moment.toFormat("HH:mm")
            : formatDateTime(moment, { format: "MM-dd HH:mm" });
    }

    formatSince(milliseconds) {
        return formatSpan(this.state.now - milliseconds);
    }

    getFilterText(filter) {
        return getFilterText(filter);
    }

    getLateText(count) {
        return _t("%s late", count);
    }

    get staleText() {
        return _t(
            "No connection: these numbers are from %s. The board keeps trying.",
            this.formatTime(this.state.loadedAt)
        );
    }

    get cutText() {
        return _t(
            "The most urgent %(shown)s of %(all)s stores are shown: search for a store or a city.",
            { shown: this.cards.length, all: this.selected.length }
        );
    }

    clearSearch() {
        this.state.query = "";
        this.state.filter = "all";
    }

    setFilter(filter) {
        this.state.filter = this.state.filter === filter ? "all" : filter;
        this.state.tab = "stores";
    }

    // === THE ORDERS BEHIND A NUMBER === //

    openOrders(store, states = ["offered", "accepted", "picking", "ready"]) {
        const isHeadOffice = this.state.isHeadOffice;
        this.action.doAction({
            type: "ir.actions.act_window",
            name: store.name,
            res_model: "o2o.fulfillment",
            domain: [
                ["store_id", "=", store.id],
                ["state", "in", states],
            ],
            views: isHeadOffice
                ? [
                      [false, "list"],
                      [false, "form"],
                  ]
                : [[false, "list"]],
            context: isHeadOffice
                ? {}
                : { list_view_ref: "o2o_order_board.o2o_fulfillment_view_list_store" },
        });
    }

    openRow(row) {
        if (!this.state.isHeadOffice) {
            return;
        }
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "o2o.fulfillment",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    // === WHAT HEAD OFFICE DOES ABOUT IT === //

    assign(row) {
        this.dialog.add(AssignDialog, { row, onDone: (result) => this.tell(result) });
    }

    async route(row) {
        this.state.busyId = row.id;
        try {
            this.tell(await this.orm.call("o2o.order.board", "route_again", [row.id]));
        } finally {
            this.state.busyId = false;
        }
    }

    cancel(row) {
        this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Cancel order %s", row.order),
                res_model: "o2o.order.cancel.wizard",
                views: [[false, "form"]],
                target: "new",
                context: { default_order_id: row.order_id },
            },
            { onClose: () => this.source.ask() }
        );
    }

    tell({ is_found: isFound, message }) {
        this.notification.add(message, { type: isFound ? "success" : "warning" });
        this.source.ask();
    }
}

registry.category("actions").add("o2o_order_board.board", OrderBoard);
