package io.awa.reactive.storage.random;

import static io.awa.reactive.storage.random.Stage.ALL;
import static io.awa.reactive.storage.random.Stage.join;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import io.awa.reactive.testkit.LifeHistory.Scheduling;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Faults of what outlives a segment: sides of a close, entries and their endings, promotion, held attempts. */
final class StoreMutants {

    private static final UnaryOperator<SqlText> PLAIN = sql -> sql;
    private static final String S5 =
            "and not coalesce(bool_or(h.closer = p_closer) over (partition by h.lease), false)";

    private static final String ENDED = "w := {awa}.end_patiently(p_store, d.entries, null, p_closer);";

    private StoreMutants() {}

    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "sides are written for members that are not fresh",
                        Rule.TWO_PLACES,
                        PLAIN,
                        sql -> sql.in("sides_in", "and get_bit(p_fresh[s.item]::varbit, s.ordinal) = 1", ""),
                        stage -> {
                            stage.store();
                            Taken taken = stage.take(ALL);
                            stage.close(taken, End.RETRIED);
                            stage.close(taken, End.SNOOZED);
                        }),
                new Mutant(
                        "sides are written for members a closer ended before",
                        Rule.TWO_PLACES,
                        PLAIN,
                        sql -> sql.in("close", "v_fresh[r.item] := r.fresh;", "v_fresh[r.item] := r.accepted;"),
                        stage -> {
                            stage.store();
                            Taken taken = stage.take(ALL);
                            long closer = stage.nonce();
                            stage.close(taken, closer, End.RETRIED);
                            stage.close(taken, closer, End.RETRIED);
                        }),
                new Mutant(
                        "sides are not written",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("close", "perform {awa}.add_entries(v_rows);", ""),
                        stage -> {
                            stage.store();
                            stage.close(stage.take(ALL), End.HELD);
                        }),
                new Mutant(
                        "a retry does not count its attempt",
                        Rule.WRONG_ATTEMPT,
                        PLAIN,
                        sql -> sql.in("sides_*", "case y.state when 'z' then 0 else 1 end", "0"),
                        StoreMutants::aJobFailsTwice),
                new Mutant(
                        "earlier errors are forgotten",
                        Rule.WRONG_ERRORS,
                        PLAIN,
                        sql -> sql.in("with_detail", "coalesce(p_extras -> 'errors', '[]')", "'[]'::jsonb"),
                        StoreMutants::aJobFailsTwice),
                new Mutant(
                        "the delay of a retry is not kept",
                        Rule.TOO_EARLY,
                        PLAIN,
                        sql -> sql.in("sides_*", "coalesce(u.delay,", "coalesce(u.delay / 1000,"),
                        stage -> {
                            for (int i = 0; i < 5; i++) {
                                stage.store();
                            }
                            stage.close(stage.take(ALL), End.RETRIED);
                        }),
                new Mutant(
                        "promotion comes before the time",
                        Rule.TOO_EARLY,
                        PLAIN,
                        sql -> sql.in("due_*", "e.due_at <= p_to", "e.due_at <= p_to + interval '1 minute'"),
                        stage -> {
                            stage.schedule(400);
                            stage.promote();
                        }),
                new Mutant(
                        "promotion does not end what it promotes",
                        Rule.TWO_PLACES,
                        PLAIN,
                        sql -> sql.in("promote", ENDED, "select d.entries as ended, 0 as refused into w;"),
                        stage -> {
                            stage.schedule(0);
                            stage.promote();
                        }),
                new Mutant(
                        "promotion lifts what a rival got",
                        Rule.TWO_PLACES,
                        PLAIN,
                        sql -> sql.in("promote", ENDED, ENDED + " w.ended := d.entries;"),
                        StoreMutants::twoPromoters),
                new Mutant(
                        "two may end one entry",
                        Rule.TWO_PLACES,
                        PLAIN,
                        sql -> sql.in(
                                "end_*",
                                "on conflict do nothing",
                                "on conflict (entry) do update set closer = excluded.closer"),
                        StoreMutants::twoPromoters),
                new Mutant(
                        "a promoted job begins a life of its own",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("restore_*", "u.max_attempts, u.origin,", "u.max_attempts, null::bigint,"),
                        stage -> stage.schedule(0)),
                new Mutant(
                        "what is due may lie in the past",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("add_*", "greatest(u.due_at, clock_timestamp())", "u.due_at"),
                        stage -> {
                            stage.schedule(0);
                            promoteOften(stage);
                            stage.schedule(-60_000);
                        }),
                new Mutant(
                        "the low-water passes those who are in progress",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in(
                                "promote",
                                "pg_snapshot_xmin(pg_current_snapshot())",
                                "pg_snapshot_xmax(pg_current_snapshot())"),
                        StoreMutants::aLateCommit),
                new Mutant(
                        "a settle that is sent again ends what came of the attempt",
                        Rule.ENDED_TWICE,
                        PLAIN,
                        sql -> sql.in("settle", S5, ""),
                        stage -> {
                            stage.store();
                            long lease = stage.hold(stage.take(ALL));
                            long closer = stage.nonce();
                            stage.settle(stage.main, closer, lease, "w");
                            stage.entries.resume(stage.main, stage.nonce(), lease);
                            stage.settle(stage.main, closer, lease, "w");
                        }),
                new Mutant(
                        "a settle follows what a rival ended",
                        Rule.TWO_PLACES,
                        PLAIN,
                        sql -> sql.in("settle", "k where v_entries[k] = any (v_ended));", "k);"),
                        StoreMutants::twoSettles),
                new Mutant(
                        "a settle that lost to a rival is accepted",
                        Rule.NOT_DURABLE,
                        PLAIN,
                        sql -> sql.in(
                                "settle",
                                "select v_items[k], k = any (v_done), k = any (v_done), not k = any (v_done)",
                                "select v_items[k], true, true, false"),
                        StoreMutants::twoSettles),
                new Mutant(
                        "a snooze of a held attempt counts",
                        Rule.WRONG_ATTEMPT,
                        PLAIN,
                        sql -> sql.in(
                                "follow_*",
                                "e.attempt - case when y.state = 'z' and e.state in ('h', 'w') then 1 else 0 end",
                                "e.attempt"),
                        stage -> {
                            stage.store();
                            stage.settle(stage.main, stage.nonce(), stage.hold(stage.take(ALL)), "z");
                        }),
                new Mutant(
                        "a parked attempt loses its name",
                        Rule.BROKEN_LIFE,
                        PLAIN,
                        sql -> sql.in("follow_*", "case when y.state in ('h', 'w') then e.lease end", "null::bigint"),
                        stage -> {
                            stage.store();
                            stage.settle(stage.main, stage.nonce(), stage.hold(stage.take(ALL)), "w");
                            stage.history.life().stoppedEarly();
                        }));
    }

    private static void aJobFailsTwice(Stage stage) {
        stage.store();
        stage.close(stage.take(ALL), End.RETRIED);
        Taken again = null;
        while (again == null) {
            stage.promote();
            again = stage.claim(ALL);
        }
        stage.close(again, End.FAILED);
    }

    private static void twoPromoters(Stage stage) {
        stage.schedule(0);
        Session first = stage.session();
        first.run("BEGIN");
        stage.entries.promote(first, 0, 10, stage.nonce());
        Session second = stage.session();
        CompletableFuture<?> rival = stage.aside(second, () -> stage.entries.promote(second, 0, 10, stage.nonce()));
        first.run("COMMIT");
        join(rival);
    }

    private static void twoSettles(Stage stage) {
        stage.store();
        long lease = stage.hold(stage.take(ALL));
        Session first = stage.session();
        first.run("BEGIN");
        stage.entries.settleOnce(first, stage.nonce(), new long[] {lease}, new String[] {"t"});
        Session second = stage.session();
        CompletableFuture<?> rival = stage.aside(second, () -> {
            stage.settle(second, stage.nonce(), lease, "z");
            return 0;
        });
        first.run("COMMIT");
        join(rival);
    }

    /** It is due, and committed only after the leader has moved on. */
    private static void aLateCommit(Stage stage) {
        Session late = stage.session();
        late.run("BEGIN");
        long[] ids = stage.entries.schedule(late, stage.client.kind(), new Integer[] {stage.lane}, new Integer[] {0});
        Run.pause(150);
        promoteOften(stage);
        Scheduling scheduling = stage.history.life().scheduled(ids);
        late.run("COMMIT");
        scheduling.answered();
    }

    /** Each promotion brings a mark along. */
    private static void promoteOften(Stage stage) {
        for (int i = 0; i < 6; i++) {
            stage.schedule(0);
            stage.promote();
        }
    }
}
