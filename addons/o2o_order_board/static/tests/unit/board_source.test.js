import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, Deferred, microTick } from "@odoo/hoot-mock";
import {
    BoardSource,
    DEBOUNCE,
    MIN_INTERVAL,
    POLL_INTERVAL,
} from "@o2o_order_board/board/board_source";

describe.current.tags("headless");

let answers, boards, errors, isHidden;

beforeEach(() => {
    answers = [];
    boards = [];
    errors = [];
    isHidden = false;
});

function makeSource() {
    const source = new BoardSource({
        load: () => {
            const answer = new Deferred();
            answers.push(answer);
            return answer;
        },
        onBoard: (board) => boards.push(board),
        onError: (error) => errors.push(error),
        isHidden: () => isHidden,
    });
    return source;
}

async function answer(value) {
    answers.at(-1).resolve(value);
    await microTick();
    await microTick();
    await microTick();
}

test("many messages at once are one question", async () => {
    const source = makeSource();
    source.wake();
    source.wake();
    source.wake();
    expect(answers.length).toBe(0);
    await advanceTime(DEBOUNCE);
    expect(answers.length).toBe(1);
    await answer("one");
    expect(boards).toEqual(["one"]);
    source.stop();
});

test("a busy chain is not asked more often than it can bear", async () => {
    const source = makeSource();
    source.ask();
    await answer("one");
    source.wake();
    await advanceTime(DEBOUNCE);
    expect(answers.length).toBe(1);
    await advanceTime(MIN_INTERVAL);
    expect(answers.length).toBe(2);
    source.stop();
});

test("what changes during a question is asked again", async () => {
    const source = makeSource();
    source.ask();
    source.wake();
    source.ask();
    expect(answers.length).toBe(1);
    await answer("old");
    await advanceTime(MIN_INTERVAL);
    expect(answers.length).toBe(2);
    await answer("new");
    expect(boards).toEqual(["old", "new"]);
    source.stop();
});

test("without messages the board asks from time to time", async () => {
    const source = makeSource();
    source.startPolling();
    await advanceTime(POLL_INTERVAL);
    expect(answers.length).toBe(1);
    await answer("one");
    await advanceTime(POLL_INTERVAL);
    expect(answers.length).toBe(2);
    source.stop();
});

test("a message does not wait for the next poll, nor does a poll undo it", async () => {
    const source = makeSource();
    source.startPolling();
    source.wake();
    await advanceTime(MIN_INTERVAL);
    expect(answers.length).toBe(1);
    source.stop();
});

test("a page nobody looks at does not ask", async () => {
    const source = makeSource();
    isHidden = true;
    source.startPolling();
    await advanceTime(POLL_INTERVAL * 3);
    expect(answers.length).toBe(0);
    isHidden = false;
    source.wake();
    await advanceTime(MIN_INTERVAL);
    expect(answers.length).toBe(1);
    source.stop();
});

test("a server that is away is asked again", async () => {
    const source = makeSource();
    source.ask();
    answers[0].reject(new Error("away"));
    await advanceTime(0);
    expect(errors.length).toBe(1);
    await advanceTime(POLL_INTERVAL);
    expect(answers.length).toBe(2);
    await answer("back");
    expect(boards).toEqual(["back"]);
    source.stop();
});

test("a board that was left shows nothing any more", async () => {
    const source = makeSource();
    source.ask();
    source.stop();
    await answer("late");
    await advanceTime(POLL_INTERVAL);
    expect(boards).toEqual([]);
    expect(answers.length).toBe(1);
});
