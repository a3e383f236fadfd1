package io.awa.reactive.storage.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.storage.random.Closer.Manner;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Starts the parties of a seed, lets them run, drains, and judges. */
final class RandomRun {

    private static final int CHILDREN = 6;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int ENOUGH = 400;

    private final AwaPostgres postgres;
    private final long seed;
    private final boolean crashes;
    private final UnaryOperator<SqlText> change;

    RandomRun(AwaPostgres postgres, long seed, boolean crashes, UnaryOperator<SqlText> change) {
        this.postgres = postgres;
        this.seed = seed;
        this.crashes = crashes;
        this.change = change;
    }

    /** The run, and its verdict with what else was found wrong as failures of assertions. */
    void isClean(Consumer<Run> meanwhile) {
        SplittableRandom random = Seeds.random(seed);
        try (Storage storage = Storage.create(postgres, CHILDREN, change)) {
            Run run = new Run(storage, random, crashes);
            HistoryVerdict verdict = verdict(run, random, meanwhile.andThen(RandomRun::goOn));
            run.count("claims lost", run.lostClaims());
            System.err.println("AWA_SEED=" + seed + (run.slowClosers ? ", slow closers" : "")
                    + (run.slowClaimers ? ", slow claimers" : "") + ": "
                    + verdict.report().lines().findFirst().orElse("") + " " + run.counts()
                    + ", lives " + run.history.life().outcomes());
            assertThat(verdict.isClean()).as(verdict::report).isTrue();
            assertThat(run.faults).isEmpty();
            assertThat(run.counted("error 40P01")).as("deadlocks").isZero();
            assertThat(run.deniedClaims()).as("claims that replay denied").isZero();
            if (!crashes) {
                assertThat(run.counted("claims lost")).as("claims lost").isZero();
            }
            assertThat(verdict.committed()).isGreaterThan(100);
            assertThat(run.counted("pruned")).isPositive();
        }
    }

    /** The verdict alone. */
    HistoryVerdict verdict(Consumer<Run> meanwhile) {
        SplittableRandom random = Seeds.random(seed);
        try (Storage storage = Storage.create(postgres, CHILDREN, change)) {
            return verdict(new Run(storage, random, crashes), random, meanwhile);
        }
    }

    /** The verdict on a run that is given. */
    HistoryVerdict verdict(Run run, SplittableRandom random, Consumer<Run> meanwhile) {
        return verdict(run, random, 0, meanwhile);
    }

    /** The same with real workers in so many processes of their own, which are killed and started anew. */
    HistoryVerdict verdict(Run run, SplittableRandom random, int processes, Consumer<Run> meanwhile) {
        Awa awa = Awa.builder(postgres.connections())
                .schema(run.storage.name)
                .name(run.storage.name)
                .build();
        run.client.worker = RescueParties.register(run.storage.control, run.storage);
        run.storage.control.run(
                run.storage.in("UPDATE {awa}.queues SET deadline_ms = 3000, dead_letter = true WHERE name = 'slow'"));
        StoreUpkeep upkeep = new StoreUpkeep(awa, true, run::nonce);
        StoreUpkeep rival = new StoreUpkeep(awa, false, run::nonce);
        try {
            List<Fiber> parties = parties(run, random, awa);
            WorkerProcesses workers = new WorkerProcesses(processes, run, random.split());
            if (processes > 0) {
                workers.begin();
                parties.add(workers);
            }
            parties.add(new StoreParties.Keeper(1, upkeep, run, random.split()));
            parties.add(new StoreParties.Keeper(2, rival, run, random.split()));
            parties.forEach(Thread::start);
            try {
                meanwhile.accept(run);
            } finally {
                run.stop();
                parties.forEach(RandomRun::await);
            }
            drain(run, upkeep, workers);
        } finally {
            rival.close();
            upkeep.close();
        }
        run.resolve();
        if (processes > 0) {
            run.tellLostClaims();
        }
        run.storage.tell(run.history);
        return run.history.judge();
    }

    /** A crowded machine may have had little time for the run: it goes on until there is something to judge. */
    private static void goOn(Run run) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while ((run.counted("pruned") == 0 || run.counted("stored") < ENOUGH)
                && !run.isStopping()
                && System.nanoTime() < end) {
            Run.pause(20);
        }
    }

    private static void drain(Run run, StoreUpkeep upkeep, WorkerProcesses workers) {
        run.storage.reopen();
        run.storage.awaitQuiet();
        run.queueNames.forEach(
                name -> run.storage.control.rows(run.storage.in("SELECT {awa}.resume($1)"), row -> "", name));
        try (Session session = run.storage.session("drain")) {
            List<Taken> held = new ArrayList<>(run.all);
            held.addAll(run.leftBehind());
            held.addAll(workers.leftBehind());
            new Upkeep(run.storage, session).drain(run.client, upkeep, run.queues, held, Upkeep.PATIENCE);
        }
    }

    private List<Fiber> parties(Run run, SplittableRandom random, Awa awa) {
        List<Fiber> parties = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            parties.add(new Producer(i, false, run, random.split()));
        }
        parties.add(new Producer(5, true, run, random.split()));
        parties.add(new Claimer(1, false, run, random.split()));
        parties.add(new Claimer(2, false, run, random.split()));
        parties.add(new Claimer(3, true, run, random.split()));
        parties.add(new Closer(1, Manner.OWNER, run, random.split()));
        parties.add(new Closer(2, Manner.OWNER, run, random.split()));
        parties.add(new Closer(3, Manner.TWIN, run, random.split()));
        parties.add(new Closer(4, Manner.FORGER, run, random.split()));
        parties.add(new StoreParties.Scheduler(false, run, random.split()));
        parties.add(new StoreParties.Scheduler(true, run, random.split()));
        parties.add(new StoreParties.HeldCloser(1, run, random.split()));
        parties.add(new StoreParties.HeldCloser(2, run, random.split()));
        parties.add(new RescueParties.Beater(run, random.split()));
        parties.add(new RescueParties.Mortal(run, random.split()));
        parties.add(new RescueParties.Rescuer(awa, run, random.split()));
        parties.add(new Operator(1, run, random.split()));
        parties.add(new Operator(2, run, random.split()));
        parties.add(Meddler.canceller(run, random.split()));
        parties.add(Meddler.pauser(run, random.split()));
        parties.add(Meddler.reader(run, random.split(), CHILDREN));
        parties.add(Meddler.keeper(1, run, random.split()));
        parties.add(Meddler.killer(run, random.split()));
        parties.add(new EngineParties.EngineClaimer(awa, run, random.split()));
        parties.add(new EngineParties.EngineCloser(awa, run, random.split()));
        parties.add(new EngineParties.EngineKeeper(awa, run, random.split()));
        return parties;
    }

    /** Nothing but time passes. */
    static Consumer<Run> lasting(Duration length) {
        return run -> {
            long end = System.nanoTime() + length.toNanos();
            while (System.nanoTime() < end && !run.isStopping()) {
                Run.pause(20);
            }
        };
    }

    private static void await(Thread party) {
        try {
            party.join(Session.PATIENCE.multipliedBy(2).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        assertThat(party.isAlive()).as("%s still runs", party.getName()).isFalse();
    }
}
