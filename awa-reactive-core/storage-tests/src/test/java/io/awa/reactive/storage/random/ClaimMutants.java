package io.awa.reactive.storage.random;

import static io.awa.reactive.storage.random.Stage.ALL;
import static io.awa.reactive.storage.random.Stage.join;

import io.awa.reactive.testkit.HistoryVerdict.Rule;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Faults of enqueue, probe and claim. */
final class ClaimMutants {

    private static final UnaryOperator<SqlText> PLAIN = sql -> sql;
    private static final String HEAD = "  for g in";
    private static final String CHOICE = "    if r.p is not null or r.top is not null or g.sealed then";
    private static final String RENEW = "v_judge := pg_current_xact_id();";
    private static final String NEXT = "no := b.no + 1;";
    private static final String ORDER = "order by l.segment desc";
    private static final String HIDDEN =
            "l.segment <= coalesce((select min(m.segment) from l m where m.sealed), 9223372036854775807)";
    private static final String NUMBER = "    if cardinality(v_lanes) = 1 then";
    private static final String OLD = "(v_sealed or b.xmin >= b.judge)";
    private static final String YOUNG = "b.young + v_gaps - v_members";

    private ClaimMutants() {}

    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "the judge is not asked",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("claim_lane", OLD, "true"),
                        ClaimMutants::aHoleBelowTwoClaims),
                new Mutant(
                        "gaps are not written down",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("claim_lane", YOUNG, "b.young - v_members"),
                        ClaimMutants::aHoleBelowTwoClaims),
                new Mutant(
                        "the judge is older than the scan",
                        Rule.LOST,
                        sql -> sql.gate("claim_lane", HEAD, "scan"),
                        sql -> sql.in("claim_lane", "v_judge xid8;", "v_judge xid8; v_early xid8;")
                                .in(
                                        "claim_lane",
                                        SqlText.stop("scan"),
                                        "v_early := pg_current_xact_id(); " + SqlText.stop("scan"))
                                .in("claim_lane", RENEW, "v_judge := v_early;"),
                        ClaimMutants::aHoleIsMadeWhileAClaimStarts),
                new Mutant(
                        "holes die with visible rows left in them",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in("claim_lane", "v_seen := v_n < p_n or b.p[v_n] > b.high;", "v_seen := true;"),
                        stage -> {
                            Stage.Open late = stage.open(10);
                            stage.store();
                            stage.take(20);
                            late.commit();
                            stage.take(5);
                        }),
                new Mutant(
                        "sealed is read after the probe",
                        Rule.LOST,
                        sql -> sql.in(
                                "claim_lane",
                                CHOICE,
                                "if g.segment = 1 then " + SqlText.stop("probed") + " end if;\n" + CHOICE),
                        sql -> sql.in(
                                "claim_lane",
                                "v_sealed := g.sealed;",
                                "v_sealed := (select x.sealed_at is not null from {awa}.generations x"
                                        + " where x.segment = g.segment);"),
                        ClaimMutants::theSealComesRightAfterTheProbe),
                new Mutant(
                        "the oldest segment is read first",
                        Rule.OUT_OF_ORDER,
                        sql -> sql.gate("claim_lane", CHOICE, "probed"),
                        sql -> sql.in("claim_lane", ORDER, "order by l.segment")
                                .in(
                                        "claim_lane",
                                        CHOICE,
                                        "if segment is null and (r.p is not null or r.top is not null or g.sealed) then"),
                        ClaimMutants::anOldCommitWhileSegmentsAreRead),
                new Mutant(
                        "the newest segment is taken from",
                        Rule.OUT_OF_ORDER,
                        PLAIN,
                        sql -> sql.in(
                                "claim_lane",
                                CHOICE,
                                "if segment is null and (r.p is not null or r.top is not null or g.sealed) then"),
                        stage -> {
                            stage.store();
                            stage.upkeep.rotate();
                            stage.store();
                            stage.take(1);
                        }),
                new Mutant(
                        "a sealed segment hides an older unsealed one",
                        Rule.OUT_OF_ORDER,
                        PLAIN,
                        sql -> sql.in(
                                "claim_lane",
                                HIDDEN,
                                "l.segment = coalesce((select min(m.segment) from l m where m.sealed), l.segment)"),
                        ClaimMutants::theSecondSegmentIsSealedFirst),
                new Mutant(
                        "a sealed segment hides nothing",
                        null,
                        PLAIN,
                        sql -> sql.in("claim_lane", HIDDEN, "true"),
                        ClaimMutants::theSecondSegmentIsSealedFirst),
                new Mutant(
                        "marks are not looked at",
                        Rule.ENDED_TWICE,
                        PLAIN,
                        sql -> withoutMarks(sql, ""),
                        ClaimMutants::theHeadIsCancelled),
                new Mutant(
                        "marks are looked at behind the limit",
                        Rule.LOST,
                        PLAIN,
                        sql -> withoutMarks(
                                sql,
                                " where not v_marked or not exists (select from {awa}.marks_{k} m where m.pos = y.pos)"),
                        ClaimMutants::theHeadIsCancelled),
                new Mutant(
                        "ledger rows may leave numbers out",
                        Rule.OFFERED_TWICE,
                        sql -> sql.gate("claim_lane", NEXT, "take"),
                        sql -> sql.in("claim_lane", NEXT, "no := b.no + 1 + abs(p_nonce % 1000);"),
                        ClaimMutants::twoClaimsWithOneView),
                new Mutant(
                        "a ledger row replaces its rival",
                        Rule.OFFERED_TWICE,
                        sql -> sql.gate("claim_lane", NEXT, "take"),
                        sql -> sql.in(
                                "take_*",
                                "on conflict do nothing;",
                                "on conflict (lane, no) do update set nonce = excluded.nonce;"),
                        ClaimMutants::twoClaimsWithOneView),
                new Mutant(
                        "the ledger takes rows for a segment that is gone",
                        Rule.LOST,
                        sql -> sql.gate("claim_lane", "    case g.child", "listed"),
                        sql -> sql.in(
                                "take_*",
                                "where exists (select from {awa}.generations g where g.segment = p_segment"
                                        + " and g.reclaimed_at is null)",
                                "where true"),
                        ClaimMutants::theChildIsReusedUnderAClaim),
                new Mutant(
                        "a producer has positions before an xid",
                        Rule.LOST,
                        sql -> sql.gate("reserve", "  perform set_config(", "numbered"),
                        sql -> sql.in("reserve", "  perform pg_current_xact_id();", ""),
                        ClaimMutants::aProducerStallsWithAPosition),
                new Mutant(
                        "the pointer is not read again",
                        Rule.LOST,
                        sql -> sql.gate("reserve", "    case cell & 255", "pointer"),
                        sql -> sql.in("reserve", "continue when v_now <> cell;", "")
                                .in("reserve", "exit when v_now = cell;", "exit;"),
                        ClaimMutants::aProducerStallsForARingTurn),
                new Mutant(
                        "the pointer is not read behind the positions",
                        Rule.OUT_OF_ORDER,
                        sql -> sql.gate("reserve", NUMBER, "locked"),
                        sql -> sql.in("reserve", "exit when v_now = cell;", "exit;"),
                        ClaimMutants::aProducerStallsOverARotation),
                new Mutant(
                        "the pointer is not read before the positions",
                        null,
                        sql -> sql.gate("reserve", "    case cell & 255", "pointer"),
                        sql -> sql.in("reserve", "continue when v_now <> cell;", ""),
                        ClaimMutants::aProducerStallsForARingTurn),
                new Mutant(
                        "rows are let in without the child's lock",
                        Rule.LOST,
                        PLAIN,
                        sql -> sql.in(
                                "guard",
                                "if coalesce(v_held, '') = '' or (v_held::bigint & 255) <> tg_argv[0]::int then",
                                "if false then"),
                        ClaimMutants::positionsOfARolledBackSavepoint));
    }

    private static SqlText withoutMarks(SqlText sql, String after) {
        return sql.in(
                        "probe_*",
                        "where j.pos >= lower(r) and j.pos < upper(r)\n" + " ".repeat(42) + "and (not v_marked",
                        "where j.pos >= lower(r) and j.pos < upper(r) and (true")
                .in(
                        "probe_*",
                        "where j.pos > high and j.pos < v_end\n" + " ".repeat(38) + "and (not v_marked",
                        "where j.pos > high and j.pos < v_end and (true")
                .in("probe_*", "order by j.pos limit p_n) y", "order by j.pos limit p_n) y" + after);
    }

    private static void aHoleBelowTwoClaims(Stage stage) {
        Stage.Open late = stage.open(1);
        stage.store();
        stage.take(ALL);
        stage.store();
        stage.take(ALL);
        late.commit();
    }

    private static void aHoleIsMadeWhileAClaimStarts(Stage stage) {
        Gate scan = stage.gate("scan");
        Session claimer = stage.session();
        Gate.stop(claimer, scan);
        CompletableFuture<Taken> claim = stage.aside(claimer, () -> stage.claim(claimer, "claim", ALL));
        Stage.Open late = stage.open(1);
        stage.store();
        scan.open();
        join(claim);
        stage.store();
        stage.take(ALL);
        late.commit();
    }

    private static void theSealComesRightAfterTheProbe(Stage stage) {
        Gate probed = stage.gate("probed");
        Stage.Open late = stage.open(1);
        stage.store();
        stage.upkeep.rotate();
        Session claimer = stage.session();
        Gate.stop(claimer, probed);
        CompletableFuture<Taken> claim = stage.aside(claimer, () -> stage.claim(claimer, "claim", ALL));
        late.commit();
        stage.upkeep.seal(1);
        probed.open();
        join(claim);
    }

    private static void anOldCommitWhileSegmentsAreRead(Stage stage) {
        Gate probed = stage.gate("probed");
        stage.store();
        stage.complete(stage.take(ALL));
        Stage.Open old = stage.open(1);
        stage.upkeep.rotate();
        Session claimer = stage.session();
        Gate.stop(claimer, probed);
        CompletableFuture<Taken> claim = stage.aside(claimer, () -> stage.claim(claimer, "claim", ALL));
        old.commit();
        stage.store();
        probed.open();
        join(claim);
    }

    private static void theSecondSegmentIsSealedFirst(Stage stage) {
        stage.store();
        Stage.Open old = stage.open(1);
        stage.take(ALL);
        stage.upkeep.rotate();
        stage.store();
        stage.upkeep.rotate();
        stage.upkeep.seal(2);
        old.commit();
        stage.take(1);
    }

    private static void theHeadIsCancelled(Stage stage) {
        long first = stage.store();
        stage.store();
        stage.upkeep.rotate();
        stage.upkeep.seal(1);
        stage.client.cancel(stage.main, stage.nonce(), first);
        stage.claim(1);
    }

    private static void twoClaimsWithOneView(Stage stage) {
        Gate take = stage.gate("take");
        stage.store();
        Session slow = stage.session();
        Gate.stop(slow, take);
        CompletableFuture<Taken> claim = stage.aside(slow, () -> stage.claim(slow, "claim_free", ALL));
        stage.claim(stage.session(), "claim_free", ALL);
        take.open();
        join(claim);
    }

    private static void theChildIsReusedUnderAClaim(Stage stage) {
        Gate listed = stage.gate("listed");
        stage.store();
        stage.upkeep.rotate();
        stage.upkeep.seal(1);
        Session slow = stage.session();
        Gate.stop(slow, listed);
        CompletableFuture<Taken> claim = stage.aside(slow, () -> stage.claim(slow, "claim_free", ALL));
        stage.complete(stage.take(ALL));
        stage.upkeep.finish(1);
        stage.upkeep.prune(1);
        stage.store();
        stage.complete(stage.take(ALL));
        stage.upkeep.rotate();
        Stage.Open late = stage.open(1);
        stage.store();
        listed.open();
        join(claim);
        late.commit();
    }

    private static void aProducerStallsWithAPosition(Stage stage) {
        Gate numbered = stage.gate("numbered");
        stage.store();
        stage.take(ALL);
        Session slow = stage.session();
        Gate.stop(slow, numbered);
        CompletableFuture<long[]> stored = stage.aside(slow, () -> stage.client.store(slow, stage.lane));
        stage.store();
        stage.take(ALL);
        stage.store();
        stage.take(ALL);
        numbered.open();
        join(stored);
    }

    private static void aProducerStallsForARingTurn(Stage stage) {
        Gate pointer = stage.gate("pointer");
        Session slow = stage.session();
        Gate.stop(slow, pointer);
        CompletableFuture<long[]> stored = stage.aside(slow, () -> stage.client.store(slow, stage.lane));
        for (int segment = 1; segment <= 3; segment++) {
            stage.store();
            stage.complete(stage.take(ALL));
            stage.upkeep.rotate();
            stage.upkeep.seal(segment);
            stage.upkeep.exhaust(segment);
            stage.upkeep.finish(segment);
            if (segment < 3) {
                stage.upkeep.prune(segment);
            }
        }
        pointer.open();
        join(stored);
    }

    private static void aProducerStallsOverARotation(Stage stage) {
        Gate locked = stage.gate("locked");
        stage.store();
        stage.complete(stage.take(ALL));
        Session slow = stage.session();
        Gate.stop(slow, locked);
        CompletableFuture<long[]> stored = stage.aside(slow, () -> stage.client.store(slow, stage.lane));
        stage.upkeep.rotate();
        stage.store();
        locked.open();
        join(stored);
        stage.take(1);
    }

    private static void positionsOfARolledBackSavepoint(Stage stage) {
        stage.store();
        Session session = stage.session();
        session.run("BEGIN");
        session.run("SAVEPOINT s");
        long position = session.row(
                stage.storage.in("SELECT positions FROM {awa}.reserve($1, 1)"),
                row -> row.get("positions", Long[].class)[0],
                (Object) new Integer[] {stage.lane});
        session.run("ROLLBACK TO s");
        stage.upkeep.rotate();
        stage.upkeep.seal(1);
        stage.take(ALL);
        stage.new Open(session, position)
                .commitAfter(stage.storage.in("INSERT INTO {awa}.jobs_0 (pos, kind, args) VALUES (" + position + ", "
                        + stage.client.kind() + ", '{}')"));
    }
}
