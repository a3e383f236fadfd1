package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.storage.Contest.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of ends, callbacks and time in docs/concepts/state-machine.md: each action in each state, by every name the job
 * has or had for it. Where the table has a dash nothing changes, and whoever asked is told that it did not win.
 */
class TransitionsTest extends StorageTest {

    private static final Map<String, State> STATES = Map.ofEntries(
            Map.entry("available", State.AVAILABLE),
            Map.entry("gated", State.GATED),
            Map.entry("running", State.RUNNING),
            Map.entry("held", State.HELD),
            Map.entry("waiting", State.PARKED),
            Map.entry("late", State.EXPIRED),
            Map.entry("scheduled", State.SCHEDULED),
            Map.entry("retrying", State.DUE),
            Map.entry("snoozed", State.SNOOZED),
            Map.entry("completed", State.COMPLETED),
            Map.entry("failed", State.FAILED),
            Map.entry("dead", State.DEAD),
            Map.entry("cancelled", State.CANCELLED));

    /** By the name the action has in the table; the codes of outcomes with what ends an attempt. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("claim", "claim"),
            Map.entry("complete", "complete c"),
            Map.entry("fail", "fail f"),
            Map.entry("retry", "retry t"),
            Map.entry("snooze", "snooze z"),
            Map.entry("dead letter", "dead letter d"),
            Map.entry("cancel", "give up x"),
            Map.entry("hold", "hold h"),
            Map.entry("park", "park w"),
            Map.entry("release", "release"),
            Map.entry("rescue", "rescue"),
            Map.entry("deadline", "deadline"),
            Map.entry("promote", "promote"),
            Map.entry("grant", "grant"),
            Map.entry("callback: complete", "callback"),
            Map.entry("callback: fail", "failing callback"),
            Map.entry("callback: retry", "retrying callback"),
            Map.entry("callback: resume", "resume"),
            Map.entry("callback: heartbeat", "heartbeat"));

    private static int contests;

    static Stream<Map<String, String>> rows() throws IOException {
        List<List<String>> table = StateMachineTest.table("| Action |");
        List<String> head = table.get(0);
        assertThat(head).hasSize(STATES.size() + 1).contains(STATES.keySet().toArray(String[]::new));
        List<Map<String, String>> rows = table.stream()
                .skip(2)
                .map(row -> head.stream()
                        .collect(Collectors.toMap(Function.identity(), name -> row.get(head.indexOf(name)))))
                .toList();
        assertThat(rows).extracting(row -> row.get("Action")).containsExactlyInAnyOrderElementsOf(NAMES.keySet());
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void transitions(Map<String, String> row) {
        String action = row.get("Action");
        List<String> wrong = new ArrayList<>();
        STATES.forEach((name, state) -> check(action, name, state, row.get(name), wrong));
        assertThat(wrong).isEmpty();
        Life.endAll(c);
    }

    private void check(String action, String name, State state, String expected, List<String> wrong) {
        Contest contest = Contest.of(c, state, ++contests, true);
        assertThat(Life.state(c, contest.id())).as("built").isEqualTo(state.told());
        String[] words = NAMES.get(action).split(" (?=.$)");
        Rival rival = Rival.all(true).stream()
                .filter(each -> each.name().equals(words[0]))
                .findFirst()
                .orElseThrow();
        boolean won = false;
        for (String call : calls(rival, contest, words.length > 1 ? words[1] : "")) {
            won = won || rival.won().test(a.rows(call));
        }
        String told = Life.state(c, contest.id());
        if (won == expected.equals("-") || !told.equals(won ? expected : state.told())) {
            wrong.add(action + " of " + name + ": " + (won ? "won" : "refused") + ", now " + told);
        }
        Life.checkPlaces(c, contest.id());
        Life.in(c, "contest " + contests).act("cancel", contest.id());
        Life.in(c, "contest " + contests).act("delete", contest.id());
        c.run("update queues set deadline_ms = null where queue = " + contest.queue());
    }

    /** By the claim and by the lease, whether or not the job is in hand by one of them. */
    private static List<String> calls(Rival rival, Contest contest, String code) {
        Taken claim = contest.claim();
        List<String> calls = new ArrayList<>();
        if (!code.isEmpty()) {
            if (claim != null && !code.equals("w")) {
                calls.add(Life.closeCall(claim, code));
            }
            if (!code.equals("h")) {
                calls.add(Rival.settle(contest, code));
            }
        } else if (rival.name().equals("release")) {
            if (claim != null) {
                calls.add(Item.release(Session.nonce(), List.of(new Item(claim, "1", "r"))));
            }
        } else {
            // The same in every state, but for what looks at claims and at held attempts.
            rival.calls().entrySet().stream()
                    .filter(call -> claim != null || call.getKey() != State.RUNNING)
                    .map(call -> call.getValue().apply(contest))
                    .distinct()
                    .forEach(calls::add);
        }
        return calls;
    }
}
