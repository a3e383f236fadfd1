package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Which locks a step takes, in which order, and what it does about each that it cannot have. Measured: a rival holds the
 * lock, the step runs up to it, and the server says what the step holds by then. Sequences are left out, for nobody takes
 * a strong lock on one, and indexes, which are locked behind their tables.
 */
final class Locks {

    private static final Map<String, String> MODES = Map.of(
            "AccessShareLock", "AS",
            "RowShareLock", "RS",
            "RowExclusiveLock", "RX",
            "ShareLock", "S",
            "ShareRowExclusiveLock", "SRX",
            "AccessExclusiveLock", "AE");
    private static final List<String> STRENGTH = List.of("AS", "RS", "RX", "S", "SRX", "AE");

    /** A lock: a table in a mode, or (mode X) an advisory key, a row, a unique key. */
    record Lock(String on, String mode) {
        boolean isTable() {
            return !mode.equals("X");
        }
    }

    /**
     * @param how  wait; look, as wait but given back at the end of a subtransaction; nowait; try, for advisory keys
     */
    record Request(Lock lock, String how) {

        static Request refused(Lock lock) {
            return new Request(lock, lock.isTable() ? "nowait" : "try");
        }

        /** As the table writes it. */
        @Override
        public String toString() {
            String kind = switch (how) {
                case "look" -> "Look";
                case "nowait" -> lock.mode() + "_NOWAIT";
                case "try" -> "Try";
                default -> lock.isTable() ? lock.mode() : "Own";
            };
            return kind + "(\"" + lock.on() + "\")";
        }
    }

    private record Met(Lock lock, boolean waited, Set<Lock> held) {}

    private final String schema;
    private final Session watcher;
    private final Session runner;
    private final Session rival;
    private final Acts acts;
    private final List<String> tables;
    private String pointers = "";

    Locks(String schema, Session watcher, Session runner, Session rival, Acts acts) {
        this.schema = schema;
        this.watcher = watcher;
        this.runner = runner;
        this.rival = rival;
        this.acts = acts;
        this.tables = watcher.texts("select relname from pg_class where relkind = 'r' and relnamespace = '" + schema
                + "'::regnamespace order by 1");
    }

    /** The requests of a step, in order. */
    List<Request> of(Act act) {
        act.before().forEach(watcher::run);
        pointers = pointers();
        try {
            return measure(act);
        } finally {
            act.after().forEach(watcher::run);
        }
    }

    private List<Request> measure(Act act) {
        // The first call of a session also locks what the planner looks at.
        Set<Lock> cold = alone(act);
        Set<Lock> kept = alone(act);
        cold.removeAll(kept);
        assertThat(cold)
                .as("more of the first call of %s", act.name())
                .allMatch(lock -> lock.mode().equals("AS"));
        Map<Lock, Met> met = new LinkedHashMap<>();
        Set<Lock> candidates = new LinkedHashSet<>(kept);
        // What a step locks only while it looks is found by standing in the way of all other tables at once.
        List<String> others = tables.stream()
                .filter(table -> kept.stream().noneMatch(lock -> lock.on().equals(table)))
                .toList();
        if (!others.isEmpty()
                && against(
                                act,
                                new Lock("", ""),
                                "lock table " + String.join(", ", others) + " in access exclusive mode")
                        .waited()) {
            others.forEach(table -> candidates.add(new Lock(table, "AS")));
        }
        for (Lock lock : candidates) {
            Met one = against(act, lock, blocker(lock, kept));
            if (one.waited() || kept.contains(lock)) {
                met.putIfAbsent(one.lock(), one);
            }
            if (one.waited() && kept.contains(lock) && !one.lock().equals(lock)) {
                // It looked at the table before: let it look.
                Met other = against(act, lock, blocker(lock, Set.of(one.lock())));
                met.putIfAbsent(other.lock(), other);
            }
        }
        acts.points().forEach((name, statement) -> {
            if (kept.stream()
                    .noneMatch(lock -> lock.mode().startsWith("R") && statement.contains(" " + lock.on() + " "))) {
                return;
            }
            Met one = against(act, new Lock(name, "X"), statement);
            if (one.waited()) {
                met.put(one.lock(), one);
            }
        });
        // Without an advisory lock a step goes on another way: it has those from before then.
        List<Lock> refusing = met.values().stream()
                .filter(one -> !one.waited() && !weaker(one.lock(), met.values()))
                .sorted(Comparator.comparingInt(one ->
                        one.lock().isTable() ? Integer.MAX_VALUE : one.held().size()))
                .map(Met::lock)
                .toList();
        return merge(inOrder(act, met.values()), kept, refused(act, refusing));
    }

    /** A lock that a stronger one on the same table covers, because that one was refused first. */
    private static boolean weaker(Lock lock, Collection<Met> met) {
        return lock.isTable()
                && met.stream()
                        .anyMatch(other -> !other.waited()
                                && other.lock().on().equals(lock.on())
                                && STRENGTH.indexOf(other.lock().mode()) > STRENGTH.indexOf(lock.mode()));
    }

    /** By what is held at the moment of each wait; a row or a unique key is asked for right behind its table. */
    private List<Met> inOrder(Act act, Collection<Met> met) {
        List<Lock> points = met.stream().map(Met::lock).filter(this::isPoint).toList();
        return met.stream()
                .filter(Met::waited)
                .map(one -> isPoint(one.lock()) && points.size() > 1 ? withPoints(act, one, points) : one)
                .sorted(Comparator.<Met>comparingLong(one -> one.held().stream()
                                .filter(lock -> !isPoint(lock))
                                .count())
                        .thenComparing(one -> !isPoint(one.lock()))
                        .thenComparingInt(one -> one.held().size()))
                .toList();
    }

    private boolean isPoint(Lock lock) {
        return acts.points().containsKey(lock.on());
    }

    private List<Request> merge(List<Met> waits, Set<Lock> kept, List<Lock> refused) {
        List<Request> requests = new ArrayList<>();
        List<Lock> left = new ArrayList<>(refused);
        for (Met one : waits) {
            if (!kept.contains(one.lock()) && !isPoint(one.lock())) {
                continue;
            }
            for (Lock lock : refused) {
                if (one.held().contains(lock) && left.remove(lock)) {
                    requests.add(Request.refused(lock));
                }
            }
            requests.add(new Request(one.lock(), "wait"));
        }
        left.forEach(lock -> requests.add(Request.refused(lock)));
        List<Met> looks = waits.stream()
                .filter(one -> !kept.contains(one.lock()) && !isPoint(one.lock()))
                .toList();
        if (!looks.isEmpty()) {
            int at = requests.size();
            while (at > 0 && !looks.get(0).held().contains(requests.get(at - 1).lock())) {
                at--;
            }
            requests.addAll(
                    at,
                    looks.stream().map(one -> new Request(one.lock(), "look")).toList());
        }
        return requests;
    }

    // Of refused locks the first one is named: all are held, then all but that one, and so on.
    private List<Lock> refused(Act act, List<Lock> refusing) {
        List<Lock> left =
                new ArrayList<>(refusing.stream().filter(Lock::isTable).toList());
        List<Lock> order = new ArrayList<>(
                refusing.stream().filter(lock -> !lock.isTable()).toList());
        while (left.size() > 1) {
            rival.begin();
            left.forEach(lock -> rival.run(blocker(lock, Set.of())));
            runner.begin();
            String answer = String.valueOf(runner.rows(act.call()));
            rival.rollback();
            runner.rollback();
            Lock first = left.stream()
                    .filter(lock -> answer.contains("relation=" + lock.on() + "}")
                            || answer.contains("relation=" + lock.on() + ","))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(act.name() + " does not say what refused it: " + answer));
            left.remove(first);
            order.add(first);
        }
        order.addAll(left);
        return order;
    }

    private Set<Lock> alone(Act act) {
        runner.run("begin; " + act.call());
        Set<Lock> held = locks(true);
        runner.rollback();
        watcher.run(pointers);
        return held;
    }

    private Met against(Act act, Lock lock, String statement) {
        rival.run("begin; " + statement);
        CompletableFuture<List<Row>> sent = runner.send("begin; " + act.call());
        boolean waits = waits(sent);
        Set<Lock> held = locks(true);
        Lock at = waits ? locks(false).stream().findFirst().orElse(lock) : lock;
        rival.rollback();
        sent.handle((rows, error) -> 0).join();
        runner.rollback();
        watcher.run(pointers);
        return new Met(at, waits, held);
    }

    /** The same once more, to learn which rows and unique keys the step owns at that moment: nobody else gets them. */
    private Met withPoints(Act act, Met met, List<Lock> points) {
        rival.run("begin; " + acts.points().get(met.lock().on()));
        CompletableFuture<List<Row>> sent = runner.send("begin; " + act.call());
        waits(sent);
        Set<Lock> held = new LinkedHashSet<>(met.held());
        for (Lock other : points) {
            if (!other.equals(met.lock()) && owned(other)) {
                held.add(other);
            }
        }
        rival.rollback();
        sent.handle((rows, error) -> 0).join();
        runner.rollback();
        watcher.run(pointers);
        return new Met(met.lock(), true, held);
    }

    private boolean owned(Lock point) {
        watcher.begin();
        watcher.run("set local lock_timeout = '10ms'");
        CompletableFuture<List<Row>> taken = watcher.send(acts.points().get(point.on()));
        boolean refused = taken.handle((rows, error) -> error != null).join();
        watcher.rollback();
        return refused;
    }

    private boolean waits(CompletableFuture<?> sent) {
        while (!sent.isDone()) {
            // Not the moments for which a file is extended.
            if (!watcher.rows("select from pg_locks where pid = " + runner.pid()
                            + " and not granted and locktype <> 'extend'")
                    .isEmpty()) {
                return true;
            }
        }
        return false;
    }

    // The pointers do not come back with a transaction.
    private String pointers() {
        return "select setval('current_segment', " + watcher.number("select last_value from current_segment")
                + "), setval('current_store', " + watcher.number("select last_value from current_store") + ")";
    }

    private Set<Lock> locks(boolean granted) {
        return watcher
                .rows("select case when l.locktype = 'relation' then k.relname else l.objid::text end as what, l.mode,"
                        + " l.locktype = 'advisory' and l.objsubid = 1 as place"
                        + " from pg_locks l left join pg_class k on k.oid = l.relation"
                        + " where l.pid = " + runner.pid() + " and l.granted = " + granted
                        + " and (l.locktype = 'advisory' or l.locktype = 'relation' and k.relkind = 'r'"
                        + " and k.relnamespace = '" + schema + "'::regnamespace)")
                .stream()
                .map(row -> row.text("what").matches("[0-9]+")
                        ? new Lock(acts.key(Long.parseLong(row.text("what")), row.flag("place")), "X")
                        : new Lock(row.text("what"), MODES.get(row.text("mode"))))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** A statement that holds up this lock and none that the step takes on the same table before it. */
    private String blocker(Lock lock, Set<Lock> all) {
        if (!lock.isTable()) {
            String name = lock.on();
            if (name.startsWith("place ")) {
                return acts.placeLock(name);
            }
            String key = name.startsWith("key ")
                    ? "key_lock('" + Ask.key(Integer.parseInt(name.substring(4))) + "')"
                    : name.equals("schema") ? "0" : name.substring("lane ".length());
            return "select pg_advisory_xact_lock(lock_key(), " + key + ")";
        }
        int strength = STRENGTH.indexOf(lock.mode());
        boolean weaker = all.stream()
                .anyMatch(other -> other.on().equals(lock.on()) && STRENGTH.indexOf(other.mode()) < strength);
        String mode = !weaker
                ? "access exclusive"
                : switch (lock.mode()) {
                    case "RS" -> "exclusive";
                    case "RX" -> "share";
                    default -> "row exclusive";
                };
        return "lock table " + lock.on() + " in " + mode + " mode";
    }
}
