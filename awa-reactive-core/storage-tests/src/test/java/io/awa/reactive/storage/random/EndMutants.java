package io.awa.reactive.storage.random;

import static io.awa.reactive.storage.random.Stage.ALL;
import static io.awa.reactive.storage.random.Stage.join;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Settling;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Faults of close, release, cancel, seal, finish and prune. */
final class EndMutants {

    private static final UnaryOperator<SqlText> PLAIN = sql -> sql;
    private static final String LANES_LEFT = """
            if exists (select from unnest(g.lanes) l(lane)
                          where not exists""";
    private static final String NOT_EXHAUSTED = """
            and not exists (select from unnest(g.lanes) l(lane)
                                  where not exists (select from {awa}.exhausted""";
    private static final String HOLES = "where not isempty(z.old) or not isempty(z.young))";
    private static final String OPEN = "and c.n > (select coalesce(sum(";
    private static final String LOOK = "if o.open is not null then reason := 'open'; end if;";
    private static final String LOOP = "  foreach v_lane in array g.lanes loop";
    private static final String VERDICT = "  if reason is not null then return; end if;";

    private EndMutants() {}

    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "parts are numbered without reading the earlier ones",
                        Rule.ENDED_TWICE,
                        PLAIN,
                        sql -> sql.in("close_*", "1 + coalesce(o.part, 0)", "abs(p_closer % 1000000)::int"),
                        EndMutants::twoClosersOfOneMember),
                new Mutant(
                        "members that are closed are not taken off",
                        Rule.ENDED_TWICE,
                        PLAIN,
                        sql -> sql.in(
                                "close_*",
                                "case when i.closed is null then i.members else i.members & ~i.closed end",
                                "i.members"),
                        stage -> {
                            stage.store();
                            Taken taken = stage.take(ALL);
                            stage.complete(taken);
                            stage.complete(taken);
                        }),
                new Mutant(
                        "the nonce is not compared",
                        Rule.STALE_ACCEPTED,
                        PLAIN,
                        sql -> sql.in("close_*", "c.nonce = u.nonce and ", ""),
                        stage -> {
                            stage.store();
                            Token token = stage.take(ALL).token;
                            Token forged = new Token(token.segment(), token.lane(), token.no(), token.nonce() + 1);
                            stage.client.close(
                                    stage.main,
                                    "",
                                    stage.nonce(),
                                    List.of(new Item(forged, new long[1], new int[] {0}, new End[] {End.COMPLETED})));
                        }),
                new Mutant(
                        "exhaustion survives a release",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in(
                                "release",
                                "delete from {awa}.exhausted e where e.segment = r.segment and e.lane = r.lane;",
                                ""),
                        stage -> {
                            stage.store();
                            stage.upkeep.rotate();
                            stage.upkeep.seal(1);
                            stage.release(stage.take(ALL), stage.nonce());
                        }),
                new Mutant(
                        "a repeated release puts back what it put back before",
                        Rule.OFFERED_TWICE,
                        PLAIN,
                        sql -> sql.in("release", "position('1' in r.fresh)", "position('1' in r.accepted)")
                                .in("release", "v_fresh || r.fresh;", "v_fresh || r.accepted;"),
                        stage -> {
                            stage.store();
                            Taken first = stage.take(ALL);
                            long closer = stage.nonce();
                            stage.release(first, closer);
                            stage.take(ALL);
                            stage.release(first, closer);
                            stage.claim(ALL);
                        }),
                new Mutant(
                        "cancel does not ask the ledger",
                        Rule.ENDED_TWICE,
                        PLAIN,
                        sql -> sql.in("cancel", "continue when v_drop is null or isempty(v_drop);", "")
                                .each("cancel", "where v_drop @> u.pos", "where true"),
                        stage -> {
                            long id = stage.store();
                            stage.take(ALL);
                            stage.client.cancel(stage.main, stage.nonce(), id);
                        }),
                new Mutant(
                        "seal does not shut writers out",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.each("seal", "in share mode nowait", "in access share mode nowait"),
                        stage -> {
                            Stage.Open late = stage.open(1);
                            stage.store();
                            stage.upkeep.rotate();
                            stage.upkeep.seal(1);
                            stage.take(ALL);
                            late.commit();
                        }),
                new Mutant(
                        "the current segment is sealed",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("seal", "if p_segment >= v_current then return; end if;", ""),
                        stage -> {
                            stage.store();
                            stage.upkeep.seal(1);
                            stage.take(ALL);
                            stage.store();
                        }),
                new Mutant(
                        "prune does not ask for finished",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("prune", "g.finished_at <= clock_timestamp() - p_retention and ", ""),
                        stage -> {
                            stage.store();
                            stage.upkeep.rotate();
                            stage.upkeep.seal(1);
                            stage.upkeep.prune(1);
                        }),
                new Mutant(
                        "finish does not look at open claims",
                        Rule.LOST,
                        PLAIN,
                        sql -> withoutOpen(sql.in("finish", LOOK, "")),
                        EndMutants::aClaimIsOpenAtTheFinish),
                new Mutant(
                        "finish looks at open claims in its statement alone",
                        null,
                        PLAIN,
                        sql -> sql.in("finish", LOOK, ""),
                        EndMutants::aClaimIsOpenAtTheFinish),
                new Mutant(
                        "finish looks at open claims before its statement alone",
                        Rule.LOST,
                        EndMutants::stopsInFinish,
                        EndMutants::withoutOpen,
                        EndMutants::aReleaseAndAClaimWhileFinishing),
                new Mutant(
                        "finish does not ask for exhausted lanes",
                        Rule.LOST,
                        PLAIN,
                        sql -> withoutExhausted(
                                sql.in("finish", LANES_LEFT, LANES_LEFT.replace("if exists", "if false and exists"))),
                        EndMutants::nothingWasClaimedAtTheFinish),
                new Mutant(
                        "finish asks for exhausted lanes in its statement alone",
                        null,
                        PLAIN,
                        sql -> sql.in("finish", LANES_LEFT, LANES_LEFT.replace("if exists", "if false and exists")),
                        EndMutants::nothingWasClaimedAtTheFinish),
                new Mutant(
                        "finish asks for exhausted lanes before its statement alone, holes make up for it",
                        null,
                        EndMutants::stopsInFinish,
                        EndMutants::withoutExhausted,
                        EndMutants::aReleaseWhileFinishing),
                new Mutant(
                        "finish does not look at holes, exhaustion makes up for it",
                        null,
                        EndMutants::stopsInFinish,
                        sql -> sql.in("finish_*", HOLES, "where false)"),
                        EndMutants::aReleaseWhileFinishing),
                new Mutant(
                        "finish asks neither for exhausted lanes nor for holes in its statement",
                        Rule.LOST,
                        EndMutants::stopsInFinish,
                        sql -> withoutExhausted(sql).in("finish_*", HOLES, "where false)"),
                        EndMutants::aReleaseWhileFinishing));
    }

    private static SqlText stopsInFinish(SqlText sql) {
        return sql.gate("finish", LOOP, "asked").gate("finish", VERDICT, "looked");
    }

    private static SqlText withoutOpen(SqlText sql) {
        return sql.in("finish_*", OPEN, OPEN.replace("and c.n", "and false and c.n"));
    }

    private static SqlText withoutExhausted(SqlText sql) {
        return sql.in("finish_*", NOT_EXHAUSTED, NOT_EXHAUSTED.replace("where not", "where false and not"));
    }

    private static void twoClosersOfOneMember(Stage stage) {
        stage.store();
        Taken taken = stage.take(ALL);
        List<Item> items = List.of(Item.all(taken, End.COMPLETED));
        long closer = stage.nonce();
        Session first = stage.session();
        Settling settling = stage.history.settleSent(closer, Client.members(items));
        first.run("BEGIN");
        stage.client.closeOnce(first, closer, items, List.of(0));
        Session second = stage.session();
        CompletableFuture<boolean[]> rival = stage.aside(
                second, () -> stage.client.close(second, "", stage.nonce(), List.of(Item.all(taken, End.CANCELLED))));
        first.run("COMMIT");
        settling.answered(true);
        join(rival);
    }

    private static void aClaimIsOpenAtTheFinish(Stage stage) {
        stage.store();
        stage.upkeep.rotate();
        stage.upkeep.seal(1);
        stage.take(ALL);
        stage.upkeep.finish(1);
        stage.upkeep.prune(1);
    }

    private static void nothingWasClaimedAtTheFinish(Stage stage) {
        stage.store();
        stage.upkeep.rotate();
        stage.upkeep.seal(1);
        stage.upkeep.finish(1);
        stage.upkeep.prune(1);
    }

    private static void aReleaseWhileFinishing(Stage stage) {
        finish(stage, () -> {});
    }

    private static void aReleaseAndAClaimWhileFinishing(Stage stage) {
        finish(stage, () -> stage.take(ALL));
    }

    private static void finish(Stage stage, Runnable behindTheLook) {
        stage.store();
        stage.upkeep.rotate();
        stage.upkeep.seal(1);
        Taken taken = stage.take(ALL);
        Gate asked = stage.gate("asked");
        Gate looked = stage.gate("looked");
        Session leader = stage.session();
        Gate.stop(leader, asked, looked);
        Upkeep maintenance = new Upkeep(stage.storage, leader);
        CompletableFuture<String> finish = stage.aside(leader, () -> maintenance.finish(1));
        stage.release(taken, stage.nonce());
        asked.open();
        Gate.awaitWaiting(stage.storage.control, leader, finish);
        behindTheLook.run();
        looked.open();
        join(finish);
        stage.upkeep.prune(1);
    }
}
