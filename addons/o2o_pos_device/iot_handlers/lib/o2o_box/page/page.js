"use strict";

const FAULTS = [
    "paper_out",
    "paper_low",
    "cover_open",
    "error",
    "offline",
    "mute",
    "unplugged",
    "drawer_open",
];
const KEYS = ["approve", "decline", "no_answer"];
const REFRESH_MS = 1000;
const MAX_NUMBER = 200;
let texts = {};
let shownIds = "";

function element(tag, className, text) {
    const node = document.createElement(tag);
    node.className = className || "";
    node.textContent = text || "";
    return node;
}

async function getJson(path) {
    const response = await fetch(path);
    return response.json();
}

function post(path, values) {
    return fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(values),
    });
}

async function setFault(values) {
    await post("fault", values);
    await showPrinters();
}

async function showPrinters() {
    const printers = await getJson("printers.json");
    document.getElementById("printers").replaceChildren(
        ...printers.map((printer) => {
            const box = element("div", "printer");
            const waiting = printer.waiting ? ` · ${texts.waiting} ${printer.waiting}` : "";
            const drawer = `${texts.pulses} ${printer.pulses} · ${texts.beeps} ${printer.beeps}`;
            const label = `${texts.printer} ${printer.number} · ${printer.width} mm`;
            box.append(element("span", "", `${label} · TCP ${printer.port}${waiting} · ${drawer}`));
            for (const fault of FAULTS) {
                const isOn = Boolean(printer.faults[fault]);
                const button = element("button", isOn ? "on" : "", texts[fault]);
                button.addEventListener("click", () =>
                    setFault({ printer: printer.number, [fault]: !isOn })
                );
                box.append(button);
            }
            return box;
        })
    );
}

/** Built once: what somebody types must not be drawn over each second. */
function readerForm(reader) {
    const form = element("form", "printer");
    const input = element("input");
    input.placeholder = texts.number;
    input.autocomplete = "off";
    input.maxLength = MAX_NUMBER;
    input.setAttribute("aria-label", texts.number);
    const said = element("span");
    const plug = element("button", reader.unplugged ? "on" : "", texts.unplug_reader);
    plug.type = "button";
    plug.addEventListener("click", async () => {
        const unplugged = !plug.classList.contains("on");
        await post("swipe", { reader: reader.key, unplugged });
        plug.classList.toggle("on", unplugged);
        said.textContent = "";
    });
    form.addEventListener("submit", async (ev) => {
        ev.preventDefault();
        const number = input.value.trim();
        if (!number) {
            return;
        }
        const { ok } = await post("swipe", { reader: reader.key, number });
        said.textContent = ok ? texts.swiped : texts.refused;
        input.select();
    });
    form.append(element("span", "", reader.name), input);
    form.append(element("button", "", texts.swipe), plug, said);
    return form;
}

async function showReaders() {
    const readers = await getJson("readers.json");
    document.getElementById("readers").replaceChildren(...readers.map(readerForm));
}

async function showDisplay() {
    const { lines, unplugged } = await getJson("display.json");
    const place = document.getElementById("display");
    place.hidden = !lines;
    if (!lines) {
        return;
    }
    const plug = element("button", unplugged ? "on" : "", texts.unplug_display);
    plug.addEventListener("click", () => post("display", { unplugged: !unplugged }));
    place.replaceChildren(
        element("span", "", texts.display),
        ...lines.map((line) => element("pre", "", line)),
        plug
    );
}

/** Built once, like the readers. */
async function showScale() {
    const { weight, unplugged } = await getJson("scale.json");
    const form = document.getElementById("scale");
    form.hidden = weight === undefined;
    const input = element("input");
    input.type = "number";
    input.step = "0.001";
    input.min = "0";
    input.value = String(weight || 0);
    input.setAttribute("aria-label", texts.scale);
    const plug = element("button", unplugged ? "on" : "", texts.unplug_scale);
    plug.type = "button";
    plug.addEventListener("click", async () => {
        const isUnplugged = !plug.classList.contains("on");
        await post("scale", { unplugged: isUnplugged });
        plug.classList.toggle("on", isUnplugged);
    });
    form.addEventListener("submit", (ev) => {
        ev.preventDefault();
        post("scale", { weight: Number(input.value) });
    });
    form.append(element("span", "", texts.scale), input);
    form.append(element("button", "", texts.lay), plug);
}

function screenText(terminal) {
    const yuan = (fen) => `￥${(fen / 100).toFixed(2)}`;
    if (terminal.op) {
        const left = Math.ceil(terminal.seconds_left);
        return `${texts[terminal.op]} ${yuan(terminal.amount_fen)} · ${texts.approves_in} ${left} s`;
    }
    const last = terminal.last_op
        ? ` · ${texts[terminal.last_op]} ${yuan(terminal.last_fen)} #${terminal.last_trace}`
        : "";
    return `${terminal.is_signed_in ? texts.ready : texts.signed_out}${last}`;
}

function terminalBox(terminal) {
    const box = element("div", "printer");
    box.append(element("span", "", `${texts.terminal} · ${screenText(terminal)}`));
    for (const key of KEYS) {
        const button = element("button", "", texts[key]);
        button.disabled = !terminal.op;
        button.addEventListener("click", async () => {
            await post("key", { terminal: terminal.number, key });
            await showTerminals();
        });
        box.append(button);
    }
    return box;
}

async function showTerminals() {
    const terminals = await getJson("terminals.json");
    document.getElementById("terminals").replaceChildren(...terminals.map(terminalBox));
}

function paperCard(paper) {
    const card = element("article");
    const time = new Date(paper.printed_at).toLocaleString();
    card.append(element("h2", "", `#${paper.id} · ${texts.printer} ${paper.printer} · ${time}`));
    if (paper.png) {
        const picture = element("img");
        picture.src = paper.png;
        picture.alt = paper.text;
        card.append(picture);
    } else {
        card.append(element("p", "problem", paper.problem));
    }
    const details = element("details");
    details.open = !paper.png;
    details.append(element("summary", "", texts.text), element("pre", "", paper.text));
    card.append(details);
    return card;
}

async function showPapers() {
    const papers = await getJson("papers.json");
    const ids = papers.map((paper) => paper.id).join();
    document.getElementById("empty").hidden = papers.length > 0;
    if (ids === shownIds) {
        return;
    }
    shownIds = ids;
    document.getElementById("papers").replaceChildren(...papers.map(paperCard));
}

async function refresh() {
    try {
        await Promise.all([showPrinters(), showDisplay(), showTerminals(), showPapers()]);
    } finally {
        setTimeout(refresh, REFRESH_MS);
    }
}

async function start() {
    const all = await getJson("texts.json");
    texts = navigator.language.startsWith("zh") ? all.zh : all.en;
    document.documentElement.lang = navigator.language;
    for (const node of document.querySelectorAll("[data-text]")) {
        node.textContent = texts[node.dataset.text];
    }
    await showReaders();
    await showScale();
    await refresh();
}

start();
