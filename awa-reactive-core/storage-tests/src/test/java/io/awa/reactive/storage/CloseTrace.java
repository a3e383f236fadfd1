package io.awa.reactive.storage;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A run of closers that meet, for the model Close: they send members of several claims, ended ones among them, keep their
 * transactions open, wait for each other, roll back, lose answers and send again. Some of them release. One of them at a
 * time waits, so that the order of calls and answers is the order in which they happened.
 */
final class CloseTrace {

    static final int JOBS = 6;
    static final int LIMIT = 2;
    static final int TRIES = 3;
    static final int CLOSERS = 8;

    /** One transaction of a closer: the nr-th time that it sends. */
    private record Call(Closer closer, int nr, Session session, CompletableFuture<List<Row>> answer) {}

    private static final class Closer {
        final String name;
        final boolean releases;
        final long nonce = Session.nonce();
        Map<Taken, TreeSet<Integer>> wanted = new TreeMap<>(Comparator.comparing(Taken::no));
        int tries = 0;

        Closer(int number) {
            name = "c" + number;
            releases = number % 3 == 0;
        }

        List<Item> items() {
            return wanted.entrySet().stream()
                    .map(e -> new Item(
                            e.getKey(),
                            e.getKey()
                                    .bits(e.getValue().stream().mapToInt(x -> x).toArray()),
                            "c"))
                    .toList();
        }
    }

    private final Trace trace;
    private final Random random;
    private final Session admin;
    private final List<Session> free;
    private final List<Call> open = new ArrayList<>();
    private final List<Taken> claims = new ArrayList<>();
    private final Map<Call, List<Row>> answers = new HashMap<>();
    // The model counts claims, those that took nothing included; the rows of releases have none.
    private final Map<Taken, Integer> nonces = new HashMap<>();
    private int claimed = 0;
    private int closers = 0;
    private @Nullable Call waiting = null;

    CloseTrace(long seed, Session admin, List<Session> sessions) {
        this.trace = new Trace(seed);
        this.random = new Random(seed);
        this.admin = admin;
        this.free = new ArrayList<>(sessions);
    }

    Trace record(int steps) {
        admin.enqueue(JOBS);
        admin.rotate();
        admin.seal(1);
        claim();
        while (trace.size() < steps) {
            act();
        }
        while (!open.isEmpty()) {
            end(open.get(0), true);
        }
        while (claim()) {
            // until the segment is exhausted
        }
        closers = CLOSERS - 2;
        all();
        finish();
        all();
        return trace;
    }

    private void act() {
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                // A claim's row would wait for that of a release.
                if (open.stream().noneMatch(call -> call.closer.releases)) {
                    claim();
                }
            }
            case 2, 3, 4 -> {
                if (!free.isEmpty() && waiting == null && closers < CLOSERS - 2) {
                    begin();
                }
            }
            case 5, 6 -> {
                if (!open.isEmpty()) {
                    end(open.get(random.nextInt(open.size())), random.nextInt(4) > 0);
                }
            }
            default -> {
                if (!open.isEmpty() && waiting == null && !free.isEmpty()) {
                    lose(open.get(random.nextInt(open.size())));
                } else if (open.isEmpty()) {
                    finish();
                }
            }
        }
    }

    private boolean claim() {
        Taken taken = admin.claim(LIMIT);
        if (taken.no() == 0) {
            trace.step("nothing", "worker");
            return false;
        }
        boolean exhausted = admin.number("select count(*) from exhausted") > 0;
        trace.step("claim", "worker")
                .answered("no", taken.no(), taken.no() + 1)
                .answered("positions", taken.seqs(), List.of(JOBS + 1))
                .answered("exhausted", exhausted, !exhausted);
        nonces.put(taken, ++claimed);
        if (taken.size() > 0) {
            claims.add(taken);
        }
        return true;
    }

    private void begin() {
        Closer closer = new Closer(++closers);
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            Taken claim = claims.get(random.nextInt(claims.size()));
            closer.wanted.computeIfAbsent(claim, x -> new TreeSet<>()).add(random.nextInt(claim.size()));
        }
        send(closer);
    }

    /** Sends every token there ever was, and commits. Not for a closer that releases. */
    private void all() {
        Closer closer = new Closer(++closers);
        claims.forEach(claim -> {
            for (int i = 0; i < claim.size(); i++) {
                closer.wanted.computeIfAbsent(claim, x -> new TreeSet<>()).add(i);
            }
        });
        send(closer);
        end(open.get(0), true);
    }

    private void send(Closer closer) {
        List<Trace.Raw> tokens = new ArrayList<>();
        closer.wanted.forEach((claim, members) ->
                members.forEach(member -> tokens.add(new Trace.Raw("[no |-> " + claim.no() + ", nonce |-> "
                        + nonces.get(claim) + ", pos |-> " + claim.seqs().get(member) + "]"))));
        trace.step("send", closer.name).with("items", tokens);
        call(closer);
    }

    private void call(Closer closer) {
        Session session = free.remove(0);
        session.begin();
        CompletableFuture<List<Row>> answer = session.send(
                closer.releases
                        ? Item.release(closer.nonce, closer.items())
                        : Item.close(closer.nonce, closer.items()));
        Call call = new Call(closer, ++closer.tries, session, answer);
        open.add(call);
        look(call);
    }

    // The call has answered, or waits for a transaction.
    private void look(Call call) {
        String blocked = "select cardinality(pg_blocking_pids(" + call.session.pid() + "))";
        while (!call.answer.isDone()) {
            if (admin.number(blocked) > 0) {
                waiting = call;
                step("blocked", call);
                return;
            }
        }
        waiting = null;
        TreeSet<String> fresh = new TreeSet<>();
        TreeSet<String> accepted = new TreeSet<>();
        TreeSet<Long> again = new TreeSet<>();
        List<Item> items = call.closer.items();
        List<Row> rows = Link.await(call.answer);
        answers.put(call, rows);
        Session.answers(rows).forEach((item, answer) -> {
            Taken claim = items.get(item - 1).claim();
            pairs(claim, answer.fresh(), fresh);
            pairs(claim, answer.accepted(), accepted);
            if (answer.again()) {
                again.add(claim.no());
            }
        });
        step("answer", call)
                .answered("fresh", raw(fresh), more(fresh))
                .answered("accepted", raw(accepted), more(accepted))
                .answered("again", again, again.isEmpty() ? List.of(1) : List.of());
    }

    private void end(Call chosen, boolean commits) {
        Call call = chosen == waiting
                ? open.stream().filter(x -> x != chosen).findFirst().orElseThrow()
                : chosen;
        call.session.run(commits ? "commit" : "rollback");
        step(commits ? "commit" : "abort", call);
        open.remove(call);
        free.add(call.session);
        if (waiting != null) {
            look(waiting);
        }
        Closer closer = call.closer;
        boolean listens = call.nr == closer.tries;
        if (listens && commits) {
            keepAgain(closer, answers.get(call));
        }
        if (listens && closer.tries < TRIES && !(commits && closer.wanted.isEmpty())) {
            // One at a time waits.
            while (waiting != null) {
                end(waiting, true);
            }
            call(closer);
        }
    }

    // What was not decided is sent again.
    private static void keepAgain(Closer closer, List<Row> rows) {
        List<Item> items = closer.items();
        Map<Integer, Answer> answers = Session.answers(rows);
        for (int i = 0; i < items.size(); i++) {
            Answer answer = answers.getOrDefault(i + 1, Answer.STALE);
            Taken claim = items.get(i).claim();
            if (answer.again()) {
                closer.wanted.get(claim).removeIf(member -> answer.accepted().charAt(member) == '1');
            } else {
                closer.wanted.remove(claim);
            }
        }
    }

    private void lose(Call call) {
        if (call.nr == call.closer.tries && call.nr < TRIES) {
            trace.step("lost", call.closer.name);
            call(call.closer);
        }
    }

    private void finish() {
        String outcome = admin.text("select outcome from finish(1, '{}', '{}')");
        trace.step("finish", "leader")
                .answered("outcome", outcome, outcome.equals("Finished") ? "SkippedActive" : "Finished");
        if (outcome.equals("Finished") && admin.prune(1).equals("Pruned")) {
            trace.step("prune", "leader");
        }
    }

    private Trace.Step step(String op, Call call) {
        return trace.step(op, call.closer.name).with("nr", call.nr);
    }

    private static void pairs(Taken claim, String bits, TreeSet<String> into) {
        for (int i = 0; i < bits.length(); i++) {
            if (bits.charAt(i) == '1') {
                into.add("<<" + claim.no() + ", " + claim.seqs().get(i) + ">>");
            }
        }
    }

    private static List<Trace.Raw> raw(TreeSet<String> texts) {
        return texts.stream().map(Trace.Raw::new).toList();
    }

    private static List<Trace.Raw> more(TreeSet<String> texts) {
        TreeSet<String> more = new TreeSet<>(texts);
        more.add("<<0, 0>>");
        return raw(more);
    }
}
