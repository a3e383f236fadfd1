package io.awa.reactive.storage.random;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.RescueOutcome;
import io.awa.reactive.testkit.HistoryChecker.Claiming;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Processes that beat, processes that die with open claims, and the rescuer. */
final class RescueParties {

    static final Duration STALENESS = Duration.ofMillis(1_200);
    private static final Duration GRACE = Duration.ofMillis(50);

    private RescueParties() {}

    static int register(Session session, Storage storage) {
        return (int) session.number(storage.in("SELECT {awa}.register_worker('random')::bigint AS answer"));
    }

    /** Beats for the process of all claimers that live; now and then it denies a few of their claims. */
    static final class Beater extends Fiber {

        Beater(Run run, SplittableRandom random) {
            super("beater", run, random);
        }

        @Override
        boolean goesOn() {
            return true;
        }

        @Override
        void step() {
            session()
                    .text(
                            run.storage.in("SELECT coalesce({awa}.beat($1, $2::text::int8multirange), false)::text"
                                    + " AS answer"),
                            run.client.worker,
                            live());
            Run.pause(100 + random.nextInt(150));
        }

        private String live() {
            List<Long> gaps = IntStream.range(0, random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 0)
                    .mapToObj(i -> run.someTaken(random))
                    .filter(Objects::nonNull)
                    .map(taken -> taken.token.nonce() & 0xffff_ffffL)
                    .sorted()
                    .distinct()
                    .toList();
            StringBuilder text = new StringBuilder("{");
            long from = -1;
            for (long gap : gaps) {
                text.append("(").append(from).append(',').append(gap).append("),");
                from = gap;
            }
            return text.append("(").append(from).append(",4294967296)}").toString();
        }
    }

    /** A process that claims a little, never beats, and is never seen again. Others may still end what it claimed. */
    static final class Mortal extends Fiber {
        private int worker;
        private int left;

        Mortal(Run run, SplittableRandom random) {
            super("mortal", run, random);
        }

        @Override
        void step() {
            if (left-- <= 0) {
                if (worker != 0 && random.nextBoolean()) {
                    session()
                            .text(
                                    run.storage.in("SELECT coalesce({awa}.stop_worker($1), false)::text AS answer"),
                                    worker);
                }
                worker = register(session(), run.storage);
                left = 1 + random.nextInt(4);
                run.count("processes that died", 1);
            }
            int queue = run.queues.get(random.nextInt(run.queues.size()));
            long nonce = run.nonce();
            Claiming claiming = run.history.claimBegun();
            Taken taken;
            try {
                taken = run.client.ask(session(), "claim", queue, 1 + random.nextInt(20), nonce, worker);
            } catch (RuntimeException e) {
                run.abandoned(claiming, nonce);
                throw e;
            }
            Client.answered(claiming, taken);
            if (taken != null) {
                run.abandoned(taken);
            }
            Run.pause(100 + random.nextInt(200));
        }
    }

    /** The rescuer; what it ends nobody is told of but by the evidence. */
    static final class Rescuer extends Fiber {
        private final Rescue rescue;

        Rescuer(Awa awa, Run run, SplittableRandom random) {
            super("rescuer", run, random);
            rescue = awa.engine().rescue();
        }

        @Override
        void step() {
            RescueOutcome outcome = rescue.pass(new Rescue.Limits(STALENESS, GRACE), run::untold)
                    .blockOptional(Session.PATIENCE)
                    .orElseThrow();
            if (outcome instanceof RescueOutcome.Rescued some) {
                run.count("rescued from the dead", some.crashed());
                run.count("rescued, lost", some.lost());
                run.count("rescued, late", some.late());
                run.count("rescued, exhausted", some.exhausted());
            }
            Run.pause(50 + random.nextInt(150));
        }

        @Override
        void end() {
            rescue.close().block(Session.PATIENCE);
        }
    }
}
