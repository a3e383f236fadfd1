package io.awa.reactive.storage.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.AwaPostgres.Options;
import io.awa.reactive.testkit.HistoryVerdict;
import io.awa.reactive.testkit.SeededTest;
import io.awa.reactive.testkit.Seeds;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;

/**
 * Many jobs through every outcome in one schema, with processes that die, sessions that are ended and servers that are
 * killed. It goes round by round, so that memory is bounded: at the end of a round everything is drained, given back, and
 * judged.
 *
 * <p>{@code -Dawa.soak.jobs} (100,000), {@code -Dawa.soak.round} jobs a round (50,000), {@code -Dawa.soak.crashes} of
 * the server in all (one a round), {@code -Dawa.soak.processes} workers at once (3), {@code -Dawa.soak.scale} how many
 * times larger transactions and claims are than in a short run (8), and the environment variable {@code AWA_SEED}.
 */
@Tag("soak")
class LifeSoakTest {

    private static final int SCALE = Integer.getInteger("awa.soak.scale", 8);
    private static final int CHILDREN = 8;
    private static final Options OPTIONS = Options.defaults()
            .setting("shared_buffers", "256MB")
            .setting("max_wal_size", "2GB")
            .setting("wal_writer_delay", "10s")
            .setting("restart_after_crash", "off");

    @SeededTest(1)
    void everyJobHasItsLife(long seed) {
        long jobs = Long.getLong("awa.soak.jobs", 100_000);
        long each = Math.min(jobs, Long.getLong("awa.soak.round", 50_000));
        int rounds = (int) ((jobs + each - 1) / each);
        int crashes = Integer.getInteger("awa.soak.crashes", rounds);
        int processes = Integer.getInteger("awa.soak.processes", 3);
        SplittableRandom random = Seeds.random(seed);
        Tally tally = new Tally();
        System.err.println("AWA_SEED=" + seed + " " + jobs + " jobs, " + crashes + " crashes");
        try (AwaPostgres postgres = AwaPostgres.start(OPTIONS);
                Storage storage = Storage.create(postgres, CHILDREN, sql -> sql)) {
            long nonce = Run.FIRST_NONCE;
            for (int round = 0; tally.lives() < jobs; round++) {
                int kills = crashes * (round + 1) / rounds - crashes * round / rounds;
                Run run = new Run(storage, random.split(), true, SCALE, nonce);
                HistoryVerdict verdict = new RandomRun(postgres, seed, true, sql -> sql)
                        .verdict(run, random.split(), processes, until(postgres, each, kills, random.split()));
                tally.add(run, verdict);
                System.err.println(tally);
                run.faults.forEach(Throwable::printStackTrace);
                assertThat(run.faults).isEmpty();
                assertThat(verdict.isClean()).as(verdict::report).isTrue();
                assertThat(run.counted("error 40P01")).as("deadlocks").isZero();
                assertThat(run.deniedClaims()).as("claims that replay denied").isZero();
                nonce = run.nonce();
                storage.forget();
            }
        }
        System.err.println("AWA_SEED=" + seed + " clean: " + tally);
    }

    /** Kills the server so many times on the way to so many jobs. */
    private static Consumer<Run> until(AwaPostgres postgres, long jobs, int kills, SplittableRandom random) {
        return run -> {
            for (int part = 1; part <= kills + 1; part++) {
                long goal = jobs * part / (kills + 1);
                while (!run.isStopping() && run.counted("stored") < goal) {
                    Run.pause(20);
                }
                if (part <= kills && !run.isStopping()) {
                    if (random.nextInt(3) == 0) {
                        killBackend(postgres, run);
                    } else {
                        postgres.kill9();
                        run.count("servers killed", 1);
                    }
                    run.history.crashed();
                    postgres.restart();
                }
            }
        };
    }

    /** SIGKILL to the process of one session: its server ends all others and itself, and does not come back alone. */
    private static void killBackend(AwaPostgres postgres, Run run) {
        long first = postgres.pid();
        try (Session session = Session.open(postgres.connections(), "killer", true)) {
            List<Long> pids = session.rows(
                    "SELECT pid::bigint AS answer FROM pg_stat_activity WHERE backend_type = 'client backend'"
                            + " AND pid <> pg_backend_pid() ORDER BY state <> 'active', random() LIMIT 1",
                    row -> row.number("answer"));
            for (long pid : pids) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                run.count("backends killed", 1);
            }
        } catch (RuntimeException e) {
            // Its own session dies with the rest.
            if (SqlState.of(e) != SqlState.CONNECTION) {
                throw e;
            }
        }
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (ProcessHandle.of(first).filter(ProcessHandle::isAlive).isPresent() && System.nanoTime() < end) {
            Run.pause(5);
        }
    }

    /** What came of all rounds so far. */
    private static final class Tally {
        private final Map<String, Long> counts = new TreeMap<>();
        private final Map<Character, Long> outcomes = new TreeMap<>();
        private final long began = System.nanoTime();
        private long offers;
        private int rounds;

        void add(Run run, HistoryVerdict verdict) {
            rounds++;
            offers += verdict.offers();
            run.counts().forEach((name, n) -> counts.merge(name, n.sum(), Long::sum));
            run.history.life().outcomes().forEach((code, n) -> outcomes.merge(code, n, Long::sum));
        }

        long lives() {
            return outcomes.values().stream().mapToLong(Long::longValue).sum();
        }

        @Override
        public String toString() {
            return lives() + " jobs in " + rounds + " rounds and "
                    + Duration.ofNanos(System.nanoTime() - began).toSeconds() + " s, " + offers + " offers, ends "
                    + outcomes + ", " + counts;
        }
    }
}
