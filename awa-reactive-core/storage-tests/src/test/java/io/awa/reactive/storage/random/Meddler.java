package io.awa.reactive.storage.random;

import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/** A party of one idea: what it does is a function of itself. */
final class Meddler extends Fiber {

    private final BiConsumer<Run, Meddler> idea;

    private Meddler(String name, Run run, SplittableRandom random, BiConsumer<Run, Meddler> idea) {
        super(name, run, random);
        this.idea = idea;
    }

    @Override
    void step() {
        idea.accept(run, this);
    }

    /** Cancels jobs that are, most of the time, taken already. */
    static Fiber canceller(Run run, SplittableRandom random) {
        return new Meddler("canceller", run, random, (r, self) -> {
            long[] ids = IntStream.range(0, 1 + self.random.nextInt(5))
                    .mapToLong(i -> r.someStored(self.random))
                    .filter(id -> id != 0)
                    .distinct()
                    .toArray();
            if (ids.length > 0) {
                r.count("cancelled", r.client.cancel(self.session(), r.nonce(), ids).length);
            }
            Run.pause(self.random.nextInt(40));
        });
    }

    /** Pauses a queue for a moment. */
    static Fiber pauser(Run run, SplittableRandom random) {
        return new Meddler("pauser", run, random, (r, self) -> {
            String queue = r.queueNames.get(self.random.nextInt(r.queueNames.size()));
            self.session().text(r.storage.in("SELECT coalesce({awa}.pause($1, 'test'), false)::text AS answer"), queue);
            Run.pause(self.random.nextInt(300));
            self.session().text(r.storage.in("SELECT coalesce({awa}.resume($1), false)::text AS answer"), queue);
            Run.pause(self.random.nextInt(1_000));
        });
    }

    /** Reads a child for a while, so that its prune is refused. */
    static Fiber reader(Run run, SplittableRandom random, int children) {
        return new Meddler("reader", run, random, (r, self) -> {
            self.session().run("BEGIN");
            self.session()
                    .number(r.storage.in(
                            "SELECT count(*) AS answer FROM {awa}.claims_" + self.random.nextInt(children)));
            Run.pause(self.random.nextInt(200));
            self.session().run("COMMIT");
            Run.pause(self.random.nextInt(300));
        });
    }

    /** Ends the session of somebody. */
    static Fiber killer(Run run, SplittableRandom random) {
        return new Meddler("killer", run, random, (r, self) -> {
            Run.pause(100 + self.random.nextInt(700));
            r.count(
                    "sessions ended",
                    self.session()
                            .rows(
                                    "SELECT pg_terminate_backend(pid) AS answer FROM pg_stat_activity"
                                            + " WHERE application_name LIKE $1 AND pid <> pg_backend_pid()"
                                            + " ORDER BY random() LIMIT 1",
                                    row -> row.flag("answer"),
                                    r.storage.name + " %")
                            .size());
        });
    }

    /** Every step of maintenance, in transactions of their own. */
    static Fiber keeper(int number, Run run, SplittableRandom random) {
        return new Meddler("keeper " + number, run, random, (r, self) -> {
            Upkeep upkeep = new Upkeep(r.storage, self.session());
            if (self.random.nextInt(6) == 0 && upkeep.rotate().equals("Rotated")) {
                r.count("rotated", 1);
            }
            if (upkeep.pass()) {
                r.count("pruned", 1);
            }
            // Each step refuses what is not its turn.
            for (Upkeep.Live live : upkeep.segments()) {
                switch (self.random.nextInt(4)) {
                    case 0 -> upkeep.seal(live.segment());
                    case 1 -> upkeep.finish(live.segment());
                    case 2 -> r.count("pruned", upkeep.prune(live.segment()).equals("Pruned") ? 1 : 0);
                    default -> upkeep.exhaust(live.segment());
                }
            }
            Run.pause(40 + self.random.nextInt(80));
        });
    }
}
