package io.awa.reactive.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/**
 * A run of one lane for the model LaneLedger: two producers and two claimers whose transactions stay open over steps of
 * others, somebody who closes, releases and cancels, and a leader. A call at a time, in an order that the seed makes.
 */
final class LaneTrace {

    static final int JOBS = 2;
    static final int LIMIT = 2;
    static final int GENERATIONS = 4;
    static final int PRODUCERS = 8;

    private final Trace trace;
    private final Random random;
    private final Session admin;
    private final Map<Session, String> producing = new HashMap<>();
    private final Map<Session, Taken> claiming = new HashMap<>();
    private final List<Session> producers;
    private final List<Session> claimers;
    private final List<Taken> claims = new ArrayList<>();
    private final Map<Taken, TreeSet<Integer>> open = new HashMap<>();
    private int produced = 0;
    private int positions = 0;
    private long registered = 1;
    private long pointer = 1;

    LaneTrace(long seed, Session admin, List<Session> producers, List<Session> claimers) {
        this.trace = new Trace(seed);
        this.random = new Random(seed);
        this.admin = admin;
        this.producers = producers;
        this.claimers = claimers;
    }

    Trace record(int steps) {
        // Holes whose producer outlives two claims: only the judge keeps them.
        enqueue(producers.get(0));
        for (int i = 0; i < 2; i++) {
            enqueue(producers.get(1));
            endEnqueue(producers.get(1), true);
            claim(claimers.get(0));
            endClaim(claimers.get(0));
        }
        while (trace.size() < steps) {
            act();
        }
        producers.stream().filter(producing::containsKey).forEach(this::endEnqueue);
        claimers.stream().filter(claiming::containsKey).forEach(this::endClaim);
        // To the end: what is left is claimed and closed, and each segment but the last goes.
        for (boolean more = true; more; ) {
            more = claim(claimers.get(0));
            if (more) {
                endClaim(claimers.get(0));
            }
            List.copyOf(claims).forEach(this::close);
            maintain();
        }
        maintain();
        return trace;
    }

    private void act() {
        Session producer = producers.get(random.nextInt(producers.size()));
        Session claimer = claimers.get(random.nextInt(claimers.size()));
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                if (producing.containsKey(producer)) {
                    endEnqueue(producer);
                } else if (produced < PRODUCERS) {
                    enqueue(producer);
                }
            }
            case 3, 4, 5 -> {
                if (claiming.containsKey(claimer)) {
                    endClaim(claimer);
                } else {
                    claim(claimer);
                }
            }
            case 6, 7 -> {
                if (!claims.isEmpty()) {
                    close(claims.get(random.nextInt(claims.size())));
                }
            }
            // A ledger row waits for one that is not committed.
            case 8 -> {
                if (claiming.isEmpty() && positions > 0) {
                    cancel(1 + random.nextInt(positions));
                }
            }
            case 9 -> {
                if (claiming.isEmpty() && !claims.isEmpty()) {
                    release(claims.get(random.nextInt(claims.size())));
                }
            }
            case 10 -> rotate();
            default -> maintain();
        }
    }

    private void enqueue(Session session) {
        String name = "p" + ++produced;
        session.begin();
        List<Integer> taken = session.enqueue(JOBS);
        positions = taken.get(taken.size() - 1);
        trace.step("enqueue", name)
                .answered("positions", taken, List.of(positions, positions + 1))
                .with("gen", pointer);
        producing.put(session, name);
    }

    private void endEnqueue(Session session) {
        endEnqueue(session, random.nextInt(4) > 0);
    }

    private void endEnqueue(Session session, boolean commit) {
        session.run(commit ? "commit" : "rollback");
        trace.step(commit ? "commit" : "abort", producing.remove(session));
    }

    /** Whether a row was written, which waits for its commit. */
    private boolean claim(Session session) {
        String name = name(session);
        session.begin();
        long nonce = Session.nonce();
        Row row =
                session.row("select *, false as more from claim_lane(1, " + LIMIT + ", 1, " + nonce + ", true, null)");
        Taken taken = Taken.of(row, nonce, false);
        if (taken.no() == 0 || row.isNull("claimed_at")) {
            session.rollback();
            trace.step("claim", name).answered("status", taken.status(), other(taken.status(), "busy", "empty"));
            return false;
        }
        Row written = session.row("select high & " + Taken.SEQUENCE + " as high, (select coalesce(array_agg(p & "
                + Taken.SEQUENCE
                + "), '{}') from unnest(old + young) r, generate_series(lower(r), upper(r) - 1) p) as holes"
                + " from claims_" + child(taken.segment()) + " where lane = 1 and no = " + taken.no());
        List<Long> holes = written.longs("holes");
        List<Long> moreHoles = new ArrayList<>(holes);
        moreHoles.add(0L);
        trace.step("claim", name)
                .answered("status", "row", "empty")
                .answered("gen", taken.segment(), taken.segment() % GENERATIONS + 1)
                .answered("no", taken.no(), taken.no() + 1)
                .answered(
                        "positions",
                        taken.seqs(),
                        taken.size() == 0 ? List.of(1) : taken.seqs().subList(1, taken.size()))
                .answered("high", written.number("high"), written.number("high") + 1)
                .answered("holes", holes, moreHoles);
        claiming.put(session, taken);
        return true;
    }

    private void endClaim(Session session) {
        Taken taken = claiming.remove(session);
        session.commit();
        trace.step("claimed", name(session)).with("gen", taken.segment()).with("no", taken.no());
        if (taken.size() > 0) {
            claims.add(taken);
            open.put(taken, new TreeSet<>(taken.seqs()));
        }
    }

    private void close(Taken claim) {
        admin.complete(claim);
        trace.step("close", "closer").with("gen", claim.segment()).with("positions", open.remove(claim));
        claims.remove(claim);
    }

    private void release(Taken claim) {
        TreeSet<Integer> members = open.get(claim);
        int position = members.first();
        admin.release(claim, claim.seqs().indexOf(position));
        trace.step("release", "closer").with("gen", claim.segment()).with("position", position);
        members.remove(position);
        if (members.isEmpty()) {
            claims.remove(claim);
        }
    }

    private void cancel(int position) {
        boolean done = !admin.cancel(position).isEmpty();
        trace.step("cancel", "operator").with("position", position).answered("done", done, !done);
    }

    private void rotate() {
        if (registered == pointer && pointer < GENERATIONS) {
            String outcome = admin.text("select register()");
            registered += outcome.equals("Registered") ? 1 : 0;
            // That an empty segment is not left only saves rotations: no answer of the model.
            Trace.Step step = trace.step("register", "leader").with("outcome", outcome);
            if (!outcome.equals("SkippedIdle")) {
                step.answered("outcome", outcome, other(outcome, "Registered", "SkippedBusy"));
            }
        } else if (registered > pointer) {
            String outcome = admin.text("select move()");
            pointer += outcome.equals("Rotated") ? 1 : 0;
            trace.step("move", "leader").answered("outcome", outcome, other(outcome, "Rotated", "Idle"));
        }
    }

    private void maintain() {
        for (long segment = 1; segment < pointer; segment++) {
            String finish = "select outcome from finish(" + segment + ", '{}', '{}')";
            maintain("seal", segment, admin.seal(segment), "Sealed", "Blocked");
            maintain("finish", segment, admin.text(finish), "Finished", "SkippedActive");
            maintain("prune", segment, admin.prune(segment), "Pruned", "Blocked");
        }
    }

    // The same answer once more says nothing new, but for the work that TLC has with it.
    private void maintain(String op, long segment, String outcome, String success, String failure) {
        if (!outcome.equals("Idle") || random.nextInt(4) == 0) {
            trace.step(op, "leader")
                    .with("gen", segment)
                    .answered("outcome", outcome, other(outcome, success, failure));
        }
    }

    private static String other(String is, String one, String two) {
        return is.equals(one) ? two : one;
    }

    private String name(Session claimer) {
        return "c" + (claimers.indexOf(claimer) + 1);
    }

    private long child(long segment) {
        return admin.number("select child from generations where segment = " + segment);
    }

    /** The children as they were given out, for the model's operator Child. */
    String children(int count) {
        List<String> given = admin.texts("select child + 1 from generations order by segment");
        return "ChildOf == <<" + String.join(", ", given) + ">>\nRunChild(g) == IF g <= Len(ChildOf) THEN ChildOf[g]"
                + " ELSE ((g - 1) % " + count + ") + 1";
    }

    static String names(String prefix, int count) {
        String[] names = new String[count];
        Arrays.setAll(names, i -> "\"" + prefix + (i + 1) + "\"");
        return "{" + String.join(", ", names) + "}";
    }
}
