package io.awa.reactive.storage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * A run of the pool of child tables, for the model Pool: producers who sleep between reserve and INSERT, workers who keep
 * their tokens while jobs are released, and two leaders whose moves and seals stay open and may be rolled back.
 */
final class PoolTrace {

    static final int LANES = 2;
    static final int SEGMENTS = 5;
    static final int PRODUCERS = 8;
    static final int CLOSERS = 3;

    /** A producer's transaction; position 0: not reserved, put: the row is there. */
    private record Producing(String name, int lane, long cell, long position, boolean put) {}

    private final Trace trace;
    private final Random random;
    private final Session admin;
    private final List<Session> producers;
    private final List<Session> leaders;
    private final Map<Session, Producing> producing = new HashMap<>();
    // The segment whose row a leader holds.
    private final Map<Session, Long> leading = new HashMap<>();
    private final Map<String, Taken> tokens = new HashMap<>();
    private final Set<String> released = new HashSet<>();
    private int produced = 0;
    private long pointer = 1;

    PoolTrace(long seed, Session admin, List<Session> producers, List<Session> leaders) {
        this.trace = new Trace(seed);
        this.random = new Random(seed);
        this.admin = admin;
        this.producers = producers;
        this.leaders = leaders;
    }

    Trace record(int steps) {
        admin.run("select ensure_lane('q', 2)");
        while (trace.size() < steps) {
            act();
        }
        leaders.forEach(this::end);
        for (Session producer : producers) {
            while (producing.containsKey(producer)) {
                produce(producer);
            }
        }
        for (int lane = 1; lane <= LANES; lane++) {
            do {
                List.copyOf(tokens.keySet()).stream()
                        .filter(name -> !released.contains(name) || tokens.size() == CLOSERS)
                        .forEach(this::close);
            } while (claim(lane));
        }
        for (long segment = 1; segment < pointer; segment++) {
            reclaim(leaders.get(0), segment);
            end(leaders.get(0));
        }
        List.copyOf(tokens.keySet()).forEach(this::close);
        return trace;
    }

    private void act() {
        Session leader = leaders.get(random.nextInt(leaders.size()));
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> produce(producers.get(random.nextInt(producers.size())));
            case 4, 5 -> claim(1 + random.nextInt(LANES));
            case 6 ->
                tokens.keySet().stream()
                        .skip(random.nextInt(CLOSERS))
                        .findFirst()
                        .ifPresent(this::close);
            case 7 ->
                tokens.keySet().stream()
                        .filter(x -> !released.contains(x))
                        .findFirst()
                        .ifPresent(this::release);
            case 8, 9 -> {
                if (leading.containsKey(leader)) {
                    end(leader);
                } else if (pointer < SEGMENTS && random.nextBoolean()) {
                    register(leader);
                } else {
                    move(leader);
                }
            }
            default -> {
                if (leading.containsKey(leader)) {
                    end(leader);
                } else if (pointer > 1) {
                    reclaim(leader, 1 + random.nextInt((int) pointer - 1));
                }
            }
        }
    }

    // The next step of a producer.
    private void produce(Session session) {
        Producing now = producing.get(session);
        if (now == null) {
            if (produced < PRODUCERS) {
                session.begin();
                session.run("savepoint before");
                reserve(session, "p" + ++produced, 1 + random.nextInt(LANES));
            }
        } else if (now.put) {
            boolean commit = random.nextInt(4) > 0;
            session.run(commit ? "commit" : "rollback");
            trace.step(commit ? "commit" : "abort", now.name);
            producing.remove(session);
        } else if (random.nextInt(5) == 0) {
            session.run("rollback to savepoint before");
            trace.step("back", now.name);
            reserve(session, now.name, 1 + random.nextInt(LANES));
        } else {
            session.run("select put_" + (now.cell & 255) + "(array[" + now.position
                    + "]::bigint[], array[1], array[25], array['{}'], null, null, null)");
            trace.step("put", now.name);
            producing.put(session, new Producing(now.name, now.lane, now.cell, now.position, true));
        }
    }

    private void reserve(Session session, String name, int lane) {
        Row row = session.row("select cell, positions from reserve(array[" + lane + "], 1)");
        long position = row.longs("positions").get(0);
        long cell = row.number("cell");
        long seq = position & Taken.SEQUENCE;
        trace.step("reserve", name)
                .with("lane", lane)
                .answered("seg", cell >> 8, (cell >> 8) + 1)
                .answered("seq", seq, seq + 1);
        producing.put(session, new Producing(name, lane, cell, position, false));
    }

    private boolean claim(int lane) {
        String name = "";
        for (int i = 1; i <= CLOSERS; i++) {
            name = tokens.containsKey("w" + i) ? name : "w" + i;
        }
        if (name.isEmpty()) {
            return false;
        }
        long nonce = Session.nonce();
        Taken taken = Taken.of(
                admin.row("select *, false as more from claim_lane(" + lane + ", 1, 1, " + nonce + ", true, null)"),
                nonce,
                false);
        String status = taken.size() > 0 ? "job" : taken.status().equals("again") ? "exhaust" : taken.status();
        Trace.Step step = trace.step("claim", name)
                .with("lane", lane)
                .with("seg", taken.segment())
                .with("seq", 0)
                .answered("status", status, status.equals("empty") ? "job" : "empty");
        if (taken.size() > 0) {
            step.answered("seq", taken.seqs().get(0), 0);
            tokens.put(name, taken);
        }
        return !status.equals("empty");
    }

    private void close(String name) {
        boolean done = admin.complete(tokens.remove(name)).fresh().contains("1");
        released.remove(name);
        trace.step("close", name).answered("done", done, !done);
    }

    private void release(String name) {
        admin.release(tokens.get(name));
        released.add(name);
        trace.step("release", name);
    }

    private void register(Session leader) {
        String outcome = leader.text("select register()");
        Row newest = admin.row("select segment, child + 1 as child from generations order by segment desc limit 1");
        Trace.Step step = trace.step("register", name(leader)).with("outcome", outcome);
        if (outcome.equals("Registered")) {
            step.answered("newest", newest.number("segment"), newest.number("segment") + 1)
                    .answered("child", newest.number("child"), 0);
        }
        // That an empty segment is not left only saves rotations: no answer of the model.
        if (!outcome.equals("SkippedIdle")) {
            step.answered("outcome", outcome, outcome.equals("Registered") ? "SkippedBusy" : "Registered");
        }
    }

    private void move(Session leader) {
        leader.begin();
        String outcome = leader.text("select move()");
        long cell = admin.number("select last_value from current_segment");
        Trace.Step step = trace.step("move", name(leader))
                .answered("outcome", outcome, outcome.equals("Rotated") ? "Idle" : "Rotated");
        if (outcome.equals("Rotated")) {
            step.answered("seg", cell >> 8, (cell >> 8) + 1).with("child", (cell & 255) + 1);
            leading.put(leader, pointer);
            pointer = cell >> 8;
        } else {
            step.with("seg", 0).with("child", 0);
            leader.commit();
        }
    }

    /** The end of a move or seal that is open. */
    private void end(Session leader) {
        if (leading.remove(leader) != null) {
            boolean commit = random.nextInt(4) > 0;
            leader.run(commit ? "commit" : "rollback");
            trace.step(commit ? "end" : "stop", name(leader));
        }
    }

    private void reclaim(Session leader, long segment) {
        // The other leader holds the row: it would be waited for.
        if (leading.containsValue(segment)) {
            return;
        }
        leader.begin();
        String outcome = leader.seal(segment);
        List<Long> lanes = outcome.equals("Sealed")
                ? leader.row("select lanes from generations where segment = " + segment)
                        .longs("lanes")
                : List.of();
        TreeSet<Long> more = new TreeSet<>(lanes);
        more.add(9L);
        Trace.Step step =
                maintain("seal", leader, segment, outcome, "Sealed", "Blocked").with("lanes", lanes);
        if (outcome.equals("Sealed")) {
            step.answered("lanes", lanes, new ArrayList<>(more));
            leading.put(leader, segment);
            if (trace.size() % 2 == 0) {
                return;
            }
            end(leader);
        } else {
            leader.commit();
        }
        String finish = "select outcome from finish(" + segment + ", '{}', '{}')";
        maintain("finish", leader, segment, leader.text(finish), "Finished", "SkippedActive");
        maintain("prune", leader, segment, leader.prune(segment), "Pruned", "Blocked");
    }

    private Trace.Step maintain(
            String op, Session leader, long segment, String outcome, String success, String failure) {
        return trace.step(op, name(leader))
                .with("seg", segment)
                .answered("outcome", outcome, outcome.equals(success) ? failure : success);
    }

    private String name(Session leader) {
        return "l" + (leaders.indexOf(leader) + 1);
    }
}
