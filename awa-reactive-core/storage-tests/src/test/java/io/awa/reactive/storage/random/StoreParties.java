package io.awa.reactive.storage.random;

import io.awa.reactive.engine.Stores;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.LifeHistory.Scheduling;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Those who work on the store: schedulers, promoters, and the owners of held attempts. */
final class StoreParties {

    private StoreParties() {}

    /** Schedules jobs, some in transactions that stay open past the due time, some rolled back. */
    static final class Scheduler extends Fiber {
        private final boolean patient;

        Scheduler(boolean patient, Run run, SplittableRandom random) {
            super(patient ? "patient scheduler" : "scheduler", run, random);
            this.patient = patient;
        }

        @Override
        void step() {
            while (run.isFull() && !run.isStopping()) {
                Run.pause(5);
            }
            int n = (1 + random.nextInt(12)) * run.scale;
            Integer[] lanes = new Integer[n];
            Integer[] delays = new Integer[n];
            for (int i = 0; i < n; i++) {
                lanes[i] = run.lanes[random.nextInt(run.lanes.length)];
                delays[i] = random.nextInt(500) - 50;
            }
            if (patient || random.nextInt(3) == 0) {
                transaction(lanes, delays);
            } else {
                long[] ids = run.entries.scheduled(session(), run.client.kind(), lanes, delays);
                run.stored(ids);
                run.count("scheduled", n);
            }
            Run.pause(random.nextInt(40));
        }

        private void transaction(Integer[] lanes, Integer[] delays) {
            session().run(random.nextInt(3) == 0 ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN");
            long[] ids = run.entries.schedule(session(), run.client.kind(), lanes, delays);
            Run.pause(patient ? 500 + random.nextInt(1_500) : random.nextInt(60));
            Scheduling scheduling = run.history.life().scheduled(ids);
            if (random.nextInt(4) == 0) {
                scheduling.aborted();
                session().run("ROLLBACK");
                return;
            }
            try {
                session().run("COMMIT");
            } catch (RuntimeException e) {
                if (SqlState.of(e) == SqlState.SERIALIZATION) {
                    scheduling.aborted();
                }
                throw e;
            }
            scheduling.answered();
            run.stored(ids);
            run.count("scheduled", ids.length);
        }
    }

    /** Promotes and turns the ring of stores as a leader does, and now and then takes a promotion back. */
    static final class Keeper extends Fiber {
        private final StoreUpkeep upkeep;
        private final int children;

        Keeper(int number, StoreUpkeep upkeep, Run run, SplittableRandom random) {
            super("store keeper " + number, run, random);
            this.upkeep = upkeep;
            this.children = Stores.CHILDREN;
        }

        @Override
        void step() {
            run.count("promoted", upkeep.promote(limit()));
            if (random.nextInt(12) == 0) {
                run.count("stores rotated", upkeep.rotate() ? 1 : 0);
            }
            if (random.nextInt(4) == 0) {
                run.count("stores pruned", upkeep.pass(limit()));
            }
            if (random.nextInt(10) == 0) {
                session().run("BEGIN");
                run.entries.promote(session(), random.nextInt(children), limit(), run.nonce());
                Run.pause(random.nextInt(10));
                session().run("ROLLBACK");
            }
            Run.pause(random.nextInt(40));
        }

        private int limit() {
            return random.nextInt(4) == 0 ? 1 + random.nextInt(10) : 500 * run.scale;
        }
    }

    /** Ends, parks and resumes held attempts; some of them those of others, some twice, some by old names. */
    static final class HeldCloser extends Fiber {
        private static final String[] OUTCOMES = {"c", "c", "c", "c", "t", "z", "f", "d", "x", "w", "w"};

        private final List<Long> old = new ArrayList<>();
        private final List<Long> parked = new ArrayList<>();
        private long seq;

        HeldCloser(int number, Run run, SplittableRandom random) {
            super("held closer " + number, run, random);
        }

        @Override
        void step() {
            List<Long> leases = new ArrayList<>();
            for (int i = random.nextInt(12) * run.scale; i >= 0; i--) {
                Long lease = run.client.leases.poll();
                if (lease != null) {
                    leases.add(lease);
                }
            }
            while (!old.isEmpty() && random.nextInt(3) == 0) {
                leases.add(old.get(random.nextInt(old.size())));
            }
            goOn();
            if (leases.isEmpty()) {
                Run.pause(10);
                return;
            }
            long[] names = leases.stream().mapToLong(Long::longValue).distinct().toArray();
            if (random.nextInt(2) == 0) {
                run.entries.report(session(), ++seq, names);
            }
            try {
                settle(names);
            } catch (RuntimeException e) {
                for (long name : names) {
                    run.client.leases.add(name);
                }
                throw e;
            }
            Run.pause(random.nextInt(run.slowClosers ? 100 : 25));
        }

        private void settle(long[] names) {
            String[] outcomes = new String[names.length];
            for (int i = 0; i < names.length; i++) {
                outcomes[i] = OUTCOMES[random.nextInt(OUTCOMES.length)];
            }
            long closer = run.nonce();
            int choice = random.nextInt(10);
            if (choice == 0) {
                session().run("BEGIN");
                run.entries.settleOnce(session(), closer, names, outcomes);
                session().run("ROLLBACK");
            }
            if (choice == 1 || choice > 7) {
                // Whoever sends a call again is remembered as long as the store stands in which it ended something.
                try (Session reader = Session.open(run.storage.postgres.connections(), "reader", true)) {
                    reader.run(run.entries.readEndings());
                    settle(closer, names, outcomes, choice);
                }
            } else {
                settle(closer, names, outcomes, choice);
            }
            while (old.size() > 40) {
                old.remove(0);
            }
        }

        private void settle(long closer, long[] names, String[] outcomes, int choice) {
            if (choice == 1) {
                // As if the answer had been lost on its way.
                run.entries.settleOnce(session(), closer, names, outcomes);
            }
            boolean[] won = run.entries.settle(session(), closer, names, outcomes);
            for (int i = 0; i < names.length; i++) {
                old.add(names[i]);
                run.count(won[i] ? "held settled" : "held stale", 1);
                if (won[i] && outcomes[i].equals("w")) {
                    parked.add(names[i]);
                }
            }
            if (choice > 7) {
                goOn();
                run.entries.settle(session(), closer, names, outcomes);
            }
        }

        private void goOn() {
            while (!parked.isEmpty() && random.nextInt(3) != 0) {
                long lease = parked.get(parked.size() - 1);
                if (run.entries.resume(session(), run.nonce(), lease)) {
                    run.count("resumed", 1);
                    run.client.leases.add(lease);
                }
                parked.remove(parked.size() - 1);
            }
        }
    }
}
